# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What PHP that people wrote sets to plain values: properties, constants, calls, filters. Nothing of it is run.

`$mail->Host = 'a'` is the key `Host`, `define('SMTP_HOST', 'a')` is `SMTP_HOST`, `$mail->setFrom('a', 'b')` is
`call.setfrom.0` and `.1` (PHP takes the names of methods in any case), a filter that answers a plain value is
`filter.wp_mail_from`. What would have to be run to be known is Code (PHP manual, Language Reference).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .php_tokens import NotPhp, Token, tokens_of

__all__ = ["Code", "NotPhp", "PhpEntry", "PhpValue", "read_php"]


@dataclass(frozen=True)
class Code:
    """A value that is known only where the code runs, but for a constant: by its name it may be defined elsewhere.

    `otherwise` is what it is where nothing defines the constant; None where that cannot be known either.
    """

    constant: str | None = None
    otherwise: PhpValue | None = None


PhpValue = str | int | bool | None | Code


@dataclass(frozen=True)
class PhpEntry:
    """A key with its value; `line` counts from 1. `conditional` where it stands under a condition."""

    name: str
    value: PhpValue
    line: int
    conditional: bool = False


@dataclass
class _Object:
    """What is set on one variable."""

    entries: list[PhpEntry] = field(default_factory=list)
    created: bool = False


_CONDITIONS = frozenset({"if", "elseif", "else", "for", "foreach", "while", "do", "switch", "match", "catch"})
# Conditions of these words ask whether something is there, which it is where the file is used.
_GUARDS = frozenset({"defined", "function_exists", "class_exists", "method_exists", "isset", "is_object"})
# A statement in other words than braces ends with one of these.
_ENDS = ("endif", "endfor", "endforeach", "endwhile", "endswitch")
# More than anybody writes, and little enough that a file which is made to take long does not.
_MOST_TOKENS, _MOST_STEPS = 100, 16
# The names of PHPMailer that nothing else has, in small letters.
_MAILERS = re.compile(r"smtp\w*|call\.issmtp")


def read_php(text: str) -> list[PhpEntry]:
    """All keys of a file in its order; raises NotPhp with the line from which on it cannot be read."""
    return _Reader(tokens_of(text)).entries()


