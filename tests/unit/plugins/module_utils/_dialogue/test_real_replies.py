# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real servers say, and what it means: a line in tests/servers/replies is a test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import Reply
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import REASONS
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.imap import _status
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.replies import smtp_reply
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.verdicts import (
    AUTH_RULES,
    GREETING_RULES,
    HELLO_RULES,
    IMAP_AUTH_RULES,
    IMAP_HELLO_RULES,
    IMAP_MAILBOX_RULES,
    RECIPIENT_RULES,
    SENDER_RULES,
    Rule,
    rule_for,
)

FOLDER = Path(__file__).parents[5] / "tests" / "servers" / "replies"
TABLES: dict[str, tuple[Rule, ...]] = {
    "greeting": GREETING_RULES,
    "hello": HELLO_RULES,
    "auth": AUTH_RULES,
    "sender": SENDER_RULES,
    "recipient": RECIPIENT_RULES,
    "imap greeting": IMAP_HELLO_RULES,
    "imap auth": IMAP_AUTH_RULES,
    "imap mailbox": IMAP_MAILBOX_RULES,
}


@dataclass(frozen=True)
class Saying:
    """One reply, where it was heard, and what it means."""

    stage: str
    secure: bool
    logged_in: bool
    verdict: str
    reply: str
    sent: str

    def parsed(self) -> Reply:
        lines = [line.strip().encode() for line in self.reply.split(" // ")]
        return _status(lines[0]) if self.stage.startswith("imap") else smtp_reply(lines)


def sayings() -> dict[str, Saying]:
    table: dict[str, Saying] = {}
    for path in sorted(FOLDER.glob("*.txt")):
        head, _blank, body = path.read_text(encoding="utf-8").partition("\n\n")
        where = dict(line.split(": ") for line in head.splitlines())
        for number, line in enumerate(body.splitlines(), len(where) + 2):
            if not line or line.startswith("#"):
                continue
            verdict, server, reply, *sent = line.split(" | ")
            table[f"{path.name}:{number}: {server}: {reply[:60]}"] = Saying(
                where["stage"],
                where["secure"] == "yes",
                where.get("logged_in") == "yes",
                verdict.strip(),
                reply,
                "".join(sent),
            )
    return table


SAYINGS = sayings()


@pytest.mark.parametrize("saying", SAYINGS.values(), ids=SAYINGS)
def test_what_a_server_means(saying: Saying) -> None:
    rule = rule_for(
        TABLES[saying.stage],
        saying.parsed(),
        secure=saying.secure,
        logged_in=saying.logged_in,
        ours=[saying.sent] if saying.sent else [],
    )
    assert ":".join(filter(None, (rule.reason, rule.cure))) == saying.verdict


@pytest.mark.parametrize("rules", TABLES.values(), ids=TABLES)
def test_rules_name_reasons_and_cures_of_the_table(rules: tuple[Rule, ...]) -> None:
    for rule in rules:
        assert not rule.cure or rule.cure in REASONS[rule.reason].cures


def test_every_cure_is_of_use() -> None:
    """Each special hint belongs to a rule, or to a place in the dialogue that chooses it."""
    chosen = {rule.cure for rules in TABLES.values() for rule in rules}
    chosen |= {"mechanism", "account", "without_names", "inbox", "pipelining"}
    assert {cure for reason in REASONS.values() for cure in reason.cures} == chosen - {""}
