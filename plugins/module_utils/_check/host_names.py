# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Host names and mail addresses as they go on the wire: A-labels by IDNA 2008, never the mappings of 2003.

Python's own "idna" codec follows IDNA 2003 and silently turns faß.de into fass.de, which is another domain.
"""

from __future__ import annotations

import re
import socket
import unicodedata

LABEL_LIMIT = 63  # octets, RFC 1035 2.3.4
NAME_LIMIT = 253
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")

# RFC 5892 2.6: allowed although they are not stable under case folding and NFKC.
_EXCEPTIONS = frozenset("\u00df\u03c2\u06fd\u06fe\u0f0b\u3007")
# RFC 5892 2.1, "LetterDigits" and marks, without the upper-case ones.
_CATEGORIES = frozenset(("Ll", "Lo", "Lm", "Mn", "Mc", "Nd"))


class InvalidName(ValueError):
    """Not a host name; the sentence says why."""


def address_family(host: str) -> socket.AddressFamily | None:
    """The family of an IP literal (brackets and a zone are let through), None for a name."""
    literal = unbracketed(host).partition("%")[0]
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, literal)
        except (OSError, ValueError):
            continue
        return family
    return None


def unbracketed(host: str) -> str:
    """`[::1]` without its brackets, any other host as it is."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def ascii_host(host: str) -> str:
    """The host as the resolver and the certificate know it: an IP literal as it is, a name in A-labels.

    Raises InvalidName for what is neither (RFC 1123 2.1, RFC 5890 2.3).
    """
    if address_family(host) is not None:
        return unbracketed(host)
    labels = host[:-1].split(".") if host.endswith(".") else host.split(".")
    name = ".".join(_ascii_label(label, host) for label in labels)
    if len(name) > NAME_LIMIT:
        raise InvalidName(f"{_shown(host)} is longer than {NAME_LIMIT} octets")
    if name.rpartition(".")[2].isdigit():
        raise InvalidName(f"{_shown(host)} ends in a number and is no IPv4 address")
    return name


def ascii_address(address: str) -> str:
    """A mail address with its domain in A-labels; what still is not ASCII needs SMTPUTF8 (RFC 6531)."""
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii() or not local.isascii():
        return address
    try:
        return f"{local}@{ascii_host(domain)}"
    except InvalidName:
        return address


def _ascii_label(label: str, host: str) -> str:
    if not label:
        raise InvalidName(f"{_shown(host)} has an empty label" if host else "the host name is empty")
    encoded = label if label.isascii() else _a_label(label.lower(), host)
    if len(encoded) > LABEL_LIMIT:
        raise InvalidName(f"a label of {_shown(host)} is longer than {LABEL_LIMIT} octets")
    if not _LABEL.match(encoded):
        raise InvalidName(f"{_shown(host)} has a label that is not letters, digits and hyphens")
    return encoded


def _a_label(label: str, host: str) -> str:
    """RFC 5891 4.2 to 4.4: the label must be in NFC, begin with no mark, and hold allowed characters only."""
    if unicodedata.normalize("NFC", label) != label or unicodedata.category(label[0]).startswith("M"):
        raise InvalidName(f"{_shown(host)} has no A-label form: it is not in Unicode form NFC, or begins with a mark")
    for character in label:
        if not _allowed(character):
            raise InvalidName(
                f"{_shown(host)} has no A-label form: U+{ord(character):04X} may not stand in a host name"
            )
    return "xn--" + label.encode("punycode").decode("ascii")


def _allowed(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character == "-"
    if character in _EXCEPTIONS:
        return True
    stable = unicodedata.normalize("NFKC", character.casefold()) == character
    return stable and unicodedata.category(character) in _CATEGORIES


def on_one_line(text: str) -> str:
    """The text with what cannot be printed, such as a line end, as Python escapes it."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)


def _shown(host: str) -> str:
    """The host for a sentence: printable, short."""
    text = on_one_line(host)
    return text if len(text) <= 80 else text[:77] + "..."
