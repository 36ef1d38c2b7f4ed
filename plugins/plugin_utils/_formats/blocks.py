# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Statements, and blocks of them in braces: the first dot of a name divides the block from what is in it.

A block whose own name holds a value is a statement that goes on over several lines, as Monit's `set mailserver` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import parseaddr
from itertools import groupby

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import (
    Entry,
    Format,
    NotExpressible,
    Raw,
    Unreadable,
    Value,
    numbered,
    one_line,
    plain,
    unicode_text,
    without_blanks_around,
)

Quote = Callable[[str, Value], str]


@dataclass(frozen=True)
class Dialect:
    """How a line is written alone and in a block, and how the value of a key is: `quote`, and back: `unquote`.

    In a key `*` stands where the value does, which else is at the end; a key that is true stands alone where `flags`.
    """

    alone: str
    inside: str
    quote: Quote
    unquote: Callable[[str], Value]
    flags: bool = False

    def write(self, entries: list[Entry]) -> str:
        """Each block where its first key stands."""
        lines: list[str] = []
        for name, group in groupby(entries, key=lambda entry: entry[0].partition(".")[0]):
            keys = [(key.partition(".")[2], value) for key, value in group]
            if keys[0][0]:
                lines += [f"{name} {{", *(f"  {self._line(self.inside, key, value)}" for key, value in keys), "}"]
            else:
                lines.append(self._line(self.alone, name, keys[0][1]))
                lines += [f"  {self._line(self.alone, key, value)}" for key, value in keys[1:]]
        return "".join(f"{line}\n" for line in lines)

    def _line(self, form: str, key: str, value: Value) -> str:
        if self.flags and value is True and form == self.alone:
            return key
        text = value if isinstance(value, Raw) else self.quote(key, value)
        return key.replace("*", text) if "*" in key else form.format(key=key, value=text)

    def read(self, text: str) -> list[Entry]:
        """The statements of such a file; a comment is left out."""
        entries: list[Entry] = []
        block = statement = ""
        for number, content in _monit_lines(text) if self.flags else numbered(text):
            line = content.strip()
            if line.startswith(("#", "//", ";")) or not line:
                continue
            if line == "}":
                block = ""
            elif not block and (opened := re.fullmatch(r"([^\"=]+?|object .*?)\s*\{", line)):
                block = opened[1]
            else:
                around = block or (statement if content.startswith(" ") else "")
                key, value = self._entry(number, line, self.inside if block else self.alone)
                entries.append((f"{around}.{key}" if around else key, value))
                statement = statement if around else key
        return entries

    def _entry(self, number: int, line: str, form: str) -> Entry:
        before, _key, rest = form.partition("{key}")
        pattern = re.escape(before) + "(.+?)" + re.escape(rest).replace(r"\{value\}", '("(?:[^"\\\\]|\\\\.)*"|.*)')
        pair = re.fullmatch(pattern, line)
        if self.flags and form == self.alone:
            bare = re.fullmatch(r"(set mailserver|username|password|using hostname) ([^\s\"]+)", line)
            if bare:
                return bare[1], bare[2]
            pair = re.fullmatch(r'([a-z -]+?)(?: ("(?:[^"\\]|\\.)*"|\d+|\S+@\S+)( [a-z]+)?)?', line)
            if pair and pair[2] is None:
                return pair[1], True
            if pair and pair[3]:
                return f"{pair[1]} *{pair[3]}", self.unquote(pair[2])
        if pair is None:
            raise Unreadable(number, "is neither a block nor a key with a value")
        return pair[1], self.unquote(pair[2])


# Monit


_MONIT_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MONIT_CLAUSE = re.compile(rf"({_MONIT_QUOTED})|\s+(?=(?:port|username|password|using|with timeout)\b)", re.IGNORECASE)
_MONIT_BLOCK = re.compile(rf"(set (?:ssl|mail-format))\s*\{{((?:{_MONIT_QUOTED}|[^{{}}\"])*)\}}\s*", re.IGNORECASE)
_MONIT_OPTION = re.compile(rf"(?:{_MONIT_QUOTED}|[^,\"])+")
# Up to a comma or a comment.
_MONIT_SERVER = re.compile(rf"(?:{_MONIT_QUOTED}|[^,#\"])*")
_MONIT_ALERT = re.compile(r"set alert\s+(\S+@\S+)\s+((?:[a-z]+\s)*[a-z]+)\s*([^\"]*)", re.IGNORECASE)
# All of them ask for TLS, and leave it to the port which kind (Monit's manual, SSL settings).
_MONIT_TLS = re.compile(r"using (?:tls|ssl|auto|tlsv[0-9]+|sslauto)\b", re.IGNORECASE)


