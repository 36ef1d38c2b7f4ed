# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens by the lookup, from a real OAuth server (Authlib's) to a real Dovecot, in plays at -vvvv."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.integration.playbooks import assert_no_secret, run_playbook
from tests.integration.real.accounts import ALICE, BOB
from tests.integration.real.certificates import Certificates
from tests.integration.real.dovecot import Dovecot
from tests.integration.real.logins import Login
from tests.integration.real.tokens import token
from tests.oauth.authlib_server import BY_CERTIFICATE, Client, Consent, Registry
from tests.oauth.certificates import Authority, authority, client_key
from tests.oauth.token_server import TokenServer
from tests.servers.leaks import leaks

SECRET, REFRESH = "s3cr&t/wörd+42", "r3fresh/T0ken+of-alice"
KEY = client_key(trustme.KeyType.RSA)

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Check
      appmail.settings.{protocol}_check:
        host: 127.0.0.1
        port: "{{{{ port | int }}}}"
        encryption: starttls
        tls: {{ca_file: "{{{{ mail_authority }}}}", server_name: localhost}}
        username: alice
        password: "{{{{ lookup('appmail.settings.oauth2_token', token_url=url, ca_file=authority, {arguments}) }}}}"
        mechanism: {mechanism}
        transcript: true
      register: checked
      ignore_errors: true
    - ansible.builtin.debug:
        msg: "{{{{ 'checked=' ~ (checked | to_json) }}}}"
"""
ARGUMENTS = {
    "secret": "client_id='alice', client_secret=secret",
    "certificate": "client_id='alice-by-certificate', client_certificate=certificate, client_key=key",
    "refresh token": "client_id='alice', client_secret=secret, refresh_token=refresh",
    "token of another": "client_id='bob', client_secret=secret",
}
# The server, its protocol, the mechanism, how the token is had, and what the check says of the login.
CASES = {
    "IMAP, XOAUTH2, secret": ("dovecot", "imap", "xoauth2", "secret", "ok"),
    "IMAP, OAUTHBEARER, certificate": ("dovecot", "imap", "oauthbearer", "certificate", "ok"),
    "SMTP, XOAUTH2, refresh token": ("submission", "smtp", "xoauth2", "refresh token", "ok"),
    "SMTP, OAUTHBEARER, token of another": (
        "submission",
        "smtp",
        "oauthbearer",
        "token of another",
        "auth_token_invalid",
    ),
}


def made_for(client_id: str) -> str:
    return token(BOB if client_id == "bob" else ALICE)


@pytest.fixture(scope="module", name="authority")
def authority_fixture(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(name="server")
def server_fixture(authority: Authority) -> Iterator[TokenServer]:
    by_key = Client("alice-by-certificate", method=BY_CERTIFICATE, public_key=KEY.public)
    clients = [Client("alice", SECRET), Client("bob", SECRET), by_key]
    registry = Registry(clients, {REFRESH: Consent("alice", "alice", is_rotated=True)}, made_for)
    with TokenServer(authority.context, registry) as server:
        yield server


@pytest.mark.parametrize("name", CASES)
def test_a_token_from_one_server_to_another(
    name: str,
    server: TokenServer,
    authority: Authority,
    certificates: Certificates,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    fixture, protocol, mechanism, had_by, reason = CASES[name]
    dovecot: Dovecot = request.getfixturevalue(fixture)
    play = PLAY.format(protocol=protocol, mechanism=mechanism, arguments=ARGUMENTS[had_by])
    (tmp_path / "play.yml").write_text(play, encoding="utf-8")
    values = {
        "port": dovecot.ports["starttls"],
        "mail_authority": str(certificates.authority),
        "url": server.url,
        "authority": str(authority.ca_file),
        "certificate": KEY.certificate,
        "secret": SECRET,
        "key": KEY.key,
        "refresh": REFRESH,
    }
    (tmp_path / "values.json").write_text(json.dumps(values), encoding="utf-8")
    mark = dovecot.log.mark()
    done = run_playbook(tmp_path, "-e", "@values.json", "-vvvv")
    checked = done.printed("checked")
    assert isinstance(checked, dict), done.output
    assert [each["reason"] for each in checked["results"]] == [reason]
    (given,) = server.registry.issued
    assert dovecot.logins_since(mark, logins=1) == [Login(mechanism.upper(), 0 if reason == "ok" else 1)]
    assert_no_secret(done.output, given, SECRET, REFRESH, *KEY.key.splitlines()[1:-1], *server.registry.renewed)
    assert leaks(done.output, ALICE.name, given) == []