class _Reader:
    """One walk over the tokens of a file."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._pairs = _pairs(tokens)
        self._objects: dict[str, _Object] = {}
        self._constants: list[PhpEntry] = []
        self._answers = self._functions()
        self._conditional = self._conditions()

    def entries(self) -> list[PhpEntry]:
        """Constants and filters, and what is set on the variables that are mailers."""
        words: Mapping[str, Callable[[int], None]] = {
            "define": self._define,
            "const": self._const,
            "add_filter": self._filter,
        }
        for index, token in enumerate(self._tokens):
            if token.kind == "variable":
                self._variable(index)
            elif token.kind == "word" and token.lower in words and not self._is_member(index):
                words[token.lower](index)
        mailers = [each.entries for name, each in self._objects.items() if _is_mailer(name, each)]
        return sorted((entry for entries in [self._constants, *mailers] for entry in entries), key=lambda e: e.line)

    def _text(self, index: int) -> str:
        return self._tokens[index].text if 0 <= index < len(self._tokens) else ""

    def _is_member(self, index: int) -> bool:
        return self._text(index - 1) in ("->", "?->", "::", "function")

    def _entry(self, name: str, value: PhpValue, index: int) -> PhpEntry:
        return PhpEntry(name, value, self._tokens[index].line, self._conditional[index])

    def _define(self, index: int) -> None:
        name, value = index + 2, index + 4
        if self._text(index + 1) == "(" and self._is_text(name) and self._text(name + 1) == ",":
            end = self._until(value, (",", ")"))
            self._constants += self._flat(str(self._tokens[name].value), value, end, index)

    def _const(self, index: int) -> None:
        if self._text(index + 2) == "=":
            end = self._until(index + 3, (";", ","))
            self._constants += self._flat(self._text(index + 1), index + 3, end, index)

    def _filter(self, index: int) -> None:
        """What a filter answers: a function here, or one of the file by its name."""
        if self._text(index + 1) != "(" or not self._is_text(index + 2) or self._text(index + 3) != ",":
            return
        function = index + 4
        end = self._until(function, (",", ")"))
        value: PhpValue = Code()
        if self._is_text(function) and end == function + 1:
            value = self._answers.get(str(self._tokens[function].value).lower(), Code())
        else:
            value = self._answer(function, end)
        self._constants.append(self._entry(f"filter.{self._tokens[index + 2].value}", value, index))

    def _variable(self, index: int) -> None:
        """An assignment to a variable, its properties and their indices; or a call of its methods."""
        if self._text(index - 1) in ("->", "::", "?->"):
            return
        name, steps, at = self._place(index)
        mailer = self._objects.setdefault(name, _Object())
        if self._text(at) == "(" and steps:
            mailer.entries += self._call(steps[-1].lower(), at, index)
        elif self._text(at) == "=":
            end = self._until(at + 1, (";",))
            if not steps:
                mailer.created = mailer.created or self._tokens[at + 1].lower == "new"
            else:
                mailer.entries += self._flat(".".join(steps), at + 1, end, index)
        elif self._text(at) in (".=", "??=") and steps:
            mailer.entries.append(self._entry(".".join(steps), Code(), index))

    def _place(self, index: int) -> tuple[str, list[str], int]:
        """The variable, the property and its indices, and the index of the token behind; objects in objects are one."""
        name, steps, at = self._text(index), list[str](), index + 1
        for _step in range(_MOST_STEPS):
            if self._text(at) in ("->", "?->") and self._kind(at + 1) == "word":
                name, steps = f"{name}{''.join(f'->{step}' for step in steps)}", [self._text(at + 1)]
                at += 2
            elif self._text(at) == "[" and steps and self._is_text(at + 1) and self._text(at + 2) == "]":
                steps.append(str(self._tokens[at + 1].value))
                at += 3
            else:
                break
        return name, steps, at

    def _call(self, method: str, at: int, index: int) -> Iterator[PhpEntry]:
        end = self._pairs.get(at, len(self._tokens))
        yield self._entry(f"call.{method}", value=True, index=index)
        for number, (begin, behind) in enumerate(self._parts(at + 1, end)):
            yield self._entry(f"call.{method}.{number}", self._value(begin, behind), index)

    def _flat(self, name: str, begin: int, end: int, index: int) -> Iterator[PhpEntry]:
        """The entry of a value; those of an array, one for each of its keys."""
        inner = self._array(begin, end) if name.count(".") < _MOST_STEPS else None
        if inner is None:
            yield self._entry(name, self._value(begin, end), index)
            return
        for first, behind in self._parts(*inner):
            if self._is_text(first) and self._text(first + 1) == "=>":
                yield from self._flat(f"{name}.{self._tokens[first].value}", first + 2, behind, first)

    def _array(self, begin: int, end: int) -> tuple[int, int] | None:
        opens = begin + 1 if self._tokens[begin : begin + 1] and self._tokens[begin].lower == "array" else begin
        if self._text(opens) in ("[", "(") and (opens > begin or self._text(opens) == "["):
            return (opens + 1, end - 1) if self._pairs.get(opens) == end - 1 else None
        return None

    def _value(self, begin: int, end: int) -> PhpValue:
        """A plain value, a constant, or a constant with what it is otherwise."""
        tokens = self._tokens[begin : min(end, begin + _MOST_TOKENS)]
        if len(tokens) == 1:
            return _plain(tokens[0])
        texts = [token.lower for token in tokens]
        if len(tokens) == 3 and texts[1] == "::":
            return Code(f"{tokens[0].text.rpartition(chr(92))[2]}::{tokens[2].text}")
        if len(tokens) == 8 and texts[:2] == ["defined", "("] and texts[3:5] == [")", "?"] and texts[6] == ":":
            name = tokens[2].value
            if name == tokens[5].text and tokens[7].kind in ("text", "number"):
                return Code(str(name), _plain(tokens[7]))
        return Code()

    def _functions(self) -> dict[str, PhpValue]:
        """The functions of the file that do nothing but answer, by their names in small letters."""
        answers = {}
        for index, token in enumerate(self._tokens):
            if token.lower == "function" and self._kind(index + 1) == "word" and self._text(index + 2) == "(":
                body = self._body(self._pairs.get(index + 2, len(self._tokens)) + 1)
                answers[self._tokens[index + 1].lower] = self._answer(index, self._pairs.get(body, body) + 1)
        return answers

    def _body(self, index: int) -> int:
        """The brace that opens a function's body, behind its type."""
        while index < len(self._tokens) and self._text(index) not in ("{", ";"):
            index += 1
        return index

    def _answer(self, begin: int, end: int) -> PhpValue:
        """What a function answers, whatever it is asked: the one `return` of its body, or what stands behind =>."""
        tokens = self._tokens[begin : min(end, begin + _MOST_TOKENS)]
        starts = [begin + at for at, token in enumerate(tokens) if token.text in ("{", "=>")]
        if not starts or not any(token.lower in ("function", "fn") for token in tokens[:2]):
            return Code()
        start = starts[0]
        if self._text(start) == "=>":
            return self._value(start + 1, end)
        last = self._pairs.get(start, end) - 1
        if (
            self._tokens[start + 1 : start + 2]
            and self._tokens[start + 1].lower == "return"
            and self._text(last) == ";"
        ):
            return self._value(start + 2, last)
        return Code()

    def _conditions(self) -> list[bool]:
        """For each token whether it stands under a condition that asks more than whether something is there."""
        under = [False] * len(self._tokens)
        for index, token in enumerate(self._tokens):
            # What is below a condition ends with it.
            if under[index] or token.kind != "word" or token.lower not in _CONDITIONS or self._is_member(index):
                continue
            begin = index + 1
            if self._text(begin) == "(":
                end = self._pairs.get(begin, begin)
                if self._is_guard(begin + 1, end):
                    continue
                begin = end + 1
            behind = self._behind(begin)
            under[begin:behind] = [True] * (behind - begin)
        return under

    def _behind(self, begin: int) -> int:
        """Where what a condition decides on ends: braces, a colon and a word, or one statement."""
        if self._text(begin) == "{":
            return self._pairs.get(begin, begin)
        if self._text(begin) != ":":
            return self._until(begin, (";",))
        ends = (at for at in range(begin, len(self._tokens)) if self._tokens[at].lower in _ENDS)
        return next(ends, len(self._tokens))

    def _is_guard(self, begin: int, end: int) -> bool:
        words = {token.lower for token in self._tokens[begin : min(end, begin + _MOST_TOKENS)] if token.kind == "word"}
        return bool(words) and words <= _GUARDS and end - begin < _MOST_TOKENS

    def _until(self, index: int, ends: tuple[str, ...]) -> int:
        """The first token of these outside of all brackets, as far as a plain value may reach."""
        for _step in range(_MOST_TOKENS):
            if index >= len(self._tokens) or self._text(index) in (*ends, ")", "]", "}"):
                break
            unclosed = len(self._tokens) if self._text(index) in ("(", "[", "{") else index
            index = self._pairs.get(index, unclosed) + 1
        return min(index, len(self._tokens))

    def _parts(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """What stands between commas."""
        while begin < end:
            behind = min(self._until(begin, (",",)), end)
            if behind > begin:
                yield begin, behind
            begin = behind + 1

    def _is_text(self, index: int) -> bool:
        return self._kind(index) == "text" and isinstance(self._tokens[index].value, str)

    def _kind(self, index: int) -> str:
        return self._tokens[index].kind if 0 <= index < len(self._tokens) else ""


def _is_mailer(name: str, variable: _Object) -> bool:
    """WordPress hands its own mailer to the code; one that the code creates is another."""
    known = any(_MAILERS.match(entry.name.lower()) for entry in variable.entries)
    return (known or "mail" in name.lower()) and (not variable.created or name.lower() == "$phpmailer")


def _plain(token: Token) -> PhpValue:
    words: Mapping[str, PhpValue] = {"true": True, "false": False, "null": None}
    if token.kind == "word":
        return words[token.lower] if token.lower in words else Code(token.text)
    if token.kind in ("text", "number") and token.value is not None:
        return token.value
    return Code()


def _pairs(tokens: Sequence[Token]) -> dict[int, int]:
    """For each bracket that opens the one that closes it."""
    pairs, opened = {}, list[int]()
    for index, token in enumerate(tokens):
        if token.kind != "operator":
            continue
        if token.text in ("(", "[", "{"):
            opened.append(index)
        elif token.text in (")", "]", "}") and opened:
            pairs[opened.pop()] = index
    return pairs


def resolved(entries: Sequence[PhpEntry], constants: Mapping[str, PhpValue]) -> list[PhpEntry]:
    """The entries, constants replaced by what they are defined as; a constant of a constant, too."""
    defined = {**constants, **{entry.name: entry.value for entry in entries}}
    return [replace(entry, value=_resolved(entry.value, defined)) for entry in entries]


def _resolved(value: PhpValue, defined: Mapping[str, PhpValue]) -> PhpValue:
    # No chain of constants that anybody writes is longer, and one that goes round comes to an end.
    for _step in range(4):
        if not isinstance(value, Code) or value.constant is None:
            break
        value = defined.get(value.constant, value.otherwise if value.otherwise is not None else Code())
    return value
