# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One thing that is set otherwise than is wanted, as data and as a sentence; no secret is in either."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import one_line

_SHOWN_LINES = 10


@dataclass(frozen=True)
class Drift:
    """A setting of the spec (`path`), or where there is none an application's own `key`, and the place that wins.

    Of an admin page `key` is the label of the field, and stands beside the setting that it comes from.

    None of `wanted` and `in_effect` is a value that is not set. Of a `secret` both are None. `note` is said in place of
    values, where it is not known what is in effect.
    """

    target: str
    path: str | None
    key: str | None
    wanted: JSON = field(repr=False)
    in_effect: JSON = field(repr=False)
    secret: bool
    file: str
    line: int | None
    note: str | None = None

    @property
    def message(self) -> str:
        """What differs and where, such as `smtp.port: 587 wanted, 25 in effect; /etc/msmtprc:4 wins`."""
        name = f"{self.path} ({self.key})" if self.path and self.key else self.path or self.key
        place = one_line(self.file) if self.line is None else f"{one_line(self.file)}:{self.line}"
        winner = place if self.line is None else f"{place} wins"
        if self.note is not None:
            return f"{name}: {self.note}; {place}" if name else f"{place}: {self.note}"
        if self.secret:
            return f"{name}: differs; {winner}"
        wanted = "nothing" if self.wanted is None else _shown(self.wanted)
        if self.in_effect is None:
            return f"{name}: {wanted} wanted, not set in {place}"
        return f"{name}: {wanted} wanted, {_shown(self.in_effect)} in effect; {winner}"

    def to_result(self) -> dict[str, JSON]:
        """What a task returns of it."""
        return {
            "target": self.target,
            "path": self.path,
            "key": self.key,
            "wanted": self.wanted,
            "in_effect": self.in_effect,
            "secret": self.secret,
            "file": self.file,
            "line": self.line,
            "message": self.message,
        }


def _shown(value: JSON) -> str:
    return one_line(value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False))


def summary(drifts: Sequence[Drift]) -> str:
    """The lines that a person reads, each with its application; the last one says how many more there are."""
    shown = [f"{drift.target}: {drift.message}" for drift in drifts[:_SHOWN_LINES]]
    more = len(drifts) - len(shown)
    return "\n".join([*shown, *([f"and {more} more, in drift of the result"] if more else [])])
