# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a muttrc sets, as Mutt reads it (its manual, Syntax of Initialization Files)."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A part of a value: in single quotes as it stands, in double ones and bare with a backslash before what is plain.
_SINGLE, _DOUBLE, _COMMAND = r"'[^']*'", r'"(?:[^"\\]|\\.)*"', r"`[^`]*`"
_VALUE = re.compile(rf"(?:{_SINGLE}|{_DOUBLE}|{_COMMAND}|\\.|[^\s'\"`\\;#])+")
_STATEMENT = re.compile(rf"(?:{_SINGLE}|{_DOUBLE}|{_COMMAND}|\\.|[^'\"`\\;#])+")
_PART = re.compile(rf"({_SINGLE})|({_DOUBLE})|({_COMMAND})|((?:\\.|[^'\"`\\])+)")
_SETTING = re.compile(r"\s*(no|inv)?([A-Za-z_]\w*)")
_VARIABLE = re.compile(r"(?<!\\)(?:\\\\)*\$\{?\w")


def muttrc(text: str, _dialect: str | None) -> Iterator[tuple[str, str | None, int]]:
    """Each variable that is set; None for a value that names another.

    Switches are yes or no; what is no command that sets anything has no name.
    """
    for statement, number in _statements(text):
        command, _blank, rest = statement.partition(" ")
        settings = list(_settings(command, rest)) or [("", None)]
        yield from ((name, value, number) for name, value in settings)


def _statements(text: str) -> Iterator[tuple[str, int]]:
    """What stands between semicolons and ends of lines; a backslash at its end goes on in the next, `#` comments."""
    held, begins = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        begins = begins if held else number
        held += line.strip() if held else line.lstrip()
        if held.endswith("\\"):
            held = held[:-1]
            continue
        rest, held = re.sub(r"^(\w+)\s+", r"\1 ", held), ""
        while match := _STATEMENT.match(rest):
            if match[0].strip():
                yield match[0].strip(), begins
            rest = rest[match.end() :].removeprefix(";") if rest[match.end() :].startswith(";") else ""


def _settings(command: str, rest: str) -> Iterator[tuple[str, str | None]]:
    if command not in ("set", "unset"):
        return
    while match := _SETTING.match(rest):
        rest = rest[match.end() :]
        equals = re.match(r"\s*=\s*", rest) if command == "set" else None
        if equals is None:
            # A word without a value may be one that its sign is missing before: a secret is no name to be told.
            if re.match(r"(?:ssl|use|smtp|imap)_", match[2]):
                yield match[2], "no" if match[1] or command == "unset" else "yes"
            continue
        value = _VALUE.match(rest, equals.end())
        yield (match[1] or "") + match[2], _plain(value[0]) if value else ""
        rest = rest[value.end() if value else equals.end() :]


def _plain(written: str) -> str | None:
    parts: list[str] = []
    for single, double, command, bare in _PART.findall(written):
        open_to_names = double[1:-1] if double else bare
        if _VARIABLE.search(open_to_names):
            return None
        parts.append(single[1:-1] or command or re.sub(r"\\(.)", r"\1", open_to_names))
    return "".join(parts)
