# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Files of one key and one value on a line, the value being the rest of the line."""

from __future__ import annotations

import re
from typing import Callable

from .format import Entry, Format, NotExpressible, Raw, Unreadable, numbered, one_line, plain, without_blanks_around


def ssmtp_word(value: str) -> str:
    """ssmtp.conf: ssmtp.c, read_config(): a comment begins anywhere, and `=`, `:` and blanks end the value."""
    if not value or re.search(r"[#=:\s]", value):
        raise NotExpressible(value, "it is empty, or holds one of # = : or a blank, where sSMTP cuts a value off")
    return one_line(value)


def quoted(value: str) -> str:
    r"""muttrc(5), Syntax of Initialization Files: between double quotes a backslash makes `"`, `\`, `$`, "`" plain."""
    return '"' + re.sub(r'(["\\$`])', r"\\\1", one_line(value)) + '"'


def _unquoted(text: str) -> str:
    inner = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', text)
    plain_text = re.fullmatch(r"'([^']*)'", text)
    return re.sub(r"\\(.)", r"\1", inner[1]) if inner else plain_text[1] if plain_text else text


def _same(text: str) -> str:
    return text


def _dialect(line: str, quote: Callable[[str], str], pattern: str, unquote: Callable[[str], str] = _same) -> Format:
    def write(entries: list[Entry]) -> str:
        texts = [(key, str(value) if isinstance(value, Raw) else quote(plain(value))) for key, value in entries]
        return "".join(line.format(key=key, value=text).rstrip(" ") + "\n" for key, text in texts)

    def read(text: str) -> list[Entry]:
        entries: list[Entry] = []
        for number, content in numbered(text):
            content = content.strip()
            if not content or content.startswith("#"):
                continue
            pair = re.fullmatch(pattern, content)
            if pair is None:
                raise Unreadable(number, "is not a key with a value")
            entries.append((pair[1], unquote(pair[2])))
        return entries

    return Format(write, read)


DIALECTS = {
    "equals": _dialect("{key} = {value}", without_blanks_around, r"(\S+?)\s*=\s*(.*)"),
    "blank": _dialect("{key} {value}", without_blanks_around, r"(\S+)\s*(.*)"),
    "ssmtp": _dialect("{key}={value}", ssmtp_word, r"(\S+?)\s*=\s*(.*)"),
    "set": _dialect("set {key}={value}", quoted, r"set\s+(\S+?)=(.*)", _unquoted),
}
