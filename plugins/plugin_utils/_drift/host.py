# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What stands on a host in place of what is wanted there: asked for in check mode's letter, answered sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileMapping, FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._host.payload import AdoptPayload, FilesPayload
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.host import Wanted, letter, opened, seen_file
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import ReadyTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.versions import compare

from .comparison import Side, differences
from .drift import Drift


@dataclass(frozen=True)
class Question:
    """What a host is asked for: the letter's part, the key of its answer, and each target with its files' paths."""

    letter: AdoptPayload
    key: bytes = field(repr=False)
    targets: Sequence[ReadyTarget]
    paths: Mapping[str, Mapping[str, str]]


def question(targets: Sequence[ReadyTarget], payload: FilesPayload) -> Question | None:
    """What is asked of the files that the letter is to write; None where no file can be read back."""
    paths: dict[str, dict[str, str]] = {}
    for file in _payload_files(payload):
        if not file.get("commands"):
            paths.setdefault(file["target"], {})[file["name"]] = file["path"]
    asked = [ready for ready in targets if ready.at.app in paths and _reads_back(ready.at)]
    if not asked:
        return None
    wanted = Wanted([_own(ready.at).target for ready in asked], paths)
    made, key = letter(wanted)
    files = [file for file in made["files"] if file["name"] in paths[file["target"]] or _is_over(asked, file)]
    if payload["dest_root"]:
        # What wins on the host itself does not win below another root.
        below = f"{payload['dest_root'].rstrip('/')}/"
        files = [{**file, "paths": [path for path in file["paths"] if path.startswith(below)]} for file in files]
    # Below another root the application's own program would speak of what is not asked.
    dumps = [] if payload["dest_root"] else made["dumps"]
    return Question({**made, "files": files, "dumps": dumps}, key, asked, paths)


def _payload_files(payload: FilesPayload) -> Iterator[FileMapping]:
    """The files that the host may write, whichever version it has."""
    yield from payload["files"]
    for asked in payload["installed"]:
        for variant in asked["variants"]:
            yield from variant.get("files", [])


def _is_over(asked: Sequence[ReadyTarget], file: Mapping[str, Any]) -> bool:
    """Whether a file is none of the target's own: one that wins over it."""
    return any(
        ready.at.app == file["target"] and file["name"] not in {own.name for own in ready.at.target.at().files}
        for ready in asked
    )


def _reads_back(at: TargetAtVersion) -> bool:
    return at.kind == "config_file" and (
        bool(at.target.reads) or any(file.format is not None and file.keys for file in at.files)
    )


def _own(at: TargetAtVersion) -> TargetAtVersion:
    """The target without the files of others that ours win over, and whose version is known by now."""
    reads = {name: reads for name, reads in at.target.reads.items() if reads.near is None}
    return replace(at, target=replace(at.target, reads=reads, installed=None))


def drift_of(question: Question, sealed: str, versions: Mapping[str, str]) -> list[Drift]:
    """How the host differs from what is wanted; `versions` are those that it reads itself. Raises AdoptError."""
    answer = opened(sealed, question.key)
    return [drift for ready in question.targets for drift in _of_target(question, ready, answer, versions)]


def _of_target(
    question: Question, ready: ReadyTarget, answer: Mapping[str, Any], versions: Mapping[str, str]
) -> Iterator[Drift]:
    at, version = _own(ready.at), versions.get(ready.at.app)
    paths = question.paths[at.app]
    files = [file for file in _files(ready, version) if file.name in paths and file.commands is None]
    dumps = [dump for dump in answer["dumps"] if dump["target"] == at.app and "output" in dump]
    wanted = [SeenFile(file.name, paths[file.name], text=file.content) for file in files]
    current = [seen_file(file) for file in answer["files"] if file["target"] == at.app]
    masked = {file.name: file.masked for file in files if file.masked is not None}
    outputs = {dump["name"]: str(dump["output"]) for dump in dumps}
    yield from differences(at, ready, Side(wanted), Side(current, outputs), masked)


def _files(ready: ReadyTarget, version: str | None) -> Sequence[FileSpec]:
    """The files as they are for the version that is installed."""
    if not ready.variants or version is None:
        return ready.files
    fitting = [variant for variant in ready.variants if compare(variant.since, version) <= 0]
    return fitting[-1].files if fitting else ready.files
