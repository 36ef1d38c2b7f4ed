# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What checks and applies leave for the record, and what the record then says of servers, certificates and drift."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.playbooks import Run, assert_no_secret, run_playbook
from tests.integration.repositories import commit, git, write
from tests.servers.mail_server import MailServer

PASSWORD = "qZ7&vN=4 rT9+xW"
WRONG = "hB3&mK=8 dF5+jL"


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer({"svc-mail": PASSWORD}) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, server: MailServer) -> Path:
    folder = tmp_path / "project"
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "email_settings": {
            "schema_version": 1,
            "smtp": {
                "host": "localhost",
                "port": server.ports["smtp_starttls"],
                "encryption": "starttls",
                "timeout": 10,
                "tls": {"ca_file": str(server.ca_file)},
                "auth": {"username": "svc-mail", "password": "{{ smtp_password }}"},
            },
            "sender": {"address": "noreply@example.edu"},
        },
        "email_targets": [{"app": "msmtp"}],
        "email_dest_root": str(tmp_path / "root"),
    }
    write(
        folder,
        {
            "inventory/hosts.yml": "prod: {hosts: {app1: {}}}\n",
            "inventory/group_vars/prod.yml": yaml.safe_dump(variables),
        },
    )
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    return folder


def run(project: Path, playbook: str, *arguments: str, password: str = PASSWORD, **variables: object) -> Run:
    given = {"smtp_password": password, "email_record_dest": str(project.parent / "seen"), **variables}
    (project.parent / "given.json").write_text(json.dumps(given))
    return run_playbook(
        project,
        *("-i", "inventory", "-e", f"@{project.parent / 'given.json'}", *arguments),
        playbook=f"appmail.settings.{playbook}",
    )


def audited(project: Path, **variables: object) -> dict[str, Any]:
    dest = project.parent / "record"
    made = run(project, "audit", "-v", email_audit_dest=str(dest), email_audit_formats=FORMATS, **variables)
    assert made.status == 0, made.output
    record: dict[str, Any] = json.loads((dest / "email-record.json").read_text())
    for text in [made.output, *(file.read_text() for file in dest.iterdir())]:
        assert_no_secret(text, PASSWORD, WRONG)
    return record


FORMATS = ["csv", "html", "json", "junit", "lock", "markdown", "ocsf", "prometheus", "sarif"]


def kept(project: Path) -> list[Path]:
    return sorted((project.parent / "seen").rglob("*.json"))


def test_a_check_is_kept_and_shown(project: Path, server: MailServer) -> None:
    made = run(project, "check", "-vvvv")
    assert made.status == 0, made.output
    assert [file.name for file in kept(project)] == ["check.json"]
    assert_no_secret(made.output + kept(project)[0].read_text(), PASSWORD)
    record = audited(project)
    (check,) = record["observed"]["checks"]
    assert (check["host"], check["applications"], check["protocol"]) == ("app1", ["msmtp"], "smtp")
    assert check["server"] == f"localhost:{server.ports['smtp_starttls']}"
    assert (check["category"], check["reason"], check["trusted"], check["login_verified"]) == (
        "complete",
        "ok",
        True,
        True,
    )
    assert check["tls"].startswith("TLSv1.")
    assert check["certificate"]["issuer"]
    assert check["commit"] == git(project, "rev-parse", "HEAD").strip()
    assert record["summary"]["good"] is True
    assert record["summary"]["headline"] == "In order: 1 of 1 application"
    page = (project.parent / "record" / "email-record.html").read_text()
    assert "Certificates by end" in page


def test_a_failing_check_is_a_fault(project: Path) -> None:
    assert run(project, "check", password=WRONG).status == 2
    record = audited(project)
    assert record["observed"]["checks"][0]["reason"] == "auth_rejected"
    assert record["summary"]["headline"].startswith("Not in order: the servers of 1 of 1 application fail")
    assert 'email_check_ok{host="app1"' in (project.parent / "record" / "email_settings.prom").read_text()


def test_an_old_check_is_stale(project: Path) -> None:
    run(project, "check")
    record = audited(project, email_today="2199-01-01")
    assert record["summary"]["headline"].startswith("The settings are in order; the last check of 1 of 1 application")


def test_every_apply_is_kept_and_a_dry_one_tells_drift(project: Path) -> None:
    dry = run(project, "apply", "--check")
    assert dry.status == 0, dry.output
    page = project.parent / "record" / "email-record.html"
    assert [row["dry"] for row in audited(project)["observed"]["applies"]] == [True]
    assert "Files that differ from the settings" in page.read_text()
    assert run(project, "apply").status == 0
    record = audited(project)
    written = record["observed"]["applies"][-1]
    assert [row["dry"] for row in record["observed"]["applies"]] == [True, False]
    assert (written["host"], written["ok"], written["dry"]) == ("app1", True, False)
    assert {file["target"] for file in written["files"] if file["changed"]} == {"msmtp"}
    assert written["commit"] == git(project, "rev-parse", "HEAD").strip()
    assert "Files that differ from the settings" not in page.read_text()


def test_without_the_folder_nothing_is_kept(project: Path) -> None:
    run(project, "check", email_record_dest="")
    assert kept(project) == []


def test_a_folder_that_cannot_be_written_is_a_warning(project: Path) -> None:
    (project.parent / "seen").write_text("a file")
    made = run(project, "check")
    assert made.status == 0, made.output
    assert "record_dest: " in made.output
