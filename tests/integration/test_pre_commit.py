# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both hooks of examples/ci/pre-commit-config.yaml, run by pre-commit itself in a git repository of a user."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.tools.tree import COLLECTIONS, ROOT

pytestmark = pytest.mark.once

BIN = Path(sys.executable).parent
EXAMPLE = ROOT / "examples" / "ci" / "pre-commit-config.yaml"
SETTINGS = Path("inventory", "group_vars", "dev", "email.yml")

# (what is written in its place, what is said of it by the hook for files, and by the gate)
FAULTS = {
    "a misspelt setting": (
        "sender:",
        "sendr:",
        "$.email_settings: Additional properties are not allowed ('sendr' was unexpected)",
        "{file}:{line}:3: sendr: is not a known setting; did you mean sender?",
    ),
    "a word that is none": (
        "encryption: starttls",
        "encryption: tls",
        "'tls' is not one of ['none', 'starttls_opportunistic', 'starttls', 'implicit_tls']",
        "{file}:{line}:17: smtp.encryption: tls is not one of none, starttls_opportunistic, starttls or implicit_tls",
    ),
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A user's repository: the inventory of the examples, and the collection installed beside it."""
    examples = ROOT / "examples"
    folder = tmp_path / "repository"
    shutil.copytree(examples / "inventory", folder / "inventory")
    for name in ("ansible.cfg", "vault-password-of-the-example"):
        shutil.copy(examples / name, folder)
    (folder / "collections").symlink_to(COLLECTIONS)
    (folder / ".gitignore").write_text("collections\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    return folder


def environment(repository: Path) -> dict[str, str]:
    """Nothing of the user's own, and no store of hooks but one in the test's folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "GIT_"))}
    return {
        **kept,
        "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
        "PRE_COMMIT_HOME": str(repository.parent / "pre-commit"),
        "PRE_COMMIT_COLOR": "never",
        "HOME": str(repository.parent),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "COLUMNS": "10000",
    }


def git(repository: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=repository, check=True, env=environment(repository))


def pre_commit(repository: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(BIN / "pre-commit"), *arguments],
        cwd=repository,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(repository),
    )
    return done.returncode, done.stdout + done.stderr


def hook_for_files(repository: Path) -> tuple[int, str]:
    """The example's hook, run with the check-jsonschema that is installed: pre-commit would download one."""
    (hook,) = next(
        repo["hooks"] for repo in yaml.safe_load(EXAMPLE.read_text())["repos"] if "check-jsonschema" in repo["repo"]
    )
    local = {**hook, "language": "system", "entry": hook["id"]}
    config = repository / ".pre-commit-config.yaml"
    config.write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]}), encoding="utf-8")
    git(repository, "add", ".")
    return pre_commit(repository, "run", "--all-files", "--verbose")


def hook_for_the_inventory(repository: Path) -> tuple[int, str]:
    """The gate, as `.pre-commit-hooks.yaml` offers it. Its inventory is the one that ansible.cfg names."""
    git(repository, "add", ".")
    return pre_commit(repository, "try-repo", str(ROOT), "email-settings", "--all-files", "--verbose")


def break_it(repository: Path, right: str, wrong: str) -> int:
    """Put a fault into the settings of an environment; answers its line."""
    file = repository / SETTINGS
    text = file.read_text(encoding="utf-8")
    assert text.count(right) == 1
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    return text[: text.index(right)].count("\n") + 1


def test_right_settings_pass_both(repository: Path) -> None:
    status, output = hook_for_files(repository)
    assert (status, "Passed" in output) == (0, True), output
    status, output = hook_for_the_inventory(repository)
    assert (status, "email settings are valid" in output) == (0, True), output
    assert re.search(r"^3 environments, 5 hosts", output, re.MULTILINE)


@pytest.mark.parametrize(("right", "wrong", "by_file", "by_gate"), FAULTS.values(), ids=FAULTS)
def test_a_fault_stops_the_commit(repository: Path, right: str, wrong: str, by_file: str, by_gate: str) -> None:
    line = break_it(repository, right, wrong)
    status, output = hook_for_files(repository)
    assert (status, "Failed" in output, by_file in output) == (1, True, True), output
    status, output = hook_for_the_inventory(repository)
    expected = by_gate.format(file=SETTINGS, line=line)
    assert (status, "Failed" in output, expected in output) == (1, True, True), output


def test_the_example_names_hooks_that_there_are(tmp_path: Path) -> None:
    config, hooks = (yaml.safe_load(file.read_text()) for file in (EXAMPLE, ROOT / ".pre-commit-hooks.yaml"))
    ours = [hook["id"] for repo in config["repos"] if "ansible-settings" in repo["repo"] for hook in repo["hooks"]]
    assert ours == [hook["id"] for hook in hooks]
    for command, file in (("validate-config", EXAMPLE), ("validate-manifest", ROOT / ".pre-commit-hooks.yaml")):
        assert pre_commit(tmp_path, command, str(file)) == (0, "")
