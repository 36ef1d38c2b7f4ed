# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens as an issuer makes them: JSON Web Tokens (RFC 7519), signed by a key that the servers know."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from base64 import urlsafe_b64encode

from tests.integration.real.accounts import ALICE, BOB, Account

ISSUER = "https://issuer.example.test"
KEY = secrets.token_bytes(32)
_HOUR = 3600


def token(owner: Account, key: bytes = KEY, lifetime: int = _HOUR, groups: int = 0) -> str:
    """A token of this owner, signed by HMAC with SHA-256 (RFC 7515), good for so many seconds from now.

    Tokens name their owner's groups, and get long by it.
    """
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": owner.name, "iat": now - _HOUR, "nbf": now - _HOUR, "exp": now + lifetime}
    named = {"groups": [secrets.token_hex(16) for _group in range(groups)]} if groups else {}
    signed = b".".join(_encoded(part) for part in ({"alg": "HS256", "typ": "JWT"}, {**claims, **named}))
    return (signed + b"." + _base64url(hmac.digest(key, signed, "sha256"))).decode("ascii")


def _encoded(part: object) -> bytes:
    return _base64url(json.dumps(part, separators=(",", ":")).encode("ascii"))


def _base64url(octets: bytes) -> bytes:
    return urlsafe_b64encode(octets).rstrip(b"=")


GOOD = token(ALICE)
# Microsoft's tokens are as long as this: too long for a command line of SMTP (RFC 4954 4).
LONG = token(ALICE, groups=80)
REFUSED = {
    "token that expired": token(ALICE, lifetime=-60),
    "token signed by a stranger": token(ALICE, key=secrets.token_bytes(32)),
    "token of another": token(BOB),
    "token that is none": "n0-t0ken-of-any-issuer",
}
