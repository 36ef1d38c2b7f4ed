# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module check in a play, at -vvvv: what it returns is documented, and no secret is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import assert_no_secret, run_playbook
from tests.servers.mail_server import MailServer

ROOT = Path(__file__).resolve().parents[3]
USERNAME, PASSWORD = "svc-mail@example.edu", "S3cret/Wörd+42"
WRONG = "Wr0ng/Wörd+42"
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Check
      appmail.settings.check:
        settings: "{{ spec }}"
        targets: "{{ targets }}"
        check_on_failure: "{{ on_failure }}"
        check_options: {tls: {ca_file: "{{ ca_file }}"}, timeout: 10}
      register: found
      ignore_errors: true
    - ansible.builtin.debug:
        msg: "{{ 'found=' ~ (found | to_json) }}"
"""


@pytest.fixture(scope="module", name="server")
def server_fixture() -> Iterator[MailServer]:
    with MailServer({USERNAME: PASSWORD}) as server:
        yield server


def checked(
    folder: Path, server: MailServer, password: str, *, imap: bool = False, targets: object = (), **more: object
) -> dict[str, object]:
    auth = {"username": USERNAME, "password": password}
    spec: dict[str, object] = {
        "schema_version": 1,
        "smtp": {"host": "localhost", "port": server.ports["smtp_starttls"], "encryption": "starttls", "auth": auth},
        "sender": {"address": "noreply@example.edu"},
    }
    if imap:
        port = server.ports["imap_implicit_tls"]
        spec["imap"] = {"host": "localhost", "port": port, "encryption": "implicit_tls", "auth": auth}
    given = {"spec": spec, "targets": list(targets), "ca_file": str(server.ca_file), "on_failure": "fail", **more}  # type: ignore[call-overload]
    (folder / "play.yml").write_text(PLAY, encoding="utf-8")
    (folder / "values.json").write_text(json.dumps(given), encoding="utf-8")
    run = run_playbook(folder, "-vvvv", "-e", "@values.json")
    assert run.status == 0, run.output
    assert_no_secret(run.output, PASSWORD, WRONG)
    result = run.printed("found")
    assert isinstance(result, dict)
    return result


def documented() -> Mapping[str, object]:
    source = (ROOT / "plugins/modules/check.py").read_text(encoding="utf-8")
    returns: Mapping[str, object] = yaml.safe_load(source.split('RETURN = r"""')[1].split('"""')[0])
    return returns


# What Ansible itself returns of every task.
OF_ANSIBLE = {"changed", "failed", "msg", "warnings", "exception", "deprecations"}


def test_servers_that_take_the_settings(tmp_path: Path, server: MailServer) -> None:
    logins = server.counts("smtp_starttls").logins
    result = checked(tmp_path, server, PASSWORD, imap=True)
    assert (result["category"], result["reason"], result["stage"]) == ("complete", "ok", "done")
    assert [endpoint["auth"]["verified"] for endpoint in result["results"]] == [True, True]  # type: ignore[attr-defined]
    assert result["changed"] is False
    assert result["errors"] == []
    assert set(result) - OF_ANSIBLE == set(documented())
    assert server.counts("smtp_starttls").logins == logins + 1


@pytest.mark.parametrize(("on_failure", "failed"), [("fail", True), ("warn", False)])
def test_a_login_that_is_refused(tmp_path: Path, server: MailServer, on_failure: str, *, failed: bool) -> None:
    result = checked(tmp_path, server, WRONG, on_failure=on_failure)
    assert result.get("failed", False) is failed
    assert (result["category"], result["reason"]) == ("login_failed", "auth_rejected")
    said = f"{result['msg']} {result.get('warnings')}"
    assert "SMTP login failed. Check server login or password." in said


def test_settings_that_are_not_right_connect_nowhere(tmp_path: Path, server: MailServer) -> None:
    connections = server.counts("smtp_starttls").connections
    result = checked(tmp_path, server, PASSWORD, targets=[{"app": "tegrity"}])
    assert result["failed"] is True
    assert result["errors"]
    assert "results" not in result
    assert server.counts("smtp_starttls").connections == connections
