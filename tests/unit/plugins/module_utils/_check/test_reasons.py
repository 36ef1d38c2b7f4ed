# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table, the module's documentation and the page made from it say the same."""

from __future__ import annotations

import re

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._check.facts import Attempt, CheckFailure, Facts
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import (
    CATEGORIES,
    MESSAGES,
    REASONS,
    STAGES,
    WARNINGS,
    Reason,
    category_message,
)
from ansible_collections.appmail.settings.plugins.module_utils._check.results import result
from tests.servers.imap_scenarios import IMAP_SCENARIOS
from tests.servers.network_scenarios import NETWORK_SCENARIOS
from tests.servers.smtp_scenarios import SMTP_SCENARIOS
from tests.tools.reasons_page import PAGE, page


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_a_reason_is_whole(reason: Reason) -> None:
    assert reason.stages
    assert set(reason.stages) | set(reason.late_stages) <= set(STAGES)
    assert not set(reason.stages) & set(reason.late_stages)
    assert reason.category in CATEGORIES
    assert (reason.category == "complete") is (reason.name == "ok")
    assert bool(reason.hint) is (reason.name != "ok")


PORTS = {"smtp": {"25", "465", "587", "2525"}, "imap": {"143", "993"}}


@pytest.mark.parametrize("protocol", PORTS)
@pytest.mark.parametrize("reason", REASONS)
def test_a_hint_names_the_ports_of_its_protocol(reason: str, protocol: str) -> None:
    endpoint = endpoint_from_mapping(protocol, {"host": "mail.example.edu", "port": 7, "encryption": "none"})
    failed = Attempt(Facts(), None if reason == "ok" else CheckFailure(reason, "seen", stage="auth"), 0.0)
    hint = str(result(endpoint, [failed], "here")["hint"])
    assert "{" not in hint
    named = set(re.findall(r"\d+", hint)) & (PORTS["smtp"] | PORTS["imap"])
    assert named <= PORTS[protocol]


def test_a_hint_names_the_mechanism_that_was_asked_for() -> None:
    endpoint = endpoint_from_mapping("smtp", {"host": "mail.example.edu", "encryption": "starttls"})
    failed = Attempt(
        Facts(auth_offered=["GSSAPI"]), CheckFailure("auth_mechanism_not_offered", "seen", stage="auth"), 0.0
    )
    assert "offers GSSAPI, and mechanism is auto" in str(result(endpoint, [failed], "here")["hint"])


def test_every_reason_is_reached_on_the_wire() -> None:
    outcomes = [each.outcome for each in (*SMTP_SCENARIOS, *IMAP_SCENARIOS)]
    outcomes += [each.outcome for each in NETWORK_SCENARIOS]
    reached = {outcome.split(" ")[1] for outcome in outcomes}
    assert reached == set(REASONS)


def test_every_warning_is_reached_on_the_wire() -> None:
    assert {name for each in (*SMTP_SCENARIOS, *IMAP_SCENARIOS) for name in each.warnings} == set(WARNINGS) - {
        "login_elsewhere",
        "login_left_out",
    }  # which only apply and check can say


@pytest.mark.parametrize("encryption", ["none", "starttls", "implicit_tls", "starttls_opportunistic"])
def test_every_encryption_has_scenarios(encryption: str) -> None:
    assert [each for each in SMTP_SCENARIOS if each.encryption == encryption]
    assert [each for each in IMAP_SCENARIOS if each.encryption == encryption]


def test_the_page_is_made_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.tools.reasons_page"


@pytest.mark.parametrize("category", MESSAGES)
def test_the_documented_messages_are_those_of_the_pages(category: str) -> None:
    documented = {
        "complete": "Test connection complete",
        "connection_failed": "SMTP server connection failed. Check server url or port",
        "login_failed": "SMTP login failed. Check server login or password.",
        "failed": "Test connection failed",
    }
    assert category_message(category, "smtp") == documented[category]
    assert category_message(category, "imap") == documented[category].replace("SMTP", "IMAP")
