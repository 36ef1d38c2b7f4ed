# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's half without AnsibleModule: the line in the host's log, the mask that comes last, odd characters."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any, Mapping

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._host.standalone import (
    StandaloneModule,
    packed,
    run_standalone,
)
from tests.letters import NOTHING_TO_WRITE

PASSWORD = "S3cret/Wörd+42"
LETTER = {**NOTHING_TO_WRITE, "note": PASSWORD}


@pytest.fixture(name="logged")
def logged_fixture(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would stand in the host's log: a stand-in for the system's, which a test may not write to."""
    lines: list[Any] = []
    log = SimpleNamespace(
        LOG_USER=8,
        LOG_INFO=6,
        openlog=lambda *arguments: lines.append(arguments),
        syslog=lambda *arguments: lines.append(arguments),
    )
    monkeypatch.setitem(sys.modules, "syslog", log)  # type: ignore[arg-type]
    return lines


def run(arguments: Mapping[str, object], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    with pytest.raises(SystemExit):
        run_standalone({"half": "render", "payload": packed(json.dumps(LETTER)), **arguments})
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({}, "Invoked"),
        ({"_ansible_check_mode": True, "_ansible_target_log_info": "job 7"}, "job 7 Invoked in check mode"),
    ],
)
def test_the_hosts_log_has_one_line_without_a_value(
    arguments: Mapping[str, object], line: str, logged: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run(arguments, capsys)
    assert logged == [("ansible-appmail.settings.render", 0, 8), (6, line)]


def test_no_line_where_ansible_is_told_to_log_nothing(logged: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    run({"_ansible_no_log": True}, capsys)
    assert logged == []


def test_the_last_mask_takes_a_password_out_of_values_and_leaves_names(capsys: pytest.CaptureFixture[str]) -> None:
    module = StandaloneModule({})
    module.no_log_values.add(PASSWORD)
    module.warn("half a warning")
    with pytest.raises(SystemExit):
        module.exit_json(msg=f"said {PASSWORD}", results=[{"reply": {"text": PASSWORD, "code": 250}}])
    answer = json.loads(capsys.readouterr().out)
    assert answer["msg"] == "said ********"
    assert answer["results"] == [{"reply": {"text": "********", "code": 250}}]
    assert answer["warnings"] == answer["host_warnings"] == ["half a warning"]


def test_half_a_character_does_not_cost_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        StandaloneModule({}).fail_json("a name: \udcff")
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["msg"] == "a name: \udcff"
