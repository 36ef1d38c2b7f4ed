# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One POST to a token server: over TLS that is verified, to that server alone, within one deadline."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

from .token_error import TokenError
from .token_request import TokenRequest

# No answer of a token server is as long as this.
_LONGEST = 262_144

_T = TypeVar("_T")


@dataclass(frozen=True)
class Reply:
    """What a token server answered: HTTP's status, the media type in lower case, and the body."""

    status: int
    media_type: str
    body: bytes


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: the secret goes to nobody whom the user did not name."""

    def redirect_request(self, *_arguments: object) -> None:
        return None


def post(request: TokenRequest, form: Mapping[str, str]) -> Reply:
    """What the token server answers to the form; `TokenError` where there is no answer in HTTP."""
    context = _context(request)
    try:
        return _within(request.timeout, lambda: _post(request, form, context))
    except URLError as error:
        raise TokenError(_no_answer(request, error.reason)) from None
    except (OSError, http.client.HTTPException) as error:
        raise TokenError(_no_answer(request, error)) from None


def _context(request: TokenRequest) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=request.ca_file)
    except OSError as error:
        reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise TokenError(f"ca_file cannot be used: {reason}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _within(seconds: float, work: Callable[[], _T]) -> _T:
    """What the work gives, or `TimeoutError`: timeouts of sockets bound each read, and resolving names not at all.

    Work that is late goes on in a thread that nobody waits for, and ends by the timeouts of its socket.
    """
    results: list[_T] = []
    errors: list[BaseException] = []

    def try_it() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            errors.append(error)

    thread = threading.Thread(target=try_it, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]


def _post(request: TokenRequest, form: Mapping[str, str], context: ssl.SSLContext) -> Reply:
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirects())
    asked = urllib.request.Request(  # noqa: S310 - the address begins with https:
        request.token_url,
        data=urlencode(form).encode("ascii"),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "User-Agent": "appmail.settings",
            **request.headers(),
        },
    )
    try:
        answer = opener.open(asked, timeout=request.timeout)
    except HTTPError as refusal:
        answer = refusal
    with answer:
        return Reply(answer.status, answer.headers.get_content_type(), answer.read(_LONGEST))


def _no_answer(request: TokenRequest, error: object) -> str:
    """Why there was no answer. A proxy is not named, for its address may hold a password."""
    through = " through the proxy of the environment" if _has_proxy(request.server) else ""
    return f"the token server {request.server} gave no answer{through}: {_reason(request, error)}"


def _has_proxy(server: str) -> bool:
    return "https" in urllib.request.getproxies() and not urllib.request.proxy_bypass(server)


def _reason(request: TokenRequest, error: object) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate was not accepted ({error.verify_message}): name the authority in ca_file if it is"
            " one of your own"
        )
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or 'no reason given'}): see whether token_url has the right port"
    if isinstance(error, TimeoutError):
        return f"none within {request.timeout} s: see whether a firewall or a proxy stands between, or raise timeout"
    if isinstance(error, socket.gaierror):
        return f"its name could not be resolved ({error.strerror}): correct token_url, or the name servers"
    if isinstance(error, OSError) and str(error).startswith("Tunnel connection failed"):
        return "the proxy refuses to connect to it: correct https_proxy, or name the server in no_proxy"
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}: correct token_url, https_proxy or a firewall"
    return "what it said is no HTTP: see whether token_url has the right port"
