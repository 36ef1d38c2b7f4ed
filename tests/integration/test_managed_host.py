# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays of these tests run their modules with the Python that they were told to."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.integration.playbooks import MANAGED_PYTHON, run_playbook

PLAY = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.setup:
        gather_subset: ["!all", python]
    - ansible.builtin.debug:
        msg: "python={{ ansible_facts.python.version | to_json }}"
"""


def test_modules_run_with_the_managed_hosts_python(tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
    run = run_playbook(tmp_path)
    assert run.status == 0, run.output
    told = run.printed("python")
    assert isinstance(told, dict)
    asked = subprocess.run([MANAGED_PYTHON, "--version"], capture_output=True, text=True, check=True).stdout
    assert asked == f"Python {told['major']}.{told['minor']}.{told['micro']}\n"
