# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a value holds, a Markdown parser sees one cell with that very text in it, and no markup."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import (
    markdown_code,
    markdown_text,
    visible,
)

PARSER = MarkdownIt("commonmark").enable("table")
# The only markup that a value may bring about: the code that it is shown as.
CODE_TAGS = ("<code>", "</code>")

HOSTILE = {
    "plain": "smtp.example.edu",
    "pipe": "a|b",
    "escaped pipe": "a\\|b",
    "backslash at the end": "DOMAIN\\",
    "backtick": "a`b",
    "backticks": "``` a ```",
    "script": "<script>alert(1)</script>",
    "comment": "<!-- a",
    "entity": "&lt;&#124;&amp;",
    "emphasis": "*a* _b_ **c** ~~d~~",
    "link": "[a](http://example.edu) ![b](c)",
    "automatic link": "<mail@example.edu>",
    "heading": "# a",
    "rule": "---",
    "list": "- a",
    "numbered list": "1. a",
    "quotation": "> a",
    "template": "{{ a }}{% b %}",
    "dollar": "$a$ $$b$$",
    "quotes": "\"a\" 'b'",
    "letters of other languages": "Universität Zürich 大学 🎓",
}


def cells(cell: str) -> list[Token]:
    """What a parser makes of a table's row with the cell in its middle: the inline tokens of its three cells."""
    tokens = PARSER.parse(f"| a | b | c |\n| --- | --- | --- |\n| before | {cell} | after |\n")
    assert [token.type for token in tokens].count("tr_open") == 2
    return [token for token in tokens if token.type == "inline"][3:]


def shown(cell: Token) -> str:
    return "".join(text_of(cell))


def text_of(cell: Token) -> Iterator[str]:
    for token in cell.children or ():
        assert token.type in ("text", "code_inline", "text_special", "html_inline"), token
        if token.type == "html_inline":
            assert token.content in CODE_TAGS
        else:
            yield token.content


@pytest.mark.parametrize("value", HOSTILE.values(), ids=list(HOSTILE))
def test_code_in_a_cell_is_the_value_itself(value: str) -> None:
    before, cell, after = cells(markdown_code(value))
    assert (shown(before), shown(cell), shown(after)) == ("before", value, "after")


@pytest.mark.parametrize("value", HOSTILE.values(), ids=list(HOSTILE))
def test_words_in_a_cell_are_themselves(value: str) -> None:
    before, cell, after = cells(markdown_text(value))
    assert (shown(before), shown(cell), shown(after)) == ("before", value, "after")


@pytest.mark.parametrize("value", HOSTILE.values(), ids=list(HOSTILE))
def test_words_in_a_list_are_themselves(value: str) -> None:
    tokens = PARSER.parse(f"1. {markdown_text(value)}\n2. next\n")
    assert [token.type for token in tokens].count("list_item_open") == 2
    assert shown(next(token for token in tokens if token.type == "inline")) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("a\nb", '"a\\nb"', id="line break"),
        pytest.param(" a", '" a"', id="blank before"),
        pytest.param("a ", '"a "', id="blank after"),
        pytest.param("a  b", '"a  b"', id="blanks in a row"),
        pytest.param("a\u2028b", '"a\\u2028b"', id="line separator"),
        pytest.param("a\u202eb", '"a\\u202eb"', id="direction override"),
        pytest.param("é\tü", '"é\\tü"', id="tab beside letters"),
        pytest.param("a b", "a b", id="one blank"),
        pytest.param("", "", id="nothing"),
        pytest.param(1.3, "1.3", id="number"),
    ],
)
def test_what_cannot_be_seen_is_written_as_in_json(value: object, expected: str) -> None:
    assert visible(value) == expected


@given(st.text(max_size=40))
def test_no_value_breaks_a_row(value: str) -> None:
    before, cell, after = cells(markdown_code(value))
    assert (shown(before), shown(cell), shown(after)) == ("before", visible(value), "after")


@given(st.text(max_size=40))
def test_no_words_break_a_row(value: str) -> None:
    before, cell, after = cells(markdown_text(value))
    expected = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in " ".join(value.split()))
    assert (shown(before), shown(cell), shown(after)) == ("before", expected, "after")
