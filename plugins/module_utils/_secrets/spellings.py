# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""How programs spell a value that they repeat: as JSON, as Python, percent-encoded, as HTML.

Written out here, for urllib.parse and html take longer to load than a check has for its own code.
"""

from __future__ import annotations

import json
from typing import Callable

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
