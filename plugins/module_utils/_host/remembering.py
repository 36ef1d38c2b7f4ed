# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half of a write that remembers: what is wanted no more is found, and no reload is forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import WriteOutcome

from .memory import Memory, Reload, memory_folder, recall, remember
from .payload import FilesPayload, ReloadPayload
from .reloads import MissingServiceError, Reloads
from .write import HostError, Result, changed_targets, result_of, write_files_of


def write_and_remember(payload: FilesPayload, specs: Sequence[FileSpec], *, check_mode: bool) -> Result:
    """Write the files, take away what is wanted no more where that is asked for, and remember both.

    Beside what `write` returns there are `left` and `removed`: the paths that stay, and those that were taken away.
    """
    root, scope, removed = payload["dest_root"], payload["scope"], payload["removed"]
    folder = memory_folder(root)
    memory = Memory() if removed == "ignore" else recall(folder, scope, root)
    specs = [replace(spec, known=memory.knows(spec)) for spec in specs]
    left = memory.left(specs, root)
    going = left if removed == "remove" else []
    known = _reloads_of(payload["reloads"], memory)
    reloads = Reloads([known[target] for target in known] if payload["remember_reloads"] else [], folder, scope, root)
    outcome = _write(payload, [*specs, *going], reloads, check_mode=check_mode)
    changed = changed_targets(outcome)
    if check_mode:
        reloads.foresee(changed)
    due = reloads.due(changed) if payload["remember_reloads"] else [known[name] for name in known if name in changed]
    result = result_of(replace(outcome, files=outcome.files[: len(specs)]), due)
    staying = [] if removed == "remove" else left
    result["changed"] = outcome.changed
    result["left"], result["removed"] = [spec.path for spec in staying], [spec.path for spec in going]
    result["warnings"] += [*reloads.warnings, *_left_warnings(staying)]
    if removed != "ignore" and not check_mode:
        targets = {spec.target for spec in (*specs, *staying)}
        kept = {target: reload for target, reload in known.items() if target in targets}
        try:
            remember(folder, scope, [*specs, *staying], kept, root)
        except WriteError as error:
            result["warnings"].append(f"what was written is not remembered: {error}")
    return result


def _write(payload: FilesPayload, specs: Sequence[FileSpec], reloads: Reloads, *, check_mode: bool) -> WriteOutcome:
    try:
        return write_files_of(payload, specs, check_mode=check_mode, before_writing=reloads.begin)
    except MissingServiceError as error:
        raise HostError(f"{error}; every file is as it was", {}) from None
    except HostError:
        reloads.take_back()
        raise


def _reloads_of(reloads: Sequence[ReloadPayload], memory: Memory) -> dict[str, Reload]:
    """How each target reads its files: those of this call, and those of targets that are wanted no more."""
    return {**memory.reloads, **{reload["target"]: dict(reload) for reload in reloads}}


def _left_warnings(left: Sequence[FileSpec]) -> list[str]:
    by_target: dict[str, list[str]] = {}
    for spec in left:
        what = spec.path if spec.block is None else f"the block in {spec.path}"
        by_target.setdefault(spec.target, []).append(what)
    return [
        f"{target}: written by an earlier run and listed no more, but still there: {', '.join(paths)}; "
        "removed: remove (email_removed in the role) takes it away"
        for target, paths in by_target.items()
    ]
