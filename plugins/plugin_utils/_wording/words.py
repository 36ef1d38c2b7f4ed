# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Phrases of sentences: lists, counts, shortened lists, and the word that was probably meant."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Sequence


def nearest(word: object, known: Collection[str]) -> str | None:
    """The known word most like this one, or None where none is near."""
    matches = difflib.get_close_matches(str(word).lower(), list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(word: object, known: Collection[str]) -> str:
    """`; did you mean host?`, or nothing."""
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else ""


# A key is only repeated if it looks like the name of an option: what stands there may be a secret.
_OPTION = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}\Z")


def not_an_option(key: object, known: Collection[str], module: str, prefix: str = "") -> str:
    """`colour is not an option of render; did you mean color?`. `prefix` is what the option stands in, with a dot."""
    if not _OPTION.match(str(key)):
        return f"{prefix.rstrip('.') or 'the task'} has a key that is not an option of {module}"
    return f"{prefix}{key} is not an option of {module}{did_you_mean(key, known)}"


def show(value: object) -> str:
    """A value as it stands in a sentence: numbers bare, text as it is, long text cut."""
    if isinstance(value, str):
        text = value if re.fullmatch(r"[\x21-\x7e]+", value) else json.dumps(value, ensure_ascii=False)
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def choices(values: Sequence[object]) -> str:
    """`a, b or c`."""
    shown = [show(value) for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def shortened(names: Sequence[str], most: int = 3) -> str:
    """`app1, app2, app3 and 9 more`."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
