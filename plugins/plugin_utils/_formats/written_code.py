# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What settings in Python, PHP and Ruby that people wrote are set to: plain values, each with its line. Nothing is run.

The first step of a name is what is assigned to, each further one an index or a key of a table, as in `EMAIL.SERVER`.
What stands in a function is passed by. A value that only running the code would tell is UNKNOWN, what stands below a
condition too;
one that is no text, number or truth, such as a list, and what stands for nothing (`None`, `null`, `nil`) are left out.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Sequence

from .php_tokens import NotPhp, Token, tokens_of

Written = tuple[str, "str | int | bool | Unknown", int]


class Unknown:
    """A value that is known only where the code runs."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


class NotCode(Exception):
    """A text that its language cannot read, or not within its bounds; `line` is where, None where that is not known."""

    def __init__(self, line: int | None) -> None:
        self.line = line
        super().__init__(f"line {line or '?'}: cannot be read")


def assignments_of(text: str, code: Callable[[str], Iterator[Written]]) -> list[Written]:
    """All assignments of a text by one of the three below; raises NotCode."""
    try:
        return list(code(text))
    except SyntaxError as error:
        raise NotCode(error.lineno) from None
    except NotPhp as error:
        raise NotCode(error.line) from None
    except (ValueError, RecursionError, MemoryError):
        raise NotCode(None) from None


def python_code(text: str) -> Iterator[Written]:
    """The assignments of a module; raises what Python's parser raises."""
    with warnings.catch_warnings():
        # They would be printed, and are for whoever runs the file.
        warnings.simplefilter("ignore")
        module = ast.parse(text)
    plain: dict[str, str | int | bool] = {}
    for statement, conditional in _python_statements(module.body):
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        places = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        for place in places if value is not None else ():
            name = _python_place(place)
            if name is None or value is None:
                continue
            known = plain.get(value.id) if isinstance(value, ast.Name) else None
            written = [(name, known, value.lineno)] if known is not None else list(_python_values(name, value))
            for below, held, line in written:
                plain.pop(below, None)
                if not conditional and not isinstance(held, Unknown):
                    plain[below] = held
                yield below, UNKNOWN if conditional else held, line


