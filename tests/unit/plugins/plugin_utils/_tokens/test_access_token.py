# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of a real OAuth server (Authlib's) over TLS, and what comes of answers that are none."""

from __future__ import annotations

import hashlib
import json
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from joserfc import jwt

from ansible_collections.appmail.settings.plugins.plugin_utils._tokens import access_token as tokens
from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.access_token import access_token
from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.client_assertion import client_assertion
from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.refusals import CURES, MICROSOFT_CURES
from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.token_error import TokenError
from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.token_request import (
    ClientCertificate,
    token_request,
)
from tests.integration.playbooks import assert_no_secret
from tests.oauth.authlib_server import BY_CERTIFICATE, Answer, Asked, Client, Consent, Registry
from tests.oauth.certificates import Authority, ClientKey, authority, client_key
from tests.oauth.connect_proxy import connect_proxy
from tests.oauth.token_server import TokenServer
from tests.unit.plugins.plugin_utils._tokens.options import options

SECRET = "s3cr&t/wörd+42"
REFRESH = "r3fresh/T0ken+of-alice"
KEYS = {"RSA": client_key(trustme.KeyType.RSA), "EC": client_key(trustme.KeyType.ECDSA)}

# Each client with what it says of itself.
BY_SECRET: dict[str, object] = {"client_id": "by-secret", "client_secret": SECRET}
BY_HEADER: dict[str, object] = {**BY_SECRET, "client_id": "by-header", "client_secret_in": "header"}
PUBLIC: dict[str, object] = {"client_id": "public", "refresh_token": "public-" + REFRESH}


def by_certificate(key: ClientKey, name: str) -> dict[str, object]:
    return {"client_id": f"by-{name}", "client_certificate": key.certificate, "client_key": key.key}


def registry() -> Registry:
    by_key = [Client(f"by-{name}", method=BY_CERTIFICATE, public_key=key.public) for name, key in KEYS.items()]
    by_secret = [
        Client("by-secret", SECRET),
        Client("by-header", SECRET, method="client_secret_basic"),
        Client("public", method="none"),
        Client("not-allowed", SECRET, grants=()),
    ]
    consents = {
        REFRESH: Consent("by-secret", "alice"),
        "rotated-" + REFRESH: Consent("by-secret", "alice", is_rotated=True),
        "public-" + REFRESH: Consent("public", "alice"),
        "of-another-" + REFRESH: Consent("by-header", "alice"),
    }
    return Registry([*by_secret, *by_key], consents)


