# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Values and words in Markdown, so that none of them breaks a table or is read as markup.

The syntax is CommonMark 0.31 with the tables of GitHub Flavored Markdown 0.29. A table splits its row at each `|`
before anything else is read, so a backslash cannot be relied on; a character reference (`&#124;`) can: it never
counts as markup (CommonMark section 2.5).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from .printing import one_line

# In a code span all is literal but these: the span's own fence, and what the table reads first.
_NOT_FOR_CODE_SPAN = re.compile(r"[`|\\]")
# ASCII that no Markdown reads as markup inside a line.
_HARMLESS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ,.;:?'\"()/%=+@>-")
# What makes a list, a quotation or a heading of a line that begins with it.
_LINE_START = re.compile(r"[=+>-]|[0-9]+(?=[.)])")
# What a backslash does not make safe everywhere: the table's own sign, the backslash, and HTML.
_NEEDS_REFERENCE = frozenset("|\\<&")
# Blanks that a reader does not see, or a browser does not show.
_HIDDEN_BLANKS = re.compile(r"^\s|\s$|\s\s")


def markdown_code(value: object) -> str:
    """A value as code in one line; an empty value is an empty text.

    What cannot be seen in a line (a line break, blanks at an end or in a row) is written in JSON's notation.
    """
    text = visible(value)
    if _NOT_FOR_CODE_SPAN.search(text):
        return f"<code>{''.join(c if c.isalnum() or c == ' ' else _references(c) for c in text)}</code>"
    return f"`{text}`" if text else ""


def markdown_text(value: object) -> str:
    """Words of a sentence, in one line: shown as they are, never read as markup."""
    text = one_line(" ".join(str(value).split()))
    start = _LINE_START.match(text)
    if start is None:
        return _escaped(text)
    return _references(start[0]) + _escaped(text[start.end() :])


def visible(value: object) -> str:
    """A value in one line, as a reader can copy it; in JSON's notation if it holds what cannot be seen."""
    text = str(value)
    if text.isprintable() and not _HIDDEN_BLANKS.search(text):
        return text
    return one_line(json.dumps(text, ensure_ascii=False))


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _escape(character: str) -> str:
    return _references(character) if character in _NEEDS_REFERENCE else f"\\{character}"


def _references(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


_ESCAPES = {code: _escape(chr(code)) for code in range(128) if chr(code) not in _HARMLESS}


MARKDOWN_FILTERS: Mapping[str, Callable[[object], str]] = {
    function.__name__: function for function in (markdown_code, markdown_text)
}
