# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller whose jsonschema is too old, as in Debian 12 and Ubuntu 24.04: every playbook says so and ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.integration.playbooks import run_playbook
from tests.integration.repositories import write
from tests.tools.tree import ROOT

PLAYBOOKS = {
    "validate": (),
    "check": (),
    "apply": (),
    "adopt": ("-e", "email_adopt_dest=adopted"),
    "audit": ("-e", "email_audit_dest=record"),
    "compare": ("-e", "email_compare_from_environment=staging", "-e", "email_compare_to_environment=production"),
}
# What those versions have, and all that is asked of them before they fail.
OLD = {
    "jsonschema/__init__.py": "class Draft202012Validator: pass\n",
    "jsonschema/exceptions.py": "class SchemaError(Exception): pass\nclass ValidationError(Exception): pass\n",
    "jsonschema/validators.py": "def extend(): pass\n",
    "jsonschema_specifications/__init__.py": "",
    "jsonschema-4.10.3.dist-info/METADATA": "Metadata-Version: 2.1\nName: jsonschema\nVersion: 4.10.3\n",
}


@pytest.mark.parametrize(("playbook", "arguments"), PLAYBOOKS.items(), ids=PLAYBOOKS)
def test_an_old_library_is_named_with_the_one_wanted(playbook: str, arguments: tuple[str, ...], tmp_path: Path) -> None:
    write(tmp_path / "old", OLD)
    inventory = ("-i", str(ROOT / "tests/project/hosts.yml"), "-c", "local")
    path = os.pathsep.join([str(tmp_path / "old"), os.environ.get("PYTHONPATH", "")])
    run = run_playbook(
        tmp_path, *inventory, *arguments, playbook=f"appmail.settings.{playbook}", environment={"PYTHONPATH": path}
    )
    assert run.status == 2, run.output
    assert "jsonschema 4.10.3, which is too old; jsonschema>=4.18,<5 is needed" in run.output
    assert "Traceback" not in run.output
    assert sorted(file.name for file in tmp_path.iterdir()) == ["old"]
