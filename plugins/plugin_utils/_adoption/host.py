# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One host: what is looked for there, and what its answer says of each application."""

from __future__ import annotations

import base64
import fnmatch
import glob
import json
import posixpath
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.appmail.settings.plugins.module_utils._host.payload import (
    AdoptPayload,
    DumpPayload,
    LookedForFile,
)
from ansible_collections.appmail.settings.plugins.module_utils._secrets.sealing import KEY_BYTES, SealBroken, unseal
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import SECRET_LEAVES
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import FileTemplate, Near, Reads, Target
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.versions import compare
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

from .adopted import Adopted, Option, Remark, SeenFile
from .reading import read_application
from .selection import chosen, not_chosen, paths_over

_INSTALLED = "installed version"

# A secret as nobody can read it without the vault's password, and a digest by which equal ones are known in this run.
Vaulted = tuple[str | None, str]


class AdoptError(SentenceError):
    """Nothing can be adopted; the sentence says why."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for: applications, each with the paths given for its files, and patterns to look under."""

    targets: Sequence[Target]
    dest: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    search: Sequence[str] = ()


def wanted_targets(entries: Sequence[Mapping[str, Any]], paths: Sequence[str], search: Sequence[str]) -> Wanted:
    """The applications of `entries`, or all that are known and have files; raises TargetError."""
    names = [str(entry["app"]) for entry in entries] or target_names()
    targets = [find_target(name, paths) for name in dict.fromkeys(names)]
    dest = {str(entry["app"]): entry.get("dest") or {} for entry in entries}
    return Wanted([target for target in targets if target.kind == "config_file"], dest, search)


def letter(wanted: Wanted) -> tuple[AdoptPayload, bytes]:
    """What the host is asked for, and the key that its answer is sealed with."""
    key = secrets.token_bytes(KEY_BYTES)
    files: list[LookedForFile] = []
    dumps: list[DumpPayload] = []
    for target in wanted.targets:
        for file in target.at().files:
            paths = _paths(wanted, target, file)
            files.append({"target": target.app, "name": file.name, "paths": paths})
            files += [
                {"target": target.app, "name": name, "paths": [near for path in paths for near in _near(path, reads)]}
                for name, reads in target.reads.items()
                if reads.near is not None and reads.near.file == file.name
            ]
            files += [
                {"target": target.app, "name": override.name, "paths": paths_over(override, paths)}
                for override in target.overrides
                if override.file == file.name
            ]
        for name, reads in target.reads.items():
            if reads.command:
                dumps.append({"target": target.app, "name": name, "command": list(reads.command)})
        if target.installed is not None:
            dumps.append({"target": target.app, "name": _INSTALLED, "command": list(target.installed.command)})
    return {"key": key.hex(), "files": files, "dumps": dumps}, key


def _paths(wanted: Wanted, target: Target, file: FileTemplate) -> list[str]:
    """The paths and patterns where a file of the target may lie."""
    given = wanted.dest.get(target.app, {}).get(file.name)
    # What commands set has no path, and is in a file of that name.
    name = file.name if file.commands is not None else file.path.rpartition("/")[2]
    found = [pattern for pattern in wanted.search if pattern.rpartition("/")[2] == name]
    return [*([given] if given else [file.path, *file.found_at, *file.found_in]), *found]


def _near(path: str, reads: Reads) -> list[str]:
    """The patterns of the files near one of the target's."""
    folder = posixpath.dirname(path)
    return [posixpath.normpath(posixpath.join(folder, near)) for near in reads.near.paths] if reads.near else []


def read_answer(wanted: Wanted, sealed: str, key: bytes) -> list[Adopted]:
    """Each application that the host has, with its settings; raises AdoptError."""
    answer = opened(sealed, key)
    several = (_application(target, answer, wanted) for target in wanted.targets)
    return [adopted for adopted in several if adopted is not None]


def opened(sealed: str, key: bytes) -> Mapping[str, Any]:
    """What the host answered; raises AdoptError."""
    try:
        answer: Mapping[str, Any] = json.loads(unseal(key, sealed))
    except SealBroken as error:
        raise AdoptError(f"what came back from the host cannot be used: {error}") from None
    return answer


def _application(target: Target, answer: Mapping[str, Any], wanted: Wanted) -> Adopted | None:
    seen = [seen_file(file) for file in answer["files"] if file["target"] == target.app]
    if not seen:
        return None
    said = {dump["name"]: dump for dump in answer["dumps"] if dump["target"] == target.app}
    version = _version(target, said.get(_INSTALLED, {}))
    described = version if version and target.versions and compare(version, target.versions[0]) >= 0 else None
    outputs = {name: str(dump["output"]) for name, dump in said.items() if "output" in dump and name != _INSTALLED}
    adopted = read_application(target.at(described), version, chosen(target, seen), outputs)
    if not adopted.files:
        # Files of others are there, and nothing about mail is in them.
        return None
    adopted.dest = _dest(target, adopted, wanted)
    adopted.remarks += not_chosen(target, seen, adopted)
    for name, dump in said.items():
        if "fault" in dump:
            what = f"its {name} is not known" if name == _INSTALLED else f"{name} is read as it stands"
            message = f"{target.label}: {dump['fault']}; {what}"
            adopted.remarks.append(Remark("warning", "not_asked", message, seen[0].path))
    return adopted


