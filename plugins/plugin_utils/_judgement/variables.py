# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What is said of variables that look like the collection's own: a misspelt one would do nothing, without a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Place
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.shadowed import Shadowed
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.variables import UnknownVariable

from .findings import Finding, where

# The rules of these findings.
SHADOWED = "shadowed_variable"
UNKNOWN_VARIABLE = "unknown_variable"
_NONE_OF_OURS = "is not a variable of this collection"
NO_TARGETS = "is empty, so no application's rules were judged, and nothing would be written"


@dataclass
class Named:
    """The findings about variables: a slip is an error, what may be somebody's own a warning."""

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)


def judge_variables(unknown: Iterable[UnknownVariable], folders: Sequence[Path]) -> Named:
    """The findings about variables that are none of ours. File names are relative to the first folder that fits."""
    named = Named()
    for variable in unknown:
        meant = f"; did you mean {variable.nearest}?" if variable.nearest else ""
        unused = "" if variable.is_slip else ", and nothing that it reads uses it"
        made = Finding(
            path=variable.name,
            pointer="",
            message=f"{_NONE_OF_OURS}{unused}{meant}",
            rule=UNKNOWN_VARIABLE,
            **where(variable.place, folders),
        )
        (named.errors if variable.is_slip else named.warnings).append(made)
    return named


def judge_shadowed(shadowed: Iterable[Shadowed], folders: Sequence[Path]) -> list[Finding]:
    """The findings about variables of ours in files that Ansible passes over."""
    return [
        Finding(
            path=found.variable,
            pointer="",
            message=found.message,
            rule=SHADOWED,
            **where(Place(str(found.file), found.line, 1), folders),
        )
        for found in shadowed
    ]


def no_targets(hosts: Sequence[str] = ()) -> Finding:
    """The warning where no application is listed at all."""
    return Finding("email_targets", "", NO_TARGETS, "no_targets", hosts=tuple(hosts))
