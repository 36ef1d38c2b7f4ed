# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a token server, by what the user said; and what is not asked at all."""

from __future__ import annotations

from base64 import b64decode

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.token_error import TokenError
from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.token_request import token_request
from tests.unit.plugins.plugin_utils._tokens.options import options

SECRET = "s3cr&t/wörd+42"
MICROSOFT = {"provider": "microsoft", "tenant": "example.edu", "client_id": "app"}
GOOGLE = {"provider": "google", "client_id": "app"}
OWN = {"token_url": "https://login.example.edu/token", "client_id": "app"}
BY_SECRET = {"client_secret": SECRET}
REFRESHED = {"refresh_token": "r3fresh"}
LOGIN_OF_MICROSOFT = "https://login.microsoftonline.com/example.edu/oauth2/v2.0/token"

ASKED: dict[str, tuple[dict[str, object], str, dict[str, str]]] = {
    "Microsoft, application, SMTP": (
        {**MICROSOFT, **BY_SECRET},
        LOGIN_OF_MICROSOFT,
        {"grant_type": "client_credentials", "scope": "https://outlook.office365.com/.default"},
    ),
    "Microsoft, application, IMAP": (
        {**MICROSOFT, **BY_SECRET, "protocol": "imap"},
        LOGIN_OF_MICROSOFT,
        {"grant_type": "client_credentials", "scope": "https://outlook.office365.com/.default"},
    ),
    "Microsoft, account, SMTP": (
        {**MICROSOFT, **BY_SECRET, **REFRESHED},
        LOGIN_OF_MICROSOFT,
        {"grant_type": "refresh_token", "scope": "https://outlook.office.com/SMTP.Send", **REFRESHED},
    ),
    "Microsoft, account, IMAP": (
        {**MICROSOFT, **BY_SECRET, **REFRESHED, "protocol": "imap"},
        LOGIN_OF_MICROSOFT,
        {"grant_type": "refresh_token", "scope": "https://outlook.office.com/IMAP.AccessAsUser.All", **REFRESHED},
    ),
    "Microsoft, a national cloud": (
        {
            **MICROSOFT,
            **BY_SECRET,
            "token_url": "https://login.microsoftonline.us/{tenant}/oauth2/v2.0/token",
            "scopes": ["https://outlook.office365.us/.default"],
        },
        "https://login.microsoftonline.us/example.edu/oauth2/v2.0/token",
        {"grant_type": "client_credentials", "scope": "https://outlook.office365.us/.default"},
    ),
    "a tenant stays one part of the path": (
        {**MICROSOFT, **BY_SECRET, "tenant": "a/../b?c"},
        "https://login.microsoftonline.com/a%2F..%2Fb%3Fc/oauth2/v2.0/token",
        {"grant_type": "client_credentials", "scope": "https://outlook.office365.com/.default"},
    ),
    "Google, account": (
        {**GOOGLE, **BY_SECRET, **REFRESHED},
        "https://oauth2.googleapis.com/token",
        {"grant_type": "refresh_token", **REFRESHED},
    ),
    "another server, no scopes": (
        {**OWN, **BY_SECRET},
        "https://login.example.edu/token",
        {"grant_type": "client_credentials"},
    ),
    "another server, scopes": (
        {**OWN, **BY_SECRET, "scopes": ["mail", "offline"]},
        "https://login.example.edu/token",
        {"grant_type": "client_credentials", "scope": "mail offline"},
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked(name: str) -> None:
    given, url, fields = ASKED[name]
    request = token_request(options(**given))
    assert request.token_url == url
    assert request.form() == {**fields, "client_id": "app", "client_secret": SECRET}
    assert request.headers() == {}
    assert SECRET not in repr(request)
    assert "r3fresh" not in repr(request)


def test_a_secret_in_the_header_is_not_in_the_body() -> None:
    request = token_request(options(**OWN, client_secret="a:b ü", client_secret_in="header"))
    assert request.form() == {"grant_type": "client_credentials"}
    kind, login = request.headers()["Authorization"].split(" ")
    # RFC 6749 2.3.1: encoded as in a form, before they are joined by a colon.
    assert (kind, b64decode(login)) == ("Basic", b"app:a%3Ab+%C3%BC")


def test_a_public_client_says_who_it_is() -> None:
    request = token_request(options(**OWN, **REFRESHED))
    assert request.form() == {"grant_type": "refresh_token", **REFRESHED, "client_id": "app"}


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "nowhere": ({"client_id": "app", **BY_SECRET}, "say provider (microsoft or google), or token_url"),
    "no tenant": ({**MICROSOFT, **BY_SECRET, "tenant": None}, "microsoft needs tenant"),
    "tenant for nothing": ({**GOOGLE, **BY_SECRET, "tenant": "example.edu"}, "tenant has no place"),
    "in clear": ({**OWN, **BY_SECRET, "token_url": "http://login.example.edu/"}, "no https:// address"),
    "no host": ({**OWN, **BY_SECRET, "token_url": "https:///token"}, "no https:// address"),
    "bad port": ({**OWN, **BY_SECRET, "token_url": "https://login.example.edu:port/"}, "no https:// address"),
    "blank in the address": ({**OWN, **BY_SECRET, "token_url": "https://login.example.edu/a b"}, "no https:// address"),
    "line in the address": ({**OWN, **BY_SECRET, "token_url": "https://a.test/\r\nX: y"}, "no https:// address"),
    "secret in the address": ({**OWN, **BY_SECRET, "token_url": f"https://a:{SECRET[:4]}@b.test/"}, "user name"),
    "fragment": ({**OWN, **BY_SECRET, "token_url": "https://b.test/#x"}, "fragment"),
    "no proof": (OWN, "say client_secret or client_certificate, or refresh_token"),
    "two proofs": ({**OWN, **BY_SECRET, "client_certificate": "c.pem"}, "two proofs of one client"),
    "a key alone": ({**OWN, **BY_SECRET, "client_key": "k.pem"}, "client_certificate, which is missing"),
    "empty secret": ({**OWN, "client_secret": ""}, "client_secret is empty"),
    "empty client": ({**OWN, **BY_SECRET, "client_id": " "}, "client_id is empty"),
    "empty refresh token": ({**OWN, "refresh_token": ""}, "refresh_token is empty"),
    "Google without consent": ({**GOOGLE, **BY_SECRET}, "google gives no token for mail by client credentials"),
    "scopes in one": ({**OWN, **BY_SECRET, "scopes": ["mail offline"]}, "each as an item of its own"),
    "no time": ({**OWN, **BY_SECRET, "timeout": 0}, "less than one second"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_asked(name: str) -> None:
    given, sentence = REFUSED[name]
    with pytest.raises(TokenError) as refused:
        token_request(options(**given))
    assert sentence in str(refused.value)
    assert SECRET[:4] not in str(refused.value)