def _python_statements(body: Sequence[ast.stmt], *, conditional: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements of a module, those that only run under a condition too; not those of functions and classes."""
    for statement in body:
        yield statement, conditional
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inner = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
            inner += [handler.body for handler in getattr(statement, "handlers", [])]
            for below in inner:
                yield from _python_statements(below, conditional=True)


def _python_place(place: ast.AST | None) -> str | None:
    if isinstance(place, ast.Name):
        return place.id
    if isinstance(place, ast.Subscript) and isinstance(place.slice, ast.Constant):
        above = _python_place(place.value)
        return None if above is None else f"{above}.{place.slice.value!s}"
    return None


def _python_values(name: str, node: ast.expr) -> Iterator[Written]:
    if isinstance(node, ast.Dict):
        for key, below in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                yield from _python_values(f"{name}.{key.value!s}", below)
        return
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        yield name, UNKNOWN, node.lineno
        return
    if isinstance(value, (str, int, bool)):
        yield name, value, node.lineno


_STRING = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_RUBY = re.compile(rf"(?P<place>\w+(?:\[(?:{_STRING}|:\w+)\])*)\s*=(?![=~])\s*(?P<value>.*)")
_RUBY_HERE = re.compile(r"=\s*[^'\"#]*<<[-~]?['\"]?([A-Z_]\w*)")
_RUBY_OPENS = re.compile(r"(?:if|unless|case|while|until|for|begin|def|class|module)\b|[^#]*\bdo(?:\s*\|[^|]*\|)?\s*$")
_RUBY_ENDS = re.compile(r"end\b")
_RUBY_VALUE = re.compile(rf"(?P<text>{_STRING})|:(?P<symbol>\w+)|(?P<number>-?\d[\d_]*)|(?P<word>true|false|nil)\b")
_RUBY_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "s": " ", "0": "\0", "a": "\a", "b": "\b"}


def ruby_code(text: str) -> Iterator[Written]:
    """The assignments that begin a line; a symbol is the text of its name, and what a condition decides on UNKNOWN."""
    deep = 0
    for number, line in _ruby_lines(text):
        deep += bool(_RUBY_OPENS.match(line)) - bool(_RUBY_ENDS.match(line))
        match = _RUBY.match(line)
        if match is not None:
            value = UNKNOWN if deep > 0 else _ruby_value(match["value"])
            if value is not None:
                name = re.sub(r"\[[:'\"](\w*)['\"]?\]", r".\1", match["place"])
                yield name, value, number


def _ruby_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of code: not those of block comments, of texts that begin with `<<`, and behind `__END__`."""
    until = None
    for number, line in enumerate(text.split("\n"), 1):
        if until is not None:
            until = None if re.fullmatch(until, line.rstrip()) else until
        elif line.startswith("=begin"):
            until = r"=end\b.*"
        elif line.rstrip() == "__END__":
            return
        else:
            yield number, line.strip()
            here = _RUBY_HERE.search(line)
            until = rf"\s*{here[1]}" if here else None


def _ruby_value(text: str) -> str | int | bool | Unknown | None:
    match = _RUBY_VALUE.match(text)
    if match is None:
        # A list or a table is no setting of ours, and what is called or computed is not known.
        return None if text.startswith(("[", "{", "%")) else UNKNOWN
    if not re.fullmatch(r"\s*;?\s*(?:#.*)?", text[match.end() :]):
        return UNKNOWN
    if match["word"] is not None:
        return {"true": True, "false": False}.get(match["word"])
    if match["number"] is not None:
        return int(match["number"].replace("_", ""))
    return match["symbol"] if match["symbol"] is not None else _ruby_text(match["text"])


def _ruby_text(text: str) -> str | Unknown:
    """Ruby's docs, syntax/literals, String Literals."""
    inner = text[1:-1]
    if text[0] == "'":
        return re.sub(r"\\([\\'])", r"\1", inner)
    if re.search(r"(?<!\\)(?:\\\\)*#[{$@]", inner):
        return UNKNOWN
    return re.sub(r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|(.))", _ruby_escape, inner)


def _ruby_escape(escaped: re.Match[str]) -> str:
    point = escaped[1] or escaped[2]
    return chr(int(point, 16)) if point else _RUBY_ESCAPES.get(escaped[3], escaped[3])


# Nobody writes tables that stand deeper in one another.
_DEEPEST = 16


_OPENED = re.compile(r"^\s*<\?", re.MULTILINE)


def php_code(text: str) -> Iterator[Written]:
    """The assignments outside of functions and classes, and constants; raises NotPhp."""
    begin = 0
    # What the open braces belong to: a condition, or something with variables of its own.
    around: list[bool] = []
    tokens = tokens_of(text if _OPENED.search(text) else f"<?php {text}")
    for at, token in enumerate([*tokens, Token("operator", ";", 0)]):
        if token.kind == "operator" and token.text in (";", "{", "}"):
            statement = tokens[begin:at]
            if all(around) and statement and token.text != "{":
                yield from _php_decided(statement, conditional=bool(around))
            if token.text == "{":
                around.append(_PHP_OWN.isdisjoint(part.lower for part in statement))
            elif token.text == "}" and around:
                around.pop()
            begin = at + 1


_PHP_OWN = {"function", "fn", "class", "trait", "interface", "enum"}


def _php_decided(tokens: Sequence[Token], *, conditional: bool) -> Iterator[Written]:
    """A statement, the one behind a condition without braces too; what is set under a condition is UNKNOWN."""
    if tokens[0].lower in ("if", "elseif", "else", "foreach", "while"):
        conditional, deep, at = True, 0, 1
        while at < len(tokens) and (deep or tokens[at].text == "("):
            deep += (tokens[at].text == "(") - (tokens[at].text == ")")
            at += 1
        tokens = tokens[at:]
    if tokens:
        written = _php_statement(tokens)
        yield from ((name, UNKNOWN, line) for name, _value, line in written) if conditional else written


def _php_statement(tokens: Sequence[Token]) -> Iterator[Written]:
    if tokens[0].lower == "define":
        yield from _php_define(tokens)
    else:
        yield from _php_assignment(tokens)


def _php_assignment(tokens: Sequence[Token]) -> Iterator[Written]:
    """The values of an assignment; of several in a row, `$a = $b = 1`, those of the last one for each."""
    name, values = _php_place(tokens)
    further, last = _php_place(values) if values and values[0].kind == "variable" else (None, None)
    if name is None or values is None:
        return
    if further is None or last is None:
        yield from _php_values(name, values, tokens[0].line)
        return
    for below, value, line in _php_assignment(values):
        yield below, value, line
        if below == further or below.startswith(f"{further}."):
            yield f"{name}{below[len(further) :]}", value, line


def _php_place(tokens: Sequence[Token]) -> tuple[str | None, Sequence[Token] | None]:
    """The place that a value is assigned to, and what stands behind the sign; None where these are no such tokens."""
    name, at = tokens[0].text, 1
    while at + 2 < len(tokens) and tokens[at].text in ("[", "->"):
        if tokens[at].text == "->":
            name, at = f"{name}->{tokens[at + 1].text}", at + 2
        elif isinstance(tokens[at + 1].value, str) and tokens[at + 2].text == "]":
            name, at = f"{name}.{tokens[at + 1].value}", at + 3
        else:
            return None, None
    sign = at < len(tokens) and tokens[at].kind == "operator" and tokens[at].text == "="
    return (name, tokens[at + 1 :]) if sign else (None, None)


def _php_define(tokens: Sequence[Token]) -> Iterator[Written]:
    """`define('NAME', value)`."""
    if len(tokens) > 4 and isinstance(tokens[2].value, str) and tokens[3].text == "," and tokens[-1].text == ")":
        yield from _php_values(tokens[2].value, tokens[4:-1], tokens[0].line)


def _php_values(name: str, tokens: Sequence[Token], line: int) -> Iterator[Written]:
    """The value of an assignment; those of an array, one for each of its keys that is a text."""
    array = tokens[1:] if tokens and tokens[0].lower == "array" else tokens
    if array and array[0].kind == "operator" and array[0].text in "([" and array[-1].text in (")", "]"):
        for part in _php_parts(array[1:-1]) if name.count(".") < _DEEPEST else ():
            if len(part) > 2 and isinstance(part[0].value, str) and part[1].text == "=>":
                yield from _php_values(f"{name}.{part[0].value}", part[2:], part[0].line)
        return
    words = {"true": True, "false": False}
    if len(tokens) == 1 and tokens[0].lower in words:
        yield name, words[tokens[0].lower], line
    elif len(tokens) == 1 and tokens[0].value is not None:
        yield name, tokens[0].value, line
    elif len(tokens) != 1 or tokens[0].lower != "null":
        yield name, UNKNOWN, line


def _php_parts(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What stands between the commas outside of all brackets."""
    begin = deep = 0
    for at, token in enumerate(tokens):
        if token.kind == "operator":
            deep += (token.text in "([{") - (token.text in ")]}")
            if token.text == "," and deep == 0:
                yield tokens[begin:at]
                begin = at + 1
    yield tokens[begin:]
