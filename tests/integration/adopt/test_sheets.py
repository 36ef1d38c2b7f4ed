# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A filled sheet of an admin page becomes variables, with the sheet's line beside each value."""

from __future__ import annotations

from pathlib import Path

from tests.integration.playbooks import MANAGED_PYTHON, run_playbook
from tests.servers.leaks import leaks

SECRET = "Sommer#2026;x und=mehr"
SHEET = """---
app: flexicapture
sections:
  - title: SMTP settings
    fields:
      - label: SMTP server
        current: mail.example.edu
      - label: SMTP port
        current: 465
      - label: SMTP login
        current: svc-capture@example.edu
      - label: Password
        current: set
      - label: Use SSL
        current: marked
"""


def test_a_filled_sheet_becomes_variables(tmp_path: Path) -> None:
    sheet = tmp_path / "flexicapture.settings.yml"
    sheet.write_text(SHEET)
    (tmp_path / "hosts.yml").write_text(
        "all: {hosts: {capture: {ansible_connection: local, email_targets: [{app: flexicapture}],"
        " email_current_sheets: [flexicapture.settings.yml]}}}\n"
    )
    given = ["-i", "hosts.yml", "-e", f"ansible_python_interpreter={MANAGED_PYTHON}"]
    given += ["-e", f"email_adopt_dest={tmp_path / 'adopted'}"]
    made = run_playbook(tmp_path, *given, playbook="appmail.settings.adopt")
    assert made.status == 0, made.output
    text = "".join(file.read_text() for file in sorted((tmp_path / "adopted").rglob("*.yml")))
    assert "app: flexicapture" in text
    assert 'host: "mail.example.edu"  # capture: flexicapture.settings.yml:7' in text
    assert 'encryption: "implicit_tls"  # capture: flexicapture.settings.yml:15' in text
    sheet.write_text(SHEET.replace("current: set", f"current: '{SECRET}'"))
    refused = run_playbook(tmp_path, *given, "-vvvvv", playbook="appmail.settings.adopt")
    assert refused.status == 2
    assert "a sheet is no place for a secret" in refused.output
    assert leaks(refused.output, "svc-capture@example.edu", SECRET) == []
