# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Situations of people who do this job: each folder here is a small project with a `case.yml`; adding one adds a test.

A case is its steps, run one after the other by a shell in a copy of the folder. What a project lacks it is given:
`inventory.yml` has one host, and `play.yml` runs the role, checks no server and writes below `root`. See README.md.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import MANAGED_PYTHON, assert_no_secret
from tests.tools.tree import COLLECTIONS

HERE = Path(__file__).parent
COMMON = HERE / "_common"
CASES = sorted(path.parent for path in HERE.glob("*/case.yml"))

# What a case may use, and no more: an input that would take all of a machine is ended, and fails its case.
SECONDS = 60
KILOBYTES = 3_000_000


@dataclass(frozen=True)
class Step:
    """One command of a shell, and what is seen of it: texts that it prints, and texts that it never prints."""

    run: str
    status: int = 0
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """`needs` are programs, or `root`; `secrets` stand in no form in what any step prints."""

    about: str
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


def read_case(folder: Path) -> Case:
    """The folder's case.yml; a key that no case has is an error."""
    tree = yaml.safe_load((folder / "case.yml").read_text(encoding="utf-8"))
    steps = tuple(
        Step(**{key: tuple(value) if isinstance(value, list) else value for key, value in step.items()})
        for step in tree.pop("steps")
    )
    return Case(steps=steps, **{key: tuple(value) if isinstance(value, list) else value for key, value in tree.items()})


def missing(case: Case) -> list[str]:
    """What this machine lacks of what the case needs."""
    return [
        need
        for need in case.needs
        if (os.geteuid() != 0 if need == "root" else shutil.which(need, path=f"{os.environ['PATH']}:/usr/sbin") is None)
    ]


def run(step: Step, folder: Path) -> subprocess.CompletedProcess[str]:
    """The step, run by a shell that has our ansible-playbook first on its path."""
    return subprocess.run(
        ["bash", "-c", f"ulimit -v {KILOBYTES}\n{step.run}"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "10000",
            "MANAGED_PYTHON": MANAGED_PYTHON,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
        },
    )


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_the_case_ends_as_it_should(folder: Path, tmp_path: Path) -> None:
    case = read_case(folder)
    if lacking := missing(case):
        pytest.skip(f"needs {', '.join(lacking)}")
    project = Path(shutil.copytree(COMMON, tmp_path / "project"))
    shutil.copytree(folder, project, dirs_exist_ok=True)
    for step in case.steps:
        done = run(step, project)
        assert done.returncode == step.status, done.stdout
        for text in step.says:
            assert text in done.stdout, done.stdout
        for text in step.never:
            assert text not in done.stdout, done.stdout
        assert_no_secret(done.stdout, *case.secrets)
