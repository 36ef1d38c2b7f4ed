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

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.admission import (
    Admitted,
    Oddity,
    admit_entries,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import (
    OMITTED,
    UNTEMPLATABLE,
    Place,
    without_huge_powers,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.bounds import StoppedError, bounded_work
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import dotted

if TYPE_CHECKING:
    from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding

# What stands in place of an argument that cannot be templated: what can be had of it, and what is said of the rest.
_UNTEMPLATED = "appmail.settings: cannot be templated"


class KeepsUntemplated:
    """For an action: an argument that cannot be templated does not end the task before the action sees it."""

    @classmethod
    def finalize_task_arg(cls, name: str, value: Any, templar: Any, context: Any) -> Any:  # noqa: ANN401 - as Ansible's
        """An argument's value, or what `kept` and `untemplated` read."""
        without_huge_powers(templar)
        try:
            with bounded_work():
                return super().finalize_task_arg(name, value, templar, context)  # type: ignore[misc]  # ActionBase's
        except OMITTED:
            raise
        except (*UNTEMPLATABLE, RecursionError, StoppedError):
            # What failed here must not be taken for the cause of what fails next.
            pass
        admitted = admit_entries(value, templar)
        return {_UNTEMPLATED: [admitted.value, [asdict(oddity) for oddity in admitted.oddities]]}


def kept(argument: object) -> Admitted | None:
    """What can be had of an argument that cannot be templated, and what is said of the rest; None for any other."""
    if not isinstance(argument, Mapping) or _UNTEMPLATED not in argument:
        return None
    value, oddities = argument[_UNTEMPLATED]
    return Admitted(value, tuple(map(_oddity, oddities)))


def _oddity(mapping: Mapping[str, Any]) -> Oddity:
    place = mapping["place"]
    return Oddity(**{**mapping, "path": tuple(mapping["path"]), "place": None if place is None else Place(**place)})


def untemplated(arguments: Mapping[str, Any], names: Mapping[str, str], folders: Sequence[Path]) -> list[Finding]:
    """A finding for each argument of these names that has no value; a name leads to that which people know it by."""
    failed = [(names[name], oddity) for name in arguments if name in names for oddity in _odd(arguments[name])]
    if not failed:
        return []
    # Only what fails needs these: a check alone loads no judgement.
    from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding, where

    return [
        Finding(dotted((name, *oddity.path)), "", oddity.message, oddity.rule, **where(oddity.place, folders))
        for name, oddity in failed
    ]


def _odd(argument: object) -> Sequence[Oddity]:
    admitted = kept(argument)
    return admitted.oddities if admitted else ()
