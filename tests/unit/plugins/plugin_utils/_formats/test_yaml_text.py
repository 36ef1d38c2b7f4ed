# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML that hosts send: what libyaml takes is read, and nothing in it ends the process that reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._formats.yaml_text import composed, parsed

READ: dict[str, tuple[str, object]] = {
    "a tab before a comment": ("a:\t\t# all\n  b: c\t# this\n", {"a": {"b": "c"}}),
    "a tab before a value": ("a:\tb\n", {"a": "b"}),
    "a number as it is usually written": ("a: 587\n", {"a": 587}),
}
DEEP = {"brackets": "[" * 500_000, "braces": "{a: " * 200_000, "dashes": "- " * 200_000}


@pytest.mark.parametrize("name", READ)
def test_what_libyaml_takes_is_read(name: str) -> None:
    text, value = READ[name]
    assert parsed(text) == value


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("read", [parsed, composed])
def test_what_is_too_deep_is_an_error(read: Callable[[str], object], name: str) -> None:
    with pytest.raises(RecursionError):
        read(DEEP[name])


@pytest.mark.parametrize("written", ["0123456", "0x1F", "1_000", "12:30"])
def test_a_number_that_is_written_in_another_way_may_be_text(written: str) -> None:
    assert parsed(f"a: {written}\n", numbers_as_written=True) == {"a": written}
    assert isinstance(parsed(f"a: {written}\n"), dict)


def test_a_fault_is_where_it_is() -> None:
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        parsed("a: [\nb")
    assert caught.value.problem_mark is not None
    assert caught.value.problem_mark.line == 1
