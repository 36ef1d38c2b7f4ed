# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions and texts of target.yml see what they are given, change nothing, and tell no value when they fail."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import (
    ExpressionError,
    check_expression,
    check_text,
    evaluate,
    fill,
    holds,
)

CONTEXT: dict[str, object] = {
    "settings": {"smtp": {"host": "a.example", "port": 25}, "names": ["a"], "nothing": None},
    "options": {},
    "version": "0.31",
    "secret": "hunter2",
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("settings.smtp.port + 1", 26),
        ("settings.smtp.host", "a.example"),
        ("settings.nothing", None),
        ('version is at_least("0.31")', True),
        ('version is at_least("0.32")', False),
        ('none is at_least("0.31")', False),
        ("settings.smtp.port in [25, 465]", True),
    ],
)
def test_evaluate(expression: str, expected: object) -> None:
    assert evaluate(expression, CONTEXT) == expected


def test_condition_that_is_left_out_holds() -> None:
    assert holds(None, CONTEXT)
    assert not holds("settings.nothing", CONTEXT)


def test_fill() -> None:
    assert fill("{{ settings.smtp.host }}:{{ settings.smtp.port }}", CONTEXT) == "a.example:25"
    assert fill("100 % of { braces }", CONTEXT) == "100 % of { braces }"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        pytest.param("settings.smpt", "has no attribute 'smpt'", id="a name that is not there"),
        pytest.param("unknown", "'unknown' is undefined", id="a name that is nowhere"),
        pytest.param("settings.smtp.port +", "cannot be read", id="half an expression"),
        pytest.param("[].index(secret)", "failed: ValueError", id="an error whose text would tell the value"),
        pytest.param("settings.names.append('b')", "failed: SecurityError", id="a change"),
        pytest.param("''.__class__", "", id="the way out of the sandbox"),
    ],
)
def test_error_names_the_expression_and_no_value(expression: str, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(expression, CONTEXT)
    assert expression in str(caught.value)
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_syntax_is_checked_without_running() -> None:
    check_expression("unknown.name")
    check_text("{{ unknown.name }}")
    for check, text in ((check_expression, "a ~"), (check_expression, "a }} {{ b"), (check_text, "{% if %}")):
        with pytest.raises(ExpressionError, match="cannot be read"):
            check(text)
