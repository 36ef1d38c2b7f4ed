# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AUTH mechanisms against the examples of their documents."""

from __future__ import annotations

import os
from base64 import b64encode

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import MECHANISMS as CHOICES
from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import TOKEN_MECHANISMS
from ansible_collections.appmail.settings.plugins.module_utils._sasl import scram as scram_module
from ansible_collections.appmail.settings.plugins.module_utils._sasl.cram_md5 import CramMd5
from ansible_collections.appmail.settings.plugins.module_utils._sasl.login import Login
from ansible_collections.appmail.settings.plugins.module_utils._sasl.mechanism import (
    Credentials,
    Mechanism,
    MechanismFault,
    NotEncodable,
)
from ansible_collections.appmail.settings.plugins.module_utils._sasl.oauth import OauthBearer, Xoauth2
from ansible_collections.appmail.settings.plugins.module_utils._sasl.plain import Plain
from ansible_collections.appmail.settings.plugins.module_utils._sasl.registry import AUTO, MECHANISMS, reveals_secret
from ansible_collections.appmail.settings.plugins.module_utils._sasl.scram import ScramSha1, ScramSha256

ALL = {mechanism.name: mechanism.load() for mechanism in MECHANISMS.values()}


def credentials(username: str, password: str) -> Credentials:
    return Credentials(username, password, "server.example.com", 587)


def test_every_choice_has_a_mechanism() -> None:
    assert set(CHOICES) == {"auto", *MECHANISMS}


def test_tokens_are_asked_for_by_name() -> None:
    assert TOKEN_MECHANISMS == ("xoauth2", "oauthbearer")


