# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""smtp_check and imap_check in a play, at -vvvv, with the documented message and without a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.playbooks import assert_no_secret, run_playbook
from tests.servers.leaks import leaks
from tests.servers.mail_server import MailServer

USERNAME, PASSWORD = "svc-mail@example.edu", "S3cret/Wörd+42"
WRONG = "Wr0ng/Wörd+42"

# The category is what such pages say, the reason what they cannot.
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Check
      appmail.settings.{protocol}_check:
        host: "{{{{ host }}}}"
        port: "{{{{ port | int }}}}"
        encryption: "{{{{ encryption }}}}"
        timeout: 10
        tls: {{ca_file: "{{{{ ca_file }}}}"}}
        username: "{{{{ user }}}}"
        password: "{{{{ secret }}}}"
        transcript: true
      register: found
      ignore_errors: true
    - ansible.builtin.debug:
        msg: "{{{{ 'found=' ~ (found | to_json) }}}}"
"""


@pytest.fixture(scope="module", name="server")
def server_fixture() -> Iterator[MailServer]:
    with MailServer({USERNAME: PASSWORD}) as server:
        yield server


CASES = {
    "good": ("smtp", "smtp_starttls", "starttls", PASSWORD, "ok", "Test connection complete"),
    "wrong password": (
        "smtp",
        "smtp_starttls",
        "starttls",
        WRONG,
        "auth_rejected",
        "SMTP login failed. Check server login or password.",
    ),
    "closed port": (
        "smtp",
        "closed",
        "starttls",
        PASSWORD,
        "connection_refused",
        "SMTP server connection failed. Check server url or port",
    ),
    "STARTTLS missing": ("smtp", "smtp_none", "starttls", PASSWORD, "starttls_not_offered", "Test connection failed"),
    "untrusted": ("smtp", "smtp_untrusted", "starttls", PASSWORD, "certificate_untrusted", "Test connection failed"),
    "IMAP, good": ("imap", "imap_starttls", "starttls", PASSWORD, "ok", "Test connection complete"),
    "IMAP, wrong password": (
        "imap",
        "imap_implicit_tls",
        "implicit_tls",
        WRONG,
        "auth_rejected",
        "IMAP login failed. Check server login or password.",
    ),
}


@pytest.mark.parametrize(
    ("protocol", "listener", "encryption", "password", "reason", "message"), CASES.values(), ids=CASES
)
def test_a_play(
    protocol: str,
    listener: str,
    encryption: str,
    password: str,
    reason: str,
    message: str,
    server: MailServer,
    tmp_path: Path,
) -> None:
    (tmp_path / "play.yml").write_text(PLAY.format(protocol=protocol), encoding="utf-8")
    values = {"host": "127.0.0.1", "port": server.ports[listener], "encryption": encryption}
    values.update(ca_file=str(server.ca_file), user=USERNAME, secret=password)
    (tmp_path / "values.json").write_text(json.dumps(values), encoding="utf-8")
    done = run_playbook(tmp_path, "-e", "@values.json", "-vvvv")
    found = done.printed("found")
    assert isinstance(found, dict)
    assert found["reason"] == reason, done.output
    assert found["msg"].startswith(message)
    assert found["changed"] is False
    assert found["failed"] is (reason != "ok")
    assert "invocation" not in found
    assert '"module_args"' not in done.output
    assert_no_secret(done.output, password)
    assert leaks(done.output, USERNAME, password) == []


def test_an_unknown_host_and_a_silent_one(server: MailServer, tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(
        f"""
- hosts: all
  gather_facts: false
  tasks:
    - name: Check
      appmail.settings.smtp_check:
        encryption: none
        timeout: 1
        endpoints:
          - {{name: unknown, host: smtp.invalid}}
          - {{name: silent, host: 127.0.0.1, port: {server.ports["silent"]}}}
        fail_on: []
      register: found
    - ansible.builtin.debug:
        msg: "{{{{ 'found=' ~ (found | to_json) }}}}"
""",
        encoding="utf-8",
    )
    done = run_playbook(tmp_path)
    found = done.printed("found")
    assert isinstance(found, dict), done.output
    assert [each["reason"] for each in found["results"]] == ["dns_not_found", "greeting_timeout"]
    assert done.status == 0


# What Ansible itself would refuse, repeating the value: misspelt, misplaced, of the wrong kind, of another module.
REFUSED = {
    "misspelt": (
        "smtp",
        "endpoints: [{host: h, encryption: starttls, username: u, pasword: '{{ secret }}'}]",
        "",
        "endpoints[0].pasword is not an option of smtp_check; did you mean password?",
    ),
    "misspelt, without endpoints": (
        "imap",
        "host: h\n        encryption: none\n        username: u\n        passwort: '{{ secret }}'",
        "",
        "passwort is not an option of imap_check; did you mean password?",
    ),
    "misplaced": (
        "smtp",
        "endpoints: [{host: h, encryption: starttls, auth: {username: u, password: '{{ secret }}'}}]",
        "",
        "endpoints[0].auth is not an option of smtp_check",
    ),
    "a list in the place of a mapping": (
        "smtp",
        "endpoints: [[{password: '{{ secret }}'}]]",
        "",
        "endpoints[0]: must be a mapping",
    ),
    "of the wrong kind": (
        "imap",
        "host: h\n        encryption: none\n        port: '{{ secret }}'",
        "",
        "port: must be a whole number",
    ),
    "from the defaults of the group": (
        "smtp",
        "host: h\n        encryption: none",
        "module_defaults: {group/appmail.settings.all: {settings: {smtp: {auth: {password: '{{ secret }}'}}}}}",
        "settings is not an option of smtp_check",
    ),
}


@pytest.mark.parametrize(("protocol", "arguments", "defaults", "sentence"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("check_mode", [(), ("--check",)], ids=["run", "check mode"])
def test_arguments_are_refused_by_name(
    protocol: str, arguments: str, defaults: str, sentence: str, check_mode: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "play.yml").write_text(
        f"""
- hosts: all
  gather_facts: false
  {defaults}
  tasks:
    - name: Check
      appmail.settings.{protocol}_check:
        {arguments}
      register: found
      ignore_errors: true
    - ansible.builtin.debug:
        msg: "{{{{ 'found=' ~ (found | to_json) }}}}"
""",
        encoding="utf-8",
    )
    (tmp_path / "values.json").write_text(json.dumps({"secret": PASSWORD}), encoding="utf-8")
    done = run_playbook(tmp_path, "-e", "@values.json", "-vvvv", *check_mode)
    assert_no_secret(done.output, PASSWORD)
    assert leaks(done.output, "u", PASSWORD) == []
    found = done.printed("found")
    assert isinstance(found, dict), done.output
    assert (found["msg"], found["failed"], found["changed"]) == (sentence, True, False)
    assert "invocation" not in found
