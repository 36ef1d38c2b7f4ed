# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CI files in examples/ci, by the CI services' own schemas (check-jsonschema brings them along)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "ci"
CHECK = str(Path(sys.executable).parent / "check-jsonschema")
SCHEMAS = {
    "github-actions.yml": ["--builtin-schema", "vendor.github-workflows"],
    "gitlab-ci.yml": ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}


def check(file: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CHECK, *arguments, str(file)], check=False, capture_output=True, text=True)


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items(), ids=SCHEMAS)
def test_the_service_would_take_it(name: str, schema: list[str], tmp_path: Path) -> None:
    done = check(EXAMPLES / name, schema)
    assert done.returncode == 0, done.stdout
    # The schema tells a right file from a wrong one.
    broken = tmp_path / name
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    broken.write_text(re.sub(r"^(\s*)(runs-on|script):", r"\1\2x:", text, flags=re.MULTILINE), encoding="utf-8")
    assert check(broken, schema).returncode == 1


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_playbook_and_variable_exists(name: str) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    playbooks = set(re.findall(r"appmail\.settings\.(\w+)", text))
    variables = set(re.findall(r"\bemail_\w+", text))
    known = "".join((ROOT / "playbooks" / f"{playbook}.yml").read_text(encoding="utf-8") for playbook in playbooks)
    assert variables
    assert variables <= set(re.findall(r"\bemail_\w+", known))


def test_each_file_is_short() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {*SCHEMAS, "pre-commit-config.yaml"}
    for path in EXAMPLES.iterdir():
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)
        assert len(path.read_text(encoding="utf-8").splitlines()) < 60


# What a project of one's own has, and whether a commit of it alone must run the gate.
FILES = {
    "hosts.yml": True,
    "inventories/production/hosts.yml": True,
    "inventory.ini": True,
    "hosts": True,
    "production": True,
    "staging.yml": True,
    "inventory/cloud.sh": True,
    "group_vars/all/email.yml": True,
    "playbooks/group_vars/all.yml": True,
    "host_vars/app1.yml": True,
    "policies/ours.json": True,
    "rules/relay.json": True,
    "targets/ledger/target.yml": True,
    "targets/ledger/ledger.conf.j2": True,
    "my-targets/ledger/target.yml": True,
    "my-targets/ledger/ledger.conf.j2": True,
    "my-targets/ledger/schema.json": True,
    "ansible.cfg": True,
    "README.md": False,
    "docs/mail.html": False,
    "src/main.py": False,
}


@pytest.mark.parametrize(("file", "runs"), FILES.items(), ids=FILES)
def test_the_hook_runs_for_all_that_the_gate_reads(file: str, *, runs: bool) -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert bool(re.search(hook["files"], file)) is runs


def test_no_filter_of_paths_keeps_a_service_from_running_the_gate() -> None:
    """Where an inventory or a target lies is the project's own affair; no list of paths could know it."""
    github = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text(encoding="utf-8"))
    gitlab = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text(encoding="utf-8"))
    assert github["on"] == "pull_request"
    assert [rule.keys() for rule in gitlab["email settings"]["rules"]] == [{"if"}]


def test_gitlab_reports_before_it_compares() -> None:
    """A comparison that cannot be made must not cost the report."""
    job = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text(encoding="utf-8"))["email settings"]
    assert ["validate" in command for command in job["script"]] == [True]
    assert ["compare" in command for command in job["after_script"]] == [True]
