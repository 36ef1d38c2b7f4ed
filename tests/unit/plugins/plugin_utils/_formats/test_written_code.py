# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings in code that cannot be read, or is deeper than anybody writes: one error, whatever a parser makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import Unreadable
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import find_format
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.written_code import (
    NotCode,
    Written,
    assignments_of,
    php_code,
    python_code,
)

Code = Callable[[str], Iterator[Written]]
HOSTILE: dict[str, tuple[Code, str, int | None]] = {
    "Python: a bracket that is not closed": (python_code, "A = 1\nB = (2", 2),
    "Python: a text that does not end": (python_code, "A = 1\nB = 'x", 2),
    "Python: a NUL": (python_code, "A = 1\0", 1),
    "Python: brackets in brackets": (python_code, f"A = {'(' * 5000}", 1),
    "Python: signs before signs": (python_code, f"A = {'-' * 200_000}1", None),
    "Python: names of names": (python_code, f"A = {'x.' * 100_000}y", None),
    "Python: sums of sums": (python_code, f"A = {'1+' * 100_000}1", None),
    "PHP: a text that does not end": (php_code, "<?php\n$a = 1;\n$b = 'x", 3),
}


@pytest.mark.parametrize(("code", "text", "line"), HOSTILE.values(), ids=HOSTILE)
def test_what_cannot_be_read_says_where(code: Code, text: str, line: int | None) -> None:
    with pytest.raises(NotCode) as caught:
        assignments_of(text, code)
    assert caught.value.line in (line, None)


@pytest.mark.parametrize("dialect", ["python", "php"])
def test_a_file_that_cannot_be_read_is_unreadable_in_its_format(dialect: str) -> None:
    text = f"A = {'-' * 200_000}1" if dialect == "python" else "$a = 'x"
    with pytest.raises(Unreadable):
        find_format(dialect, dialect).read(text)


@pytest.mark.parametrize(
    "text",
    ["$a" + "['x']" * 5000 + " = 1;", "$a = " + "[" * 5000 + "]" * 5000 + ";", "$a = " + "['a' => " * 5000 + "1"],
    ids=["indices", "lists", "tables"],
)
def test_php_that_is_deeper_than_anybody_writes_is_read_or_left(text: str) -> None:
    assert all(value != "x" for _name, value, _line in assignments_of(text, php_code))