def as_json(**said: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(said).encode()


BEARER = {"access_token": "t0ken/of/a/server", "token_type": "Bearer"}

# Answers that hold no token that a mail server takes, and the sentence of each.
NO_TOKEN: dict[str, tuple[Answer | None, str]] = {
    "redirect": ((307, {"Location": "https://elsewhere.example.test/"}, b""), "answered 307 (text/plain), a redirect"),
    "see other": ((303, {"Location": "/token"}, b""), "a redirect, which is not followed with a secret"),
    "not found": (
        (404, {"Content-Type": "text/html"}, b"<h1>404</h1>"),
        "404 (text/html), which is no answer of OAuth",
    ),
    "a page": ((200, {"Content-Type": "text/html"}, b"<h1>Hello</h1>"), "200 (text/html), which is no answer of OAuth"),
    "overloaded": ((503, {}, b""), "503 (text/plain), trouble of its own"),
    "too many": ((429, {}, b""), "429 (text/plain), trouble of its own, or too many requests"),
    "a list": ((200, {}, b"[]"), "no answer of OAuth"),
    "deep": ((200, {}, b"[" * 100_000), "no answer of OAuth"),
    "error that is no text": ((400, {}, b'{"error": 7}'), "no answer of OAuth"),
    "not a bearer": (as_json(access_token="t0ken/of/mac", token_type="mac"), "gave no bearer token"),
    "no kind": (as_json(access_token="t0ken/of/none"), "gave no bearer token"),
    "token that is no text": (as_json(access_token=7, token_type="bearer"), "no printable ASCII"),
    "token that ends a line": (as_json(access_token="t0ken\r\nQUIT", token_type="bearer"), "no printable ASCII"),
    "empty token": (as_json(access_token="", token_type="bearer"), "no printable ASCII"),
    "nothing in time": (None, "none within 1 s"),
    "unknown code": ((400, {}, b'{"error": "slow_down"}'), "slow_down: look this code up"),
    "echo": (
        (400, {}, json.dumps({"error": "invalid_client", "error_description": f"no such secret: {SECRET}"}).encode()),
        'invalid_client ("no such secret: ********")',
    ),
}
LIVES: dict[str, tuple[Answer, int]] = {
    "an hour": (as_json(**BEARER, expires_in=3600), 1),
    "an hour, as a text": (as_json(**BEARER, expires_in="3600"), 1),
    "for ever, nearly": (as_json(**BEARER, expires_in=10**30), 1),
    "less than the margin": (as_json(**BEARER, expires_in=60), 2),
    "not said": (as_json(**BEARER), 2),
    "no number": (as_json(**BEARER, expires_in="soon"), 2),
    "negative": (as_json(**BEARER, expires_in=-5), 2),
    "true": (as_json(**BEARER, expires_in=True), 2),
}
ANSWERS = {
    **{name.replace(" ", "-"): answer for name, (answer, _sentence) in NO_TOKEN.items()},
    **{"lives-" + name.replace(" ", "-"): answer for name, (answer, _times) in LIVES.items()},
}


@pytest.fixture(scope="module", name="authority")
def authority_fixture(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(name="server")
def server_fixture(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenServer]:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tokens, "_memory", {})
    with TokenServer(authority.context, registry(), ANSWERS) as server:
        yield server


def token(server: TokenServer, authority: Authority, warnings: list[str], **given: object) -> str:
    asked = {"token_url": server.url, "ca_file": str(authority.ca_file), "timeout": 20, **given}
    return access_token(token_request(options(**asked)), warnings.append)


def why_none(server: TokenServer, authority: Authority, **given: object) -> str:
    with pytest.raises(TokenError) as refused:
        token(server, authority, [], **given)
    assert_no_secret(str(refused.value), SECRET, REFRESH)
    return str(refused.value)


GIVEN: dict[str, dict[str, object]] = {
    "secret in the body": BY_SECRET,
    "secret in the header": BY_HEADER,
    "certificate, RSA": by_certificate(KEYS["RSA"], "RSA"),
    "certificate, elliptic curve": by_certificate(KEYS["EC"], "EC"),
    "scope": {**BY_SECRET, "scopes": ["mail"]},
    "refresh token": {**BY_SECRET, "refresh_token": REFRESH},
    "refresh token of a public client": PUBLIC,
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_token_is_given_once_and_kept(name: str, server: TokenServer, authority: Authority) -> None:
    warnings: list[str] = []
    first = token(server, authority, warnings, **GIVEN[name])
    assert token(server, authority, warnings, **GIVEN[name]) == first
    assert server.registry.issued == [first]
    assert warnings == []


def test_another_request_has_another_token(server: TokenServer, authority: Authority) -> None:
    given = [token(server, authority, [], **GIVEN[name]) for name in GIVEN]
    assert server.registry.issued == given


@pytest.mark.parametrize("name", LIVES)
def test_a_token_is_kept_as_long_as_it_lives(name: str, server: TokenServer, authority: Authority) -> None:
    answer = "lives-" + name.replace(" ", "-")
    for _time in range(2):
        assert token(server, authority, [], token_url=server.url_of(answer), **BY_SECRET) == BEARER["access_token"]
    assert len(server.asked) == LIVES[name][1]


def test_a_token_that_ended_is_asked_for_again(
    server: TokenServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = token(server, authority, [], **BY_SECRET)
    for request, kept in list(tokens._memory.items()):
        monkeypatch.setitem(tokens._memory, request, replace(kept, until=0.0))
    assert token(server, authority, [], **BY_SECRET) != first


def test_a_new_refresh_token_is_told_without_its_value(server: TokenServer, authority: Authority) -> None:
    warnings: list[str] = []
    token(server, authority, warnings, **BY_SECRET, refresh_token="rotated-" + REFRESH)
    (renewed,) = server.registry.renewed
    (warning,) = warnings
    assert "gave a new refresh token" in warning
    assert_no_secret(warning, renewed, REFRESH, SECRET)


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "wrong secret": ({**BY_SECRET, "client_secret": "wr0ng-secret"}, "invalid_client"),
    "unknown client": ({**BY_SECRET, "client_id": "nobody"}, "invalid_client"),
    "secret in the wrong place": ({**BY_SECRET, "client_secret_in": "header"}, "invalid_client"),
    "certificate of another": ({**by_certificate(KEYS["RSA"], "EC")}, "invalid_client"),
    "grant that it may not use": ({**BY_SECRET, "client_id": "not-allowed"}, "unauthorized_client"),
    "scope that there is none": ({**BY_SECRET, "scopes": ["everything"]}, "invalid_scope"),
    "refresh token that was revoked": ({**BY_SECRET, "refresh_token": "gone"}, "invalid_grant"),
    "refresh token of another": ({**BY_SECRET, "refresh_token": "of-another-" + REFRESH}, "invalid_grant"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_told_by_the_servers_own_code_and_its_cure(
    name: str, server: TokenServer, authority: Authority
) -> None:
    given, code = REFUSED[name]
    sentence = why_none(server, authority, **given)
    assert sentence.startswith(f"the token server localhost gave no token: {code}")
    assert sentence.endswith(CURES[code])


@pytest.mark.parametrize("name", NO_TOKEN)
def test_what_is_no_token(name: str, server: TokenServer, authority: Authority) -> None:
    answer, sentence = NO_TOKEN[name]
    given = {**BY_SECRET, "timeout": 20 if answer else 1}
    assert sentence in why_none(server, authority, token_url=server.url_of(name.replace(" ", "-")), **given)
    assert [asked.path for asked in server.asked] == ["/" + name.replace(" ", "-")]


@pytest.mark.parametrize("number", MICROSOFT_CURES)
def test_microsofts_own_codes_say_more_than_those_of_oauth(
    number: int, authority: Authority, server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    description = f"AADSTS{number}: What it says for people.\r\nTrace ID: 0000-1111\r\nTimestamp: 2026-01-09 02:02:12Z"
    body = json.dumps({"error": "invalid_grant", "error_description": description, "error_codes": [number]}).encode()
    monkeypatch.setattr(server, "_answers", {"microsoft": (400, {}, body)})
    sentence = why_none(server, authority, token_url=server.url_of("microsoft"), **BY_SECRET)
    assert sentence == (
        f'the token server localhost gave no token: invalid_grant ("AADSTS{number}: What it says for people."): '
        f"{MICROSOFT_CURES[number]}"
    )


def test_a_certificate_of_a_stranger_is_not_accepted(server: TokenServer, authority: Authority) -> None:
    sentence = why_none(server, authority, ca_file=None, **BY_SECRET)
    assert "its certificate was not accepted" in sentence
    assert "ca_file" in sentence
    assert server.asked == []


def test_a_certificate_of_another_name_is_not_accepted(server: TokenServer, authority: Authority) -> None:
    other = server.url.replace("localhost", "127.0.0.1")
    assert "its certificate was not accepted" in why_none(server, authority, token_url=other, **BY_SECRET)
    assert server.asked == []


def test_a_ca_file_that_is_none(server: TokenServer, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    assert "ca_file cannot be used: it holds no" in why_none(
        server, authority, ca_file=str(tmp_path / "empty.pem"), **BY_SECRET
    )
    assert "ca_file cannot be used: No such file" in why_none(
        server, authority, ca_file=str(tmp_path / "none.pem"), **BY_SECRET
    )


def test_nobody_listens(server: TokenServer, authority: Authority) -> None:
    with connect_proxy() as gone:
        address = f"https://localhost:{gone.port}/token"
    assert "Connection refused" in why_none(server, authority, token_url=address, **BY_SECRET)


def test_a_port_without_tls(server: TokenServer, authority: Authority) -> None:
    with connect_proxy() as in_clear:
        address = f"https://localhost:{in_clear.port}/token"
        assert "TLS failed" in why_none(server, authority, token_url=address, **BY_SECRET)


def test_the_environments_proxy_is_used(
    server: TokenServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect_proxy() as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        given = token(server, authority, [], **BY_SECRET)
        assert (server.registry.issued, proxy.tunnels) == ([given], [f"localhost:{server.port}"])


def test_the_environment_may_exempt_the_server_from_its_proxy(
    server: TokenServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect_proxy() as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "localhost")
        token(server, authority, [], **BY_SECRET)
        assert proxy.tunnels == []


def test_a_proxy_that_refuses_is_told_without_its_password(
    server: TokenServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect_proxy(refusal=407) as proxy:
        monkeypatch.setenv("https_proxy", f"http://user:pr0xy-pass@127.0.0.1:{proxy.port}")
        sentence = why_none(server, authority, **BY_SECRET)
    assert "through the proxy of the environment: the proxy refuses to connect" in sentence
    assert_no_secret(sentence, "pr0xy-pass")


def encrypted(key: str, passphrase: str) -> str:
    private = load_pem_private_key(key.encode(), None)
    cipher = BestAvailableEncryption(passphrase.encode())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, cipher).decode()


RSA, EC = KEYS["RSA"], KEYS["EC"]
LOCKED = encrypted(EC.key, "the passphrase")
PROOFS: dict[str, ClientCertificate] = {
    "both in one text": ClientCertificate(EC.certificate + EC.key),
    "apart": ClientCertificate(EC.certificate, EC.key),
    "under a passphrase": ClientCertificate(EC.certificate, LOCKED, "the passphrase"),
}
NO_PROOFS: dict[str, tuple[ClientCertificate, str]] = {
    "no file": (ClientCertificate("/nowhere/client.pem"), "client_certificate is neither PEM nor a file that can be"),
    "no path": (ClientCertificate("a\0b"), "client_certificate is neither PEM nor a file that can be read"),
    "no key file": (ClientCertificate(EC.certificate, "/nowhere/key.pem"), "client_key is neither PEM nor a file"),
    "a key alone": (ClientCertificate(EC.key), "client_certificate holds no certificate"),
    "a certificate alone": (ClientCertificate(EC.certificate), "holds no private key as PEM"),
    "a key that is locked": (ClientCertificate(EC.certificate, LOCKED), "encrypted: give client_key_passphrase"),
    "the wrong passphrase": (ClientCertificate(EC.certificate, LOCKED, "wrong"), "client_key_passphrase opens"),
    "a passphrase for nothing": (ClientCertificate(EC.certificate, EC.key, "x"), "has no passphrase: leave it out"),
    "the key of another": (ClientCertificate(EC.certificate, RSA.key), "does not belong to client_certificate"),
}


@pytest.mark.parametrize("name", PROOFS)
def test_where_a_key_may_lie(name: str, server: TokenServer, authority: Authority) -> None:
    proof = PROOFS[name]
    given = {
        "client_id": "by-EC",
        "client_certificate": proof.certificate,
        "client_key": proof.key,
        "client_key_passphrase": proof.passphrase,
    }
    assert token(server, authority, [], **given) == server.registry.issued[0]


def test_a_key_may_lie_in_a_file(server: TokenServer, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "client.pem").write_text(RSA.certificate + RSA.key)
    given = {"client_id": "by-RSA", "client_certificate": str(tmp_path / "client.pem")}
    assert token(server, authority, [], **given) == server.registry.issued[0]


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("RS256", RSA), ("PS256", RSA), ("ES256", EC)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_an_assertion_says(algorithm: str, key: ClientKey) -> None:
    """Signed by a key of RSA as the provider wants it, PS256 for Microsoft; by another as its curve has it."""
    proof = ClientCertificate(key.certificate, key.key, rsa_algorithm=algorithm)
    url = "https://login.example.edu/token"
    signed = jwt.decode(client_assertion(proof, "app", url, 1_000), key.public, algorithms=[algorithm])
    der = ssl.PEM_cert_to_DER_cert(key.certificate)
    thumbprint = urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    assert signed.header == {"alg": algorithm, "typ": "JWT", "x5t#S256": thumbprint}
    assert signed.claims.pop("jti")
    assert signed.claims == {"aud": url, "iss": "app", "sub": "app", "iat": 1_000, "nbf": 940, "exp": 1_300}


def test_microsoft_wants_its_own_algorithm() -> None:
    given = {"provider": "microsoft", "tenant": "example.edu", "client_id": "app", "client_certificate": "c.pem"}
    proof = token_request(options(**given)).certificate
    assert proof is not None
    assert proof.rsa_algorithm == "PS256"


@pytest.mark.parametrize("name", NO_PROOFS)
def test_what_proves_nothing(name: str) -> None:
    proof, sentence = NO_PROOFS[name]
    with pytest.raises(TokenError) as refused:
        client_assertion(proof, "app", "https://login.example.edu/token", 0)
    assert sentence in str(refused.value)
    assert_no_secret(str(refused.value), *EC.key.splitlines()[1:-1], "the passphrase")


def test_an_assertion_is_not_repeated(
    server: TokenServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even in the words of a server that echoes it."""
    made: list[str] = []

    def echo(asked: Asked) -> Answer:
        made.append(asked.form["client_assertion"])
        return 400, {}, json.dumps({"error": "invalid_client", "error_description": "bad " + made[0]}).encode()

    monkeypatch.setattr(server, "answer", echo)
    sentence = why_none(server, authority, **by_certificate(EC, "EC"))
    assert 'invalid_client ("bad ********' in sentence
    assert_no_secret(sentence, *made[0].split("."))
