# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What applications put together from several settings: host and port, a mailbox; and how it is taken apart again."""

from __future__ import annotations

import base64
import re
from email.header import decode_header, make_header
from email.utils import parseaddr
from urllib.parse import quote

from ansible_collections.appmail.settings.plugins.module_utils._check import host_names
from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible, one_line

# Names and addresses: what is on the wire is ASCII unless the server offers SMTPUTF8.


def ascii_host(value: str) -> str:
    """A host name or IP address as it is; one with other letters has to be written in its ASCII form (RFC 5890)."""
    if value.isascii():
        return one_line(value)
    raise NotExpressible(value, f"it takes ASCII host names only{_ascii_form(value)}")


def ascii_address(value: str) -> str:
    """An email address as it is; letters outside ASCII need SMTPUTF8 (RFC 6531), which is not sure to be offered."""
    if value.isascii():
        return one_line(value)
    local, _at, domain = value.rpartition("@")
    cure = _ascii_form(domain) if local.isascii() else ""
    raise NotExpressible(value, f"it takes ASCII addresses only{cure}")


def _ascii_form(host: str) -> str:
    try:
        return f"; write {host_names.ascii_host(host)}"
    except host_names.InvalidName:
        return ""


def host_port(host: str, port: int) -> str:
    """`host:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2)."""
    return f"[{ascii_host(host)}]:{port}" if ":" in host else f"{ascii_host(host)}:{port}"


def mailbox(address: str, name: str | None) -> str:
    """`"Name" <address>` for a header (RFC 5322 section 3.4), the name encoded by RFC 2047 where it has to be."""
    if not name:
        return ascii_address(address)
    one_line(name)
    if name.isascii() and "=?" not in name:
        escaped = re.sub(r'(["\\])', r"\\\1", name)
        return f'"{escaped}" <{ascii_address(address)}>'
    return f"{_encoded_words(name)} <{ascii_address(address)}>"


# Bytes in one encoded word: 75 characters at the most (RFC 2047 section 2), of which 12 are around the base64.
_WORD_BYTES = 45


def _encoded_words(name: str) -> str:
    chunks = [b""]
    for character in name:
        encoded = character.encode("utf-8")
        if len(chunks[-1]) + len(encoded) > _WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += encoded
    return " ".join(f"=?utf-8?b?{base64.b64encode(chunk).decode('ascii')}?=" for chunk in chunks)


def split_host_port(text: str) -> tuple[str, int]:
    """What `host_port` put together; ValueError where it is not that."""
    host, _colon, port = text.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def split_mailbox(text: str) -> tuple[str, str | None]:
    """The address and the name of a mailbox; the name is None where there is none."""
    encoded = re.fullmatch(r"((?:=\?[^?]*\?[bBqQ]\?[^?]*\?=\s*)+)<([^>]*)>", text)
    if encoded:
        return encoded[2], str(make_header(decode_header(encoded[1])))
    name, address = parseaddr(text)
    return address, name or None


def percent(text: str) -> str:
    """Text as a part of a URL: everything but the unreserved letters in percent signs (RFC 3986 section 2.1).

    `*` stays as it is (section 3.2.1), so that a mask can be read.
    """
    return quote(one_line(text), safe="*")
