# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Text as it may be printed, whoever wrote it: no control character, no line break and no sign that turns a line round.

A terminal obeys what follows an ESC, a CI service what stands at the beginning of a line, and a reader is led astray by
U+202E and its kind. Each output cleans what it prints; where none of its own rules says how, JSON's notation does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

_LINE_END = re.compile(r"[ \t]*\r?\n")


def one_line(text: object) -> str:
    """The text in one line; what cannot be seen stands there as in JSON, letters of every language stay readable."""
    return _escaped(str(text).strip())


def lines(text: object) -> str:
    """The same, with its line ends kept, for a format that has a rule of its own for them."""
    return "\n".join(_escaped(line) for line in _LINE_END.split(str(text).strip()))


def json_text(tree: Mapping[str, object] | Sequence[object], indent: int = 2) -> str:
    """Data as JSON that reads back the same and has nothing in it that a terminal obeys (RFC 8259 7)."""
    text = json.dumps(tree, indent=indent, ensure_ascii=False)
    return text if text.isprintable() else "\n".join(map(_escaped, text.split("\n")))


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in text)
