# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Why token servers refuse, and what helps: by the codes of RFC 6749 5.2, and by Microsoft's own.

Microsoft's codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType

from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import Scrubber

from .token_request import TokenRequest
from .transport import Reply

CURES: Mapping[str, str] = MappingProxyType(
    {
        "invalid_request": "see whether the server wants scopes, another client_secret_in, or a certificate",
        "invalid_client": "the client is not known or not proven: correct client_id and client_secret, or register"
        " client_certificate there",
        "invalid_grant": "the refresh token ended, was revoked, or is another client's: have the account's owner agree"
        " anew, and store the new one",
        "unauthorized_client": "the client may not ask in this way: allow it this grant where it is registered",
        "unsupported_grant_type": "the server knows no such grant: give refresh_token, or leave it out",
        "invalid_scope": "correct scopes to what the client was registered or consented for",
        "access_denied": "the owner or an administrator said no: have them agree",
        "temporarily_unavailable": "try again later",
        "server_error": "the server has trouble of its own: try again later",
    }
)

MICROSOFT_CURES: Mapping[int, str] = MappingProxyType(
    {
        50034: "the account is not in this tenant: correct tenant",
        50057: "the account is disabled: have an administrator enable it",
        50076: "the account's owner must prove a second factor: have them agree anew, and store the new refresh token",
        50079: "the account's owner must enrol a second factor: have them do it, and store the new refresh token",
        50173: "the password changed since: have the account's owner agree anew, and store the new refresh token",
        53003: "Conditional Access blocks it: have an administrator exempt this application, or this place",
        65001: "nobody consented: have an administrator grant the application its permissions",
        70000: "the refresh token is none of this client: have the account's owner agree anew",
        70008: "the refresh token ended: have the account's owner agree anew, and store the new one",
        70011: "scopes holds what Microsoft does not know: leave scopes out, or correct them",
        90002: "there is no such tenant: correct tenant, or choose the cloud that it is in by token_url",
        500011: "the tenant has no Exchange Online, or scopes name another resource: correct tenant or scopes",
        700016: "the application is not in this tenant: correct client_id or tenant, or grant it consent there",
        700024: "the assertion is not valid now: set the controller's clock",
        700025: "the application is public: leave client_secret and client_certificate out",
        700027: "the certificate is not registered for the application: upload it there, or use the one that is",
        700082: "the refresh token was not used for too long: have the account's owner agree anew",
        900023: "tenant is neither an id nor a domain: correct it",
        1002012: "client credentials take the resource's /.default alone: leave scopes out",
        7000112: "the application is disabled: have an administrator enable it",
        7000215: "the secret is wrong: use the value of the client secret, not its id",
        7000218: "the application is not public: give client_secret or client_certificate",
        7000222: "the client secret ended: make a new one and store it",
        9002313: "the request is malformed: see whether refresh_token was stored whole",
    }
)
_MICROSOFT_CODE = re.compile(r"\bAADSTS(\d{5,8})\b")
_LONGEST_CODE, _LONGEST_DESCRIPTION = 80, 240


def refusal(request: TokenRequest, reply: Reply, assertion: str | None) -> str:
    """Why the server gave no token, by its own code, in a sentence without a secret."""
    said = json_object(reply.body)
    error = said.get("error")
    if not isinstance(error, str) or not error.strip():
        return f"the token server {request.server} answered {reply.status} ({reply.media_type}), {_strange(reply)}"
    scrubbed = Scrubber([*request.secrets(), *filter(None, [assertion])])
    described = said.get("error_description")
    description = described if isinstance(described, str) else ""
    code = scrubbed.shown(error.encode(), _LONGEST_CODE)
    # Behind its first line Microsoft writes down the request's numbers.
    words = scrubbed.shown(description.strip().split("\n")[0].strip().encode(), _LONGEST_DESCRIPTION)
    quoted = f' ("{words}")' if words else ""
    return f"the token server {request.server} gave no token: {code}{quoted}: {_cure(error, description)}"


def json_object(body: bytes) -> Mapping[str, object]:
    """The object that an answer is, or an empty one."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _cure(error: str, description: str) -> str:
    known = [MICROSOFT_CURES.get(int(number)) for number in _MICROSOFT_CODE.findall(description)]
    return next(filter(None, known), None) or CURES.get(error, "look this code up in the server's documentation")


def _strange(reply: Reply) -> str:
    if 300 <= reply.status < 400:
        return "a redirect, which is not followed with a secret: give token_url as the address that it leads to"
    if reply.status == 429 or reply.status >= 500:
        return "trouble of its own, or too many requests: try again later"
    return "which is no answer of OAuth: correct token_url, which ends in /token with most servers"
