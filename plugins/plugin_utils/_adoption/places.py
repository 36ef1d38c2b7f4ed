# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What stands in an application's file, each key with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import yaml

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import Unreadable
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.layout import KeysError, line_of
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import FORMATS, syntax_of
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.msmtp_accounts import default_account
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import find_format
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.written_code import (
    NotCode,
    Unknown,
    assignments_of,
    php_code,
    python_code,
    ruby_code,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

from .foreign import FOREIGN


@dataclass(frozen=True)
class Entry:
    """A key of a file with its value; `line` counts from 1, None where it is not known.

    `path` is the file's where several are read as one. The value of code that has to be run for it is None, and the
    entry is not `known`.
    """

    name: str
    value: JSON
    line: int | None
    path: str | None = None
    known: bool = True


class NotReadable(Exception):
    """A file that is not of its format; the text is a clause, `line` where that is known. No value is in the text."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Contents:
    """What stands in a file, and the lines that are not of its format, which were passed over."""

    entries: list[Entry]
    passed_over: list[int]


# Languages in which people write settings.
_CODE = {"php": php_code, "python": python_code, "ruby": ruby_code}
# What the format's own writer makes is the least that people write: these are read as the applications do.
_AS_PEOPLE_WRITE: Mapping[tuple[str, str | None], str] = {("lines", "set"): "muttrc", ("blocks", "apt"): "apt_conf"}
# A file with more such lines is another format.
_MOST_PASSED_OVER = 50


def entries_in(text: str, format_name: str, dialect: str | None) -> Contents:
    """All keys of a text in its order; raises NotReadable."""
    if (format_name, dialect) in _AS_PEOPLE_WRITE:
        return _foreign(text, _AS_PEOPLE_WRITE[format_name, dialect], dialect)
    if format_name in FOREIGN:
        return _foreign(text, format_name, dialect)
    if format_name in _CODE:
        return Contents(_code(text, format_name), [])
    if format_name == "accounts":
        accounts = default_account(text)
        entries = [Entry(command.name, command.value, command.line) for command in accounts.commands]
        return Contents(entries, [command.line for command in accounts.others])
    values, passed_over = _readable(text, format_name, dialect)
    places: dict[str, list[int]] = {}
    for name, line in _lines(text, format_name, dialect):
        places.setdefault(name, []).append(line)
    return Contents([Entry(name, value, _taken(places, name)) for name, value in values], passed_over)


def _foreign(text: str, format_name: str, dialect: str | None) -> Contents:
    """What a format says that is read alone; a line that is none of its own has no name. Raises NotReadable."""
    try:
        read = [
            Entry(*said, known=said[1] is not None or format_name != "muttrc")
            for said in FOREIGN[format_name](text, dialect)
        ]
    except (RecursionError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        raise NotReadable(f"is not {format_name}", mark.line + 1 if mark else None) from None
    nameless = [entry.line for entry in read if not entry.name and entry.line is not None]
    return Contents([entry for entry in read if entry.name], nameless)


def _code(text: str, language: str) -> list[Entry]:
    """The assignments of a file; raises NotReadable."""
    try:
        written = assignments_of(text, _CODE[language])
    except NotCode as error:
        raise NotReadable(f"is not {language}", error.line) from None
    return [
        Entry(name, None, line, known=False) if isinstance(value, Unknown) else Entry(name, value, line)
        for name, value, line in written
    ]


def _readable(text: str, format_name: str, dialect: str | None) -> tuple[Sequence[tuple[str, JSON]], list[int]]:
    """What can be read, and the lines that were passed over."""
    lines = text.split("\n")
    passed_over: list[int] = []
    while len(passed_over) < _MOST_PASSED_OVER:
        try:
            return _read("\n".join(lines), format_name, dialect), passed_over
        except Unreadable as error:
            passed_over.append(error.line)
            lines[error.line - 1] = ""
    raise NotReadable(f"is not {format_name}", passed_over[0])


def _read(text: str, format_name: str, dialect: str | None) -> Sequence[tuple[str, JSON]]:
    """Raises Unreadable for a line, NotReadable for the whole."""
    try:
        return cast(
            "Sequence[tuple[str, JSON]]",
            find_format(format_name, dialect).read(_as_written(text, format_name, dialect)),
        )
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise NotReadable(f"is not YAML: {error.problem}", line) from None
    except RecursionError:
        raise NotReadable(f"is no {format_name} of an application: more stands in one another than any has") from None
    except (SyntaxError, ValueError, yaml.YAMLError) as error:
        # An XML parser's errors are syntax errors, with a line and a column in `position`.
        position = getattr(error, "position", None)
        line = position[0] if isinstance(position, tuple) else getattr(error, "lineno", None)
        raise NotReadable(f"is not {format_name}", line) from None


# Behind a value: fail2ban's configparserinc.py; Nagios Core's manual, Object Configuration Overview.
_COMMENTS: Mapping[tuple[str, str | None], re.Pattern[str]] = {
    ("ini", "fail2ban"): re.compile(r"[ \t]+;.*$", re.MULTILINE),
    ("blocks", "nagios"): re.compile(r"[ \t]*(?<!\\);.*$", re.MULTILINE),
}


def _as_written(text: str, format_name: str, dialect: str | None) -> str:
    """What people write in more ways than the format's writer does, in its own; every line stays one."""
    if (format_name, dialect) in _COMMENTS:
        text = _COMMENTS[format_name, dialect].sub("", text)
    if format_name == "dotenv" and dialect != "shell":
        # systemd.exec(5), Docker Compose and phpdotenv pass by blanks around the sign; a shell does not.
        return re.sub(r"^([ \t]*(?:export[ \t]+)?\w+)[ \t]*=[ \t]+", r"\1=", text, flags=re.MULTILINE)
    if (format_name, dialect) == ("blocks", "nagios"):
        return re.sub(r"^([ \t]*(?!define\b)\S+)[ \t]+", r"\1 ", text, flags=re.MULTILINE)
    if format_name == "mailrc":
        return re.sub(r"^set\s+", "wysh set ", text, flags=re.MULTILINE)
    if format_name == "text" and dialect == "first_line":
        told = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
        return next(told, "")
    if format_name == "text" and dialect == "trimmed":
        return text.strip()
    # An editor ends a file with a line feed, which no application takes for a part of what it reads there.
    return text.removesuffix("\n") if format_name == "text" and dialect not in (None, "exact") else text


def _taken(lines: dict[str, list[int]], name: str) -> int | None:
    """The next line of a name, else of its last word; one that is read more often than found is at the last of them."""
    known = lines.get(name) or lines.get(re.split(r"[. ]", name)[-1], [])
    return known.pop(0) if len(known) > 1 else known[0] if known else None


def _lines(text: str, format_name: str, dialect: str | None) -> Iterator[tuple[str, int]]:
    if format_name in ("yaml", "json"):
        yield from _yaml_lines(text, flat=dialect == "flat")
        return
    chosen = dialect or FORMATS.get(format_name, ("",))[0]
    if chosen in FORMATS.get(format_name, ()):
        try:
            for place in syntax_of(format_name, chosen).scan(text).places:
                yield place.name, line_of(text, place.first)
        except KeysError:
            return
    else:
        yield from _searched(text)


def _yaml_lines(text: str, *, flat: bool) -> Iterator[tuple[str, int]]:
    """JSON is YAML, but for tabs, which PyYAML does not take between values."""
    try:
        root = yaml.compose(text.replace("\t", " "), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (RecursionError, yaml.YAMLError):
        return
    yield from _node_lines(root, "", flat=flat)


def _node_lines(node: yaml.Node | None, above: str, *, flat: bool) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.SequenceNode) and not flat:
        for index, item in enumerate(node.value):
            yield f"{above}{index}", item.start_mark.line + 1
            yield from _node_lines(item, f"{above}{index}.", flat=flat)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        name = f"{above}{key.value}"
        yield name, key.start_mark.line + 1
        if not flat:
            yield from _node_lines(value, f"{name}.", flat=flat)


_WORD = re.compile(r"[A-Za-z_][\w-]*")


def _searched(text: str) -> Iterator[tuple[str, int]]:
    """Each word with the first line that it stands on: for formats whose readers keep no places."""
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for word in _WORD.findall(line):
            seen.setdefault(word, number)
    yield from seen.items()
