# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""SASLprep (RFC 4013): how user names and passwords are prepared before they are hashed, with Python's own tables."""

from __future__ import annotations

import stringprep
import unicodedata
from collections.abc import Callable

_PROHIBITED: tuple[Callable[[str], bool], ...] = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


class Prohibited(ValueError):
    """The text cannot be prepared; the sentence says why, without the text."""


def saslprep(text: str) -> str:
    """The prepared text, as a query: code points unassigned in Unicode 3.2 are let through (RFC 3454 7)."""
    mapped = "".join(_mapped(character) for character in text)
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    if any(prohibited(character) for character in prepared for prohibited in _PROHIBITED):
        raise Prohibited("it holds a control, private or otherwise prohibited character")
    if any(map(stringprep.in_table_d1, prepared)):
        _check_right_to_left(prepared)
    return prepared


def _mapped(character: str) -> str:
    """RFC 4013 2.1: other blanks become a space, and what is commonly mapped to nothing goes."""
    if stringprep.in_table_c12(character):
        return " "
    return "" if stringprep.in_table_b1(character) else character


def _check_right_to_left(text: str) -> None:
    """RFC 3454 6."""
    if any(map(stringprep.in_table_d2, text)):
        raise Prohibited("it mixes scripts written from the right and from the left")
    if not (stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])):
        raise Prohibited("text written from the right must begin and end so")
