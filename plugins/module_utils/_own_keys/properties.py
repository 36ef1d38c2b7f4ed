# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Where keys stand in Java's .properties files; a line that ends with a backslash goes on in the next one."""

from __future__ import annotations

import re
from typing import Sequence

from ansible_collections.appmail.settings.plugins.module_utils._formats.properties import unescaped

from .layout import Found, Layout, Place, Row, Syntax, scanned

_KEY = re.compile(r"[\ufeff \t\f]*(?P<key>(?:[^\\=: \t\f]|\\.)*)[ \t\f]*[=:]?[ \t\f]*")


def _look(_text: str, rows: Sequence[Row], at: int, _section: str) -> Found:
    """java.util.Properties, load(Reader)."""
    last = at
    while _goes_on(rows[last].text) and last + 1 < len(rows):
        last += 1
    row = rows[at]
    key = _KEY.match(row.text)
    if key is None:
        return None, last + 1
    stop = rows[last].first + len(rows[last].text)
    start = min(row.first + key.end(), stop)
    return Place("", unescaped(key["key"]), row.first, rows[last].end, start, stop), last + 1


def _goes_on(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def scan(text: str) -> Layout:
    """The layout of a file of properties."""
    return scanned(text, _look, "#!")


SYNTAXES = {"java": Syntax(scan, str)}
