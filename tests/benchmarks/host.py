# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on a host, alone, on each Python that this machine has: the host's half beside an empty module."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.benchmarks.measuring import BenchmarkError, Contender, Section, run
from tests.benchmarks.plays import Play
from tests.benchmarks.role import Site
from tests.tools.pythons import VERSIONS, find_python


def measure_host_half(made: Site, runs: int) -> Section:
    """The very programs that Ansible sends to a host where nothing changes, kept and run again."""
    section = Section("the host's half, nothing changed, beside an empty AnsibleModule")
    hosts = made.hosts(1)
    made.play.run("role.yml", "-i", hosts)
    programs = {name: _kept(made, playbook, hosts) for name, playbook in _PLAYBOOKS.items()}
    pythons = {version: python for version in VERSIONS if (python := find_python(version)) is not None}
    contenders: dict[str, Contender] = {
        f"{name}, Python {version}": _runner(python, program)
        for version, python in pythons.items()
        for name, program in programs.items()
    }
    section.measure(contenders, runs)
    ratios = [
        section.ratio(f"the host's half, Python {version}", f"an empty module, Python {version}", what="cpu")
        for version in pythons
    ]
    section.figures.update(
        {f"host's half : empty, CPU, {version}": ratio for version, ratio in zip(pythons, ratios, strict=True)}
    )
    section.figures["host's half : empty, CPU, the worst of all Pythons"] = max(ratios)
    return section


_PLAYBOOKS = {"the host's half": "role.yml", "an empty module": "one-module.yml"}


def _kept(made: Site, playbook: str, hosts: str) -> Path:
    """The program that a playbook sends to its host, as Ansible leaves it there when it is told to."""
    folder = made.play.folder / f"kept-{playbook}"
    shutil.rmtree(folder, ignore_errors=True)
    keeping = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_PIPELINING": "0", "ANSIBLE_REMOTE_TMP": str(folder)}
    Play(made.play.folder, {**made.play.environment, **keeping}).run(playbook, "-i", hosts)
    programs = sorted(folder.rglob("AnsiballZ_*.py"))
    if len(programs) != 1:
        raise BenchmarkError(f"{playbook} left {len(programs)} programs")
    return programs[0]


def _runner(python: Path, program: Path) -> Contender:
    return lambda: run([str(python), str(program)], folder=program.parent, environment=os.environ)[0]
