# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sender domains in the record, as the playbook asks DNS for them, and only where it is told to."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.integration.playbooks import Run, assert_no_secret, run_playbook
from tests.integration.repositories import commit, git, write
from tests.tools.tree import ROOT

pytest.importorskip("dns", reason="dnspython is not installed")

from tests.servers.dns_server import DnsServer

pytestmark = pytest.mark.once

PASSWORD = "qZ7&vN=4 rT9+xW"

ZONE = {
    ("example.edu", "TXT"): ['"v=spf1 ip4:198.51.100.0/24 -all"'],
    ("example.edu", "MX"): ["10 mx.example.edu."],
    ("_dmarc.example.edu", "TXT"): ['"v=DMARC1; p=quarantine"'],
    ("_mta-sts.example.edu", "TXT"): ['"v=STSv1; id=20261128"'],
    ("relay.example.edu", "A"): ["198.51.100.7"],
    ("other.example.edu", "A"): ["203.0.113.9"],
}

SETTINGS = """\
email_settings:
  schema_version: 1
  smtp:
    host: "{{ relay }}"
    encryption: starttls
    auth: {username: svc-mail, password: "{{ smtp_password }}"}
  sender: {address: noreply@example.edu}
"""

FORMATS = ["csv", "html", "json", "junit", "lock", "manifest", "markdown", "ocsf", "prometheus", "sarif"]


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    with DnsServer(ZONE) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(
        folder,
        {
            "inventory/hosts.yml": (
                "prod: {hosts: {app1: {relay: relay.example.edu}, app2: {relay: other.example.edu}}}\n"
            ),
            "inventory/group_vars/prod.yml": SETTINGS,
        },
    )
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    return folder


def audit(project: Path, path: Path | None = None, **variables: object) -> Run:
    given = {
        "smtp_password": PASSWORD,
        "email_audit_dest": str(project.parent / "record"),
        "email_audit_formats": FORMATS,
        **variables,
    }
    (project.parent / "given.json").write_text(json.dumps(given))
    paths = [str(path)] if path else []
    paths += [os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else []
    return run_playbook(
        project,
        *("-i", "inventory", "-e", f"@{project.parent / 'given.json'}", "-vvv"),
        playbook="appmail.settings.audit",
        environment={"PYTHONPATH": os.pathsep.join(paths)} if paths else {},
    )


def written(project: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in (project.parent / "record").iterdir()}


def record_in(files: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(files["email-record.json"])
    Draft202012Validator(json.loads((ROOT / "schemas" / "record.schema.json").read_text())).validate(made)
    return made


def test_each_form_says_what_dns_says(project: Path, server: DnsServer) -> None:
    run = audit(project, email_record_domains=True, email_record_domains_nameserver=server.address)
    assert run.status == 0, run.output
    files = written(project)
    other, relay = record_in(files)["observed"]["domains"]
    assert (other["domain"], other["relay"], other["hosts"]) == ("example.edu", "other.example.edu", ["app2"])
    assert other["allowed"] == {"status": "fail", "text": "203.0.113.9 fail"}
    assert (relay["relay"], relay["hosts"]) == ("relay.example.edu", ["app1"])
    assert relay["allowed"] == {"status": "pass", "text": "198.51.100.7 pass"}
    assert {relay[part]["status"] for part in ("spf", "dmarc", "mx", "mta_sts")} == {"there"}
    shown = [run.output, *(files[name] for name in ("email-record.html", "email-record.md", "email-domains.csv"))]
    for text in shown:
        for part in ("203.0.113.9 fail", "v=spf1 ip4:198.51.100.0/24", "v=DMARC1; p=quarantine", "10 mx.example.edu"):
            assert part in html.unescape(text).replace("\\", "").replace("<wbr>", "")
    for text in [run.output, *files.values()]:
        assert_no_secret(text, PASSWORD)


def test_nothing_is_asked_unless_told_to(project: Path, server: DnsServer) -> None:
    before = server.asked.total()
    run = audit(project, email_record_domains_nameserver=server.address)
    assert run.status == 0, run.output
    files = written(project)
    assert "domains" not in record_in(files)["observed"]
    assert "email-domains.csv" not in files
    assert server.asked.total() == before


def test_the_headline_is_the_same_with_and_without(project: Path, server: DnsServer) -> None:
    summaries = []
    for asked in (False, True):
        run = audit(project, email_record_domains=asked, email_record_domains_nameserver=server.address)
        assert run.status == 0, run.output
        summaries.append(record_in(written(project))["summary"])
    assert summaries[0] == summaries[1]


def test_without_dnspython_the_record_says_so_and_goes_on(project: Path, server: DnsServer, tmp_path: Path) -> None:
    write(tmp_path / "without", {"dns/__init__.py": "raise ImportError('no dnspython here')\n"})
    asked = {"email_record_domains": True, "email_record_domains_nameserver": server.address}
    run = audit(project, tmp_path / "without", **asked)
    assert run.status == 0, run.output
    files = written(project)
    sentence = "The sender domains were not looked up: dnspython is not installed on the controller"
    seen = record_in(files)["observed"]
    parts = [row[part] for row in seen["domains"] for part in ("spf", "dmarc", "mx", "mta_sts", "allowed")]
    assert parts == [{"status": "not checked", "text": "nothing was looked up"}] * 10
    assert seen["domains_note"].startswith(sentence)
    for text in (run.output, files["email-record.html"], files["email-record.md"]):
        assert sentence in text
        assert "not checked" in text
    assert ",not checked,nothing was looked up," in files["email-domains.csv"]


def test_what_is_no_name_server_is_refused(project: Path) -> None:
    run = audit(project, email_record_domains=True, email_record_domains_nameserver="ns.example.edu")
    assert run.status == 2
    assert "'ns.example.edu' is no name server: write its address" in run.output
    assert not (project.parent / "record").exists()
