# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half of render: write the files that the controller hands over, as payload.py describes them."""

from __future__ import annotations

from typing import Sequence

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec, file_spec_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import Further

from .file_writing import changed_targets, result_of, write_files_of
from .half import HostError, Result
from .payload import FilesPayload


def write(payload: FilesPayload, *, check_mode: bool) -> Result:
    """Write the payload's files. Returns `changed`, `files`, `diff`, `warnings`, `reloads`, and what `removed` adds."""
    if payload.get("installed"):
        # Most targets say their version, or have none that matters, and do without this code.
        from .installed import with_installed

        chosen, versions = with_installed(payload)
        return {**write(chosen, check_mode=check_mode), "installed": versions}
    specs = [file_spec_from_mapping(file) for file in payload["files"]]
    if any(spec.commands is not None for spec in specs):
        return _write_with_values(payload, specs, check_mode=check_mode)
    return _write_files(payload, specs, check_mode=check_mode)


def _write_files(
    payload: FilesPayload, specs: Sequence[FileSpec], *, check_mode: bool, further: Further | None = None
) -> Result:
    if payload["removed"] == "ignore" and not payload["remember_reloads"]:
        outcome = write_files_of(payload, specs, check_mode=check_mode, further=further)
        changed = changed_targets(outcome)
        return result_of(outcome, [reload for reload in payload["reloads"] if reload["target"] in changed])
    # A module that stands alone does without this code.
    from .remembering import write_and_remember

    return write_and_remember(payload, specs, check_mode=check_mode, further=further)


def _write_with_values(payload: FilesPayload, specs: Sequence[FileSpec], *, check_mode: bool) -> Result:
    """The files, and as one with them the values that only a command sets; `values` says what became of these."""
    from .values import foresee_values, read_values, set_values

    files = [spec for spec in specs if spec.commands is None]
    if payload["dest_root"]:
        result = _write_files(payload, files, check_mode=check_mode)
        names = [f"{spec.name} of {spec.target}" for spec in specs if spec.commands is not None]
        result["warnings"].append(
            f"{', '.join(names)}: a command sets these values on the host, not below another root"
        )
        return {**result, "set_values": []}
    warnings: list[str] = []
    set_by = [(spec, spec.commands) for spec in specs if spec.commands is not None]
    try:
        readings = [
            foresee_values(spec, commands, warnings) if check_mode else read_values(spec, commands)
            for spec, commands in set_by
        ]
    except WriteError as error:
        raise HostError(str(error), {"step": error.step, "path": error.path, "target": error.target}) from None
    changing = [reading for reading in readings if reading.changes]
    targets = frozenset(reading.spec.target for reading in changing)
    further = Further(targets, lambda: set_values(changing)) if changing else None
    result = _write_files(payload, files, check_mode=check_mode, further=further)
    result["warnings"] = [*warnings, *result["warnings"]]
    if payload["diff"]:
        result["diff"] = [*result["diff"], *(reading.diff() for reading in changing)]
    return {**result, "set_values": [reading.result() for reading in readings]}
