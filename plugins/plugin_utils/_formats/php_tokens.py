# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The words that PHP's text is made of, without comments and what is not PHP (PHP manual, Basic syntax, Strings)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


class NotPhp(Exception):
    """A text that does not end; `line` is where it begins."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line}: does not end")


@dataclass(frozen=True)
class Token:
    """A word, variable, operator, text or number with its line; `value` is None where only the running code has it."""

    kind: str
    text: str
    line: int
    value: str | int | None = field(default=None, repr=False)

    @property
    def lower(self) -> str:
        """PHP takes its own words in any case."""
        return self.text.lower() if self.kind == "word" else self.text


_OPENED = re.compile(r"<\?(?:php\b|=)", re.IGNORECASE)
_TOKEN = re.compile(
    r"""(?P<blank>\s+)
    |(?P<comment>(?:\#(?!\[)|//)(?:(?!\?>)[^\n])*)
    |(?P<block>/\*)
    |(?P<single>'[^'\\]*(?:\\.[^'\\]*)*')
    |(?P<double>"[^"\\]*(?:\\.[^"\\]*)*")
    |(?P<heredoc><<<[ \t]*(?P<quote>["']?)(?P<label>[A-Za-z_]\w*)(?P=quote)\r?\n)
    |(?P<closed>\?>)
    |(?P<number>\d[\w.]*)
    |(?P<variable>\$\w+)
    |(?P<word>[A-Za-z_\\\u0080-\U0010ffff][\w\\]*)
    |(?P<operator>->|\?->|=>|::|===?|!==?|<=|>=|&&|\|\||\?\?=?|\.=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"0|[1-9][0-9]*")


def tokens_of(text: str) -> list[Token]:
    """The tokens of a file in their order; raises NotPhp."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    opened = _OPENED.search(text)
    position, line = (opened.end(), 1 + text.count("\n", 0, opened.end())) if opened else (len(text), 1)
    while position < len(text):
        match = _TOKEN.match(text, position)
        # Each character is an operator at the least.
        if match is None:  # pragma: no cover
            raise NotPhp(line)
        end = _end(text, match, line)
        token = _token(match, line)
        if token is not None:
            yield token
        line += text.count("\n", position, end)
        position = end


def _end(text: str, match: re.Match[str], line: int) -> int:
    """Where the token ends; what is closed by something is looked for as a whole, so that no text is read twice."""
    kind = match.lastgroup
    if kind == "block":
        return _behind(text, re.compile(r"\*/"), match.end(), line)
    if kind == "heredoc" or match["heredoc"]:
        return _behind(text, re.compile(rf"^[ \t]*{match['label']}\b", re.MULTILINE), match.end(), line)
    if kind == "closed":
        opened = _OPENED.search(text, match.end())
        return opened.end() if opened else len(text)
    if match[0] in ("'", '"'):
        raise NotPhp(line)
    return match.end()


def _behind(text: str, closing: re.Pattern[str], position: int, line: int) -> int:
    closed = closing.search(text, position)
    if closed is None:
        raise NotPhp(line)
    return closed.end()


def _token(match: re.Match[str], line: int) -> Token | None:
    kind = match.lastgroup or "operator"
    if match["heredoc"]:
        return Token("text", "", line)
    if kind in ("blank", "comment", "block"):
        return None
    if kind == "closed":
        # It ends a statement.
        return Token("operator", ";", line)
    if kind in ("single", "double"):
        return Token("text", "", line, _single(match[0]) if kind == "single" else _double(match[0]))
    if kind == "number":
        return Token("number", match[0], line, int(match[0]) if _NUMBER.fullmatch(match[0]) else None)
    return Token(kind, match[0], line)


def _single(text: str) -> str:
    return re.sub(r"\\([\\'])", r"\1", text[1:-1])


_ESCAPES = {"n": b"\n", "t": b"\t", "r": b"\r", "v": b"\v", "e": b"\x1b", "f": b"\f", "\\": b"\\", "$": b"$", '"': b'"'}
_ESCAPE = re.compile(
    r'\\(?:(?P<plain>[ntrvef\\$"])|(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9A-Fa-f]{1,2})|u\{(?P<point>[0-9A-Fa-f]{1,6})\})'
)
# `\\` before a dollar is looked at first, so that an escaped one is none.
_VARIABLE = re.compile(r"\\.|(?P<variable>\$[A-Za-z_{]|\{\$)", re.DOTALL)


def _double(text: str) -> str | None:
    """The text with its escapes, which stand for bytes; None where a variable is in it, or what is no UTF-8."""
    inner = text[1:-1]
    if any(match["variable"] for match in _VARIABLE.finditer(inner)):
        return None
    parts, position = [], 0
    for match in _ESCAPE.finditer(inner):
        parts += [inner[position : match.start()].encode("utf-8", "surrogatepass"), _bytes(match)]
        position = match.end()
    try:
        return b"".join([*parts, inner[position:].encode("utf-8", "surrogatepass")]).decode("utf-8")
    except UnicodeDecodeError:
        return None


def _bytes(match: re.Match[str]) -> bytes:
    if match["plain"]:
        return _ESCAPES[match["plain"]]
    if match["point"]:
        point = int(match["point"], 16)
        return chr(point).encode("utf-8", "surrogatepass") if point < 0x110000 else b"\xff"
    return bytes([int(match["octal"], 8) & 255 if match["octal"] else int(match["hex"], 16)])
