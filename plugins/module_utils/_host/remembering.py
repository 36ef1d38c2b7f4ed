# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half of a write that remembers: what is wanted no more is found, and no reload is forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Collection, Mapping, Sequence

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import Further, WriteOutcome

from .file_writing import changed_targets, result_of, write_files_of
from .half import HostError, Result
from .memory import Entry, Memory, Reload, is_signed, memory_folder, recall, remember
from .payload import FilesPayload, ReloadPayload
from .reloads import MissingServiceError, Reloads
from .services import is_missing


def write_and_remember(
    payload: FilesPayload, specs: Sequence[FileSpec], *, check_mode: bool, further: Further | None = None
) -> Result:
    """Write the files, take away what is wanted no more where that is asked for, and remember both.

    Beside what `write` returns there are `left` and `removed`: the paths that stay, and those that were taken away.
    """
    folder = memory_folder(payload["dest_root"])
    memory = _recalled(payload, folder)
    if payload["removed"] != "ignore":
        specs = [replace(spec, known=memory.knows(spec)) for spec in specs]
    replaced = memory.replaced(specs)
    left = [*memory.left(specs, payload["dest_root"]), *superseded(payload, memory)]
    going, staying = (left, []) if payload["removed"] == "remove" else ([], left)
    known = _reloads_of(payload["reloads"], memory)
    reloads = Reloads(_remembered(payload, known), folder, payload["scope"], payload["dest_root"])
    outcome = _write(payload, [*specs, *going], reloads, further, check_mode=check_mode)
    result = result_of(replace(outcome, files=outcome.files[: len(specs)]), _due(payload, known, reloads, outcome))
    result["changed"] = outcome.changed
    result["left"], result["removed"] = [spec.path for spec in staying], [spec.path for spec in going]
    if check_mode:
        reloads.foresee(changed_targets(outcome))
    else:
        result["warnings"] += _remember(payload, folder, [*specs, *staying], known, reloads)
    result["warnings"] += [
        *reloads.warnings,
        *_lost_warnings(memory),
        *_replaced_warnings(replaced),
        *_left_warnings(staying, {file["path"] for file in payload.get("superseded", ())}),
    ]
    return result


def superseded(payload: FilesPayload, memory: Memory) -> list[FileSpec]:
    """What lies on the controller now and was written here by a run that remembered nothing: specs to take it away."""
    if payload["removed"] == "ignore":
        return []
    return [
        Entry(file["target"], file["name"]).going(file["path"], payload["dest_root"])
        for file in payload.get("superseded", ())
        if file["path"] not in memory.files and is_signed(file["path"])
    ]


def _recalled(payload: FilesPayload, folder: str) -> Memory:
    return Memory() if payload["removed"] == "ignore" else recall(folder, payload["scope"], payload["dest_root"])


def _remembered(payload: FilesPayload, known: Mapping[str, Reload]) -> list[Reload]:
    return list(known.values()) if payload["remember_reloads"] else []


def _due(payload: FilesPayload, known: Mapping[str, Reload], reloads: Reloads, outcome: WriteOutcome) -> list[Reload]:
    changed = changed_targets(outcome)
    if payload["remember_reloads"]:
        return reloads.due(changed)
    return [reload for target, reload in known.items() if target in changed]


def _remember(
    payload: FilesPayload, folder: str, specs: Sequence[FileSpec], known: Mapping[str, Reload], reloads: Reloads
) -> list[str]:
    """Keep what is there now, and the reloads of what was taken away; a warning where that cannot be."""
    if payload["removed"] == "ignore":
        return []
    targets = {spec.target for spec in specs} | reloads.owed()
    kept = {target: reload for target, reload in known.items() if target in targets}
    try:
        remember(folder, payload["scope"], specs, kept, payload["dest_root"])
    except WriteError as error:
        return [f"what was written is not remembered: {error.path} cannot be written: {error.cause}"]
    return []


def _write(
    payload: FilesPayload, specs: Sequence[FileSpec], reloads: Reloads, further: Further | None, *, check_mode: bool
) -> WriteOutcome:
    try:
        return write_files_of(payload, specs, check_mode=check_mode, before_writing=reloads.begin, further=further)
    except MissingServiceError as error:
        raise HostError(f"{error}; every file is as it was", {}) from None
    except HostError:
        reloads.take_back()
        raise


def _reloads_of(reloads: Sequence[ReloadPayload], memory: Memory) -> dict[str, Reload]:
    """How each target reads its files: those of this call, and those of targets that are wanted no more.

    Of the latter the service may be gone as well, and then nothing has to be reloaded.
    """
    there = {name: reload for name, reload in memory.reloads.items() if not is_missing(str(reload.get("service", "")))}
    return {**there, **{reload["target"]: dict(reload) for reload in reloads}}


def _lost_warnings(memory: Memory) -> list[str]:
    if memory.lost is None:
        return []
    unknown = "what earlier runs wrote cannot be read, so nothing that is listed no more can be named or taken away"
    return [f"{memory.lost}: {unknown}"]


def _replaced_warnings(replaced: Sequence[tuple[str, str]]) -> list[str]:
    return [
        f"{target}: listed no more, and {path} is not what an earlier run wrote: somebody has put a file of his own in "
        "its place, which stays"
        for target, path in replaced
    ]


_CURE = "removed: remove (email_removed in the role) takes it away"


def _left_warnings(left: Sequence[FileSpec], moved: Collection[str]) -> list[str]:
    """`moved` are the paths of what lies on the controller now."""
    by_target: dict[str, list[str]] = {}
    for spec in left:
        what = spec.path if spec.part is None else f"the {'block' if spec.block else 'keys'} in {spec.path}"
        if spec.path not in moved:
            by_target.setdefault(spec.target, []).append(what)
    return [
        *(
            f"{target}: written by an earlier run and listed no more, but still there: {', '.join(paths)}; {_CURE}"
            for target, paths in by_target.items()
        ),
        *(
            f"{spec.target}: its runbook is on the controller now, and {spec.path} is of an earlier run; {_CURE}"
            for spec in left
            if spec.path in moved
        ),
    ]
