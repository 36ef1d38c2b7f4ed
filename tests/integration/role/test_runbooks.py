# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the role leaves runbooks: with the person who reads them, and not on the host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import MANAGED_PYTHON, Run, assert_no_secret, run_playbook
from tests.integration.repositories import commit, git, vaulted, write

SECRET = "hunter2&of the page"
HOSTS = ("prod-legal", "prod-hr")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two hosts of one environment with an application that a person sets up, each host below a folder of its own."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": MANAGED_PYTHON}
    given = {
        "email_settings": {
            "schema_version": 1,
            "smtp": {
                "host": "smtp.example.edu",
                "encryption": "implicit_tls",
                "auth": {"username": "svc-mail", "password": "{{ vault_smtp_password }}"},
            },
            "sender": {"reply_to": "legal@example.edu"},
        },
        "email_targets": [{"app": "teamconnect", "options": {"include_secrets": "{{ shown | default(false) }}"}}],
        "email_check": "never",
        "email_dest_root": f"{tmp_path}/hosts/{{{{ inventory_hostname }}}}",
    }
    folder = tmp_path / "project"
    write(
        folder,
        {
            "hosts.yml": yaml.safe_dump({"production": {"hosts": dict.fromkeys(HOSTS, local)}}),
            "group_vars/production/email.yml": yaml.safe_dump(given),
            "group_vars/production/vault.yml": f"vault_smtp_password: {vaulted(SECRET)}\n",
            "play.yml": "- hosts: all\n  gather_facts: false\n  roles: [appmail.settings.email]\n",
        },
    )
    return folder


def apply(project: Path, *arguments: str, playbook: str = "play.yml", **variables: object) -> Run:
    given = json.dumps({f"email_{name}": value for name, value in variables.items()})
    return run_playbook(project, "-i", "hosts.yml", "-e", given, *arguments, playbook=playbook)


