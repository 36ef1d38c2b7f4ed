# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Take secrets out of what others said.

Our own words never hold a secret, and what we send is masked by its position. What a server echoes can only be found
by value: the secret itself, its base64 at any alignment, its percent-encoded form.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache

MASK = "********"
# Shorter ones are masked only where they stand alone, else a password "e" would garble every sentence.
SHORT = 6


def clean(data: bytes, limit: int = 400) -> str:
    """What a server sent, as printable text on one line: control characters and bad bytes shown as \\x07."""
    text = data[: limit * 4].decode("utf-8", "backslashreplace").replace("\t", " ")
    if text.isprintable() and len(text) <= limit:
        return text
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


class Scrubber:
    """Replaces every known form of the secrets it was given by a mask."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._patterns: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Know one more secret, or one more line that was made from one."""
        if secret:
            self._patterns.update(_patterns(secret))
            self._pattern = None

    def __call__(self, text: str) -> str:
        if not self._patterns:
            return text
        if self._pattern is None:
            longest_first = sorted(self._patterns, key=len, reverse=True)
            self._pattern = re.compile("|".join(longest_first), re.IGNORECASE)
        return self._pattern.sub(MASK, text)


@lru_cache(maxsize=64)
def _patterns(secret: str) -> frozenset[str]:
    """Kept, for many endpoints share an account."""
    return frozenset(
        re.escape(form) if len(form) >= SHORT else rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])"
        for form in _forms(secret)
    )


def _forms(secret: str) -> Iterator[str]:
    for raw in sorted({secret.encode("utf-8", "surrogatepass"), secret.encode("latin-1", "ignore")}):
        if not raw:
            continue
        yield clean(raw, limit=2 * len(raw) + 16)
        yield b64encode(raw).decode("ascii")
        yield "".join(_PERCENT_ENCODED[each] for each in raw)
        if len(raw) >= SHORT:
            yield from _base64_within(raw)


def _unreserved(octet: int) -> bool:
    """RFC 3986 2.3."""
    return chr(octet).isascii() and (chr(octet).isalnum() or chr(octet) in "-._~")


_PERCENT_ENCODED = tuple(chr(octet) if _unreserved(octet) else f"%{octet:02X}" for octet in range(256))


def _base64_within(raw: bytes) -> Iterator[str]:
    """The part of a base64 text that `raw` alone decides, wherever it begins in the encoded bytes."""
    for before in range(3):
        encoded = b64encode(b"\0" * before + raw).decode("ascii")
        first = (before * 8 + 5) // 6
        last = (before + len(raw)) * 8 // 6
        yield encoded[first:last]
        yield encoded[first:last].replace("+", "-").replace("/", "_")
