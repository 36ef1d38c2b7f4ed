# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Java's .properties files."""

from __future__ import annotations

import re
from typing import Iterator

from .format import Entry, Format, NotExpressible, Raw, Unreadable, numbered, plain, unicode_text

_LETTERS = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f", "\\": "\\\\"}
_READ = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def escaped(text: str, *, key: bool = False) -> str:
    """java.util.Properties, load(Reader): everything but ASCII as UTF-16 units, so that both encodings read it."""
    out = [_letter(letter) for letter in unicode_text(text)]
    if key:
        out = [f"\\{letter}" if letter in "=: #!" else letter for letter in out]
    elif out and out[0] == " ":
        out[0] = "\\ "
    return "".join(out)


def _letter(letter: str) -> str:
    if letter in _LETTERS:
        return _LETTERS[letter]
    if " " <= letter <= "~":
        return letter
    units = letter.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _write(entries: list[Entry]) -> str:
    return "".join(
        f"{escaped(key, key=True)}={value if isinstance(value, Raw) else escaped(plain(value))}\n"
        for key, value in entries
    )


_PAIR = re.compile(r"((?:[^\\=: \t\f]|\\.)*)[ \t\f]*[=: \t\f]?[ \t\f]*(.*)", re.DOTALL)


def _whole_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with what they go on with, each by its last one's number; a comment never goes on (LineReader)."""
    pending = ""
    lines = numbered(text)
    for number, line in lines:
        line = pending + line.lstrip(" \t\f").rstrip("\r")
        is_comment = not pending and line[:1] in ("#", "!")
        goes_on = not is_comment and (len(line) - len(line.rstrip("\\"))) % 2 == 1
        pending = line[:-1] if goes_on else ""
        if line and not is_comment and not goes_on:
            yield number, line
    if pending:
        yield len(lines), pending


def _read(text: str) -> list[Entry]:
    entries: list[Entry] = []
    for number, line in _whole_lines(text):
        pair = _PAIR.fullmatch(line)
        if pair is None:
            raise Unreadable(number, "is not a key with a value")
        entries.append((unescaped(pair[1]), unescaped(pair[2])))
    return entries


def unescaped(text: str) -> str:
    """What a key or a value stands for: java.util.Properties, loadConvert()."""
    units = re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", lambda escaped: _unit(escaped[1], escaped[2]), text)
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


def _unit(code: str, letter: str) -> str:
    return chr(int(code, 16)) if code else _READ.get(letter, letter)


def _write_for_spring(entries: list[Entry]) -> str:
    """Spring Boot, Property Placeholders: `${name}` stands for another property, and older ones have no escape."""
    for _key, value in entries:
        if not isinstance(value, Raw) and "${" in plain(value):
            raise NotExpressible(value, "it holds ${, in whose place Spring puts another property")
    return _write(entries)


DIALECTS = {"java": Format(_write, _read), "spring": Format(_write_for_spring, _read)}
