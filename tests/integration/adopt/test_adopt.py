# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that were set by hand: read as they are, changed in nothing, and written as variables that pass the gate."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import MANAGED_PYTHON, Run, assert_no_secret, run_playbook

ROOT = Path(__file__).parent / "by-hand"
# What the files in by-hand have as passwords.
SECRETS = ("Sommer#2026;x", 'Winter"99 x', "relay-Pass/42", "monit-Pass+7")
# Each application's file by its name in target.yml.
FILES = {
    "alertmanager": {"alertmanager.yml": "alertmanager.yml"},
    "gitea": {"app.ini": "app.ini"},
    "grafana": {"grafana.ini": "grafana.ini"},
    "monit": {"appmail": "monitrc"},
    "msmtp": {"msmtprc": "msmtprc", "msmtp-password": "msmtp-password"},
    "postfix": {"main.cf": "postfix/main.cf", "sasl_passwd": "postfix/sasl_passwd"},
    "redmine": {"configuration.yml": "configuration.yml"},
}


def project(folder: Path, hosts: Mapping[str, Mapping[str, str]] | None = None) -> Path:
    """An inventory of hosts, each with its own copy of the files in by-hand; environments are groups."""
    groups: dict[str, dict[str, dict[str, object]]] = {}
    for host, changes in (hosts or {"web1": {}}).items():
        shutil.copytree(ROOT, folder / host)
        for path in (folder / host).rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644 if path.name == "app.ini" else 0o640)
        for name, text in changes.items():
            (folder / host / name).write_text(text, encoding="utf-8")
        dest = {app: {name: str(folder / host / path) for name, path in files.items()} for app, files in FILES.items()}
        targets = [{"app": app, "dest": paths} for app, paths in dest.items()]
        variables = {"email_targets": targets}
        groups.setdefault(host.rstrip("0123456789") or "all", {"hosts": {}})["hosts"][host] = variables
    inventory = {"all": {"children": groups}}
    (folder / "hosts.yml").write_text(yaml.safe_dump(inventory, sort_keys=False), encoding="utf-8")
    return folder


def adopt(folder: Path, *arguments: str) -> Run:
    """The playbook, with all that it prints looked through for passwords."""
    given = ["-i", "hosts.yml", "-e", f"ansible_python_interpreter={MANAGED_PYTHON}", "-e", "ansible_connection=local"]
    given += ["-e", f"email_adopt_dest={folder / 'adopted'}", *arguments]
    done = run_playbook(folder, *given, playbook="appmail.settings.adopt")
    assert_no_secret(done.output, *SECRETS)
    return done


def states(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        str(path): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode), path.stat().st_mtime_ns) for path in files
    }


def variables(folder: Path, name: str) -> str:
    return (folder / "adopted" / name).read_text(encoding="utf-8")


def test_a_host_set_by_hand(tmp_path: Path) -> None:
    """Seven applications, of which three are wrong in ways that people are: told at their lines, changed in nothing."""
    folder = project(tmp_path)
    before = states(folder / "web1")
    done = adopt(folder)
    assert done.status == 0, done.output
    assert "7 applications on 1 host" in done.output
    for said in (
        "app.ini:4: Gitea: sends its password in clear text to whoever takes STARTTLS out of the answer",
        "app.ini:8: Gitea: every user of the host may read the password in it (mode 0644)",
        "grafana.ini:9: Grafana: takes any certificate",
    ):
        assert said in done.output
    assert states(folder / "web1") == before


def test_what_is_written_has_its_places_and_no_secret(tmp_path: Path) -> None:
    folder = project(tmp_path)
    adopt(folder)
    text = variables(folder, "group_vars/web/email.yml") + variables(folder, "group_vars/all/email.yml")
    assert f"web1: {folder}/web1/grafana.ini:7" in text
    for path in (folder / "adopted").rglob("*"):
        if path.is_file():
            assert_no_secret(path.read_text(encoding="utf-8"), *SECRETS)
    assert stat.S_IMODE((folder / "adopted/group_vars/web/email_vault.yml").stat().st_mode) == 0o600