@pytest.mark.parametrize(
    ("name", "reveals"),
    [
        *((name, False) for name in ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5")),
        *((name, True) for name in ("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "GSSAPI", "")),
    ],
)
def test_what_is_not_known_may_reveal_the_secret(name: str, *, reveals: bool) -> None:
    assert reveals_secret(name) is reveals


def test_auto_takes_the_strongest_first_and_never_a_token() -> None:
    assert [mechanism.name for mechanism in AUTO] == ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"]


def test_plain_by_rfc_4616() -> None:
    assert Plain(credentials("tim", "tanstaaftanstaaf")).initial_response() == b"\0tim\0tanstaaftanstaaf"


def test_plain_in_utf_8() -> None:
    assert Plain(credentials("jürgen", "Größe")).initial_response() == "\0jürgen\0Größe".encode()


def test_login() -> None:
    login = Login(credentials("tim", "secret"))
    assert login.initial_response() is None
    assert not login.accepted()
    assert login.respond(b"User Name\0") == b"tim"
    assert not login.accepted()
    assert login.respond(b"whatever") == b"secret"
    assert login.accepted()
    with pytest.raises(MechanismFault):
        login.respond(b"more?")


def test_cram_md5_by_rfc_2195() -> None:
    cram = CramMd5(credentials("tim", "tanstaaftanstaaf"))
    answer = cram.respond(b"<1896.697170952@postoffice.reston.mci.net>")
    assert answer == b"tim b913a602c7eda7a495b4e6e7334d3890"


@pytest.mark.parametrize(
    ("kind", "nonce", "server_first", "client_final", "server_final"),
    [
        (
            ScramSha1,
            b"fyko+d2lbbFgONRv9qkxdawL",
            b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        ),
        (
            ScramSha256,
            b"rOprNGfwEbeRWgbNEkqO",
            b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ),
    ],
    ids=["RFC 5802", "RFC 7677"],
)
def test_scram(
    kind: type[scram_module.Scram],
    nonce: bytes,
    server_first: bytes,
    client_final: bytes,
    server_final: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scram_module, "b64encode", lambda data: nonce if data == b"nonce" else b64encode(data))
    monkeypatch.setattr(os, "urandom", lambda _count: b"nonce")
    scram = kind(credentials("user", "pencil"))
    assert scram.initial_response() == b"n,,n=user,r=" + nonce
    assert scram.respond(server_first) == client_final
    assert scram.respond(server_final) == b""
    assert scram.accepted()


SERVER_FIRST_FAULTS = {
    "nothing": b"",
    "no salt": b"r=%s123,i=4096",
    "another nonce": b"r=another,s=c2FsdA==,i=4096",
    "our nonce alone": b"r=%s,s=c2FsdA==,i=4096",
    "an empty salt": b"r=%s123,s=,i=4096",
    "salt that is no base64": b"r=%s123,s=!!!!,i=4096",
    "iterations that are no number": b"r=%s123,s=c2FsdA==,i=many",
    "too few iterations": b"r=%s123,s=c2FsdA==,i=1",
    "too many iterations": b"r=%s123,s=c2FsdA==,i=99999999",
}


@pytest.mark.parametrize("message", SERVER_FIRST_FAULTS.values(), ids=SERVER_FIRST_FAULTS)
def test_scram_does_not_go_along_with_a_bad_server(message: bytes) -> None:
    scram = ScramSha256(credentials("user", "pencil"))
    ours = (scram.initial_response() or b"").rpartition(b"r=")[2]
    with pytest.raises(MechanismFault):
        scram.respond(message.replace(b"%s", ours))


@pytest.mark.parametrize("server_final", [b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", b"v=", b"v=!", b"", b"x"])
def test_scram_wants_the_servers_proof(server_final: bytes) -> None:
    scram = ScramSha1(credentials("user", "pencil"))
    ours = (scram.initial_response() or b"").rpartition(b"r=")[2]
    scram.respond(b"r=" + ours + b"123,s=c2FsdA==,i=4096")
    with pytest.raises(MechanismFault):
        scram.respond(server_final)
    with pytest.raises(MechanismFault):
        scram.accepted()


def test_scram_escapes_the_user() -> None:
    assert (ScramSha1(credentials("a=b,c", "x")).initial_response() or b"").startswith(b"n,,n=a=3Db=2Cc,r=")


def test_scram_lets_the_server_say_why_not() -> None:
    scram = ScramSha1(credentials("user", "pencil"))
    ours = (scram.initial_response() or b"").rpartition(b"r=")[2]
    scram.respond(b"r=" + ours + b"123,s=c2FsdA==,i=4096")
    assert scram.respond(b"e=invalid-proof") == b""


def test_xoauth2() -> None:
    token = "vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg=="
    oauth = Xoauth2(credentials("someuser@example.com", token))
    assert oauth.initial_response() == b"user=someuser@example.com\1auth=Bearer " + token.encode() + b"\1\1"
    assert oauth.respond(b'{"status":"401"}') == b""
    assert oauth.token_fault == '{"status":"401"}'


def test_oauthbearer_by_rfc_7628() -> None:
    oauth = OauthBearer(
        Credentials("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", "server.example.com", 143)
    )
    assert oauth.initial_response() == (
        b"n,a=user@example.com,\1host=server.example.com\1port=143\1"
        b"auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1"
    )
    assert oauth.respond(b'{"status":"invalid_token"}') == b"\1"


@pytest.mark.parametrize("kind", ALL.values(), ids=ALL)
@pytest.mark.parametrize(
    ("username", "password"),
    [("", "x"), ("x", ""), ("a\0b", "x"), ("x", "a\rb"), ("x", "a\nb"), ("x", "\ud800"), ("x", "y" * 8801)],
    ids=["no user", "no password", "NUL", "carriage return", "line feed", "half a surrogate", "over-long"],
)
def test_what_cannot_be_said_is_found_before(kind: type[Mechanism], username: str, password: str) -> None:
    with pytest.raises(NotEncodable) as refused:
        kind(credentials(username, password))
    assert "y" * 20 not in str(refused.value)


@pytest.mark.parametrize("kind", ALL.values(), ids=ALL)
def test_long_passwords_go_through(kind: type[Mechanism]) -> None:
    assert kind(credentials("user", "p" * 500)) is not None


@pytest.mark.parametrize("kind", ALL.values(), ids=ALL)
def test_credentials_do_not_show_the_password(kind: type[Mechanism]) -> None:
    given = credentials("user", "hunter2-and-more")
    assert "hunter2" not in repr(given)
    assert "hunter2" not in repr(kind(given))


@pytest.mark.parametrize("kind", [Xoauth2, OauthBearer], ids=["XOAUTH2", "OAUTHBEARER"])
def test_a_token_does_not_part_the_message(kind: type[Mechanism]) -> None:
    with pytest.raises(NotEncodable):
        kind(credentials("user", "token\1host=evil"))
