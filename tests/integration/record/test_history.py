# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook appmail.settings.history: which commits changed what takes effect, and nothing that did not."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.playbooks import Run, assert_no_secret, run_playbook
from tests.integration.repositories import commit, git, vaulted, write

pytestmark = pytest.mark.once

OLD, NEW = "mT4&xC=8 zL2+pQ", "rG9&wB=3 vK7+sN"
EMAIL = "inventory/group_vars/production/email.yml"
VAULT = "inventory/group_vars/production/vault.yml"
SETTINGS = """\
email_settings:
  schema_version: 1
  smtp:
    host: smtp.example.edu
    encryption: starttls
    auth: {username: svc-mail, password: "{{ smtp_password }}"}
  sender: {address: noreply@example.edu}
email_targets: [{app: postfix}]
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year in eight commits, of which four changed what takes effect."""
    folder = tmp_path_factory.mktemp("history") / "repository"
    write(
        folder,
        {
            "inventory/hosts.yml": "production: {hosts: {app1: {}, app2: {}}}\n",
            EMAIL: SETTINGS,
            VAULT: f"smtp_password: {vaulted(OLD)}\n",
        },
    )
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, "Begin")
    git(folder, "tag", "begin")
    write(folder, {"README.md": "A page that changes nothing.\n"})
    commit(folder, "Write a page")
    write(folder, {EMAIL: "# A comment moves every line.\n" + SETTINGS})
    commit(folder, "Move every line")
    git(folder, "switch", "--quiet", "--create", "relay")
    write(folder, {EMAIL: SETTINGS.replace("smtp.example.edu", "relay.example.edu")})
    commit(folder, "Work on the relay")
    git(folder, "switch", "--quiet", "main")
    trailers = "Reviewed-by: Grace Hopper <grace@example.edu>\nRefs: CHG-4711"
    git(folder, "merge", "--quiet", "--no-ff", "--message", f"Move to the relay\n\n{trailers}", "relay")
    write(folder, {VAULT: f"smtp_password: {vaulted(NEW)}\n"})
    commit(folder, "Rotate the password")
    write(folder, {EMAIL: SETTINGS.replace("starttls", "no such word")})
    commit(folder, f"Break it, and say {NEW}")
    write(folder, {EMAIL: "email_settings: [\n"})
    commit(folder, "Break the file")
    write(folder, {EMAIL: SETTINGS.replace("smtp.example.edu", "relay.example.edu")})
    commit(folder, "Mend it")
    return folder


def told(repository: Path, dest: Path, *arguments: str, since: str = "begin", **variables: object) -> Run:
    given = {
        "email_history_since": since,
        "email_audit_dest": str(dest),
        "email_audit_formats": ["json", "html", "markdown"],
        **variables,
    }
    return run_playbook(
        repository,
        *("-i", "inventory", "-e", json.dumps(given), *arguments),
        playbook="appmail.settings.history",
    )


@pytest.fixture(scope="module")
def run(repository: Path) -> Run:
    return told(repository, repository.parent / "record", "-vvvv")


@pytest.fixture(scope="module")
def rows(run: Run, repository: Path) -> Mapping[str, Mapping[str, Any]]:
    assert run.status == 0, run.output
    record = json.loads((repository.parent / "record" / "email-record.json").read_text())
    return {row["subject"]: row for row in record["intended"]["history"]}


def test_the_newest_is_first_and_what_changed_nothing_is_left_out(rows: Mapping[str, Mapping[str, Any]]) -> None:
    subjects = [subject if NEW[:6] in subject else subject.split(",")[0] for subject in rows]
    assert subjects == ["Mend it", "Break the file", "Break it", "Rotate the password", "Move to the relay"]


def test_a_merge_is_one_change_with_its_trailers(rows: Mapping[str, Mapping[str, Any]]) -> None:
    row = rows["Move to the relay"]
    assert row["trailers"] == ["Reviewed-by: Grace Hopper <grace@example.edu>", "Refs: CHG-4711"]
    assert (row["author"], row["signature"], row["verdict"]) == ("test", "none", "valid")
    (change,) = row["changes"]
    assert (change["environment"], change["path"]) == ("production", "smtp.host")
    assert (change["before"], change["after"]) == (["smtp.example.edu"], ["relay.example.edu"])
    assert change["hosts"] == ["app1", "app2"]


