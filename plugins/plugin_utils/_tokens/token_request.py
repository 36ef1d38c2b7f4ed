# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What is asked of a token server, out of what the user said: RFC 6749 4.4 and 6."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict
from urllib.parse import quote, quote_plus, urlsplit

from .providers import PROVIDERS, Protocol, Provider
from .token_error import TokenError

# RFC 6749 A.4: a scope is printable ASCII without blanks, quotes and backslashes.
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


class Options(TypedDict):
    """The options of the lookup, as its documentation names them; one that was left out is None."""

    provider: str | None
    protocol: Protocol
    tenant: str | None
    token_url: str | None
    client_id: str
    client_secret: str | None
    client_secret_in: Literal["body", "header"]
    client_certificate: str | None
    client_key: str | None
    client_key_passphrase: str | None
    refresh_token: str | None
    scopes: Sequence[str] | None
    ca_file: str | None
    timeout: int


@dataclass(frozen=True)
class ClientCertificate:
    """How a client proves who it is without a secret: PEM texts, or the paths of PEM files; the key may be in the
    certificate's."""

    certificate: str = field(repr=False)
    key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    rsa_algorithm: str = "RS256"


@dataclass(frozen=True)
class TokenRequest:
    """One request, whose equal gives the same token; `timeout` is in seconds, for all of it."""

    token_url: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    client_secret_in: Literal["body", "header"] = "body"  # noqa: S105 - a place
    certificate: ClientCertificate | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()
    ca_file: str | None = None
    timeout: int = 30

    @property
    def server(self) -> str:
        """The token server's name, as sentences say it."""
        return urlsplit(self.token_url).hostname or ""

    def secrets(self) -> frozenset[str]:
        """What must not be repeated, whoever says it."""
        certificate = self.certificate or ClientCertificate("")
        return frozenset(
            filter(None, (self.client_secret, self.refresh_token, certificate.key, certificate.passphrase))
        ) | frozenset({certificate.certificate} if "PRIVATE KEY" in certificate.certificate else ())

    def form(self) -> dict[str, str]:
        """The fields of the request, but for a certificate's assertion."""
        grant = {"grant_type": "client_credentials"}
        if self.refresh_token is not None:
            grant = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        scope = {"scope": " ".join(self.scopes)} if self.scopes else {}
        if self.client_secret is None:
            return {**grant, **scope, "client_id": self.client_id}
        if self.headers():
            return {**grant, **scope}
        return {**grant, **scope, "client_id": self.client_id, "client_secret": self.client_secret}

    def headers(self) -> dict[str, str]:
        """The secret as a password of HTTP, each part encoded as a form's is (RFC 6749 2.3.1)."""
        if self.client_secret is None or self.client_secret_in == "body":  # noqa: S105 - a place
            return {}
        login = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
        return {"Authorization": f"Basic {b64encode(login.encode()).decode('ascii')}"}


def token_request(options: Options) -> TokenRequest:
    """The request that the options ask for; `TokenError` says what is missing, or too much."""
    provider = _provider(options)
    _refuse_contradictions(options)
    return TokenRequest(
        token_url=_checked_url(provider.token_url),
        client_id=_filled("client_id", options["client_id"]),
        client_secret=options["client_secret"],
        client_secret_in=options["client_secret_in"],
        certificate=_certificate(options, provider),
        refresh_token=options["refresh_token"],
        scopes=_scopes(options, provider),
        ca_file=options["ca_file"],
        timeout=_positive(options["timeout"]),
    )


def _provider(options: Options) -> Provider:
    """The provider of the options with its address for this tenant; one without a name for a `token_url`."""
    name, token_url, tenant = options["provider"], options["token_url"], options["tenant"]
    if name is None:
        if token_url is None:
            raise TokenError(f"say provider ({' or '.join(PROVIDERS)}), or token_url, the address of the token server")
        provider = Provider(token_url)
    else:
        known = PROVIDERS[name]
        provider = Provider(
            token_url or known.token_url, known.application_scopes, known.account_scopes, known.rsa_algorithm
        )
    takes_tenant = "{tenant}" in provider.token_url
    if takes_tenant and not tenant:
        raise TokenError(f"{name or 'token_url'} needs tenant, the organisation's id or one of its domains")
    if tenant and not takes_tenant:
        raise TokenError("tenant has no place in this token server's address: leave it out")
    address = provider.token_url.replace("{tenant}", quote(tenant or "", safe=""))
    return Provider(address, provider.application_scopes, provider.account_scopes, provider.rsa_algorithm)


def _checked_url(url: str) -> str:
    """The address, if a secret may be sent there."""
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        is_address, parts = False, urlsplit("")
    if not is_address or parts.scheme != "https":
        raise TokenError("token_url is no https:// address: a secret is sent there, never in clear")
    if parts.username is not None or parts.fragment:
        raise TokenError("token_url holds a user name or a fragment (#): give client_id and client_secret instead")
    return url


def _refuse_contradictions(options: Options) -> None:
    given = {name for name, value in options.items() if value is not None}
    for name in sorted({"client_secret", "refresh_token", "client_certificate"} & given):
        _filled(name, options[name])  # type: ignore[literal-required]
    if {"client_secret", "client_certificate"} <= given:
        raise TokenError("client_secret and client_certificate are two proofs of one client: leave one of them out")
    if given & {"client_key", "client_key_passphrase"} and "client_certificate" not in given:
        raise TokenError("client_key is used with client_certificate, which is missing")
    if not given & {"client_secret", "client_certificate", "refresh_token"}:
        raise TokenError("say client_secret or client_certificate, or refresh_token for a client that has neither")


def _certificate(options: Options, provider: Provider) -> ClientCertificate | None:
    certificate = options["client_certificate"]
    if certificate is None:
        return None
    return ClientCertificate(
        certificate, options["client_key"], options["client_key_passphrase"], provider.rsa_algorithm
    )


def _scopes(options: Options, provider: Provider) -> tuple[str, ...]:
    scopes, is_refreshed = options["scopes"], options["refresh_token"] is not None
    if scopes is not None:
        wrong = [scope for scope in scopes if not _SCOPE.fullmatch(scope)]
        if wrong:
            raise TokenError("scopes holds what is no scope: write each as an item of its own, without blanks")
        return tuple(scopes)
    if is_refreshed:
        return provider.account_scopes.get(options["protocol"], ())
    if options["provider"] is not None and not provider.application_scopes:
        raise TokenError(f"{options['provider']} gives no token for mail by client credentials: give a refresh_token")
    return provider.application_scopes.get(options["protocol"], ())


def _filled(name: str, value: object) -> str:
    text = str(value)
    if not text.strip():
        raise TokenError(f"{name} is empty")
    return text


def _positive(seconds: int) -> int:
    if seconds < 1:
        raise TokenError("timeout is less than one second")
    return seconds
