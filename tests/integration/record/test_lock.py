# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock file and the gate: one variable's change shows what it does everywhere, or the gate does not open."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.playbooks import Run, run_playbook
from tests.integration.record.university import SECRETS, audit, make
from tests.integration.repositories import commit, git, write

pytestmark = pytest.mark.once

LOCK = "email-settings.lock.yml"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with its lock file, which is committed."""
    folder = make(tmp_path_factory.mktemp("lock") / "repository")
    run = audit(folder, dest=folder.parent / "record", formats=[], email_lock_file=LOCK)
    assert "changed=1" in run.output
    commit(folder)
    return folder


@pytest.fixture
def repository(locked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(locked, tmp_path / "repository"))


def gate(folder: Path, *arguments: str) -> Run:
    return run_playbook(
        folder,
        *("-i", "inventory", "-e", f"email_lock_file={LOCK}", *arguments),
        playbook="appmail.settings.validate",
        environment={"CANARY": SECRETS["environment"]},
    )


def test_a_second_run_changes_nothing(repository: Path) -> None:
    run = audit(repository, dest=repository.parent / "record", formats=[], email_lock_file=LOCK)
    assert "changed=0" in run.output
    assert git(repository, "status", "--porcelain") == ""


BASE = "inventory/group_vars/production/base.yml"
# what was changed -> the words to replace, and the lines that the lock file then gets
CHANGES: Mapping[str, tuple[str, str, str, int]] = {
    "a value of a base": (BASE, "smtp.example.edu", "relay.example.edu", 1),
    "a moved line": (BASE, "email_settings_base:", "# a comment\nemail_settings_base:", 0),
    "a host less": ("inventory/hosts.yml", "prod-app2: {}, ", "", 1),
    "a password": (BASE, "{{ smtp_password }}", "in-clear-text-now", 1),
}


@pytest.mark.parametrize(("file", "before", "after", "changes"), CHANGES.values(), ids=CHANGES)
def test_the_gate_fails_when_it_is_out_of_date(
    file: str, before: str, after: str, changes: int, repository: Path
) -> None:
    text = (repository / file).read_text()
    assert before in text
    write(repository, {file: text.replace(before, after)})
    run = gate(repository)
    found = [line for line in run.finding_lines() if "email_lock_file" in line]
    assert bool(found) is bool(changes), run.output
    audit(repository, dest=repository.parent / "record", formats=[], email_lock_file=LOCK)
    assert bool(git(repository, "diff", "--", LOCK)) is bool(changes)
    assert not [line for line in gate(repository).finding_lines() if "email_lock_file" in line]
    assert "in-clear-text-now" not in (repository / LOCK).read_text()


def test_it_says_where_and_what_to_type(repository: Path) -> None:
    text = (repository / BASE).read_text().replace("smtp.example.edu", "relay.example.edu")
    write(repository, {BASE: text})
    run = gate(repository)
    (found,) = [line for line in run.finding_lines() if "email_lock_file" in line]
    line = next(
        number for number, text in enumerate((repository / LOCK).read_text().splitlines(), 1) if "production" in text
    )
    assert found.startswith(f"{LOCK}:")
    assert int(found.split(":")[1]) > line
    assert "1 line would be added and 1 line removed" in found
    assert f"run ansible-playbook appmail.settings.audit -i INVENTORY -e email_lock_file={LOCK}" in found


def test_a_limited_gate_compares_what_it_sees(repository: Path) -> None:
    assert "email_lock_file" not in gate(repository, "--limit", "production").output.partition("PLAY")[2]
    text = (repository / BASE).read_text().replace("smtp.example.edu", "relay.example.edu")
    write(repository, {BASE: text})
    assert [line for line in gate(repository, "--limit", "production").finding_lines() if "email_lock_file" in line]
    assert not [line for line in gate(repository, "--limit", "dev").finding_lines() if "email_lock_file" in line]


def test_a_lock_file_that_is_not_there(repository: Path) -> None:
    (repository / LOCK).unlink()
    (found,) = [line for line in gate(repository).finding_lines() if "email_lock_file" in line]
    assert "cannot be read; run ansible-playbook appmail.settings.audit" in found
