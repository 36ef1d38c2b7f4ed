# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""How programs write a secret that they repeat: as JSON, as Python, percent-encoded, as HTML; in base64 and the like.

Written out here, for urllib.parse and html take longer to load than a check has for its own code.
"""

from __future__ import annotations

import json
from base64 import b32encode, b64encode
from collections.abc import Callable, Iterator

from .readings import readings

# RFC 3986 2.3.
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def percent_encoded(octets: bytes, unchanged: bytes = b"") -> str:
    """RFC 3986 2.1, with these octets left as they are beside the unreserved ones."""
    return "".join(chr(octet) if octet in _UNRESERVED or octet in unchanged else f"%{octet:02X}" for octet in octets)


def octets_of(text: str) -> bytes:
    """The text in UTF-8, with what stands in it for octets that were none put back."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def html_escaped(text: str, apostrophe: str, quotation_mark: str) -> str:
    """The text in HTML, with the references that a program takes for the two quotes."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("'", apostrophe).replace('"', quotation_mark)


_WRITTEN: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    lambda text: repr(text)[1:-1],
    lambda text: percent_encoded(octets_of(text)),
    lambda text: percent_encoded(octets_of(text), b"/"),
    lambda text: percent_encoded(octets_of(text), b" ").replace(" ", "+"),
    lambda text: html_escaped(text, "&#x27;", "&quot;"),
    lambda text: html_escaped(text, "&#39;", "&#34;"),
    lambda text: html_escaped(text, "&#39;", "&quot;"),
    lambda text: html_escaped(text, "'", "&quot;"),
    lambda text: html_escaped(text, "'", '"'),
)


def spellings(text: str) -> frozenset[str]:
    """The text as it is, and in every spelling that programs write it in."""
    return frozenset(spelling(text) for spelling in _WRITTEN)


def meanings(secret: str) -> frozenset[str]:
    """What a secret may be: itself, and itself without the blanks, quotes and escapes that a file puts around it."""
    meant = {bare for reading in readings(secret) for bare in _bare(reading.characters)}
    return frozenset(meant - {""})


def _bare(text: str) -> tuple[str, ...]:
    return text, text.strip(), text.strip().strip("\"'")


def mistaken(text: str) -> frozenset[str]:
    """The text from its end, as it is read where its octets are taken for Latin-1, and without its accents."""
    turned = {text[::-1], octets_of(text).decode("latin-1")}
    if not text.isascii():
        import unicodedata  # few secrets need it

        parted = unicodedata.normalize("NFD", text)
        turned |= {parted, "".join(sign for sign in parted if not unicodedata.combining(sign))}
    return frozenset(turned - {""})


# Fewer octets give codes that stand in anything. A longer secret is a token, for which they would take long to make.
_ENOUGH = 5
_LONG = 1024


def encodings(text: str) -> list[bytes]:
    """The octets that a text is sent as: UTF-8, Latin-1 as far as it goes, and UTF-16 unless it is long."""
    encoded = {octets_of(text), text.encode("latin-1", "ignore")}
    if _ENOUGH <= len(text) <= _LONG:
        encoded.add(text.encode("utf-16-le", "surrogatepass"))
    return sorted(encoded - {b""})


def coded(text: str) -> Iterator[str]:
    """The text in hexadecimal digits, base64 and base32, wherever it begins in what was encoded."""
    for octets in encodings(text):
        yield b64encode(octets).decode("ascii")
        if len(octets) >= _ENOUGH:
            yield from _within(octets, b64encode, bits=6, group=3)
        if _ENOUGH <= len(octets) <= _LONG:
            yield octets.hex()
            yield from _within(octets, b32encode, bits=5, group=5)


def _within(octets: bytes, encode: Callable[[bytes], bytes], bits: int, group: int) -> Iterator[str]:
    """The characters of `bits` each that the octets alone decide, for each place in a group of octets."""
    for before in range(group):
        encoded = encode(b"\0" * before + octets).decode("ascii")
        first, end = -(-before * 8 // bits), (before + len(octets)) * 8 // bits
        decided = encoded[first:end]
        yield decided
        if "+" in decided or "/" in decided:
            yield decided.replace("+", "-").replace("/", "_")
