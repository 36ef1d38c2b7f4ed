# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Where keys stand in files of one key and one value on a line.

Some applications take a line that begins with a blank for a part of the one before, others for a key of its own, so
what such a line sets is left in doubt.
"""

from __future__ import annotations

import re
from typing import Callable, Sequence

from .layout import Found, Layout, Place, Row, Syntax, rows_of, scanned

_EQUALS = re.compile(r"\ufeff?(?P<key>[^\s=#]+)[ \t]*=[ \t]*")
_BLANK = re.compile(r"\ufeff?(?P<key>[^\s#]+)[ \t]*")
_SET = re.compile(r"[\ufeff \t]*set[ \t]+(?P<key>[\w-]+)[ \t]*=[ \t]*")
# muttrc(5): a word is made of quoted and bare parts, and ends with a blank, a comment or a semicolon.
_WORD = re.compile(r"""(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\;#])*""")


def _whole_line(key_pattern: re.Pattern[str]) -> Callable[[str], Layout]:
    def look(_text: str, rows: Sequence[Row], at: int, _section: str) -> Found:
        row = rows[at]
        key = key_pattern.match(row.text)
        if key is None:
            return None, at + 1
        start, stop = row.first + key.end(), row.first + len(row.text.rstrip())
        return Place("", key["key"], row.first, row.end, start, max(start, stop)), at + 1

    def scan(text: str) -> Layout:
        layout = scanned(text, look, "#")
        for row in rows_of(text):
            if row.text[:1] in (" ", "\t") and row.text.strip() and row.text.strip()[0] != "#":
                before = [place.key for place in layout.places if place.first < row.first][-1:]
                own = key_pattern.match(row.text.strip())
                layout.doubts.extend((name, row.first) for name in [*before, *([own["key"]] if own else [])])
        return layout

    return scan


def _look_set(_text: str, rows: Sequence[Row], at: int, _section: str) -> Found:
    row = rows[at]
    key = _SET.match(row.text)
    if key is None:
        return None, at + 1
    word = _WORD.match(row.text, key.end())
    stop = row.first + (word.end() if word else key.end())
    return Place("", key["key"], row.first, row.end, row.first + key.end(), stop), at + 1


def scan_set(text: str) -> Layout:
    """The layout of a file of `set` commands; what one line does beside its first setting is left in doubt."""
    layout = scanned(text, _look_set, "#")
    by_line = {place.first: place for place in layout.places}
    for row in rows_of(text):
        if row.text.lstrip().startswith("#"):
            continue
        place = by_line.get(row.first)
        set_to = 0 if place is None else place.stop - row.first
        rest = row.text[set_to:]
        if place is not None and rest.rstrip().endswith("\\"):
            layout.doubts.append((place.key, row.first))
        layout.doubts.extend((name, row.first) for name in re.findall(r"[\w-]+", rest.partition("#")[0]))
    return layout


SYNTAXES = {
    "equals": Syntax(_whole_line(_EQUALS), str),
    "blank": Syntax(_whole_line(_BLANK), str),
    "ssmtp": Syntax(_whole_line(_EQUALS), str),
    "set": Syntax(scan_set, str),
}
