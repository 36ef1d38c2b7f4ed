# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half of render: write the files that the controller hands over, as payload.py describes them."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import file_spec_from_mapping

from .file_writing import changed_targets, result_of, write_files_of
from .half import Result
from .payload import FilesPayload


def write(payload: FilesPayload, *, check_mode: bool) -> Result:
    """Write the payload's files. Returns `changed`, `files`, `diff`, `warnings`, `reloads`, and what `removed` adds."""
    if payload.get("installed"):
        # Most targets say their version, or have none that matters, and do without this code.
        from .installed import with_installed

        chosen, versions = with_installed(payload)
        return {**write(chosen, check_mode=check_mode), "installed": versions}
    specs = [file_spec_from_mapping(file) for file in payload["files"]]
    if payload["removed"] == "ignore" and not payload["remember_reloads"]:
        outcome = write_files_of(payload, specs, check_mode=check_mode)
        changed = changed_targets(outcome)
        return result_of(outcome, [reload for reload in payload["reloads"] if reload["target"] in changed])
    # A module that stands alone does without this code.
    from .remembering import write_and_remember

    return write_and_remember(payload, specs, check_mode=check_mode)
