# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts without Python, or that Ansible cannot log in to: another host does it all, and nothing is sent there."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import MANAGED_PYTHON, Run, run_playbook
from tests.integration.repositories import commit, git, write
from tests.servers.mail_server import MailServer

pytestmark = pytest.mark.once

# A connection that leaves a trace of whatever is asked of it, and fails.
CONNECTION = """
from pathlib import Path
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = "name: forbidden\\nshort_description: Refuses\\ndescription: Refuses\\nauthor: us\\noptions: {}"


class Connection(ConnectionBase):
    transport = "forbidden"

    def _refuse(self, *args, **kwargs):
        Path(__file__).with_name("touched").touch()
        raise AnsibleConnectionFailure("somebody tried to reach this host")

    _connect = exec_command = put_file = fetch_file = _refuse

    def close(self):
        pass
"""
UNREACHABLE: dict[str, dict[str, object]] = {
    "windows": {"ansible_shell_type": "powershell", "email_delegate_to": "jump"},
    "appliance": {"ansible_network_os": "cisco.ios.ios", "email_delegate_to": "jump"},
    "saas": {"email_delegate_to": "localhost", "ansible_become": True, "ansible_become_user": "nobody"},
}
PLAYBOOKS = ("validate", "check", "apply", "audit", "compare", "adopt")


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer({}) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, server: MailServer) -> Path:
    jump = {"ansible_connection": "local", "ansible_python_interpreter": MANAGED_PYTHON, "email_targets": []}
    hosts = {name: {"ansible_connection": "forbidden", **given} for name, given in UNREACHABLE.items()}
    given = {
        "email_settings": {
            "schema_version": 1,
            "smtp": {"host": "localhost", "port": server.ports["smtp_relay"], "encryption": "none"},
            "sender": {"address": "noreply@example.edu"},
        },
        "email_targets": [{"app": "infinite_campus"}],
        "email_check": "both",
        "email_dest_root": "{{ inventory_dir }}/sheets/{{ inventory_hostname }}",
    }
    files = {
        "hosts.yml": yaml.safe_dump({"pages": {"hosts": hosts}, "jumps": {"hosts": {"jump": jump}}}),
        "group_vars/all.yml": yaml.safe_dump(given),
        "connections/forbidden.py": CONNECTION,
    }
    write(tmp_path, files)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def run(project: Path, playbook: str, *arguments: str) -> Run:
    given = ("-e", "email_compare_from_revision=HEAD", "-e", "email_adopt_dest=adopted", *arguments)
    return run_playbook(
        project,
        *("-i", "hosts.yml", *given),
        playbook=f"appmail.settings.{playbook}",
        environment={"ANSIBLE_CONNECTION_PLUGINS": str(project / "connections")},
    )


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_nothing_is_sent_to_a_host_that_another_does_it_for(project: Path, playbook: str) -> None:
    done = run(project, playbook, "-e", "email_record_dest=record")
    assert done.status == 0, done.output
    assert not (project / "connections" / "touched").exists()
    assert "somebody tried to reach this host" not in done.output


def test_another_host_checks_and_writes_for_it(project: Path, server: MailServer) -> None:
    connections = server.counts("smtp_relay").connections
    first = run(project, "apply", "-e", "email_record_dest=record")
    assert first.status == 0, first.output
    for host in UNREACHABLE:
        sheet = project / "sheets" / host / "etc" / "appmail" / "infinite_campus.settings.yml"
        assert "SMTP" in sheet.read_text(encoding="utf-8")
        assert (project / "runbooks" / host / "infinite_campus.runbook.md").is_file()
    # Before the files are written, and after, by the jump host for itself too.
    assert server.counts("smtp_relay").connections == connections + 8
    again = run(project, "apply")
    assert again.status == 0, again.output
    assert again.output.count("changed=0") == 4, again.output


def test_what_was_seen_says_from_where_and_for_whom(project: Path) -> None:
    done = run(project, "check", "-e", "email_record_dest=record", "-e", "email_delegate_to=jump", "--limit", "saas")
    assert done.status == 0, done.output
    assert "ok: [saas -> jump]" in done.output
    [kept] = (project / "record").rglob("*.json")
    [check] = json.loads(kept.read_text(encoding="utf-8"))["observed"]["checks"]
    assert (check["host"], check["checked_from"]) == ("saas", socket.gethostname())


def test_without_another_host_it_is_tried_itself(project: Path) -> None:
    done = run(project, "check", "-e", "email_delegate_to=")
    assert done.output.count("unreachable=1") == 3, done.output
    assert (project / "connections" / "touched").exists()
