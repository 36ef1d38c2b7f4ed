# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Replies that are not UTF-8: which alphabet makes words of them.

RFC 5321 knows ASCII and RFC 6531 UTF-8, and older servers answer in their country's own. A reply is read as a whole, by
each alphabet in a declared order; the one whose letters stand together as words do is taken, the first one if several
do it equally well.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import clean

ALPHABETS = (
    "gb18030",
    "big5",
    "shift_jis",
    "koi8-r",
    "cp1251",
    "cp1252",
    "cp1250",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "latin-1",
)
# What a character is worth, for each octet that it was made of: by how sure it is that people write it where it stands.
_COMMON, _WORD, _RARE, _ODD = 1.0, 1.2, -1.0, -3.0
_IDEOGRAPHIC = ("gb18030", "big5", "shift_jis")
_KANA = ("\u3040", "\u30ff")
_HALF_WIDTH = ("\uff61", "\uff9f")
_PUNCTUATION = "、。，．：；！？（）「」《》\u201c\u201d\u2018\u2019—…–«»€ \u00a0"


def readable(lines: Sequence[bytes]) -> list[str]:
    """The lines of one reply as printable text, all in the one alphabet that fits them best."""
    try:
        for line in lines:
            line.decode("utf-8")
    except UnicodeDecodeError:
        return [clean(line.encode("utf-8")) for line in _decoded(lines)]
    return [clean(line) for line in lines]


def _decoded(lines: Sequence[bytes]) -> list[str]:
    whole = b"\n".join(lines)
    readings = []
    for alphabet in ALPHABETS:
        try:
            readings.append((whole.decode(alphabet), alphabet))
        except UnicodeDecodeError:  # noqa: PERF203  # which of them can read it is the question
            continue
    text, _alphabet = max(readings, key=lambda reading: _plausibility(*reading))  # the first of the best
    return text.split("\n")


def _plausibility(text: str, alphabet: str) -> float:
    total, octets = 0.0, 0
    signs = ["", *text, ""]
    for before, character, after in zip(signs, text, signs[2:]):
        if character.isascii():
            continue
        width = len(character.encode(alphabet))
        octets += width
        total += width * _worth(character, before, after, alphabet)
    return total / octets if octets else 0.0


def _worth(character: str, before: str, after: str, alphabet: str) -> float:
    if character in _PUNCTUATION:
        return 0.0
    if _KANA[0] <= character <= _KANA[1]:
        return _WORD
    kind = unicodedata.category(character)
    if _HALF_WIDTH[0] <= character <= _HALF_WIDTH[1] or (kind == "Lo" and alphabet in _IDEOGRAPHIC):
        alone = not any(neighbour > "\u2e7f" for neighbour in (before, after) if neighbour)
        within_word = alone and any(neighbour.isascii() and neighbour.isalpha() for neighbour in (before, after))
        return _COMMON if _is_common_ideograph(character, alphabet) and not within_word else _RARE
    if kind[0] not in "LM":
        return _ODD if kind[0] in "CSZ" or kind == "No" else _RARE
    return _worth_of_letter(character, before, after)


def _is_common_ideograph(character: str, alphabet: str) -> bool:
    """Whether it is of the first level of its country's standard, which holds what is written every day."""
    first, last, charset = {
        "gb18030": (0xB0, 0xD7, "gb2312"),
        "big5": (0xA4, 0xC6, "big5"),
        "shift_jis": (0x88, 0x97, "shift_jis"),
    }[alphabet]
    try:
        octets = character.encode(charset)
    except UnicodeEncodeError:
        return False
    return len(octets) == 2 and first <= octets[0] <= last


def _worth_of_letter(character: str, before: str, after: str) -> float:
    """A letter belongs to a word of its own script; no capital follows a small letter."""
    if before.islower() and character.isupper():
        return _RARE
    neighbours = [neighbour for neighbour in (before, after) if neighbour.isalpha()]
    if _script(character) == "LATIN":
        return _COMMON if any(neighbour.isascii() for neighbour in neighbours) else _RARE
    if any(_script(neighbour) != _script(character) for neighbour in neighbours):
        return _RARE
    return _WORD if neighbours else 0.0


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
