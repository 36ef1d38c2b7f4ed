# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Files of environment variables, in the dialects of those who read them."""

from __future__ import annotations

import re
import shlex
from typing import Callable

from .format import Entry, Format, NotExpressible, Raw, Unreadable, numbered, one_line, plain, unicode_text

_SAFE = re.compile(r"[A-Za-z0-9_./:@+,-]+")


def compose_value(value: str) -> str:
    """Docker's documentation, "Set environment variables", env file syntax: single quotes keep everything."""
    one_line(value)
    if "'" not in value and not value.endswith("\\"):
        return f"'{value}'"
    if re.search(r'["\\$`]', value):
        raise NotExpressible(value, 'it holds an apostrophe (or ends with a backslash) and one of " \\ $ ` beside it')
    return f'"{value}"'


def dotenvy_value(value: str) -> str:
    r"""The crate dotenvy, src/parse.rs: all is plain in single quotes; `\\`, `\"`, `\$`, `\n` in double ones."""
    one_line(value.replace("\n", ""))
    if "'" not in value and "\n" not in value:
        return f"'{value}'"
    return _in_double_quotes(value, '\\"$').replace("\n", "\\n")


def systemd_value(value: str) -> str:
    """systemd.exec(5), EnvironmentFile=, and src/basic/env-file.c: a backslash before one of \" \\ ` $ in quotes."""
    return _in_double_quotes(one_line(value), '\\"`$')


def shell_value(value: str) -> str:
    """POSIX shell, Quoting."""
    if "\0" in value:
        raise NotExpressible(value, "it holds a NUL, which no environment variable can hold")
    return shlex.quote(one_line(value))


def symfony_value(value: str) -> str:
    """Symfony, Dotenv.php, lexValue(): single quotes keep everything, and quoted parts may follow each other."""
    parts = one_line(value).split("'")
    return '"\'"'.join(f"'{part}'" for part in parts)


def laravel_value(value: str) -> str:
    r"""vlucas/phpdotenv, Parser/EntryParser.php: in double quotes `\\`, `\"`, `\$` stand for the second one."""
    return _in_double_quotes(one_line(value), '\\"$')


def _in_double_quotes(value: str, special: str) -> str:
    return '"' + "".join(f"\\{letter}" if letter in special else letter for letter in unicode_text(value)) + '"'


def _writer(quote: Callable[[str], str]) -> Callable[[list[Entry]], str]:
    def write(entries: list[Entry]) -> str:
        return "".join(f"{key}={_text(value, quote)}\n" for key, value in entries)

    return write


def _text(value: object, quote: Callable[[str], str]) -> str:
    if isinstance(value, Raw):
        return str(value)
    text = plain(value)  # type: ignore[arg-type]
    return text if _SAFE.fullmatch(text) else quote(text)


# A value, bit by bit: in single quotes, in double quotes, a comment, an escaped character, anything else.
_BIT = re.compile(
    r"""'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<comment>\s+\#.*)|\\(?P<escaped>.)|(?P<bare>.)"""
)


def _read(text: str) -> list[Entry]:
    """As a shell divides words, less its expansions: what each of the dialects above writes reads so in all of them."""
    entries: list[Entry] = []
    for number, line in numbered(text):
        line = line.strip()
        if not line or line.startswith(("#", ";")):
            continue
        key, sign, value = line.partition("=")
        if not sign:
            raise Unreadable(number, "is not a variable with a value")
        entries.append((re.sub(r"\Aexport\s+", "", key).strip(), "".join(map(_bit, _BIT.finditer(value)))))
    return entries


def _bit(bit: re.Match[str]) -> str:
    if bit["double"] is not None:
        return re.sub(r"\\(.)", lambda escaped: "\n" if escaped[1] == "n" else escaped[1], bit["double"])
    return next((bit[name] for name in ("single", "escaped", "bare") if bit[name] is not None), "")


DIALECTS = {
    "compose": Format(_writer(compose_value), _read),
    "dotenvy": Format(_writer(dotenvy_value), _read),
    "systemd": Format(_writer(systemd_value), _read),
    "shell": Format(_writer(shell_value), _read),
    "symfony": Format(_writer(symfony_value), _read),
    "laravel": Format(_writer(laravel_value), _read),
}