def _monit_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a file as people write it: what stands on one line is given as if it stood on several."""
    for number, content in _monit_first_server(text):
        line = content.strip()
        block = _MONIT_BLOCK.fullmatch(line)
        if block:
            yield number, f"{block[1].lower()} {{"
            yield from ((number, f"  {option.strip()}") for option in _MONIT_OPTION.findall(block[2]) if option.strip())
            yield number, "}"
        elif alert := _MONIT_ALERT.fullmatch(line):
            yield number, f"set alert {alert[1]}"
            yield number, f'  {alert[2].strip()} "{alert[3]}"'
        elif re.match(r"(?:set mailserver|port|username|password|using|with timeout)\b", line, re.IGNORECASE):
            clauses = _MONIT_CLAUSE.sub(lambda match: match[1] or "\n", line).split("\n")
            indent = content[: len(content) - len(content.lstrip())]
            yield from (
                (number, f"{indent if not place else '  '}{_monit_clause(clause)}")
                for place, clause in enumerate(clauses)
            )
        else:
            yield number, content


def _monit_first_server(text: str) -> Iterator[tuple[int, str]]:
    """The lines with the first server alone where commas divide several; that there are more is a clause of its own."""
    further = False
    for number, content in numbered(text):
        if re.match(r"\s*(?:set|check|include)\b", content, re.IGNORECASE):
            further = False
        if further or re.match(r"\s*(?:set mailserver|port|username|password|using)\b", content, re.IGNORECASE):
            first = _MONIT_SERVER.match(content)
            own, rest = (first[0], content[first.end() :]) if first else (content, "")
            yield from () if further else ((number, own.rstrip()),)
            if rest.startswith(",") and not further:
                further = True
                yield number, '  and further "servers"'
        else:
            yield number, content


def _monit_clause(clause: str) -> str:
    """Words of Monit are the same in capitals."""
    clause = _MONIT_TLS.sub("using tls", clause.strip())
    words = re.match(r"set mailserver|port|username|password|using|with timeout", clause, re.IGNORECASE)
    return words[0].lower() + clause[words.end() :] if words else clause


def monit_value(key: str, value: Value) -> str:
    r"""Monit's manual, Configuration, and what 5.33 reads: in quotes `\0x22` is a character by its number.

    An address, with a name or without, has no quoting at all, and `$HOST` in it becomes the host's name.
    """
    if isinstance(value, bool):
        return "enable" if value else "disable"
    text = unicode_text(plain(value))
    if key in ("set alert", "from", "reply-to"):
        return _monit_mailbox(text)
    if "\0" in text:
        raise NotExpressible(value, "it holds a null character, which ends it")
    return text if isinstance(value, int) else f'"{_MONIT_ESCAPED.sub(_monit_escape, text)}"'


def _monit_mailbox(text: str) -> str:
    named = re.fullmatch(r"(.*) <([^<>]*)>", text)
    address = named[2] if named else text
    if not re.fullmatch(r'[^\s!<>@{}$"\\]+@[^\s!<>@{}$"\\]+', address):
        raise NotExpressible(address, "it takes an address without ! { } $ only, for Monit has no quoting there")
    if named and not re.fullmatch(r'"[^"\\<>@{}$\s](?:[^"\\<>@{}$\n]*[^"\\<>@{}$\s])?"', named[1]):
        name = str(make_header(decode_header(parseaddr(text)[0])))
        raise NotExpressible(
            name, 'it takes a name of ASCII letters without " \\ < > @ { } $ only: Monit writes it as it stands'
        )
    return text


# Blanks at the ends are dropped before an escape is read.
_MONIT_ESCAPED = re.compile(r'[\x01-\x1f\x7f"\\]|\A |[ ]\Z')


def _monit_escape(match: re.Match[str]) -> str:
    return "\\\\" if match[0] == "\\" else f"\\0x{ord(match[0]):02x}"


def _monit_unquoted(text: str) -> Value:
    if text in ("enable", "disable"):
        return text == "enable"
    if not text.startswith('"') or not text.endswith('"'):
        return int(text) if text.isdigit() else text
    return re.sub(
        r"\\(?:0x([0-9a-fA-F]{2})|(\\))", lambda code: chr(int(code[1], 16)) if code[1] else code[2], text[1:-1]
    )


# Nagios, Icinga 2, apt


def nagios_value(_key: str, value: Value) -> str:
    """Nagios Core's manual, Object Configuration Overview: the rest of the line, up to a semicolon."""
    text = without_blanks_around(plain(value))
    if ";" in text or not text:
        raise NotExpressible(value, "it is empty, or holds a semicolon, which begins a comment")
    return text


def icinga_value(_key: str, value: Value) -> str:
    r"""Icinga 2's manual, Language Reference, String Literals: in quotes, `\"`, `\\` and C's letters for controls."""
    if isinstance(value, (bool, int)):
        return plain(value)
    escaped = re.sub(r'(["\\])', r"\\\1", unicode_text(plain(value)))
    for letter, control in _ICINGA.items():
        escaped = escaped.replace(control, f"\\{letter}")
    return f'"{one_line(escaped)}"'


_ICINGA = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def apt_value(_key: str, value: Value) -> str:
    """apt.conf(5), Syntax: in quotes, without an escape."""
    text = one_line(plain(value))
    if '"' in text:
        raise NotExpressible(value, "it holds a double quote, which ends a value")
    return f'"{text}"'


def _unquoted(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    if text.isdigit():
        return int(text)
    if not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", lambda code: _ICINGA.get(code[1], code[1]), text[1:-1])


def _format(dialect: Dialect, comment: str = "#") -> Format:
    return Format(dialect.write, dialect.read, comment)


DIALECTS = {
    "monit": _format(Dialect("{key} {value}", "{key}: {value}", monit_value, _monit_unquoted, flags=True)),
    "nagios": _format(Dialect("{key} {value}", "{key} {value}", nagios_value, str)),
    "icinga2": _format(Dialect("{key} = {value}", "{key} = {value}", icinga_value, _unquoted)),
    "apt": _format(Dialect("{key} {value};", "{key} {value};", apt_value, lambda text: text.strip('"')), "//"),
}