def test_a_secret_has_changed_and_that_is_all(rows: Mapping[str, Mapping[str, Any]]) -> None:
    (change,) = rows["Rotate the password"]["changes"]
    assert (change["path"], change["secret"], change["before"], change["after"]) == (
        "smtp.auth.password",
        True,
        None,
        None,
    )


def test_the_gates_verdict_at_each(rows: Mapping[str, Mapping[str, Any]]) -> None:
    broken = next(row for subject, row in rows.items() if subject.startswith("Break it"))
    assert broken["verdict"].startswith("1 error")
    assert rows["Break the file"]["verdict"].startswith("not judged: ")
    assert rows["Break the file"]["changes"] == []
    assert "smtp.encryption" in {change["path"] for change in rows["Mend it"]["changes"]}


def test_the_terminal_tells_it_and_nothing_tells_a_secret(run: Run, repository: Path) -> None:
    assert "5 commits changed what takes effect" in run.output
    assert "production: smtp.host smtp.example.edu -> relay.example.edu [app1, app2]" in run.output
    for text in [run.output, *(file.read_text() for file in (repository.parent / "record").iterdir())]:
        assert_no_secret(text, OLD, NEW)


def test_a_revision_that_there_is_not(repository: Path, tmp_path: Path) -> None:
    for since in ("nowhere", "--help"):
        made = told(repository, tmp_path / "record", since=since)
        assert made.status == 2
        assert f"has no revision {since}" in made.output


def test_a_template_that_reads_a_file_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    write(
        folder,
        {
            "inventory/hosts.yml": "production: {hosts: {app1: {}}}\n",
            EMAIL: SETTINGS.replace("smtp.example.edu", "\"{{ lookup('file', inventory_dir ~ '/../relay.txt') }}\""),
            VAULT: f"smtp_password: {vaulted(OLD)}\n",
            "relay.txt": "one.example.edu",
        },
    )
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    write(folder, {"relay.txt": "two.example.edu"})
    commit(folder, "Another relay")
    made = told(folder, tmp_path / "record", since="HEAD~1")
    assert made.status == 0, made.output
    assert "production: smtp.host one.example.edu -> two.example.edu [app1]" in made.output


def test_a_year_of_500_commits(tmp_path: Path) -> None:
    """Each of them changes what takes effect, to one of two states."""
    said = ["commit refs/heads/main\ncommitter test <test@example.edu> 1764000000 +0000\n", blob("Begin")]
    said += [f"M 100644 inline {VAULT}\n", blob(f"smtp_password: {vaulted(OLD)}\n")]
    said += ["M 100644 inline inventory/hosts.yml\n", blob("production: {hosts: {app1: {}}}\n")]
    states = SETTINGS, SETTINGS.replace("smtp.example.edu", "relay.example.edu")
    said += [f"M 100644 inline {EMAIL}\n", blob(states[0])]
    for number in range(1, 501):
        time = 1764000000 + number * 63_000
        said += [f"commit refs/heads/main\ncommitter test <test@example.edu> {time} +0000\n", blob(f"Change {number}")]
        said += [f"M 100644 inline {EMAIL}\n", blob(states[number % 2])]
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=tmp_path, input="".join(said), text=True, check=True)
    git(tmp_path, "reset", "--quiet", "--hard")
    made = told(tmp_path, tmp_path / "record", since="HEAD~500")
    assert made.status == 0, made.output
    rows = json.loads((tmp_path / "record" / "email-record.json").read_text())["intended"]["history"]
    assert [row["subject"] for row in rows] == [f"Change {number}" for number in range(500, 0, -1)]
    assert {row["verdict"] for row in rows} == {"valid"}


def blob(text: str) -> str:
    """A text as git fast-import takes it."""
    return f"data {len(text.encode())}\n{text}\n"
