# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Where the keys of an INI file stand: as gopkg.in/ini.v1, Python's ConfigParser and git read it."""

from __future__ import annotations

import re
from typing import Sequence

from .layout import Found, Header, KeysError, Layout, Place, Row, Syntax, line_of, row_at, scanned

_GO_KEY = re.compile(
    r'[\ufeff \t]*(?:"""(?P<triple>.+?)"""|"(?P<double>.*?)"|`(?P<back>.*?)`|(?P<bare>[^=:]*?))\s*[=:]\s*'
)


def _go(text: str, rows: Sequence[Row], at: int, section: str) -> Found:
    """parser.go, parse(), readKeyName() and readValue() of gopkg.in/ini.v1."""
    row = rows[at]
    if row.text.lstrip("\ufeff \t").startswith("["):
        close = max(row.text.rfind("]"), 0)
        return Header(row.text[:close].partition("[")[2], row.first, row.end), at + 1
    key = _GO_KEY.match(row.text)
    if key is None:
        return None, at + 1
    start = row.first + key.end()
    stop = _go_value(text, rows, at, start)
    last = row_at(rows, max(stop, start) - 1) if stop > row.end else at
    name = next(part for part in key.groups() if part is not None)
    return Place(section, name.strip(), row.first, rows[last].end, start, stop), last + 1


def _go_value(text: str, rows: Sequence[Row], at: int, start: int) -> int:
    """Where a value ends: behind its last quote, before its comment, or where no backslash continues it."""
    column = start - rows[at].first
    value = rows[at].text[column:]
    quote = next((quote for quote in ('"""', "`") if value.startswith(quote) and len(value) >= len(quote)), None)
    if quote is not None:
        for number, row in enumerate(rows[at:]):
            close = row.text.rfind(quote, key_end(number, start - row.first + len(quote)))
            if close >= 0:
                return row.first + close + len(quote)
        raise KeysError(f"line {line_of(text, start)} has a quote {quote} that is not closed")
    if value.rstrip().endswith("\\"):
        return _go_continued(rows, at)
    return start + len(re.split("[#;]", value, maxsplit=1)[0].rstrip())


def key_end(number: int, column: int) -> int:
    """Where on a line its value begins: behind the key on the first one, at once on those that follow."""
    return column if number == 0 else 0


def _go_continued(rows: Sequence[Row], at: int) -> int:
    for row in rows[at:][1:]:
        if not row.text.rstrip().endswith("\\"):
            return row.first + len(row.text)
    return rows[-1].first + len(rows[-1].text)


_PYTHON_KEY = re.compile(r"\s*(?P<key>.*?)\s*[=:]\s*")


def _python(_text: str, rows: Sequence[Row], at: int, section: str) -> Found:
    """configparser, RawConfigParser._read(): a line that is indented deeper continues the value before it."""
    row = rows[at]
    header = re.match(r"\s*\[(.+)\]", row.text)
    if header:
        return Header(header[1], row.first, row.end), at + 1
    key = _PYTHON_KEY.match(row.text)
    last = at
    for number in range(at + 1, len(rows)):
        line = rows[number].text
        if not line.strip() or line.strip()[0] in "#;":
            continue
        if _indent(line) <= _indent(row.text):
            break
        last = number
    if key is None:
        return None, last + 1
    stop = rows[last].first + len(rows[last].text.rstrip())
    start = row.first + key.end()
    return Place(section, key["key"], row.first, rows[last].end, start, max(start, stop)), last + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


_GIT_HEADER = re.compile(r'[\ufeff \t]*\[\s*(?P<name>[\w.-]+)\s*(?:"(?P<below>(?:[^"\\]|\\.)*)")?\s*\][ \t]*')
_GIT_KEY = re.compile(r"[ \t]*(?P<key>[A-Za-z][A-Za-z0-9-]*)[ \t]*(?P<sign>=[ \t]*)?")
_GIT_VALUE = re.compile(r'(?:[^"\\#;\n]|\\(?:\r?\n|.)|"(?:[^"\\\n]|\\(?:\r?\n|.))*")*')


def _git(text: str, rows: Sequence[Row], at: int, section: str) -> Found:
    """git-config(1), Syntax; what follows a section on its own line is left to `scan_git`."""
    row = rows[at]
    header = _GIT_HEADER.match(row.text)
    if header:
        below = None if header["below"] is None else re.sub(r"\\(.)", r"\1", header["below"])
        name = header["name"] if below is None else f"{header['name']}.{below}"
        return Header(name, row.first, row.end), at + 1
    key = _GIT_KEY.match(row.text)
    if key is None:
        return None, at + 1
    place = _git_place(text, rows, section, key, row.first)
    return place, row_at(rows, place.end - 1) + 1


def _git_place(text: str, rows: Sequence[Row], section: str, key: re.Match[str], offset: int) -> Place:
    end = offset + key.end()
    if key["sign"] is None:
        return Place(section, key["key"], offset, rows[row_at(rows, offset)].end, None, end)
    value = _GIT_VALUE.match(text, end)
    stop = end + len(value[0].rstrip()) if value else end
    if text.startswith('"', value.end() if value else end):
        raise KeysError(f"line {line_of(text, offset)} has a quote that is not closed")
    return Place(section, key["key"], offset, rows[row_at(rows, max(stop - 1, offset))].end, end, stop)


def scan_git(text: str) -> Layout:
    """The layout of a git configuration; a key on the line of its section can be told, and not be changed alone."""
    layout = scanned(text, _git, "#;")
    for header in layout.headers:
        line = header.lines_in(text)
        match = _GIT_HEADER.match(line)
        behind = match.end() if match else len(line)
        rest = line[behind:].strip()
        if rest and rest[0] not in "#;":
            layout.doubts.append((f"{header.section}.{rest.partition('=')[0].strip()}", header.first))
    return layout


def scan_go(text: str) -> Layout:
    """The layout of a file that gopkg.in/ini.v1 reads."""
    return scanned(text, _go, "#;")


def scan_python(text: str) -> Layout:
    """The layout of a file that ConfigParser reads."""
    return scanned(text, _python, "#;")


def _fold_python(name: str) -> str:
    """optionxform(): keys in small letters, sections as they are."""
    section, dot, key = name.rpartition(".")
    return f"{section}{dot}{key.lower()}"


def _fold_git(name: str) -> str:
    """git-config(1): section and key without case, the subsection as it is."""
    section, dot, key = name.rpartition(".")
    first, further, below = section.partition(".")
    return f"{first.lower()}{further}{below}{dot}{key.lower()}"


SYNTAXES = {
    "go": Syntax(scan_go, str),
    "grafana": Syntax(scan_go, str),
    "python": Syntax(scan_python, _fold_python),
    "raw": Syntax(scan_python, _fold_python),
    "git": Syntax(scan_git, _fold_git),
}
