# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a stranger has it: installed from its archive into an empty place, no checkout around it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import MANAGED_PYTHON, Run, assert_no_secret, run_playbook
from tests.integration.repositories import vaulted
from tests.servers.mail_server import MailServer
from tests.tools import archive as tool
from tests.tools.tree import ROOT

pytestmark = pytest.mark.once

PASSWORD = "hunter2 of the stranger/+="
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": MANAGED_PYTHON}


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the archive is installed, as ansible-galaxy does it."""
    archive = tool.build(ROOT, tmp_path_factory.mktemp("archive"))
    place = tmp_path_factory.mktemp("installed")
    assert not (tool.install(archive, place) / "tests").exists()
    return place


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer({"svc-mail": PASSWORD}) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, server: MailServer) -> Path:
    """Two environments with a server that is there."""
    folder = tmp_path / "project"
    (folder / "group_vars/all").mkdir(parents=True)
    hosts = {"staging": {"hosts": {"stage1": LOCAL}}, "production": {"hosts": {"prod1": LOCAL}}}
    settings = {
        "schema_version": 1,
        "smtp": {
            "host": "localhost",
            "port": server.ports["smtp_starttls"],
            "encryption": "starttls",
            "tls": {"ca_file": str(server.ca_file)},
            "auth": {"username": "svc-mail", "password": "{{ vault_smtp_password }}"},
        },
        "sender": {"address": "noreply@example.edu"},
    }
    given = {
        "email_settings": settings,
        "email_targets": [{"app": "msmtp"}],
        "email_dest_root": f"{tmp_path}/hosts/{{{{ inventory_hostname }}}}",
    }
    (folder / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    (folder / "group_vars/all/email.yml").write_text(yaml.safe_dump(given), encoding="utf-8")
    (folder / "group_vars/all/vault.yml").write_text(f"vault_smtp_password: {vaulted(PASSWORD)}\n", encoding="utf-8")
    return folder


def play(collections: Path, folder: Path, name: str, *arguments: str) -> Run:
    """A playbook of the installed collection; there is no other one, and no home of anybody."""
    alone = {"ANSIBLE_COLLECTIONS_PATH": str(collections), "HOME": str(folder.parent)}
    run = run_playbook(folder, *arguments, playbook=f"appmail.settings.{name}", environment=alone)
    assert_no_secret(run.output, PASSWORD)
    return run


def test_validate_check_apply_and_audit(collections: Path, project: Path, server: MailServer) -> None:
    inventory = ("-i", "hosts.yml")
    validated = play(collections, project, "validate", *inventory)
    assert "2 environments, 2 hosts" in validated.output, validated.output
    logins = server.counts("smtp_starttls").logins
    checked = play(collections, project, "check", *inventory)
    assert (checked.status, "Test connection complete" in checked.output) == (0, True), checked.output
    assert server.counts("smtp_starttls").logins > logins
    applied = play(collections, project, "apply", *inventory)
    assert applied.output.count("changed=1") == 2, applied.output
    written = project.parent / "hosts"
    assert {path.name for path in written.rglob("*") if path.is_file()} >= {"msmtprc", "msmtp-password"}
    assert (written / "prod1/etc/msmtp-password").read_text(encoding="utf-8").strip() == PASSWORD
    again = play(collections, project, "apply", *inventory)
    assert "changed=1" not in again.output, again.output
    record = play(collections, project, "audit", *inventory, "-e", "email_audit_dest=record")
    assert record.status == 0, record.output
    page = (project / "record/email-record.html").read_text(encoding="utf-8")
    assert "<style>" in page
    assert "prod1" in page
    assert_no_secret(page, PASSWORD)


def test_a_fault_is_told_at_its_line(collections: Path, project: Path) -> None:
    file = project / "group_vars/all/email.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("starttls\n", "tls\n"), encoding="utf-8")
    run = play(collections, project, "validate", "-i", "hosts.yml")
    assert run.status == 2
    assert "smtp.encryption: tls is not one of" in run.output
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if "encryption: tls" in text)
    assert f"group_vars/all/email.yml:{line}:" in run.output


def test_init_then_the_gate(collections: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    begun = play(collections, folder, "init", "-e", '{"email_init_host": "smtp.example.edu"}')
    assert begun.status == 0, begun.output
    validated = play(collections, folder, "validate", "-i", "hosts.yml")
    assert validated.status == 0, validated.output


def test_adopt_reads_a_host_that_was_set_by_hand(collections: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    rc = tmp_path / "msmtprc"
    rc.write_text(
        f"account default\nhost smtp.example.edu\nport 587\nuser svc\npassword {PASSWORD.split()[0]}\nauth on\n"
    )
    hosts = {"all": {"hosts": {"old1": {**LOCAL, "email_targets": [{"app": "msmtp", "dest": {"msmtprc": str(rc)}}]}}}}
    (folder / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    run = play(collections, folder, "adopt", "-i", "hosts.yml", "-e", "email_adopt_dest=adopted")
    assert run.status == 0, run.output
    assert "1 application" in run.output, run.output
    told = "".join(file.read_text(encoding="utf-8") for file in (folder / "adopted").rglob("*.yml"))
    assert "smtp.example.edu" in told
    assert_no_secret(told + run.output, PASSWORD.split()[0])


def test_the_readme_to_the_letter(collections: Path, tmp_path: Path) -> None:
    """Its project, which lies in tests/project, passes the gate of what was installed."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "tests/project", folder)
    run = play(collections, folder, "validate", "-i", "hosts.yml")
    assert run.status == 0, run.output
    assert "1 environment, 1 host" in run.output


def test_ansible_doc_knows_every_module(collections: Path, tmp_path: Path) -> None:
    names = [f"appmail.settings.{file.stem}" for file in (ROOT / "plugins/modules").glob("*.py")]
    command = [str(Path(sys.executable).parent / "ansible-doc"), "--json", *names]
    alone = {
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, env=alone)
    assert done.returncode == 0, done.stderr
    assert all(f'"{name}"' in done.stdout for name in names)
