# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Where variables stand in a file of environment variables; a value in quotes may go over several lines."""

from __future__ import annotations

import re
from typing import Callable, Sequence

from .layout import Found, KeysError, Layout, Look, Place, Row, Syntax, line_of, row_at, scanned

_KEY = re.compile(r"[\ufeff \t]*(?:export[ \t]+)?(?P<key>[A-Za-z_][\w.-]*)[ \t]*=[ \t]*")
# docker compose takes a colon as well (compose-go, dotenv/parser.go, locateKeyName).
_COMPOSE_KEY = re.compile(r"[\ufeff \t]*(?:export[ \t]+)?(?P<key>[A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*")

_QUOTED = r"""'[^']*'|"(?:[^"\\]|\\.)*\""""
# As a shell divides words: quoted parts may follow each other. A comment begins behind a blank.
_PARTS = re.compile(rf"""(?:{_QUOTED}|\\.|[^'"\\\n \t]|[ \t]+(?![#\s]))*""", re.DOTALL)
# A value that begins with a quote ends with it; in any other, quotes are letters.
_WHOLE = re.compile(rf"""{_QUOTED}|(?!['"])(?:[^\n \t]|[ \t]+(?![#\s]))*""", re.DOTALL)
# systemd knows no comment behind a value (src/basic/env-file.c).
_SYSTEMD = re.compile(rf"""(?:{_QUOTED}|\\.|[^'"\\\n \t]|[ \t]+(?!\s))*""", re.DOTALL)


def _look(key_pattern: re.Pattern[str], value_pattern: re.Pattern[str]) -> Look:
    def look(text: str, rows: Sequence[Row], at: int, _section: str) -> Found:
        row = rows[at]
        key = key_pattern.match(row.text)
        if key is None:
            return None, at + 1
        start = row.first + key.end()
        value = value_pattern.match(text, start)
        stop = start + len(value[0].rstrip()) if value else start
        if re.match(r"[ \t]*['\"]", text[stop:]):
            raise KeysError(f"line {line_of(text, start)} has a quote that is not closed")
        last = row_at(rows, max(stop - 1, row.first))
        return Place("", key["key"], row.first, rows[last].end, start, stop), last + 1

    return look


def _scanner(key: re.Pattern[str], value: re.Pattern[str], comments: str) -> Callable[[str], Layout]:
    look = _look(key, value)
    return lambda text: scanned(text, look, comments)


SYNTAXES = {
    "compose": Syntax(_scanner(_COMPOSE_KEY, _WHOLE, "#"), str),
    "dotenvy": Syntax(_scanner(_KEY, _PARTS, "#"), str),
    "systemd": Syntax(_scanner(_KEY, _SYSTEMD, "#;"), str),
    "shell": Syntax(_scanner(_KEY, _PARTS, "#"), str),
    "symfony": Syntax(_scanner(_KEY, _PARTS, "#"), str),
    "laravel": Syntax(_scanner(_KEY, _WHOLE, "#"), str),
}