def files_below(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.*") if file.is_file())


def on_hosts(project: Path, pattern: str = "*.runbook.md") -> list[str]:
    folder = project.parent / "hosts"
    return sorted(str(file.relative_to(folder)) for file in folder.rglob(pattern))


OF_BOTH = [f"{host}/teamconnect.runbook.md" for host in sorted(HOSTS)]


@pytest.mark.parametrize("playbook", ["play.yml", "appmail.settings.apply"])
def test_they_lie_beside_the_playbook_one_for_each_host(project: Path, playbook: str) -> None:
    first = apply(project, playbook=playbook)
    assert first.status == 0, first.output
    assert files_below(project / "runbooks") == OF_BOTH
    assert on_hosts(project) == []
    assert on_hosts(project, "*.settings.yml") == [
        f"{host}/etc/appmail/teamconnect.settings.yml" for host in sorted(HOSTS)
    ]
    text = (project / "runbooks" / OF_BOTH[0]).read_text(encoding="utf-8")
    assert "- Environment: production\n- Host: prod-hr\n" in text
    assert "| Password | the value of `vault_smtp_password`, in `group_vars/production/vault.yml` |" in text
    again = apply(project, playbook=playbook)
    assert again.output.count("changed=0") == len(HOSTS), again.output
    assert_no_secret(first.output + text, SECRET)


DESTINATIONS: Mapping[str, tuple[str, str]] = {
    "relative to the playbook": ("to/people", "project/to/people"),
    "absolute": ("{folder}/elsewhere", "elsewhere"),
}


@pytest.mark.parametrize(("given", "folder"), DESTINATIONS.values(), ids=DESTINATIONS)
def test_another_folder(project: Path, given: str, folder: str) -> None:
    assert apply(project, runbook_dest=given.format(folder=project.parent)).status == 0
    assert files_below(project.parent / folder) == OF_BOTH
    assert not (project / "runbooks").exists()


def test_check_mode_shows_them_and_writes_nothing(project: Path) -> None:
    done = apply(project, "--check", "--diff")
    assert done.output.count("changed=1") == len(HOSTS), done.output
    assert f"+++ after: {project}/runbooks/prod-legal/teamconnect.runbook.md" in done.output
    assert (files_below(project / "runbooks"), on_hosts(project, "*.*")) == ([], [])


def test_a_host_that_refuses_its_files_gets_no_runbook(project: Path) -> None:
    (project.parent / "hosts" / "prod-hr" / "etc" / "appmail" / "teamconnect.settings.yml").mkdir(parents=True)
    done = apply(project)
    assert done.status == 2
    assert files_below(project / "runbooks") == ["prod-legal/teamconnect.runbook.md"]
    assert not (project / "runbooks" / "prod-hr").exists()


def test_a_folder_that_cannot_be_leaves_the_host_as_it_was(project: Path) -> None:
    (project / "runbooks").write_text("a file\n", encoding="utf-8")
    done = apply(project)
    assert done.status == 2
    assert "runbook_dest: " in done.output
    assert "teamconnect.runbook.md cannot be written: Not a directory" in done.output
    assert on_hosts(project, "*.*") == []


def test_with_secrets_in_it_nobody_else_reads_it(project: Path) -> None:
    done = apply(project, "--diff", "-vvv", "-e", "{shown: true}")
    assert done.status == 0, done.output
    runbook = project / "runbooks" / OF_BOTH[0]
    assert SECRET in runbook.read_text(encoding="utf-8").replace("\\", "")
    assert runbook.stat().st_mode & 0o777 == 0o600
    assert "a runbook with a secret in it; commit it nowhere" in done.output
    hidden = apply(project, "--diff", "-vvv")
    assert SECRET not in runbook.read_text(encoding="utf-8").replace("\\", "")
    assert_no_secret(done.output + hidden.output, SECRET)


def test_what_an_earlier_version_left_on_the_host(project: Path) -> None:
    """That version remembered what it wrote, or did not yet."""
    assert apply(project, runbook_dest="").status == 0
    paths = [f"{host}/etc/appmail/teamconnect.runbook.md" for host in sorted(HOSTS)]
    assert on_hosts(project) == paths
    [memory] = on_hosts(project, "written-prod-hr.json")
    (project.parent / "hosts" / memory).unlink()
    named = apply(project)
    assert on_hosts(project) == paths
    said = "teamconnect: its runbook is on the controller now, and"
    assert [f"{said} {project.parent}/hosts/{path} is of an earlier run" in named.output for path in paths] == [
        True
    ] * 2
    foreseen = apply(project, "--check", removed="remove")
    assert (foreseen.output.count("changed=1"), on_hosts(project)) == (2, paths)
    gone = apply(project, removed="remove")
    assert (gone.output.count("changed=1"), on_hosts(project)) == (2, [])
    assert files_below(project / "runbooks") == OF_BOTH
    again = apply(project, removed="remove")
    assert again.output.count("changed=0") == len(HOSTS), again.output


def test_an_application_that_is_listed_no_more(project: Path) -> None:
    assert apply(project).status == 0
    named = apply(project, targets=[])
    assert "prod-hr/teamconnect.runbook.md: the runbook of an application that is listed no more" in named.output
    assert files_below(project / "runbooks") == OF_BOTH
    assert apply(project, targets=[], removed="remove").output.count("changed=1") == len(HOSTS)
    assert files_below(project / "runbooks") == []


def test_the_record_still_knows_the_commit(project: Path) -> None:
    git(project, "init", "--quiet")
    (project / ".gitignore").write_text("seen\n.ansible\n", encoding="utf-8")
    commit(project)
    head = git(project, "rev-parse", "HEAD").strip()
    done = apply(project, record_dest="seen")
    assert done.status == 0, done.output
    assert files_below(project / "runbooks") == OF_BOTH
    assert apply(project, record_dest="seen").status == 0
    seen = [json.loads(file.read_text(encoding="utf-8")) for file in (project / "seen").rglob("apply-*.json")]
    assert [row["commit"] for record in seen for row in record["observed"]["applies"]] == [head] * 4
