# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks under every strategy, in batches and with limits: what is for all is said once, of those asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import MANAGED_PYTHON, run_playbook
from tests.integration.repositories import commit, git, write
from tests.tools.tree import ROOT

STRATEGIES = ("free", "host_pinned")
# What each says once, and what is asked for beside the inventory.
ONCE = {
    "validate": ("email settings are valid", ()),
    "audit": ("The settings are in order", ()),
    "compare": (
        "email settings: ",
        ("-e", "email_compare_from_environment=dev", "-e", "email_compare_to_environment=production"),
    ),
    "adopt": ("3 hosts: ", ("-e", "email_adopt_dest=adopted")),
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


OWN_PLAY = """
- hosts: all
  gather_facts: false
  {how}
  tasks:
    - appmail.settings.validate: {{hosts: "{{{{ ansible_play_hosts_all }}}}", formats: [github], fail: false}}
      run_once: true
    - appmail.settings.compare: {{before: {{revision: HEAD}}}}
      run_once: true
    - appmail.settings.report: {{hosts: "{{{{ ansible_play_hosts_all }}}}"}}
      run_once: true
"""
# What each of these tasks prints first, and a form that was asked for beside it.
OWN_WORDS = (
    "email settings are not valid: ",
    "::error ",
    "email settings: no difference",
    "settings: fail 1; servers: not checked 1",
)


@pytest.mark.parametrize("how", ["serial: 1", "strategy: free"])
def test_a_play_of_ones_own_says_once_what_is_for_all_hosts(project: Path, how: str) -> None:
    write(
        project,
        {"own.yml": OWN_PLAY.format(how=how), "group_vars/dev.yml": "email_check: 1\nemail_targets: [{app: no}]\n"},
    )
    git(project, "init", "--quiet")
    commit(project)
    run = run_playbook(project, "-i", "hosts.yml", playbook="own.yml")
    assert run.status == 0, run.output
    assert {words: run.output.count(words) for words in OWN_WORDS} == dict.fromkeys(OWN_WORDS, 1), run.output


# What a limit leaves of the three hosts; None where it asks for what is not there, and the words that say so.
LIMITS = {
    "the first host left out": ("all:!dev-app1", ("prod-app1", "prod-app2"), ""),
    "one host": ("prod-app2", ("prod-app2",), ""),
    "a host that is not there": ("nowhere", None, "leaves us with no hosts to target"),
    "one that is there, and one that is not": (
        "dev-app1,prod-app3",
        None,
        "--limit: the inventory has no host or group prod-app3; ",
    ),
    "one to leave out that is not there": (
        "all:!dev-app2",
        None,
        "--limit: the inventory has no host or group dev-app2; ",
    ),
    "a file with a host that is not there": ("@gone", None, "--limit: the inventory has no host or group prod-app9; "),
}


@pytest.mark.parametrize(("limit", "hosts", "words"), LIMITS.values(), ids=LIMITS)
def test_a_limit_is_kept_to_the_letter(project: Path, limit: str, hosts: tuple[str, ...] | None, words: str) -> None:
    write(project, {"once-more": "prod-app2\n", "gone": "prod-app2\nprod-app9\n"})
    run = run_playbook(project, "-i", "hosts.yml", "--limit", limit, playbook="appmail.settings.apply")
    written = sorted(file.parents[1].name for file in project.rglob("msmtprc"))
    assert (run.status == 0) == (hosts is not None), run.output
    assert written == list(hosts or ()), run.output
    assert words in run.output


# The one that writes a project knows no hosts yet.
PLAYBOOKS = sorted({file.stem for file in (ROOT / "playbooks").glob("*.yml")} - {"init"})


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_each_playbook_asks_for_its_hosts_by_what_refuses_unknown_ones(playbook: str) -> None:
    plays = yaml.safe_load((ROOT / "playbooks" / f"{playbook}.yml").read_text(encoding="utf-8"))
    assert all(play["hosts"].startswith("{{ query('appmail.settings.hosts', ") for play in plays)


@pytest.mark.parametrize(
    ("playbook", "words"),
    [
        ("validate", "1 environment, 1 host, "),
        ("audit", "production (1 host: 1 judged; "),
        ("compare", "production: no difference, 1 host"),
        # How many applications depends on the machine.
        ("adopt", " on 1 host: "),
        ("check", "ok=0    changed=0    unreachable=0    failed=0    skipped=1 "),
    ],
)
def test_each_playbook_speaks_of_the_hosts_that_a_limit_leaves(project: Path, playbook: str, words: str) -> None:
    git(project, "init", "--quiet")
    commit(project)
    arguments = ("-e", "email_compare_from_revision=HEAD", "-e", "email_adopt_dest=adopted", "--limit", "prod-app2")
    run = run_playbook(project, "-i", "hosts.yml", *arguments, playbook=f"appmail.settings.{playbook}")
    assert run.status == 0, run.output
    assert run.output.count(words) == 1, run.output
    assert "prod-app1" not in run.output


def test_email_hosts_is_kept_to_the_letter_too(project: Path) -> None:
    asked = {
        ("-e", "email_hosts=dev,prodution"): "email_hosts: the inventory has no host or group prodution; correct it",
        (
            "-e",
            "email_hosts=dev",
            "--limit",
            "prod-app1",
        ): "no host matches both email_hosts, dev, and --limit, prod-app1",
    }
    for arguments, words in asked.items():
        run = run_playbook(project, "-i", "hosts.yml", *arguments, playbook="appmail.settings.validate")
        assert run.status != 0, run.output
        assert words in run.output


def test_a_comparison_fails_for_a_host_that_neither_side_has(project: Path) -> None:
    between = ("-e", "email_compare_from_environment=dev", "-e", "email_compare_to_environment=production")
    run = run_playbook(
        project, "-i", "hosts.yml", *between, "-e", "email_hosts=all:!prod-app3", playbook="appmail.settings.compare"
    )
    assert run.status != 0, run.output
    assert "hosts: no side has a host or group prod-app3" in run.output
