# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks under every strategy that a project may have set: what speaks for all hosts speaks once a run."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import MANAGED_PYTHON, run_playbook
from tests.integration.repositories import write

STRATEGIES = ("free", "host_pinned")
# What each says once, and what is asked for beside the inventory.
ONCE = {
    "validate": ("email settings are valid", ()),
    "audit": ("The settings are in order", ()),
    "compare": (
        "email settings: ",
        ("-e", "email_compare_from_environment=dev", "-e", "email_compare_to_environment=production"),
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    local = {"ansible_connection": "local", "ansible_python_interpreter": MANAGED_PYTHON}
    hosts = {"dev": ["dev-app1"], "production": ["prod-app1", "prod-app2"]}
    inventory = {group: {"hosts": dict.fromkeys(names, local)} for group, names in hosts.items()}
    given = {
        "email_settings": {
            "schema_version": 1,
            "smtp": {"host": "smtp.example.edu", "encryption": "starttls"},
            "sender": {"address": "noreply@example.edu"},
        },
        "email_targets": [{"app": "msmtp"}],
        "email_check": "never",
        "email_dest_root": f"{tmp_path}/hosts/{{{{ inventory_hostname }}}}",
    }
    files = {"hosts.yml": yaml.safe_dump(inventory), "group_vars/all.yml": yaml.safe_dump(given)}
    write(tmp_path, files)
    return tmp_path


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("playbook", ONCE)
def test_what_is_for_all_hosts_is_said_once(project: Path, playbook: str, strategy: str) -> None:
    said, arguments = ONCE[playbook]
    run = run_playbook(
        project,
        *("-i", "hosts.yml", *arguments),
        playbook=f"appmail.settings.{playbook}",
        environment={"ANSIBLE_STRATEGY": strategy},
    )
    assert run.status == 0, run.output
    assert run.output.count(said) == 1, run.output
    assert "run_once" not in run.output


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_host_gets_its_files(project: Path, strategy: str) -> None:
    run = run_playbook(
        project,
        *("-i", "hosts.yml"),
        playbook="appmail.settings.apply",
        environment={"ANSIBLE_STRATEGY": strategy},
    )
    assert run.output.count("changed=1") == 3, run.output
    written = sorted(str(file.relative_to(project / "hosts")) for file in project.rglob("msmtprc"))
    assert written == [f"{host}/etc/msmtprc" for host in ("dev-app1", "prod-app1", "prod-app2")]
