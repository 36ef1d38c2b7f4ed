# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text as it may be printed: one line that nothing obeys, from which the text can be told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import json_text, lines, one_line

PRINTED = {
    "as it is": ("Größe 日本 ok", "Größe 日本 ok"),
    "blanks around it": (" a b \n", "a b"),
    "a command of a terminal": ("a\x1b[2Jb", "a\\u001b[2Jb"),
    "a second line": ("a\n::error::b", "a\\n::error::b"),
    "a line turned round": ("a\u202eb\u2028c", "a\\u202eb\\u2028c"),
    "half a surrogate": ("a\ud800", "a\\ud800"),
    "a number": (25, "25"),
}


@pytest.mark.parametrize(("text", "printed"), PRINTED.values(), ids=PRINTED)
def test_one_line(text: object, printed: str) -> None:
    assert one_line(text) == printed


def test_line_ends_are_kept_for_formats_that_have_a_rule_for_them() -> None:
    assert lines("a\r\n::b\x1b  \nc\n") == "a\n::b\\u001b\nc"


@given(st.text())
def test_json_reads_back_the_same(text: str) -> None:
    written = json_text({text: [text]})
    assert json.loads(written) == {text: [text]}
    assert [line for line in written.split("\n") if not line.isprintable()] == []
