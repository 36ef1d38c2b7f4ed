# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""How a text may be meant: as it stands, with its escapes undone, without what stands between letters and digits.

A program that repeats a value escapes it in its own way, cuts it, or writes blanks into it. Not every spelling can be
foreseen, so the text is read in every way instead; each reading knows where in the text its characters came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# HTML's references, percent- and quoted-printable octets, the backslash escapes of Python, C and JSON, and the signs
# that are written twice.
_LANGUAGES = (
    r"&#x(?P<html>[0-9a-f]{1,6});?|&#(?P<decimal>[0-9]{1,7});?|&(?P<named>amp|lt|gt|quot|apos);",
    r"%(?P<octet>[0-9a-f]{2})",
    r"=(?P<printable>[0-9a-f]{2})|=\r?\n",
    r"\\(?:x(?P<x>[0-9a-f]{2})|u(?P<u>[0-9a-f]{4})|U(?P<U>[0-9a-f]{8})|(?P<octal>[0-7]{3})|(?P<control>[abfnrtv])"
    r"|(?P<sign>[^\w\s]))",
    r"(?P<twice>['\"$%])(?P=twice)",
)
_EACH = tuple(re.compile(language, re.IGNORECASE) for language in _LANGUAGES)
_ESCAPE = re.compile("|".join(_LANGUAGES), re.IGNORECASE)
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_CONTROLS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v"))
_BASES = {"html": 16, "decimal": 10, "octet": 16, "printable": 16, "x": 16, "u": 16, "U": 16, "octal": 8}
# A value may be escaped in one language and quoted in another.
_LEVELS = 3

# What is left out between the characters of a reading: nothing, blanks, signs, what is not ASCII. Where signs go blanks
# stay, for "in clear text" says nothing of the secret in-clear-text.
_KEPT = (re.compile(r"\S+"), re.compile(r"(?:[^\W_]|\s)+"), re.compile(r"[A-Za-z0-9\s]+"))


@dataclass(frozen=True)
class Reading:
    """One way to read a text. Each character came from the part of the text from its start to its end."""

    characters: str
    starts: Sequence[int]
    ends: Sequence[int]


def plain(text: str) -> Reading:
    """The text as it stands."""
    return Reading(text, range(len(text)), range(1, len(text) + 1))


def readings(text: str) -> Iterator[Reading]:
    """The text as it stands, and with its escapes undone: those of each language, of all, of all once more; as a form.

    One language alone, for what is an escape in one may be plain text in another.
    """
    reading = plain(text)
    yield reading
    if "+" in text:
        yield _undone(Reading(text.replace("+", " "), reading.starts, reading.ends), _EACH[1])
    if _ESCAPE.search(text) is None:
        return
    yield from (_undone(reading, language) for language in _EACH if language.search(text))
    for _level in range(_LEVELS):
        reading = _undone(reading, _ESCAPE)
        yield reading
        if _ESCAPE.search(reading.characters) is None:
            return


def halved(reading: Reading) -> Iterator[tuple[int, Reading]]:
    """Every second character, for somebody may have put a blank or a sign behind each."""
    for first in range(2):
        yield 0, Reading(lowered(reading.characters[first::2]), reading.starts[first::2], reading.ends[first::2])


def condensed(reading: Reading) -> Iterator[tuple[int, Reading]]:
    """The reading in lower case, numbered: 0 whole, 1 without its blanks, 2 without its signs, 3 in ASCII alone.

    Only readings of one number are compared with each other.
    """
    yield 0, Reading(lowered(reading.characters), reading.starts, reading.ends)
    for number, kept in enumerate(_KEPT, 1):
        parts = ((match.start(), match.end(), None) for match in kept.finditer(reading.characters))
        short = _joined(reading, parts)
        yield number, Reading(lowered(short.characters), short.starts, short.ends)


def lowered(text: str) -> str:
    """The text in lower case, with as many characters as before."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(small if len(small) == 1 else sign for sign in text for small in [sign.lower()])
    return lower.replace("\u03c2", "\u03c3")


def _undone(reading: Reading, escape: re.Pattern[str]) -> Reading:
    return _joined(reading, _parts(reading.characters, escape))


def _parts(characters: str, escape: re.Pattern[str]) -> Iterator[tuple[int, int, str | None]]:
    """The parts of a text, each with what it means: None where it means itself."""
    position = 0
    for match in escape.finditer(characters):
        yield position, match.start(), None
        yield match.start(), match.end(), _meaning(match)
        position = match.end()
    yield position, len(characters), None


def _meaning(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    if kind == "named":
        return _NAMED[match[kind].lower()]
    if kind == "control":
        return _CONTROLS[match[kind].lower()]
    if kind not in _BASES:
        return match[kind] if kind else ""
    code = int(match[kind], _BASES[kind])
    return chr(code) if code < 0x110000 else ""


def _joined(reading: Reading, parts: Iterator[tuple[int, int, str | None]]) -> Reading:
    """A reading of some parts of another one, each as it is or as the one character that it means."""
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end, meaning in parts:
        if meaning is None:
            characters.append(reading.characters[start:end])
            starts.extend(reading.starts[start:end])
            ends.extend(reading.ends[start:end])
        elif meaning:
            characters.append(meaning)
            starts.append(reading.starts[start])
            ends.append(reading.ends[end - 1])
    return Reading("".join(characters), starts, ends)
