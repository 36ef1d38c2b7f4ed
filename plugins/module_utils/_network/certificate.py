# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The few facts of an X.509 certificate that a report shows, read from its DER bytes (RFC 5280 4.1).

Python decodes only a certificate that it has verified, and the ones worth looking at are those that it refused.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import lru_cache
from typing import NamedTuple

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import Certificate
from ansible_collections.appmail.settings.plugins.module_utils._check.host_names import on_one_line

_CONTEXT_0, _EXTENSIONS, _BMP_STRING, _UTC_TIME = 0xA0, 0xA3, 0x1E, 0x17
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_SUBJECT_ALT_NAME = bytes.fromhex("551d11")  # 2.5.29.17
_TIME_PARTS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
_ATTRIBUTES = {
    bytes.fromhex("550403"): "CN",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
}


class _Element(NamedTuple):
    """One tag, length, value of DER."""

    tag: int
    value: bytes


@lru_cache(maxsize=256)
def certificate_facts(der: bytes) -> Certificate:
    """The facts of a DER certificate; what cannot be read is left empty, its digest never."""
    digest = hashlib.sha256(der).hexdigest()
    try:
        return _parsed(der, digest)
    except (IndexError, ValueError, OverflowError):
        return Certificate("", "", (), 0.0, 0.0, digest)


def _parsed(der: bytes, digest: str) -> Certificate:
    certificate = _first(der)
    fields = list(_elements(_first(certificate.value).value))
    if fields[0].tag == _CONTEXT_0:  # the version, left out by version 1
        fields = fields[1:]
    _serial, _algorithm, issuer, validity, subject = fields[:5]
    not_before, not_after = (_time(moment) for moment in _elements(validity.value))
    return Certificate(
        subject=_name(subject.value),
        issuer=_name(issuer.value),
        names=tuple(_alternative_names(fields[5:])),
        not_before=not_before,
        not_after=not_after,
        sha256=digest,
    )


def _elements(data: bytes) -> Iterator[_Element]:
    position = 0
    while position < len(data):
        tag, length, position = data[position], data[position + 1], position + 2
        if length & 0x80:
            start, position = position, position + (length & 0x7F)
            length = int.from_bytes(data[start:position], "big")
        start, position = position, position + length
        if position > len(data):
            raise ValueError("a DER length leads past the end")
        yield _Element(tag, data[start:position])


def _first(data: bytes) -> _Element:
    for element in _elements(data):
        return element
    raise ValueError("an empty element where one must be")


def _name(value: bytes) -> str:
    parts = []
    for attribute_set in _elements(value):
        for attribute in _elements(attribute_set.value):
            kind, text = _elements(attribute.value)
            label = _ATTRIBUTES.get(kind.value)
            if label:
                encoding = "utf-16-be" if text.tag == _BMP_STRING else "utf-8"
                parts.append(f"{label}={on_one_line(text.value.decode(encoding, 'replace'))}")
    return ", ".join(parts)


def _time(element: _Element) -> float:
    digits = element.value.decode("ascii").rstrip("Z")
    if element.tag == _UTC_TIME:  # RFC 5280 4.1.2.5.1: two digits, 50 and above are of the last century
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    year, month, day, hour, minute, second = (int(digits[i:j]) for i, j in _TIME_PARTS)
    return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc).timestamp()


def _alternative_names(fields: list[_Element]) -> Iterator[str]:
    for field in fields:
        if field.tag != _EXTENSIONS:
            continue
        for extension in _elements(_first(field.value).value):
            parts = list(_elements(extension.value))
            if parts[0].value == _SUBJECT_ALT_NAME:
                yield from _general_names(_first(parts[-1].value).value)


def _general_names(value: bytes) -> Iterator[str]:
    for name in _elements(value):
        if name.tag == _DNS_NAME:
            yield on_one_line(name.value.decode("ascii", "replace"))
        elif name.tag == _IP_ADDRESS and len(name.value) in (4, 16):
            yield socket.inet_ntop(socket.AF_INET if len(name.value) == 4 else socket.AF_INET6, name.value)
