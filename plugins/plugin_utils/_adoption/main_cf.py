# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Postfix' main.cf as Postfix reads it (postconf(5)): lines that go on, and parameters that stand for others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_NAMED = re.compile(r"\$(?:(\w+)|\{\s*(\w+)\s*\}|\(\s*(\w+)\s*\))")
# A parameter that names another, which names another.
_DEEPEST = 8


def main_cf(text: str, _dialect: str | None) -> Iterator[tuple[str, str, int]]:
    """Each parameter with its value; a line that is none of Postfix' has no name.

    Parameters in a value are put in where the file sets them: what Postfix has by itself stays as it is written.
    """
    lines = list(_logical_lines(text))
    pairs = [(*_pair(line), number) for line, number in lines]
    values = {name: value for name, value, _number in pairs}
    for name, value, number in pairs:
        whole = _filled_in(value, values)
        # Postfix takes yes and no in either case.
        yield name, whole.lower() if whole.lower() in ("yes", "no") else whole, number
        kind, _colon, own = whole.partition(":")
        if name.endswith("_maps") and kind == "static":
            # A table of one value in the file itself (DATABASE_README).
            yield f"{name}.static", own.strip("{ }"), number


def _logical_lines(text: str) -> Iterator[tuple[str, int]]:
    """A line that begins with a blank goes on with the one before, whatever comments stand between."""
    held, begins = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and held:
            held = f"{held} {line.strip()}"
            continue
        if held:
            yield held, begins
        held, begins = line.strip(), number
    if held:
        yield held, begins


def _pair(line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    return (name.strip(), value.strip()) if equals else ("", "")


def _filled_in(value: str, values: Mapping[str, str]) -> str:
    for _depth in range(_DEEPEST):
        filled = _NAMED.sub(lambda named: values.get(named[1] or named[2] or named[3], named[0]), value)
        if filled == value:
            break
        value = filled
    return value
