# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Assignments in Python, PHP and Ruby. The first step of a name is what is assigned to, each further one an index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import (
    Entry,
    Format,
    Raw,
    Unreadable,
    Value,
    unicode_text,
)

from .written_code import NotCode, Unknown, Written, assignments_of, php_code, python_code, ruby_code


@dataclass(frozen=True)
class Language:
    """How a language writes an assignment; `constant` is what a bare name becomes, where it differs."""

    words: tuple[str, str]
    quote: Callable[[str], str]
    code: Callable[[str], Iterator[Written]]
    end: str = ""
    constant: str | None = None

    def literal(self, value: Value) -> str:
        """A value in the language's own words."""
        if isinstance(value, Raw):
            return value
        if isinstance(value, bool):
            return self.words[not value]
        if isinstance(value, list):
            return f"[{', '.join(map(self.literal, value))}]"
        return repr(value) if isinstance(value, (int, float)) else self.quote(unicode_text(value))

    def write(self, entries: list[Entry]) -> str:
        """One assignment on each line."""
        return "".join(f"{self._assignment(name, value)}\n" for name, value in entries)

    def _assignment(self, name: str, value: Value) -> str:
        first, *indices = name.split(".")
        if self.constant and re.fullmatch(r"[A-Za-z_]\w*", name):
            return self.constant.format(name=self.quote(name), value=self.literal(value))
        place = first + "".join(f"[{self.quote(index)}]" for index in indices)
        return f"{place} = {self.literal(value)}{self.end}"

    def read(self, text: str) -> list[Entry]:
        """The assignments of plain values; all else is code, and left alone."""
        try:
            written = assignments_of(text, self.code)
        except NotCode as error:
            raise Unreadable(error.line or 1, "cannot be read as code from here on") from None
        return [(name, value) for name, value, _line in written if not isinstance(value, Unknown)]


def _quoted(value: str, special: str) -> str:
    r"""In single quotes, where `\\` and `\'` alone stand for something else; in double ones where a line would break.

    PHP manual, Strings; Ruby's docs, syntax/literals, String Literals.
    """
    if not re.search(r"[\x00-\x1f\x7f]", value):
        return "'" + re.sub(r"(['\\])", r"\\\1", value) + "'"
    escaped = re.sub(special, r"\\\g<0>", value)
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda control: f"\\x{ord(control[0]):02X}", escaped) + '"'


def php_string(value: str) -> str:
    """A PHP string literal."""
    return _quoted(value, r'["\\$]')


def ruby_string(value: str) -> str:
    """A Ruby string literal."""
    return _quoted(value, r'["\\#]')


def python_string(value: str) -> str:
    """A Python string literal (The Python Language Reference, 2.4.1)."""
    return repr(value)


PYTHON = Language(("True", "False"), python_string, python_code)
PHP = Language(("true", "false"), php_string, php_code, ";", "define({name}, {value});")
RUBY = Language(("true", "false"), ruby_string, ruby_code)

DIALECTS = {
    "python": Format(PYTHON.write, PYTHON.read, "#"),
    "php": Format(PHP.write, PHP.read, "//", "<?php\n"),
    "ruby": Format(RUBY.write, RUBY.read, "#"),
}