def test_the_vault_holds_what_was_found(tmp_path: Path) -> None:
    folder = project(tmp_path)
    adopt(folder)
    shutil.copy(folder / "hosts.yml", folder / "adopted")
    play = [
        {
            "hosts": "web1",
            "gather_facts": False,
            "tasks": [
                {"ansible.builtin.assert": {"that": [f"vault_email_gitea_smtp_auth_password == {SECRETS[1]!r}"]}}
            ],
        }
    ]
    (folder / "adopted/play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    done = run_playbook(folder / "adopted", "-i", "hosts.yml")
    assert done.status == 0, done.output


@pytest.mark.parametrize("verbosity", ["-v", "-vvvvv"])
def test_no_verbosity_shows_a_secret(verbosity: str, tmp_path: Path) -> None:
    """`adopt` looks through the output; the host's answer is in it at the highest verbosity, sealed."""
    assert adopt(project(tmp_path), verbosity, "--diff").status == 0


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    folder = project(tmp_path)
    adopt(folder)
    before = states(folder / "adopted")
    done = adopt(folder)
    assert "changed=0" in done.output
    assert states(folder / "adopted") == before


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    folder = project(tmp_path)
    assert "changed=1" in adopt(folder, "--check").output
    assert not (folder / "adopted").exists()


def test_files_of_the_project_are_never_overwritten(tmp_path: Path) -> None:
    folder = project(tmp_path)
    own = folder / "adopted/group_vars/web/email.yml"
    own.parent.mkdir(parents=True)
    own.write_text("email_settings: {schema_version: 1}\n", encoding="utf-8")
    done = adopt(folder)
    assert done.status == 2
    assert "there already, with other content" in done.output
    assert own.read_text(encoding="utf-8") == "email_settings: {schema_version: 1}\n"
    assert [path for path in (folder / "adopted").rglob("*") if path.is_file()] == [own]


def test_hosts_of_an_environment_share_what_is_alike(tmp_path: Path) -> None:
    """Two hosts alike have one file; the third, which differs in a port, has its own; all share the base."""
    grafana = (ROOT / "grafana.ini").read_text(encoding="utf-8").replace(":587", ":2587")
    folder = project(tmp_path, {"web1": {}, "web2": {}, "db1": {"grafana.ini": grafana}})
    # The files of each host lie at paths of its own; what differs in them alone is no difference of settings.
    done = adopt(folder)
    assert done.status == 0, done.output
    names = {str(path.relative_to(folder / "adopted")) for path in (folder / "adopted").rglob("email.yml")}
    assert "group_vars/all/email.yml" in names
    assert "group_vars/db/email.yml" in names
    assert "2587" in variables(folder, "group_vars/db/email.yml")


BAD: Mapping[str, tuple[bytes | None, str]] = {
    "a syntax error": (b"global: [\n", "alertmanager.yml:2: Alertmanager: is not YAML"),
    "a foreign encoding": ("# Müller\n".encode("latin-1"), "Alertmanager: is not UTF-8"),
    "ten megabytes": (b"#" * 10_000_000, "Alertmanager: has 10000000 bytes, more than any file of settings"),
    "a pipe": (None, "Alertmanager: is a pipe and no file"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_a_sentence_and_the_rest_goes_on(what: str, tmp_path: Path) -> None:
    folder = project(tmp_path)
    content, said = BAD[what]
    bad = folder / "web1/alertmanager.yml"
    bad.unlink()
    if content is None:
        os.mkfifo(bad)
    else:
        bad.write_bytes(content)
    done = adopt(folder)
    assert done.status == 0, done.output
    assert said in done.output
    assert "grafana.ini): " in done.output


def test_adopted_variables_come_before_the_gate(tmp_path: Path) -> None:
    """What is left to do is told by the gate, at the lines of the adopted files, and no fault is ours."""
    folder = project(tmp_path)
    adopt(folder)
    shutil.copy(folder / "hosts.yml", folder / "adopted")
    inventory = yaml.safe_load((folder / "adopted/hosts.yml").read_text())
    inventory["all"]["children"]["web"]["hosts"]["web1"] = {}
    (folder / "adopted/hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    done = run_playbook(folder / "adopted", "-i", "hosts.yml", playbook="appmail.settings.validate")
    assert_no_secret(done.output, *SECRETS)
    wrong = ("is not a known setting", "is not right", "must be text", "does not have the form")
    assert [line for line in done.finding_lines() if any(words in line for words in wrong)] == []


def test_without_a_vault_secrets_stay_where_they_are(tmp_path: Path) -> None:
    folder = project(tmp_path)
    command = ["ansible-playbook", "-i", "hosts.yml", "appmail.settings.adopt", "-e", "ansible_connection=local"]
    command += ["-e", f"ansible_python_interpreter={MANAGED_PYTHON}", "-e", f"email_adopt_dest={folder / 'adopted'}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert_no_secret(done.stdout + done.stderr, *SECRETS)
    assert not list((folder / "adopted").rglob("email_vault.yml"))
    assert "set vault_email_gitea_smtp_auth_password in a vault" in variables(folder, "group_vars/web/email.yml")
