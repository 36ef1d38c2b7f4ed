# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Seal what holds secrets on its way back from a host, so that no log, callback or debugger of Ansible can show it.

The key comes with the letter and is used once. A keystream of HMAC-SHA256 over a counter, and a tag of HMAC-SHA256 over
what came out (encrypt-then-MAC, RFC 7366): managed hosts have the standard library alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib

KEY_BYTES = 32
_BLOCK = 32


class SealBroken(ValueError):
    """What came back is not what was sealed with this key."""


def seal(key: bytes, text: str) -> str:
    """The text as nobody without the key can read it, in base64. A key seals one text."""
    data = zlib.compress(text.encode("utf-8", "surrogatepass"))
    hidden = _mixed(key, data)
    return base64.b64encode(hidden + _tag(key, hidden)).decode("ascii")


def unseal(key: bytes, sealed: str) -> str:
    """The text that was sealed; raises SealBroken."""
    try:
        data = base64.b64decode(sealed, validate=True)
    except ValueError as error:
        raise SealBroken("it is not base64") from error
    hidden, tag = data[:-_BLOCK], data[-_BLOCK:]
    if not hmac.compare_digest(tag, _tag(key, hidden)):
        raise SealBroken("it was changed on its way, or sealed with another key")
    return zlib.decompress(_mixed(key, hidden)).decode("utf-8", "surrogatepass")


def _mixed(key: bytes, data: bytes) -> bytes:
    """The data with the keystream over it; over what came out it gives the data again."""
    stream_key = hmac.new(key, b"stream", hashlib.sha256).digest()
    counters = (number.to_bytes(8, "big") for number in range(len(data) // _BLOCK + 1))
    stream = b"".join(hmac.new(stream_key, counter, hashlib.sha256).digest() for counter in counters)
    width = len(data)
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream[:width], "big")
    return mixed.to_bytes(width, "big")


def _tag(key: bytes, hidden: bytes) -> bytes:
    return hmac.new(hmac.new(key, b"tag", hashlib.sha256).digest(), hidden, hashlib.sha256).digest()
