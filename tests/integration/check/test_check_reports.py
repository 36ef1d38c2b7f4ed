# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook check leaves for CI services: one report of all hosts, whatever became of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from junitparser import Failure, JUnitXml, Skipped

from tests.integration.playbooks import MANAGED_PYTHON, Run, assert_no_secret, run_playbook
from tests.integration.repositories import git, vaulted, write
from tests.servers.mail_server import MailServer
from tests.tools.tree import ROOT

PASSWORD = "correct&horse=battery staple"
WRONG = "wrong&horse=battery staple"
ALL = '{"email_formats": ["github", "gitlab", "json", "junit", "sarif"], "email_report_dest": "reports"}'


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer({"svc-mail": PASSWORD}) as running:
        yield running


# host -> the group_vars of it alone, its environment, and what its case in JUnit comes to.
HOSTS: dict[str, tuple[dict[str, object], str, str]] = {
    "right": ({}, "dev", "passed"),
    "wrong-password": ({"smtp_password": vaulted(WRONG)}, "production", "auth_rejected"),
    "wrong-password-too": ({"smtp_password": vaulted(WRONG)}, "production", "auth_rejected"),
    "closed-port": ({"smtp_port": "closed"}, "production", "connection_refused"),
    "unreachable": ({"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": "closed"}, "dev", ""),
    "invalid": ({"smtp_encryption": "ssl"}, "dev", "enum"),
    "untemplated": ({"smtp_password": "{{ nowhere }}"}, "dev", "template"),
    "without-settings": ({"email_settings": None, "email_targets": []}, "dev", "skipped"),
}


@pytest.fixture
def project(tmp_path: Path, server: MailServer) -> Path:
    inventory: dict[str, Any] = {"all": {"vars": {"ansible_connection": "local"}}}
    for host, (_variables, environment, _outcome) in HOSTS.items():
        inventory.setdefault(environment, {"hosts": {}})["hosts"][host] = None
    common = {
        "ansible_python_interpreter": MANAGED_PYTHON,
        "smtp_port": server.ports["smtp_starttls"],
        "smtp_encryption": "starttls",
        "email_targets": [{"app": "msmtp"}],
        "settings": {
            "schema_version": 1,
            "smtp": {
                "host": "localhost",
                "port": "{{ smtp_port }}",
                "encryption": "{{ smtp_encryption }}",
                "timeout": 10,
                "tls": {"ca_file": str(server.ca_file)},
                "auth": {"username": "svc-mail", "password": "{{ smtp_password }}"},
            },
            "sender": {"address": "noreply@example.edu"},
        },
    }
    files = {
        "hosts.yml": yaml.safe_dump(inventory),
        "group_vars/all.yml": yaml.safe_dump(common) + f"smtp_password: {vaulted(PASSWORD)}\n",
    }
    for host, (variables, _environment, _outcome) in HOSTS.items():
        lines = [] if "email_settings" in variables else ['email_settings: "{{ settings }}"']
        for name, value in variables.items():
            written = server.ports["closed"] if value == "closed" else value
            lines += [] if value is None else [f"{name}: {json.dumps(written) if '{{' in str(value) else written}"]
        files[f"host_vars/{host}.yml"] = "\n".join(lines) + "\n"
    write(tmp_path, files)
    git(tmp_path, "init", "--quiet")
    return tmp_path


def check(project: Path, *arguments: str) -> Run:
    return run_playbook(project, "-i", "hosts.yml", *arguments, playbook="appmail.settings.check")


def outcomes(project: Path) -> dict[str, str]:
    """host -> what its case in JUnit comes to, by the last word of its class."""
    found = {}
    for suite in JUnitXml.fromfile(str(project / "reports" / "email-check.junit.xml")):
        for case in suite:
            environment, _dot, host = str(case.classname).partition(".")
            assert environment == suite.name
            words = ["skipped" if isinstance(part, Skipped) else part.type for part in case.result]
            assert all(isinstance(part, (Failure, Skipped)) for part in case.result)
            found[host] = words[0] if words else "passed"
    return found


def test_one_report_has_every_host(project: Path) -> None:
    done = check(project, "-e", ALL)
    assert done.status != 0
    kept = outcomes(project)
    assert kept.pop("unreachable") == "not_checked"
    assert kept == {host: outcome for host, (_vars, _env, outcome) in HOSTS.items() if host != "unreachable"}

    tree = json.loads((project / "reports" / "email-check.json").read_text(encoding="utf-8"))
    jsonschema.validate(tree, json.loads((ROOT / "schemas/checks.schema.json").read_text(encoding="utf-8")))
    assert tree["passed"] is False
    assert list(tree["hosts"]) == sorted(HOSTS, key=lambda host: (HOSTS[host][1], host))
    assert tree["hosts"]["right"]["servers"][0]["reason"] == "ok"
    assert tree["hosts"]["without-settings"]["not_checked"] == "the run did not check it"
    shared = [error for error in tree["errors"] if error["rule"] == "auth_rejected"]
    assert [error["hosts"] for error in shared] == [["wrong-password", "wrong-password-too"]]

    log = json.loads((project / "reports" / "email-check.sarif").read_text(encoding="utf-8"))
    places = {
        result["ruleId"]: result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
    }
    assert places["auth_rejected"] == "group_vars/all.yml"
    assert places["connection_refused"] == "host_vars/closed-port.yml"
    assert "::error file=host_vars/closed-port.yml,line=" in done.output
    everything = "".join(file.read_text(encoding="utf-8") for file in (project / "reports").iterdir())
    assert_no_secret(everything + done.output, PASSWORD, WRONG)
    assert not list(project.rglob("appmail-checks"))


def test_hosts_that_pass_leave_a_report_that_passes(project: Path) -> None:
    done = check(project, "-e", ALL, "--limit", "right")
    assert done.status == 0, done.output
    assert outcomes(project) == {"right": "passed"}
    tree = json.loads((project / "reports" / "email-check.json").read_text(encoding="utf-8"))
    assert (tree["passed"], tree["errors"]) == (True, [])


def test_a_folder_must_be_named(project: Path) -> None:
    done = check(project, "-e", '{"email_formats": ["junit"]}', "--limit", "right")
    assert done.status == 2
    assert "report_dest is missing: the folder for email-check.junit.xml" in done.output
