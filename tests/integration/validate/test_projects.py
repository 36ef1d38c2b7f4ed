# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each folder under projects/ is a small project with faults; `expected` holds what is printed. A folder is a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.playbooks import assert_no_secret, run_playbook

PROJECTS = sorted((Path(__file__).parent / "projects").iterdir())

# Every secret in the projects begins like this.
SECRETS = ("hunter2-in-the-wrong-place", "hunter2-in-a-list", "hunter2-in-a-mapping", "hunter2-in-a-vault", "hunter2")


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_each_fault_is_printed_at_its_place_and_no_secret(project: Path) -> None:
    arguments = project / "arguments"
    run = run_playbook(project, "-vvvv", *(arguments.read_text().split() if arguments.exists() else []))
    assert run.finding_lines() == (project / "expected").read_text(encoding="utf-8").splitlines()
    assert run.status == 2
    assert_no_secret(run.output, *SECRETS)
