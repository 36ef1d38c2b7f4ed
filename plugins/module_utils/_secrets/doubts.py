# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Whether a text may hold a part of a secret that masking does not recognise: then none of it is shown.

A mask covers what is found by value. What was turned round, counted out or encoded twice is found by reading the text
so; what nobody foresaw looks like nothing that people write.
"""

from __future__ import annotations

import binascii
import re
from base64 import a85decode, b64decode, b85decode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

# Longer texts are cut before they are shown; here each of them is read many times.
_MOST = 4000
# A code may stand in another one.
_LEVELS = 2

# What looks like a code: base64 (letters of both cases, and digits), hexadecimal, base32, escapes of one kind in a row.
_CODES = re.compile(
    r"(?<![\w+/=-])(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[0-9])[A-Za-z0-9+/_=-]{20,}"
    r"|(?<!\w)(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{40,}"
    r"|(?<!\w)(?:[0-9a-f]{2}[ :,-]){16,}"
    r"|(?<!\w)(?=[A-V]*[0-9])(?=[0-9]*[A-Z])[0-9A-Z]{24,}=*"
    r"|(?:[%\\&=^][#xu]{0,2}\{?[0-9A-Fa-f]{2,6}[};]?){8,}"
)
# More signs in one word than any address of a page has.
_SIGNS = re.compile(r"[^\w\s.:/?=&@<>\[\]()\\*,;'\"-]")
_MANY_SIGNS, _LONG_WORD = 5, 16

_NUMBERS = re.compile(r"(?<!\w)(?:(?:0x|U\+|\\u\{?|%u)?[0-9A-Fa-f]{1,8}\b[^0-9A-Za-z]{0,4}){8,}")
_NUMBER = re.compile(r"(?:0x|U\+|\\u\{?|%u)?([0-9A-Fa-f]{1,8})\b")
_CODED_WORD = re.compile(r"[!-~]{12,}")
# A word as people write them, a host or a path in small letters.
_USUAL_WORD = re.compile(r"\W*[A-Za-z]?[a-z./:-]*\W*\Z")
# One character alone, with a number before it or not: each in quotes, by its place, or on a line of its own.
_ALONE = re.compile(r"(?:\[?[0-9]+\]?[=:] ?)?(?<![^\W_])([^\W_])(?![^\W_])")

_ROT13 = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
)
_ROT47 = {number: 33 + (number + 14) % 94 for number in range(33, 127)}


def is_doubtful(text: str, holds: Callable[[str], bool]) -> bool:
    """Whether the text looks like a code, or holds something of a secret when it is read otherwise.

    `holds` says whether a text holds anything of a secret as it stands.
    """
    return looks_coded(text) or is_turned(text, holds)


def looks_coded(text: str) -> bool:
    """Whether something in the text looks like nothing that people write."""
    if _CODES.search(text):
        return True
    words = (word for word in text.split() if len(word) >= _LONG_WORD and "://" not in word)
    return any(len(_SIGNS.findall(word)) >= _MANY_SIGNS for word in words)


def is_turned(text: str, holds: Callable[[str], bool]) -> bool:
    """Whether the text holds something of a secret that was turned round, counted out or encoded."""
    return any(map(holds, _turned(text[:_MOST], _LEVELS)))


def _turned(text: str, levels: int) -> Iterator[str]:
    yield text.translate(_ROT13)
    yield text.translate(_ROT47)
    if not text.isascii():
        yield from _normal(text)
    for numbers in _NUMBERS.findall(text):
        yield from _counted_out(numbers)
    yield "".join(_ALONE.findall(text))
    for word in filter(_may_be_code, _CODED_WORD.findall(text)):
        for meaning in _decoded(word):
            yield meaning
            if levels > 1 and meaning.isprintable():
                yield from _turned(meaning, levels - 1)


def _may_be_code(word: str) -> bool:
    return _USUAL_WORD.match(word) is None


def _normal(text: str) -> Iterator[str]:
    """The text with its wide and narrow letters as usual ones, and with what is composed as one sign."""
    import unicodedata  # few texts need it

    yield unicodedata.normalize("NFKC", text)
    yield text.encode("cp1252", "replace").decode("utf-8", "replace")


def _counted_out(numbers: str) -> Iterator[str]:
    """A list of numbers as characters, in each base that it can be in."""
    digits = _NUMBER.findall(numbers)
    for base in (2, 8, 10, 16):
        with suppress(ValueError):
            codes = [int(number, base) for number in digits]
            yield "".join(chr(code) for code in codes if code < 0x110000)
            if max(codes) < 0x100:
                yield bytes(codes).decode("utf-8", "replace")


def _decoded(word: str) -> Iterator[str]:
    """A word as the text that it may be the code of, at any place where a code may begin."""
    for code in (word, word[::-1]):
        letters = re.sub(r"[^A-Za-z0-9+/]", "", code.replace("-", "+").replace("_", "/"))
        for start in range(4):
            part = letters[start:]
            yield from _texts(_attempts((lambda part=part: b64decode(part[: len(part) // 4 * 4]),)))  # type: ignore[misc]
    yield from _texts(
        _attempts(
            (lambda: b85decode(word), lambda: a85decode(word), lambda: binascii.a2b_uu(word), lambda: _plus(word))
        )
    )


def _plus(word: str) -> bytes:
    """The octets of an xtext (RFC 3461 4): `+` and two digits for a sign."""
    return re.sub(r"\+([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), word).encode("utf-8")


def _attempts(decoders: Iterable[Callable[[], bytes]]) -> Iterator[bytes]:
    for decode in decoders:
        with suppress(ValueError, IndexError):
            yield decode()


# So much of a text that a code stands for can be read at all; of other words' octets hardly any.
_READABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\ufffd]{8,}")


def _texts(codes: Iterable[bytes]) -> Iterator[str]:
    for octets in codes:
        texts = {octets.decode("utf-8", "replace"), octets.replace(b"\0", b"").decode("utf-8", "replace")}
        yield from filter(_READABLE.search, texts)
