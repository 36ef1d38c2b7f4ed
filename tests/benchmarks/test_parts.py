# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks run: each contender once. Nothing is said of how long anything takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from tests.benchmarks.ssh import sshd_program
from tests.tools.tree import COLLECTIONS

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.once, pytest.mark.timeout(1200)]

SSH = "builtin tasks : role, SSH 50 ms off"
# What the smallest run leaves out: more hosts and more endpoints than one, and whole plays of builtin tasks.
LEFT_OUT = {
    *(f"builtin tasks : role, {hosts}" for hosts in ("1 host", "10 hosts", "50 hosts")),
    *(f"role : one empty module, {hosts} hosts, CPU" for hosts in (10, 50, 100)),
    "the role's CPU a host, of 50, seconds",
    "looped swaks : one call, 50, net",
    "200 endpoints : 1, net",
    "MiB over Ansible's, 10 hosts",
    "the same, 100 hosts",
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run wrote."""
    into = tmp_path_factory.mktemp("bench")
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--size", "once", "--into", str(into)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{COLLECTIONS}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (into / "bench.md").read_text(encoding="utf-8") in done.stdout
    return cast("dict[str, Any]", json.loads((into / "bench.json").read_text(encoding="utf-8")))


def test_each_goal_is_measured_but_those_of_more_hosts(measured: dict[str, Any]) -> None:
    missing = {goal["what"] for goal in measured["goals"] if goal["verdict"] == "not measured"}
    assert missing - {SSH} == LEFT_OUT


def test_the_way_over_ssh_is_measured_where_there_is_a_server(measured: dict[str, Any]) -> None:
    section = next(section for section in measured["sections"] if "over SSH" in section["title"])
    if sshd_program() is None:
        assert section["notes"] == ["sshd is not installed (apt-get install openssh-server), so it was not measured"]
        pytest.skip("sshd is not installed (apt-get install openssh-server)")
    assert section["figures"]["builtin tasks : role"] > 0


def test_figures_stand_with_the_load_and_the_commit(measured: dict[str, Any]) -> None:
    assert measured["commit"]
    assert set(measured["load"]) == {"before", "after"}
    assert all(section["load"] >= 0 for section in measured["sections"])
