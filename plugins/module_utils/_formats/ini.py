# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""INI files: sections with keys, of which the last dot of a name divides the section from the key."""

from __future__ import annotations

import re
from typing import Callable

from .format import Entry, Format, NotExpressible, Raw, Unreadable, numbered, one_line, plain, without_blanks_around

_SAFE = re.compile(r"[A-Za-z0-9_./:@+,<>*-]([A-Za-z0-9_./:@+,<>* -]*[A-Za-z0-9_./:@+,<>*-])?")


def go_value(value: str) -> str:
    """gopkg.in/ini.v1, parser.go, readValue(): between backquotes nothing is special, and the last one closes."""
    one_line(value)
    # Key.transformValue() puts the value of another key in its place, wherever it stands.
    if re.search(r"%\([^)]+\)s", value):
        raise NotExpressible(value, "it holds a name as %(name)s, in whose place the application puts another value")
    if not value or _SAFE.fullmatch(value):
        return value
    for quote in ("`", '"""'):
        if quote[0] not in value:
            return f"{quote}{value}{quote}"
    raise NotExpressible(value, 'it holds both ` and ", and one of the two has to stand around it')


def grafana_value(value: str) -> str:
    """As Go's, less what Grafana expands by itself: pkg/setting/expanders.go."""
    if re.search(r"\$(|__\w+)\{[^}]+\}", value):
        raise NotExpressible(value, "it holds ${...} or $__name{...}, in whose place Grafana puts another value")
    return go_value(value)


def python_value(value: str) -> str:
    """configparser, BasicInterpolation: `%` begins another key's name, `%%` stands for it."""
    return without_blanks_around(value).replace("%", "%%")


def fail2ban_value(value: str) -> str:
    """jail.conf(5), Actions: as ConfigParser's; it comes to stand in double quotes in a shell, as printf's format."""
    if re.search(r'["$`\\%<>]', value):
        raise NotExpressible(
            value, 'it holds one of " $ ` \\ % < >, which mean something in the commands that Fail2Ban runs'
        )
    return python_value(value)


def git_value(value: str) -> str:
    r"""git-config(1), Syntax: in double quotes `\"`, `\\`, `\n` and `\t` stand for what they do in C."""
    if value.isdigit() or re.fullmatch(r"[A-Za-z0-9_./:@+-]+", value):
        return value
    one_line(value.replace("\n", "").replace("\t", ""))
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _plain_section(section: str) -> str:
    return f"[{section}]"


def _git_section(section: str) -> str:
    """git-config(1): what follows the first dot is a subsection, and stands in quotes."""
    name, dot, below = section.partition(".")
    escaped = below.replace("\\", "\\\\").replace('"', '\\"')
    return f'[{name} "{escaped}"]' if dot else f"[{name}]"


def _writer(quote: Callable[[str], str], header: Callable[[str], str]) -> Callable[[list[Entry]], str]:
    def write(entries: list[Entry]) -> str:
        lines: list[str] = []
        current = ""
        for name, value in entries:
            section, _dot, key = name.rpartition(".")
            if section != current:
                lines.append(header(section))
                current = section
            text = value if isinstance(value, Raw) else quote(plain(value))
            lines.append(f"{key} = {text}".rstrip(" ") if not text else f"{key} = {text}")
        return "".join(f"{line}\n" for line in lines)

    return write


def _reader(unquote: Callable[[str], str], signs: str = "=") -> Callable[[str], list[Entry]]:
    def read(text: str) -> list[Entry]:
        entries: list[Entry] = []
        section = ""
        for number, line in numbered(text):
            line = line.strip(" \t\r")
            if not line or line[0] in "#;":
                continue
            header = re.fullmatch(r'\[\s*([^\]"]+?)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]', line)
            if header:
                below = re.sub(r"\\(.)", r"\1", header[2]) if header[2] is not None else None
                section = header[1] if below is None else f"{header[1]}.{below}"
                continue
            key, *rest = re.split(f"[{signs}]", line, maxsplit=1)
            if not rest:
                raise Unreadable(number, "is neither a section nor a key with a value")
            entries.append((f"{section}.{key.strip()}" if section else key.strip(), unquote(rest[0].strip(" \t"))))
        return entries

    return read


def _go_unquoted(text: str) -> str:
    for quote in ("`", '"""'):
        close = text.rfind(quote)
        if text.startswith(quote) and close > 0:
            start = len(quote)
            return text[start:close]
    cut = re.split("[#;]", text, maxsplit=1)[0].strip()
    pair = len(cut) > 1 and cut[0] == cut[-1] and cut[0] in "'\""
    return cut[1:-1] if pair else cut


def _python_unquoted(text: str) -> str:
    return text.replace("%%", "%")


def _git_unquoted(text: str) -> str:
    out: list[str] = []
    quoted, position = False, 0
    while position < len(text):
        letter = text[position]
        if letter == "\\" and position + 1 < len(text):
            position += 1
            out.append({"n": "\n", "t": "\t"}.get(text[position], text[position]))
        elif letter == '"':
            quoted = not quoted
        elif letter in "#;" and not quoted:
            break
        else:
            out.append(letter)
        position += 1
    value = "".join(out)
    return value if text.endswith('"') else value.rstrip()


_READ_GO = _reader(_go_unquoted, "=:")
DIALECTS = {
    "go": Format(_writer(go_value, _plain_section), _READ_GO, ";"),
    "grafana": Format(_writer(grafana_value, _plain_section), _READ_GO, ";"),
    "python": Format(_writer(python_value, _plain_section), _reader(_python_unquoted, "=:")),
    "raw": Format(_writer(without_blanks_around, _plain_section), _reader(str, "=:")),
    "fail2ban": Format(_writer(fail2ban_value, _plain_section), _reader(_python_unquoted)),
    "git": Format(_writer(git_value, _git_section), _reader(_git_unquoted)),
}
