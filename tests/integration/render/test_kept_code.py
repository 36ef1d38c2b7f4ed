# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that takes its code from the store does what the run did that filled it; no secret is in the store."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from tests.integration.playbooks import assert_no_secret, run_playbook

SECRET = "canary/Xy7+secret=="
SETTINGS = {
    "schema_version": 1,
    "smtp": {
        "host": "localhost",
        "port": 1,
        "encryption": "starttls",
        "auth": {"username": "app", "password": "{{ secret }}"},
    },
    "sender": {"address": "noreply@example.edu"},
}


def test_the_second_run_is_as_the_first(tmp_path: Path) -> None:
    judged = {"settings": SETTINGS, "targets": [{"app": "msmtp"}]}
    tasks = [
        {"appmail.settings.validate": judged},
        {"appmail.settings.render": {**judged, "dest_root": "{{ dest_root }}"}},
        {"appmail.settings.check": judged, "ignore_errors": True},
    ]
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play, sort_keys=False), encoding="utf-8")
    (tmp_path / "secret.yml").write_text(yaml.safe_dump({"secret": SECRET}), encoding="utf-8")
    # The tests' own environment tells Python to write no compiled code.
    environment = {**os.environ, "ANSIBLE_HOME": str(tmp_path / "home"), "PYTHONDONTWRITEBYTECODE": ""}
    runs, kept = [], []
    for number in range(2):
        root = tmp_path / f"written-{number}"
        done = run_playbook(tmp_path, "-e", "@secret.yml", "-e", f"dest_root={root}", environment=environment)
        assert done.status == 0, done.output
        assert_no_secret(done.output, SECRET)
        written = {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        runs.append((done.output.count("changed: [localhost]"), written))
        (file,) = (tmp_path / "home" / "appmail.settings").iterdir()
        kept.append((file.stat().st_ino, file.read_bytes()))
    assert runs[0] == runs[1]
    assert len(runs[0][1]) >= 1
    assert kept[0] == kept[1], "nothing was made again"
    assert_no_secret(kept[0][1].decode("latin-1"), SECRET)
