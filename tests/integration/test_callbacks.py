# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible hands to callbacks beside a result, the task with its arguments, holds no secret."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import assert_no_secret, run_playbook

SECRET = "canary/Xy7+secret=="
# As callbacks that keep records do: all that they are given is written.
CALLBACK = """
import json, os
from ansible.plugins.callback import CallbackBase

class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME, CALLBACK_NEEDS_ENABLED = 2.0, "notification", "given", False

    def _note(self, result, *_given, **_named):
        given = [result.task_fields, {name: str(getattr(result.task, name, "")) for name in ("args", "vars")}]
        with open(os.environ["GIVEN"], "a") as noted:
            noted.write(json.dumps([result.task.action, given], default=str) + "\\n")

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_item_on_ok = v2_runner_item_on_failed = v2_runner_retry = _note
"""
SMTP = {"host": "127.0.0.1", "port": 1, "encryption": "none", "timeout": 5}
SETTINGS = {
    "schema_version": 1,
    "smtp": {**SMTP, "encryption": "starttls", "auth": {"username": "app", "password": "{{ secret }}"}},
    "sender": {"address": "noreply@example.edu"},
}
JUDGED = {"settings": SETTINGS, "targets": [{"app": "msmtp"}]}
ENDPOINT = {**SMTP, "encryption": "starttls", "username": "app", "password": "{{ secret }}"}
TASKS: dict[str, dict[str, object]] = {
    "validate": JUDGED,
    "render": {**JUDGED, "dest_root": "{{ playbook_dir }}/written"},
    "apply": {**JUDGED, "dest_root": "{{ playbook_dir }}/written"},
    "check": JUDGED,
    "smtp_check": ENDPOINT,
    "imap_check": ENDPOINT,
    "report": {"dest": "{{ playbook_dir }}/record", "hosts": {"localhost": JUDGED}},
    "compare": {"hosts": {"localhost": JUDGED}},
    "adopt": {"hosts": {"localhost": JUDGED}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "callback_plugins").mkdir()
    (tmp_path / "callback_plugins" / "given.py").write_text(CALLBACK)
    return tmp_path


def given_by(folder: Path, tasks: list[dict[str, object]]) -> list[tuple[str, str]]:
    """Each task's action, and all that callbacks were given of it."""
    play = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"secret": "{{ lookup('env', 'CANARY') }}"},
            "tasks": tasks,
        }
    ]
    (folder / "play.yml").write_text(yaml.safe_dump(play, sort_keys=False), encoding="utf-8")
    environment = {
        "CANARY": SECRET,
        "GIVEN": str(folder / "given.jsonl"),
        "ANSIBLE_CALLBACK_PLUGINS": str(folder / "callback_plugins"),
    }
    done = run_playbook(folder, environment={**os.environ, **environment})
    assert done.status == 0, done.output
    assert_no_secret(done.output, SECRET)
    lines = (folder / "given.jsonl").read_text(encoding="utf-8").splitlines()
    return [(str(action), json.dumps(given)) for action, given in map(json.loads, lines)]


@pytest.mark.parametrize("module", TASKS)
def test_callbacks_are_given_no_secret(folder: Path, module: str) -> None:
    action = f"appmail.settings.{module}"
    ((given_action, given), *items) = given_by(
        folder,
        [
            {"name": "Once", action: TASKS[module], "ignore_errors": True},
            {"name": "In a loop", action: TASKS[module], "loop": [1, 2], "ignore_errors": True},
        ],
    )
    assert given_action == action
    assert len(items) == 3
    for told in (given, *(told for _action, told in items)):
        assert_no_secret(told, SECRET)


def test_nor_those_of_a_task_that_runs_in_the_background(folder: Path) -> None:
    task = {"name": "Polled", "appmail.settings.smtp_check": ENDPOINT, "async": 30, "poll": 1, "ignore_errors": True}
    for _action, told in given_by(folder, [task]):
        assert_no_secret(told, SECRET)


def test_a_task_that_is_tried_again_has_its_arguments_again(folder: Path) -> None:
    checked = {"name": "Again", "appmail.settings.smtp_check": ENDPOINT, "register": "checked", "ignore_errors": True}
    tasks: list[dict[str, object]] = [
        {**checked, "until": "checked.reason == 'ok'", "retries": 2, "delay": 0},
        {"ansible.builtin.assert": {"that": ["checked.attempts == 2", "checked.reason == 'connection_refused'"]}},
    ]
    given_by(folder, tasks)
