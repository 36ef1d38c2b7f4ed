# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup in plays, at -vvvv: a login by a token of a real OAuth server, what is refused, and no secret shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.playbooks import Run, assert_no_secret, run_playbook
from tests.oauth.authlib_server import Client, Consent, Registry
from tests.oauth.certificates import Authority, authority
from tests.oauth.token_server import TokenServer
from tests.servers.leaks import leaks
from tests.servers.mail_server import MailServer
from tests.tools.tree import COLLECTIONS

USERNAME = "svc-mail@example.edu"
TOKEN, SECRET, REFRESH = "eyJ0.T0ken/of+svc-mail", "s3cr&t/wörd+42", "r3fresh/T0ken+of-svc"

CHECK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Check
      appmail.settings.smtp_check:
        host: 127.0.0.1
        port: "{{ port | int }}"
        encryption: starttls
        tls: {ca_file: "{{ mail_authority }}"}
        username: svc-mail@example.edu
        password: "{{ token }}"
        mechanism: plain
      register: checked
    - ansible.builtin.debug:
        msg: "{{ 'checked=' ~ (checked | to_json) }}"
"""
BY_CLIENT = "token_url=url, ca_file=authority, client_id='svc-mail', client_secret=secret"


def by_lookup(arguments: str) -> str:
    return f"{{{{ lookup('appmail.settings.oauth2_token', {arguments}) }}}}"


@pytest.fixture(scope="module", name="mail_server")
def mail_server_fixture() -> Iterator[MailServer]:
    with MailServer({USERNAME: TOKEN}) as server:
        yield server


@pytest.fixture(scope="module", name="authority")
def authority_fixture(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(name="server")
def server_fixture(authority: Authority) -> Iterator[TokenServer]:
    consents = {REFRESH: Consent("svc-mail", USERNAME, is_rotated=True)}
    with TokenServer(authority.context, Registry([Client("svc-mail", SECRET)], consents, lambda _name: TOKEN)) as made:
        yield made


def run(
    folder: Path,
    server: TokenServer,
    authority: Authority,
    values: dict[str, object],
    *arguments: str,
    playbook: str = "play.yml",
) -> Run:
    """A run at -vvvv with the lookup in the variable `token`, in whose output no secret stands."""
    known = {"url": server.url, "authority": str(authority.ca_file), "secret": SECRET, "refresh": REFRESH}
    (folder / "values.json").write_text(json.dumps({**known, "token": by_lookup(BY_CLIENT), **values}))
    done = run_playbook(folder, "-e", "@values.json", "-vvvv", *arguments, playbook=playbook)
    assert_no_secret(done.output, TOKEN, SECRET, REFRESH, *server.registry.renewed)
    assert leaks(done.output, USERNAME, TOKEN) == []
    return done


def mail(server: MailServer) -> dict[str, object]:
    return {"port": server.ports["smtp_starttls"], "mail_authority": str(server.ca_file)}


def test_a_login_by_a_token(server: TokenServer, authority: Authority, mail_server: MailServer, tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(CHECK)
    done = run(tmp_path, server, authority, mail(mail_server))
    checked = done.printed("checked")
    assert isinstance(checked, dict), done.output
    assert [(each["reason"], each["auth"]["verified"]) for each in checked["results"]] == [("ok", True)]
    assert server.registry.issued == [TOKEN]


def test_a_new_refresh_token_is_warned_of(
    server: TokenServer, authority: Authority, mail_server: MailServer, tmp_path: Path
) -> None:
    (tmp_path / "play.yml").write_text(CHECK)
    refreshed = by_lookup(BY_CLIENT + ", refresh_token=refresh")
    done = run(tmp_path, server, authority, {**mail(mail_server), "token": refreshed})
    assert done.status == 0, done.output
    assert "the token server localhost gave a new refresh token" in done.output
    assert len(server.registry.renewed) == 1


# Each task works on each host in a process of its own, and within it a token is asked for once.
TWICE = """
- hosts: all
  gather_facts: false
  tasks:
    - name: First
      ansible.builtin.assert: &used
        that: [token | length > 0, other_token == token, token == other_token]
    - name: Second
      ansible.builtin.assert: *used
    - name: For all hosts
      ansible.builtin.assert:
        that: hostvars[item].token == token
      loop: "{{ ansible_play_hosts_all }}"
      run_once: true
"""


def test_one_token_serves_a_host_in_a_task(server: TokenServer, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(TWICE)
    local = ("-i", "one,two,three", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}")
    done = run(tmp_path, server, authority, {"other_token": by_lookup(BY_CLIENT)}, *local)
    assert done.status == 0, done.output
    assert len(server.asked) == 3 + 3 + 1


REFUSED = {
    "wrong secret": (BY_CLIENT.replace("=secret", "='wr0ng-one'"), "the token server localhost gave no token: invalid"),
    "misspelt": (BY_CLIENT + ", scope=['mail']", "oauth2_token has no option scope; did you mean scopes?"),
    "by position": ("url", "oauth2_token takes options by name only"),
    "no client": ("token_url=url", "client_id"),
    "no such provider": (BY_CLIENT + ", provider='elsewhere'", "elsewhere"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, server: TokenServer, authority: Authority, tmp_path: Path) -> None:
    arguments, sentence = REFUSED[name]
    (tmp_path / "play.yml").write_text(CHECK)
    done = run(tmp_path, server, authority, {"token": by_lookup(arguments), "port": 9, "mail_authority": "/"})
    assert done.status == 2
    assert sentence in done.output, done.output


SETTINGS = """---
email_settings:
  schema_version: 1
  smtp:
    host: smtp.example.edu
    encryption: starttls
    auth:
      username: svc-mail@example.edu
      password: "{{ token }}"
  sender:
    address: noreply@example.edu
email_policies: [secrets-vaulted]
"""


def gate(folder: Path, server: TokenServer, authority: Authority, arguments: str) -> Run:
    variables = folder / "group_vars" / "all.yml"
    variables.parent.mkdir()
    variables.write_text(f'{SETTINGS}token: "{by_lookup(arguments)}"\n')
    (folder / "hosts").write_text("app1 ansible_connection=local\n")
    values: dict[str, object] = {"url": server.url, "authority": str(authority.ca_file), "secret": SECRET}
    (folder / "values.json").write_text(json.dumps(values))
    done = run_playbook(folder, "-i", "hosts", "-e", "@values.json", "-vvvv", playbook="appmail.settings.validate")
    assert_no_secret(done.output, TOKEN, SECRET)
    return done


def test_the_gate_takes_a_token_for_no_literal(server: TokenServer, authority: Authority, tmp_path: Path) -> None:
    done = gate(tmp_path, server, authority, BY_CLIENT)
    assert done.status == 0, done.output
    assert server.registry.issued != []


def test_the_gate_says_why_there_is_no_token(server: TokenServer, authority: Authority, tmp_path: Path) -> None:
    done = gate(tmp_path, server, authority, BY_CLIENT.replace("'svc-mail'", "'nobody'"))
    _environment, finding = done.finding_lines()
    assert "cannot be templated: the token server localhost gave no token: invalid_client" in finding
    assert finding.startswith("group_vars/all.yml:13:8: ")


def test_the_documentation_is_shown() -> None:
    shown = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-doc"), "-t", "lookup", "appmail.settings.oauth2_token"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
    ).stdout
    for name in ("client_certificate", "refresh_token", "token_url", "EXAMPLES", "RETURN VALUES"):
        assert name in shown
