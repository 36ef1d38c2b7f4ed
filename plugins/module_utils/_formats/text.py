# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A file that holds one value and nothing else, such as a password; its one key is named `content`."""

from __future__ import annotations

import re
from typing import Callable

from .format import Entry, Format, NotExpressible, plain, unicode_text


def trimmed(value: str) -> str:
    """What an application reads that drops the blanks around."""
    if value != value.strip() or not value:
        raise NotExpressible(value, "it begins or ends with a blank or a line break, which the application drops")
    return unicode_text(value)


def first_line(value: str) -> str:
    """What an application reads that takes the first line."""
    if re.search(r"[\n\r\0]", value):
        raise NotExpressible(value, "it holds a line break, and the application reads the first line only")
    return unicode_text(value)


def unexpanded(value: str) -> str:
    """What Jenkins' Configuration as Code reads by `${readFile:...}`: it expands what it has read once more."""
    if "${" in value:
        raise NotExpressible(value, "it holds ${, in whose place Configuration as Code puts another value")
    return unicode_text(value)


def _dialect(check: Callable[[str], str]) -> Format:
    return Format(lambda entries: _write(entries, check), _read, "")


def _write(entries: list[Entry], check: Callable[[str], str]) -> str:
    return "".join(check(plain(value)) for _key, value in entries)


def _read(text: str) -> list[Entry]:
    return [("content", text)] if text else []


DIALECTS = {
    name: _dialect(check)
    for name, check in (
        ("exact", unicode_text),
        ("trimmed", trimmed),
        ("first_line", first_line),
        ("jcasc", unexpanded),
    )
}
