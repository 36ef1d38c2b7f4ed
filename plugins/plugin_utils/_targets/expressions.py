# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Jinja in target.yml: expressions and short texts, sandboxed, over settings, written, options and version.

One environment is kept for the whole process. It is immutable: a target can read what it is given and nothing else.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from functools import cache
from types import CodeType
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.environment import TemplateExpression
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ansible_collections.appmail.settings.plugins.plugin_utils._kept.store import STORE, maker
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.bounds import power
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

from .versions import satisfies


class SettingsEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which `settings.smtp` is the key of a mapping before it is an attribute of Python's.

    Jinja asks for the attribute first, and settings are nothing but mappings.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - as Jinja has it
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


# Nothing in a target is worth working out beforehand, and looking for it is a fifth of the time that compiling takes.
ENVIRONMENT = SettingsEnvironment(undefined=jinja2.StrictUndefined, autoescape=False, optimized=False)


def _at_least(version: str | None, other: str) -> bool:
    """`version is at_least("0.31")`; a version that is not known is at least none."""
    return satisfies(version, f">={other}")


def _all_of(value: object, key: str) -> list[object]:
    """`options.route | all_of("receiver")`: all that stands under this key, at any depth."""
    if isinstance(value, Mapping):
        here = [value[key]] if key in value else []
        return here + [entry for below in value.values() for entry in _all_of(below, key)]
    if isinstance(value, list):
        return [entry for below in value for entry in _all_of(below, key)]
    return []


ENVIRONMENT.intercepted_binops = frozenset({"**"})
ENVIRONMENT.binop_table["**"] = power
# What is there beside Jinja's own, in templates too.
TESTS: Mapping[str, Callable[..., bool]] = {"at_least": _at_least}
FILTERS: Mapping[str, Callable[..., object]] = {"all_of": _all_of}
ENVIRONMENT.tests.update(TESTS)
ENVIRONMENT.filters.update(FILTERS)


class ExpressionError(SentenceError):
    """An expression that cannot be read, or that failed on these settings. No value of the settings is in the text."""


def evaluate(expression: str, context: Mapping[str, object]) -> object:
    """What the expression comes to; raises ExpressionError."""
    value = _run(expression, _compiled(expression), context)
    if isinstance(value, jinja2.Undefined):
        # Using it says which name it was.
        _run(expression, value.__str__, {})
    return value


def holds(expression: str | None, context: Mapping[str, object]) -> bool:
    """Whether the expression is true; one that is left out is."""
    return expression is None or bool(evaluate(expression, context))


def fill(text: str, context: Mapping[str, object]) -> str:
    """A text with its `{{ }}` and `{% %}` filled in; raises ExpressionError."""
    if "{" not in text:
        return text
    return str(_run(text, _template(text), context))


def check_expression(expression: str) -> None:
    """Raise ExpressionError if the expression cannot be read."""
    _parse(f"{{{{ ({expression}\n) }}}}", expression)


def check_text(text: str) -> None:
    """Raise ExpressionError if a text with Jinja in it cannot be read."""
    _parse(text, text)


def parsed_expression(expression: str) -> nodes.Template:
    """The expression as Jinja's syntax tree; raises ExpressionError."""
    return _parse(f"{{{{ ({expression}\n) }}}}", expression)


def parsed_text(text: str) -> nodes.Template:
    """A text with Jinja in it as Jinja's syntax tree; raises ExpressionError."""
    return _parse(text, text)


def prepare_expression(expression: str) -> None:
    """Compile an expression, which then is kept; raises ExpressionError."""
    _compiled(expression)


def prepare_text(text: str) -> None:
    """Compile a text with Jinja in it, which then is kept; raises ExpressionError."""
    if "{" in text:
        _template(text)


def _parse(source: str, shown: str) -> nodes.Template:
    try:
        return ENVIRONMENT.parse(source)
    except jinja2.TemplateSyntaxError as error:
        raise _unreadable(shown, error) from error


def _unreadable(shown: str, error: jinja2.TemplateSyntaxError) -> ExpressionError:
    return ExpressionError(f"`{shown}` cannot be read: {error.message}")


def _run(shown: str, function: Callable[..., object], context: Mapping[str, object]) -> object:
    try:
        return function(**context)
    except jinja2.UndefinedError as error:
        raise ExpressionError(f"`{shown}`: {error.message}") from error
    except (ArithmeticError, LookupError, TypeError, ValueError, jinja2.TemplateError) as error:
        # The error's own text may hold a value, and a value may be a secret.
        raise ExpressionError(f"`{shown}` failed: {type(error).__name__}") from None


@cache
def _compiled(expression: str) -> Callable[..., object]:
    return TemplateExpression(_of_code(_kept_code("expression", expression, _expression_tree)), undefined_to_none=False)


@cache
def _template(text: str) -> Callable[..., object]:
    return _of_code(_kept_code("text", text, ENVIRONMENT.parse)).render


def _kept_code(kind: str, text: str, read: Callable[[str], nodes.Template]) -> CodeType:
    def compiled() -> bytes:
        try:
            return marshal.dumps(ENVIRONMENT.compile(read(text)))
        except jinja2.TemplateSyntaxError as error:
            raise _unreadable(text, error) from error

    code: CodeType = marshal.loads(  # noqa: S302 - from the store, which trusts this user alone
        STORE.get(jinja2.__version__, maker(__file__), kind, text, make=compiled)
    )
    return code


def _expression_tree(expression: str) -> nodes.Template:
    """What Jinja's `compile_expression` makes of an expression: a template that sets `result`."""
    parser = Parser(ENVIRONMENT, f"({expression}\n)", state="variable")
    value = parser.parse_expression()
    if not parser.stream.eos:
        raise jinja2.TemplateSyntaxError("chunk after expression", parser.stream.current.lineno)
    value.set_environment(ENVIRONMENT)
    return nodes.Template([nodes.Assign(nodes.Name("result", "store"), value, lineno=1)], lineno=1)


def _of_code(code: CodeType) -> jinja2.Template:
    return jinja2.Template.from_code(ENVIRONMENT, code, ENVIRONMENT.make_globals(None))
