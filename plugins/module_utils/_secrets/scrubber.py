# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Take secrets out of what others said.

Our own words never hold a secret, and what we send is masked by its position. What a server echoes can only be found
by value: the secret itself, the spellings of _spellings, its base64 at any alignment, whole or cut.

What is to be cut is scrubbed first: a part of a secret that a cut leaves is not recognised any more.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache

from .spellings import percent_encoded, spellings

MASK = "********"
# Shorter ones are masked only where they stand alone, else a password "e" would garble every sentence.
SHORT = 6


# So much of a secret's base64 (six octets of it) gives a whole text in base64 away, wherever the server cut or changed
# the rest.
_PIECE = 8
_BASE64_TEXT = re.compile(rf"[A-Za-z0-9+/_=-]{{{_PIECE},}}")


def clean(data: bytes) -> str:
    """What a server sent, as printable text on one line: control characters and bad bytes shown as \\x07."""
    text = data.decode("utf-8", "backslashreplace").replace("\t", " ")
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def cut(text: str, limit: int) -> str:
    """The text in at most so many characters, with dots where its end is missing."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


class Scrubber:
    """Replaces every known form of the secrets it was given by a mask."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._patterns: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._pieces: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Know one more secret."""
        if secret:
            patterns, pieces = _known(secret)
            self._patterns |= patterns
            self._pieces |= pieces
            self._pattern = None

    def add_base64(self, line: str) -> None:
        """Know one more line in base64 that was made from a secret."""
        if len(line) < _PIECE:
            self.add(line)
        self._pieces |= _pieces(line)

    def shown(self, data: bytes, limit: int) -> str:
        """What a server sent as it may be shown: printable, without secrets, in at most so many characters."""
        return cut(self(clean(data)), limit)

    def __call__(self, text: str) -> str:
        if self._patterns and self._pattern is None:
            longest_first = sorted(self._patterns, key=len, reverse=True)
            self._pattern = re.compile("|".join(longest_first), re.IGNORECASE)
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        return _BASE64_TEXT.sub(self._masked_base64, text) if self._pieces else text

    def _masked_base64(self, found: re.Match[str]) -> str:
        return found.group() if self._pieces.isdisjoint(_pieces(found.group())) else MASK


@lru_cache(maxsize=64)
def _known(secret: str) -> tuple[frozenset[str], frozenset[str]]:
    """The patterns of a secret's forms, and the pieces of its base64. Kept, for many endpoints share an account."""
    encoded = set(_base64_forms(secret))
    pieces = frozenset(piece for form in encoded for piece in _pieces(form))
    return frozenset(_pattern(form) for form in (*_forms(secret), *encoded)), pieces


def _pattern(form: str) -> str:
    return re.escape(form) if len(form) >= SHORT else rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])"


def _pieces(text: str) -> set[str]:
    return {text[index : index + _PIECE] for index in range(len(text) - _PIECE + 1)}


def _forms(secret: str) -> Iterator[str]:
    for spelling in spellings(secret):
        yield clean(spelling.encode("utf-8", "surrogatepass"))
    for raw in _encodings(secret):
        yield clean(raw)
        yield percent_encoded(raw)


def _encodings(secret: str) -> list[bytes]:
    encoded = {secret.encode("utf-8", "surrogatepass"), secret.encode("latin-1", "ignore")}
    return sorted(encoded - {b""})


def _base64_forms(secret: str) -> Iterator[str]:
    for raw in _encodings(secret):
        yield b64encode(raw).decode("ascii")
        if len(raw) >= SHORT:
            yield from _base64_within(raw)


def _base64_within(raw: bytes) -> Iterator[str]:
    """The part of a base64 text that `raw` alone decides, wherever it begins in the encoded bytes."""
    for before in range(3):
        encoded = b64encode(b"\0" * before + raw).decode("ascii")
        first = (before * 8 + 5) // 6
        last = (before + len(raw)) * 8 // 6
        yield encoded[first:last]
        yield encoded[first:last].replace("+", "-").replace("/", "_")
