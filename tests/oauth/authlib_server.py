# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authlib's OAuth server, without a framework: a request in, an answer out."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    InvalidClientError,
    OAuth2Error,
    OAuth2Request,
    TokenMixin,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

Answer = tuple[int, Mapping[str, str], bytes]
BY_CERTIFICATE = JWTBearerClientAssertion.CLIENT_AUTH_METHOD
_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384"]
_METHODS = ["client_secret_post", "client_secret_basic", "none", BY_CERTIFICATE]


@dataclass(frozen=True)
class Asked:
    """One request that arrived."""

    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


@dataclass(frozen=True)
class Client(ClientMixin):  # type: ignore[misc] # Authlib has no types
    """A registered application: how it proves itself, what it may ask for, and the key of its certificate."""

    client_id: str
    secret: str = field(default="", repr=False)
    method: str = "client_secret_post"
    grants: tuple[str, ...] = ("client_credentials", "refresh_token")
    scopes: tuple[str, ...] = ("mail",)
    public_key: RSAKey | ECKey | None = None

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(name for name in scope.split() if name in self.scopes)

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method == self.method

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.grants


@dataclass(frozen=True)
class Consent(TokenMixin):  # type: ignore[misc] # Authlib has no types
    """What stands behind a refresh token: whose account, for which client, and whether each use brings a new one."""

    client_id: str
    account: str
    is_rotated: bool = False

    def check_client(self, client: Client) -> bool:
        return client.client_id == self.client_id

    def get_scope(self) -> str:
        return "mail"


@dataclass
class Registry:
    """What the server knows: clients, consents by refresh token, and how it makes a token for an account.

    It writes down the access and refresh tokens that it gives, and the numbers of the assertions that it took.
    """

    clients: list[Client]
    consents: dict[str, Consent] = field(default_factory=dict)
    make_token: Callable[[str], str] = lambda _account: "t0ken/" + secrets.token_urlsafe(48)
    lifetime: object = 3600
    scopes: tuple[str, ...] = ("mail", "other")
    issued: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    assertions: set[str] = field(default_factory=set)

    def client(self, client_id: str) -> Client | None:
        return next((client for client in self.clients if client.client_id == client_id), None)

    def token(self, client: Client, user: Consent | None, scope: str | None) -> dict[str, object]:
        """An answer of RFC 6749 5.1."""
        self.issued.append(self.make_token(user.account if user else client.client_id))
        made: dict[str, object] = {"token_type": "Bearer", "scope": scope or "", "access_token": self.issued[-1]}
        if self.lifetime is not None:
            made["expires_in"] = self.lifetime
        if user and user.is_rotated:
            self.renewed.append("n3w-" + secrets.token_urlsafe(24))
            made["refresh_token"] = self.renewed[-1]
        return made


def answer(registry: Registry, url: str, asked: Asked) -> Answer:
    """What Authlib answers to a request at its token endpoint."""
    server = _Server(registry)
    made: Answer = server.create_token_response(_Request(url, asked))
    return made


class _Request(OAuth2Request):  # type: ignore[misc] # Authlib has no types
    def __init__(self, url: str, asked: Asked) -> None:
        super().__init__("POST", url, headers=asked.headers)
        self.payload = BasicOAuth2Payload(dict(asked.form))

    @property
    def args(self) -> dict[str, str]:
        return {}

    @property
    def form(self) -> Mapping[str, str]:
        form: Mapping[str, str] = self.payload.data
        return form


class _ByClient(ClientCredentialsGrant):  # type: ignore[misc] # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS


class _ByRefreshToken(RefreshTokenGrant):  # type: ignore[misc] # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS

    def authenticate_refresh_token(self, refresh_token: str) -> Consent | None:
        registry: Registry = self.server.registry
        return registry.consents.get(refresh_token)

    def authenticate_user(self, consent: Consent) -> Consent:
        return consent

    def revoke_old_credential(self, consent: Consent) -> None:
        """It stays, as with most providers."""


class _Assertion(JWTBearerClientAssertion):  # type: ignore[misc] # Authlib has no types
    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.registry = registry
        self.audience = ""

    def __call__(self, query_client: object, request: _Request) -> object:
        self.audience = request.uri
        return super().__call__(query_client, request)

    def process_assertion_claims(self, assertion: str, key: RSAKey | ECKey) -> object:
        """As Authlib's own, for all algorithms that providers of mail take; PS256 is none of joserfc's defaults."""
        try:
            token = jwt.decode(assertion, key, algorithms=_ALGORITHMS)
        except JoseError as fault:
            raise InvalidClientError(description=fault.description) from fault
        self.verify_claims(token.claims)
        return token.claims

    def get_audiences(self) -> list[str]:
        return [self.audience]

    def validate_jti(self, _claims: object, jti: str) -> bool:
        is_new = jti not in self.registry.assertions
        self.registry.assertions.add(jti)
        return is_new

    def resolve_client_public_key(self, client: Client) -> RSAKey | ECKey | None:
        return client.public_key


class _Server(AuthorizationServer):  # type: ignore[misc] # Authlib has no types
    def __init__(self, registry: Registry) -> None:
        super().__init__(scopes_supported=list(registry.scopes))
        self.registry = registry
        self.register_token_generator("default", self._token)
        self.register_client_auth_method(BY_CERTIFICATE, _Assertion(registry))
        self.register_grant(_ByClient)
        self.register_grant(_ByRefreshToken)

    def _token(
        self, client: Client, user: Consent | None = None, scope: str | None = None, **_options: object
    ) -> dict[str, object]:
        return self.registry.token(client, user, scope)

    def query_client(self, client_id: str) -> Client | None:
        return self.registry.client(client_id)

    def save_token(self, _token: object, _request: object) -> None:
        """The registry has it already."""

    def send_signal(self, *_arguments: object, **_options: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(self, status: int, body: object, headers: list[tuple[str, str]]) -> Answer:
        return status, dict(headers), json.dumps(body).encode("ascii")

    def handle_error_response(self, _request: _Request, error: OAuth2Error) -> Answer:
        return self.handle_response(*error())
