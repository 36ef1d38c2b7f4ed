# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""An access token, asked for or remembered, in this process's memory alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .client_assertion import ASSERTION_TYPE, client_assertion
from .refusals import json_object, refusal
from .token_error import TokenError
from .token_request import TokenRequest
from .transport import Reply, post

# A token that is about to end would end in the midst of what it is for.
_MARGIN = 60
# RFC 6750 2.1, and what servers give beyond it: printable ASCII without blanks, for SASL ends a token by control signs.
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_LONGEST_LIFE = 86_400 * 366

ROTATED = (
    "the token server {server} gave a new refresh token, and may end the one that was used. It is not shown and not"
    " kept: if the old one ends, store a new one, or register the client for refresh tokens that stay"
)


@dataclass(frozen=True)
class AccessToken:
    """A token, how many seconds it lives, and whether another refresh token came with it."""

    value: str = field(repr=False)
    lifetime: int = 0
    is_rotated: bool = False


@dataclass(frozen=True)
class _Kept:
    value: str = field(repr=False)
    until: float


_memory: dict[TokenRequest, _Kept] = {}


def access_token(request: TokenRequest, warn: Callable[[str], None]) -> str:
    """The token, from memory as long as it lives; `TokenError` says why there is none."""
    now = time.monotonic()
    kept = _memory.get(request)
    if kept is not None and now < kept.until:
        return kept.value
    token = _fetched(request)
    if token.is_rotated:
        warn(ROTATED.format(server=request.server))
    if token.lifetime > _MARGIN:
        _memory[request] = _Kept(token.value, now + token.lifetime - _MARGIN)
    return token.value


def _fetched(request: TokenRequest) -> AccessToken:
    form, assertion = request.form(), None
    if request.certificate is not None:
        assertion = client_assertion(request.certificate, request.client_id, request.token_url, int(time.time()))
        form |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    reply = post(request, form)
    token = _token_of(request, reply) if reply.status == 200 else None
    if token is None:
        raise TokenError(refusal(request, reply, assertion))
    return token


def _token_of(request: TokenRequest, reply: Reply) -> AccessToken | None:
    """The token that an answer holds (RFC 6749 5.1), or None for one that holds none."""
    said = json_object(reply.body)
    value, kind, renewed = said.get("access_token"), said.get("token_type"), said.get("refresh_token")
    if value is None:
        return None
    if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
        raise TokenError(f"the token server {request.server} gave a token that is no printable ASCII")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenError(f"the token server {request.server} gave no bearer token, and mail servers take no other")
    is_rotated = request.refresh_token is not None and isinstance(renewed, str) and renewed != request.refresh_token
    return AccessToken(value, _seconds(said.get("expires_in")), is_rotated)


def _seconds(lifetime: object) -> int:
    """How long a token lives; 0 where the server does not say it, or says it in no number. Some write a text."""
    is_number = isinstance(lifetime, (int, float)) and not isinstance(lifetime, bool)
    if not is_number and not (isinstance(lifetime, str) and re.fullmatch(r"[0-9]{1,9}", lifetime)):
        return 0
    return int(max(0, min(float(str(lifetime)), _LONGEST_LIFE)))
