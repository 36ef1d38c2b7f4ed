# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a format is: it writes an application's keys down, and reads them back."""

from __future__ import annotations

import re
from typing import Callable, List, NamedTuple, Tuple, Union


class NotExpressible(Exception):
    """A value that a format has no way to write down.

    `value` is the very value, for finding where it was written; it may be a secret and is never part of the text.
    """

    def __init__(self, value: object, reason: str) -> None:
        self.value = value
        self.reason = reason
        super().__init__(reason)


class Unreadable(Exception):
    """A line that is not of its format; `line` counts from 1. No text of the file is in the message."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        super().__init__(f"line {line}: {reason}")


class Raw(str):
    """Text that is written as it stands, without the format's quoting: code, or the application's own reference."""


Value = Union[bool, int, float, str, List[str]]
# An application's key, its steps joined by dots, and its value.
Entry = Tuple[str, Value]


class Format(NamedTuple):
    """A format in one dialect.

    `write` gives the text of a whole file, `read` its entries in their order, text where the format has no types.
    `comment` begins a line that the application skips; it is empty where there is no such thing. `before` opens every
    file of the format.
    """

    write: Callable[[list[Entry]], str]
    read: Callable[[str], list[Entry]]
    comment: str = "#"
    before: str = ""


def unicode_text(value: str) -> str:
    """The value itself, if it can be written to a file at all."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise NotExpressible(value, "it holds half a character (a lone surrogate), which no file can hold") from None
    return value


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def one_line(value: str) -> str:
    """The value itself, if it is one line of text without control characters."""
    if _CONTROL.search(value):
        raise NotExpressible(value, "it holds a line break or another control character")
    return unicode_text(value)


def without_blanks_around(value: str) -> str:
    """The value itself, if it neither begins nor ends with a blank, which a reader would drop."""
    if value != value.strip():
        raise NotExpressible(value, "it begins or ends with a blank, which the application drops")
    return one_line(value)


def plain(value: Value) -> str:
    """A value as text, where a format has no types: a truth as `true` or `false`, a list with commas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        if any("," in item for item in value):
            raise NotExpressible(value, "an item of the list holds a comma, which divides the items")
        return ",".join(value)
    return str(value)


def numbered(text: str) -> list[tuple[int, str]]:
    """The lines of a text with their numbers; a line ends with a line feed and with nothing else."""
    return list(enumerate(text.split("\n"), start=1))