def _dest(target: Target, adopted: Adopted, wanted: Wanted) -> dict[str, str]:
    """Where files that are not there belong: where they are said to be, or else near those that they go with."""
    there = {file.name for file in adopted.files}
    dest = {name: path for name, path in wanted.dest.get(target.app, {}).items() if name not in there}
    templates = {file.name: file for file in target.at().files}
    for name, reads in target.reads.items():
        near = next((file.path for file in adopted.files if file.name == name), None)
        if reads.near is not None and near is not None and reads.near.file not in {*there, *dest}:
            path = _beside(reads.near, _paths(wanted, target, templates[reads.near.file]), near)
            dest.update({reads.near.file: path} if path else {})
    return dest


def _beside(near: Near, bases: Sequence[str], path: str) -> str | None:
    """Which of the paths and patterns of the target's file one near it was found by; None where they leave it open.

    What a pattern leaves open is what stands there in the path that was found.
    """
    steps = path.split("/")
    for base in bases:
        folder, _slash, name = base.rpartition("/")
        for pattern in near.paths:
            wanted = posixpath.normpath(posixpath.join(folder, pattern)).split("/")
            shared = len(folder.split("/")) - pattern.split("/").count("..")
            rest = folder.split("/")[shared:]
            alike = len(wanted) == len(steps) and all(map(fnmatch.fnmatchcase, steps, wanted))
            if alike and not glob.has_magic("".join(rest)):
                return "/".join([*steps[:shared], *rest, name])
    return None


def seen_file(seen: Mapping[str, Any]) -> SeenFile:
    """A file of the host's answer."""
    text, fault = None, seen.get("fault")
    if "content" in seen:
        data = base64.b64decode(seen["content"])
        try:
            # Editors of another system begin a file with a mark, which no application takes for a part of it.
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            fault = "is not UTF-8, so its letters cannot be told: convert it (iconv -t UTF-8), then adopt again"
    return SeenFile(
        seen["name"], seen["path"], seen.get("owner"), seen.get("group"), seen.get("mode"), text=text, fault=fault
    )


def _version(target: Target, dump: Mapping[str, Any]) -> str | None:
    if target.installed is None or "output" not in dump:
        return None
    match = re.search(target.installed.pattern, str(dump["output"]))
    said = (match[1] if match.groups() else match[0]) if match else ""
    version = re.match(r"[0-9]+(?:\.[0-9]+)*", said)
    return version[0] if version else None


def to_mapping(adopted: Adopted, vaulted: Callable[[str], Vaulted]) -> dict[str, JSON]:
    """What a result may say of an application: secrets vaulted, or not at all."""
    return {
        "version": adopted.version,
        "read": adopted.read,
        "files": [
            {"name": file.name, "path": file.path, "owner": file.owner, "group": file.group, "mode": file.mode}
            for file in adopted.files
        ],
        "dest": dict(adopted.dest),
        "settings": {
            leaf: {"file": setting.file, "line": setting.line, **_value(leaf, setting.value, vaulted)}
            for leaf, setting in sorted(adopted.settings.items())
        },
        "options": {
            name: {"file": option.file, "line": option.line, **_option(option, vaulted)}
            for name, option in sorted(adopted.options.items())
        },
        "findings": [_remark(remark) for remark in adopted.remarks],
        "left": [_remark(remark) for remark in adopted.left],
    }


def _value(leaf: str, value: JSON, vaulted: Callable[[str], Vaulted]) -> dict[str, JSON]:
    if leaf not in SECRET_LEAVES:
        return {"value": value, "secret": False}
    hidden, digest = vaulted(str(value))
    return {"value": None, "secret": True, "vaulted": hidden, "digest": digest}


def _option(option: Option, vaulted: Callable[[str], Vaulted]) -> dict[str, JSON]:
    if not option.secret:
        return {"value": option.value, "secret": False}
    hidden, digest = vaulted(json.dumps(option.value, sort_keys=True))
    return {"value": None, "secret": True, "vaulted": hidden, "digest": digest}


def _remark(remark: Remark) -> dict[str, JSON]:
    return {
        "severity": remark.severity,
        "rule": remark.rule,
        "message": remark.message,
        "path": remark.leaf,
        "file": remark.file,
        "line": remark.line,
    }
