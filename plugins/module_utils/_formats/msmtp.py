# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""msmtprc, and the file that its passwordeval prints: msmtp(1), CONFIGURATION FILES, and src/conf.c, get_next_cmd()."""

from __future__ import annotations

import re
import shlex
from typing import Callable, Mapping

from .format import (
    Entry,
    Format,
    NotExpressible,
    Raw,
    Unreadable,
    numbered,
    one_line,
    plain,
    unicode_text,
    without_blanks_around,
)

_MSMTP_LONGEST_LINE = 499
# msmtp cannot send a line of more than 4094 characters; base64 makes four of three, and the mechanisms add some.
_MSMTP_LONGEST_LOGIN = 3000
_PATTERN = re.compile(r"%[UHCM]|[*?\[]")
_LINE_END = re.compile(r"[\n\0]")


def msmtp_line(value: str, command: str) -> str:
    """A whole line of msmtprc. The argument stands in quotes, which msmtp takes off; it has no escapes."""
    line = f'{command} "{one_line(value)}"'
    if len(line.encode()) > _MSMTP_LONGEST_LINE:
        raise NotExpressible(value, f"msmtp reads no line of more than {_MSMTP_LONGEST_LINE} bytes")
    return line


def msmtp_file(value: str, command: str) -> str:
    """A line of msmtprc that names a file: a tilde would become a home folder, `system` the system's own file."""
    if not value.startswith("/"):
        raise NotExpressible(value, "msmtp takes a path that is not absolute for something else than this very file")
    return msmtp_line(value, command)


def msmtp_from(value: str) -> str:
    """The line that sets the envelope sender, where some characters are patterns and cannot be escaped."""
    if _PATTERN.search(value):
        raise NotExpressible(value, "msmtp takes %U, %H, %C, %M, *, ? and [ in an address for patterns")
    return msmtp_line(value, "from")


def msmtp_password(password: str, username: str) -> str:
    """The password as the only line of the file that passwordeval prints."""
    if _LINE_END.search(password) or password.endswith("\r"):
        raise NotExpressible(password, "it holds a line break, and msmtp reads the first line only")
    if len(unicode_text(password).encode()) + len(username.encode()) > _MSMTP_LONGEST_LOGIN:
        raise NotExpressible(password, f"msmtp cannot send a login of more than {_MSMTP_LONGEST_LOGIN} bytes")
    return password


def _password_of(file: str, command: str) -> str:
    """A line whose command is run by a shell, which prints a file."""
    return msmtp_line(f"cat {shlex.quote(one_line(file))}", command)


# How a command's argument is written where it is a text; any other is a word or a number, which needs no quotes.
_TEXTS: Mapping[str, Callable[[str, str], str]] = {
    "host": msmtp_line,
    "domain": msmtp_line,
    "user": msmtp_line,
    "tls_host_override": msmtp_line,
    "tls_trust_file": msmtp_file,
    "tls_cert_file": msmtp_file,
    "tls_key_file": msmtp_file,
    "aliases": msmtp_file,
    "from": lambda value, _command: msmtp_from(value),
    "passwordeval": _password_of,
}


def _line(key: str, value: object) -> str:
    text = plain(value)  # type: ignore[arg-type]
    if key in _TEXTS and not isinstance(value, Raw):
        return _TEXTS[key](text, key)
    if not text or '"' in text:
        raise NotExpressible(value, "it is empty, or holds a quote, and this argument stands without quotes")
    return f"{key} {without_blanks_around(text)}"


def _write(entries: list[Entry]) -> str:
    return "".join(f"{_line(key, value)}\n" for key, value in entries)


def _read(text: str) -> list[Entry]:
    entries: list[Entry] = []
    for number, line in numbered(text):
        command, _blank, argument = line.strip().partition(" ")
        if not command or command.startswith("#"):
            continue
        if not argument:
            raise Unreadable(number, "is a command without an argument")
        entries.append((command, _argument(command, argument.strip())))
    return entries


def _argument(command: str, text: str) -> str:
    inner = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    words = shlex.split(inner) if command == "passwordeval" else []
    return words[1] if len(words) == 2 and words[0] == "cat" else inner


def _write_password(entries: list[Entry]) -> str:
    return "".join(f"{msmtp_password(plain(value), '')}\n" for _key, value in entries)


def _read_password(text: str) -> list[Entry]:
    line = text.partition("\n")[0]
    return [("content", line)] if line else []


DIALECT = Format(_write, _read)
PASSWORD = Format(_write_password, _read_password, "")
