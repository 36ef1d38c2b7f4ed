# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The files of a letter, written as it says, and what is returned of them."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import Further, WriteOutcome, write_files

from .half import HostError, Result
from .payload import FilesPayload


def write_files_of(
    payload: FilesPayload,
    specs: Sequence[FileSpec],
    *,
    check_mode: bool,
    before_writing: Callable[[frozenset[str]], None] | None = None,
    further: Further | None = None,
) -> WriteOutcome:
    """Write these files as the payload says. Raises HostError, and every file is as it was."""
    try:
        return write_files(
            specs,
            check_mode=check_mode,
            backup=payload["backup"],
            diff=payload["diff"],
            takeover=payload["takeover"],
            before_writing=before_writing,
            further=further,
        )
    except WriteError as error:
        raise HostError(str(error), {"step": error.step, "path": error.path, "target": error.target}) from None


def changed_targets(outcome: WriteOutcome) -> frozenset[str]:
    """The targets of which anything changed."""
    return outcome.further | {file["target"] for file in outcome.files if file["changed"]}


def result_of(outcome: WriteOutcome, reloads: list[Any]) -> Result:
    """What the module returns of a write."""
    return {
        "changed": outcome.changed,
        "files": outcome.files,
        "diff": outcome.diffs,
        "warnings": list(outcome.warnings),
        "reloads": reloads,
    }
