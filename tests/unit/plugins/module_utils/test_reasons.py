# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table, the module's documentation and the page made from it say the same."""

from __future__ import annotations

import string

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._reasons import (
    CATEGORIES,
    MESSAGES,
    REASONS,
    STAGES,
    WARNINGS,
    Reason,
    category_message,
)
from tests.servers.imap_scenarios import IMAP_SCENARIOS
from tests.servers.network_scenarios import NETWORK_SCENARIOS
from tests.servers.smtp_scenarios import SMTP_SCENARIOS
from tests.tools.reasons_page import PAGE, page

HINT_FIELDS = {
    "host",
    "port",
    "encryption",
    "protocol",
    "timeout",
    "address_family",
    "helo_name",
    "minimum_version",
    "ca_file",
    "offered",
    "sender",
    "mailbox",
}


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_a_reason_is_whole(reason: Reason) -> None:
    assert reason.stages
    assert set(reason.stages) | set(reason.late_stages) <= set(STAGES)
    assert not set(reason.stages) & set(reason.late_stages)
    assert reason.category in CATEGORIES
    assert (reason.category == "complete") is (reason.name == "ok")
    assert bool(reason.hint) is (reason.name != "ok")
    assert {field for _text, field, _form, _how in string.Formatter().parse(reason.hint) if field} <= HINT_FIELDS


def test_every_reason_is_reached_on_the_wire() -> None:
    outcomes = [each.outcome for each in (*SMTP_SCENARIOS, *IMAP_SCENARIOS)]
    outcomes += [each.outcome for each in NETWORK_SCENARIOS]
    reached = {outcome.split(" ")[1] for outcome in outcomes}
    assert reached == set(REASONS)


def test_every_warning_is_reached_on_the_wire() -> None:
    assert {name for each in (*SMTP_SCENARIOS, *IMAP_SCENARIOS) for name in each.warnings} == set(WARNINGS) - {
        "login_elsewhere"
    }  # a fleet's, which only apply can say


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
