# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Where the keys of a file stand, by offsets into its text, so that one can be changed and all else stays as it is."""

from __future__ import annotations

import re
from typing import Callable, Iterator, NamedTuple, Sequence, Tuple, Union


class KeysError(ValueError):
    """A file in which our keys cannot be changed alone; the text is a clause with the lines and the cure."""


class Place(NamedTuple):
    """A key: its lines go from `first` to `end`, line end included, its value from `start` to `stop`.

    `section` is empty where there is none, `start` None where the key has no value at all.
    """

    section: str
    key: str
    first: int
    end: int
    start: int | None
    stop: int

    @property
    def name(self) -> str:
        """The whole name, as a table of keys has it."""
        return f"{self.section}.{self.key}" if self.section else self.key

    def lines_in(self, text: str) -> str:
        """Its lines, of the text in which it stands."""
        first, end = self.first, self.end
        return text[first:end]

    def lead_in(self, text: str) -> str:
        """What stands before its value, from the begin of its lines."""
        first, start = self.first, self.start
        return text[first:start]

    def value_in(self, text: str) -> str:
        """Its value; only for a key that has one."""
        start, stop = self.start, self.stop
        return text[start:stop]


class Header(NamedTuple):
    """The line that begins a section."""

    section: str
    first: int
    end: int

    def lines_in(self, text: str) -> str:
        """The line, of the text in which it stands."""
        first, end = self.first, self.end
        return text[first:end]


class Layout(NamedTuple):
    """All keys and sections of a text, in its order.

    `doubts` are offsets of lines of which the format's readers do not agree whether they set a key, by the key's name.
    """

    places: list[Place]
    headers: list[Header]
    doubts: list[tuple[str, int]]


class Syntax(NamedTuple):
    """How keys are found in a format; `fold` makes equal what the application takes for the same name."""

    scan: Callable[[str], Layout]
    fold: Callable[[str], str]


class Row(NamedTuple):
    """One line: its offsets, line end included, and its text without it."""

    first: int
    end: int
    text: str


# What is looked at: the text, its lines, the number of the line, the section that it is in. What comes back: what
# stands there, and the number of the line behind it.
Found = Tuple[Union[Place, Header, None], int]
Look = Callable[[str, Sequence[Row], int, str], Found]


def rows_of(text: str) -> list[Row]:
    """The lines of a text."""
    return [Row(*row.span(), row[0].rstrip("\r\n")) for row in re.finditer(r"[^\n]*\n|[^\n]+", text)]


def scanned(text: str, look: Look, comments: str) -> Layout:
    """The layout of a text, line by line; what is blank, and what begins with one of `comments`, is passed over."""
    rows = rows_of(text)
    layout, section, at = Layout([], [], []), "", 0
    while at < len(rows):
        start = rows[at].text.lstrip("\ufeff \t\f")[:1]
        item, at = (None, at + 1) if not start or start in comments else look(text, rows, at, section)
        if isinstance(item, Header):
            section = item.section
            layout.headers.append(item)
        elif item is not None:
            layout.places.append(item)
    return layout


def row_at(rows: Sequence[Row], offset: int) -> int:
    """The number of the line in which an offset lies."""
    return next((number for number, row in enumerate(rows) if offset < row.end), len(rows) - 1)


def line_of(text: str, offset: int) -> int:
    """The number of a line as people count, from 1."""
    return text.count("\n", 0, offset) + 1


def lines_said(text: str, offsets: Iterator[int]) -> str:
    """`line 3`, or `lines 3 and 9`."""
    numbers = [str(line_of(text, offset)) for offset in offsets]
    last = numbers.pop() if len(numbers) > 1 else None
    return f"line {numbers[0]}" if last is None else f"lines {', '.join(numbers)} and {last}"
