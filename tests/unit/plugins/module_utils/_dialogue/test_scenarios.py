# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every scenario of tests/servers, on the wire: reason, stage, category, hint, connections, logins, and no secret."""

from __future__ import annotations

import json

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import category_message
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import session
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from tests.servers.certificates import Certificates
from tests.servers.imap_scenarios import IMAP_SCENARIOS
from tests.servers.leaks import leaks
from tests.servers.scenarios import Scenario, options_of
from tests.servers.scripted import ScriptedServer
from tests.servers.smtp_scenarios import SMTP_SCENARIOS

ALL = [("smtp", each) for each in SMTP_SCENARIOS] + [("imap", each) for each in IMAP_SCENARIOS]


@pytest.mark.parametrize(("protocol", "scenario"), ALL, ids=[f"{protocol}: {each.name}" for protocol, each in ALL])
def test_scenario(
    protocol: str, scenario: Scenario, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LOOK_AFTER", 1.0)  # test_patience holds how long they are
    monkeypatch.setattr(session, "PAUSE", 0.5)
    with ScriptedServer(scenario.scripts, certificates) as server:
        endpoint = endpoint_from_mapping(protocol, options_of(scenario, certificates, server.port))
        (result,) = check_endpoints([endpoint], 1)
        server.wait()
    shown = json.dumps(result, ensure_ascii=False, indent=1)
    assert f"{result['category']} {result['reason']} {result['stage']}" == scenario.outcome, shown
    assert server.faults == [], shown
    assert len(server.peers) == scenario.connections
    assert server.logins == scenario.logins
    assert result["warnings"] == list(scenario.warnings)
    assert result["temporary"] is scenario.temporary
    assert str(result["msg"]).startswith(category_message(str(result["category"]), protocol))
    assert [word for word in scenario.says if word not in str(result["hint"])] == []
    assert [word for word in scenario.tells if word not in str(result["msg"])] == []
    assert bool(result["hint"]) is (result["reason"] != "ok")
    check_reply(result["reply"], scenario)
    if endpoint.password:
        assert leaks(shown + repr(endpoint), endpoint.username or "", endpoint.password) == []


def check_reply(reply: object, scenario: Scenario) -> None:
    if scenario.code is not None:
        assert isinstance(reply, dict)
        assert reply["code"] == scenario.code
    if scenario.enhanced_code is not None:
        assert isinstance(reply, dict)
        assert reply["enhanced_code"] == scenario.enhanced_code
