# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Arguments of a task that cannot be templated: kept until the task runs, which says so in our own words.

Ansible itself would print the lines around the template that fails, and a password may stand in one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import (
    OMITTED,
    UNTEMPLATABLE,
    Place,
    explain_failure,
)

if TYPE_CHECKING:
    from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding

# What stands in place of an argument that cannot be templated: (why, its place) behind this name.
_UNTEMPLATED = "appmail.settings: cannot be templated"


class KeepsUntemplated:
    """For an action: an argument that cannot be templated does not end the task before the action sees it."""

    @classmethod
    def finalize_task_arg(cls, name: str, value: Any, templar: Any, context: Any) -> Any:  # noqa: ANN401 - as Ansible's
        """An argument's value, or what `untemplated` makes a finding of."""
        try:
            return super().finalize_task_arg(name, value, templar, context)  # type: ignore[misc]  # ActionBase's
        except OMITTED:
            raise
        except UNTEMPLATABLE as error:
            message, place = explain_failure(error)
        return {_UNTEMPLATED: [message, None if place is None else asdict(place)]}


def untemplated(arguments: Mapping[str, Any], names: Mapping[str, str], folders: Sequence[Path]) -> list[Finding]:
    """A finding for each argument that has no value; `names` are those that people know the arguments by."""
    failed = {
        names.get(name, name): value[_UNTEMPLATED]
        for name, value in arguments.items()
        if isinstance(value, Mapping) and _UNTEMPLATED in value
    }
    if not failed:
        return []
    # Only what fails needs these: a check alone loads no judgement.
    from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding, where

    return [
        Finding(name, "", message, "template", **where(None if written is None else Place(**written), folders))
        for name, (message, written) in failed.items()
    ]
