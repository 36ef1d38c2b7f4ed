# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a target's `accept` lets through: a setting by its name, or with a reason and a last day."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON


@dataclass(frozen=True)
class Acceptance:
    """One entry of `accept`. `ended` says whether its last day is past."""

    index: int
    path: str
    reason: str | None = None
    until: str | None = None
    ended: bool = False


def acceptance(index: int, entry: JSON, today: datetime.date) -> Acceptance:
    """The entry as its schema lets it be written: a setting's name, or a mapping of path, reason and until."""
    if not isinstance(entry, Mapping):
        return Acceptance(index, str(entry))
    until = str(entry["until"])  # A date as YAML reads one is text of the same form (ISO 8601).
    day = day_of(until)
    return Acceptance(index, str(entry["path"]), str(entry["reason"]), until, ended=day is not None and day < today)


def day_of(text: str) -> datetime.date | None:
    """The day of the calendar, None where there is none of that name."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def covers(name: str, path: str) -> bool:
    """Whether a name is the path's own, or stands above it: smtp.tls covers smtp.tls.verify."""
    return path == name or path.startswith(f"{name}.")
