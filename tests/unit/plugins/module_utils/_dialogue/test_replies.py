# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies as they come in, and what their wordings mean."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import Reply
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import REASONS
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.replies import (
    NotAReply,
    ends_smtp_reply,
    smtp_reply,
    without_ours,
)
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.verdicts import (
    AUTH_RULES,
    HELLO_RULES,
    IMAP_AUTH_RULES,
    RECIPIENT_RULES,
    SENDER_RULES,
    Rule,
    reason_for,
)

REPLIES = {
    "one line": ([b"250 ok"], Reply(250, None, "ok")),
    "enhanced code": ([b"535 5.7.8 no"], Reply(535, "5.7.8", "no")),
    "many lines": ([b"535-5.7.8 one", b"535-5.7.8 two", b"535 5.7.8 three"], Reply(535, "5.7.8", "one two three")),
    "code alone": ([b"250"], Reply(250, None, "")),
    "no text": ([b"250 "], Reply(250, None, "")),
    "enhanced code at the end": ([b"550 no such user (#5.1.1)"], Reply(550, "5.1.1", "no such user (#5.1.1)")),
    "lasting beside temporary": ([b"451 5.7.3 STARTTLS is required"], Reply(451, "5.7.3", "STARTTLS is required")),
    "enhanced code with qmail's sign": ([b"250 #2.1.0 ok"], Reply(250, "2.1.0", "ok")),
    "enhanced code of success at the end": ([b"250 ok (#2.1.0)"], Reply(250, "2.1.0", "ok (#2.1.0)")),
    "temporary, the least code": ([b"400 4.3.0 later"], Reply(400, "4.3.0", "later")),
    "enhanced code of success": ([b"250 2.1.0 ok"], Reply(250, "2.1.0", "ok")),
    "enhanced code of failure beside success": ([b"250 5.1.1 ok"], Reply(250, None, "5.1.1 ok")),
    "enhanced code of another class": ([b"535 2.7.0 fine"], Reply(535, None, "2.7.0 fine")),
    "enhanced code alone": ([b"550 5.1.1"], Reply(550, "5.1.1", "")),
    "not quite an enhanced code": ([b"550 5.1.1.1 no"], Reply(550, None, "5.1.1.1 no")),
    "control characters": ([b"250 a\x1b[0mb"], Reply(250, None, "a\\x1b[0mb")),
    "long": ([b"250-" + b"x" * 300, b"250 " + b"y" * 300], Reply(250, None, "x" * 300 + " " + "y" * 300)),
}
NOT_REPLIES = {
    "nothing": [b""],
    "no code": [b"hello"],
    "two digits": [b"25 ok"],
    "code out of range": [b"199 ok"],
    "code of another range": [b"650 ok"],
    "another mark": [b"250+ok"],
    "two codes": [b"250-one", b"251 two"],
}


@pytest.mark.parametrize(("lines", "expected"), REPLIES.values(), ids=REPLIES)
def test_replies(lines: list[bytes], expected: Reply) -> None:
    assert smtp_reply(lines) == expected


def test_of_a_reply_without_end_the_first_lines_are_kept() -> None:
    lines = [f"550-{number:03} {'x' * 396}".encode() for number in range(300)]
    text = smtp_reply([*lines, b"550 the end"]).text
    assert text.startswith("000 xxx")
    assert 16_000 < len(text) < 17_000


@pytest.mark.parametrize("lines", NOT_REPLIES.values(), ids=NOT_REPLIES)
def test_not_replies(lines: list[bytes]) -> None:
    with pytest.raises(NotAReply):
        smtp_reply(lines)


OURS = {
    "an address": ("<banned@mail.test>... User unknown", [], "-... User unknown"),
    "a host's name": ("relay.mail.test is not allowed", ["relay.mail.test"], "- is not allowed"),
    "a host's name within a longer one": (
        "my-relay.mail.test.edu says no",
        ["relay.mail.test"],
        "my-relay.mail.test.edu says no",
    ),
    "the longer one first": ("a.mail.test, mail.test", ["mail.test", "a.mail.test"], "-, -"),
    "a word of the server's own": ("no relay for you", ["relay"], "no relay for you"),
    "a word that is quoted": ("relaying denied for [relay]", ["relay"], "relaying denied for [-]"),
    "a word before a colon": ("relay: denied", ["relay"], "-: denied"),
    "a word after one": ("unknown host: relay.", ["relay"], "unknown host: -."),
    "a letter": ("class [a] is full", ["a"], "class [a] is full"),
    "a login's two sides": ("[bob] not in mail.test", ["bob@mail.test"], "[-] not in -"),
    "words with blanks": ("Our Team may not send", ["Our Team"], "- may not send"),
    "in other letters": ("RELAY.Mail.Test no", ["relay.mail.test"], "- no"),
}


@pytest.mark.parametrize(("text", "ours", "left"), OURS.values(), ids=OURS)
def test_our_own_words_are_not_the_servers(text: str, ours: list[str], left: str) -> None:
    assert without_ours(text, ours) == left


@pytest.mark.parametrize(("line", "ends"), [(b"250-a", False), (b"250 a", True), (b"250", True), (b"garbage", True)])
def test_the_last_line(line: bytes, ends: bool) -> None:
    assert ends_smtp_reply(line) is ends


@pytest.mark.parametrize(("code", "temporary"), [(421, True), (499, True), (250, False), (550, False), ("NO", False)])
def test_temporary(code: int | str, temporary: bool) -> None:
    assert Reply(code, None, "").temporary is temporary


@pytest.mark.parametrize("rules", [HELLO_RULES, AUTH_RULES, SENDER_RULES, RECIPIENT_RULES, IMAP_AUTH_RULES])
def test_rules_name_reasons_of_the_table(rules: tuple[Rule, ...]) -> None:
    assert {rule.reason for rule in rules} <= set(REASONS)


# Beside the scenarios: what must not be taken for something else.
NOT_MISTAKEN = {
    "a too simple password is no mechanism": (AUTH_RULES, "535 5.7.8 Password too weak", True, "auth_rejected"),
    "a limit that was not exceeded": (AUTH_RULES, "535 5.7.8 wrong, no limit on retries", True, "auth_rejected"),
    "TLS words inside TLS": (AUTH_RULES, "535 5.7.8 rejected, use STARTTLS", True, "auth_rejected"),
    "530 to a login inside TLS": (AUTH_RULES, "530 5.7.0 go away", True, "auth_rejected"),
    "a secure password wanted": (AUTH_RULES, "535 5.7.8 please use a more secure password", False, "auth_rejected"),
    "temporary with a strange word": (AUTH_RULES, "451 4.3.0 mechanism trouble", True, "auth_temporary_failure"),
    "size words in a sender refusal": (SENDER_RULES, "550 5.7.1 message rejected", True, "sender_rejected"),
    "a full mailbox is no size limit": (RECIPIENT_RULES, "552 5.2.2 mailbox full", True, "recipient_rejected"),
    "a full quota is no size limit": (
        RECIPIENT_RULES,
        "552 5.2.2 message quota exceeded for this mailbox",
        True,
        "recipient_rejected",
    ),
    "a block list of hosts": (
        RECIPIENT_RULES,
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        True,
        "client_rejected",
    ),
    "a block list of domains": (
        RECIPIENT_RULES,
        "554 5.7.1 Service unavailable; Sender address [app@example.edu] blocked using dbl.spamhaus.org",
        True,
        "sender_rejected",
    ),
    "a block list of names": (
        RECIPIENT_RULES,
        "554 5.7.1 Service unavailable; Helo command [app] blocked using dbl.spamhaus.org",
        True,
        "hello_rejected",
    ),
    "a blocked address is no switched-off account": (
        AUTH_RULES,
        "535 5.7.8 Authentication failed, address blocked",
        True,
        "auth_rejected",
    ),
    "authentication of the sender's domain": (
        RECIPIENT_RULES,
        "550 5.7.26 This mail is unauthenticated, sender must pass SPF",
        True,
        "sender_rejected",
    ),
}


@pytest.mark.parametrize(("rules", "line", "secure", "reason"), NOT_MISTAKEN.values(), ids=NOT_MISTAKEN)
def test_not_mistaken(rules: tuple[Rule, ...], line: str, secure: bool, reason: str) -> None:
    assert reason_for(rules, smtp_reply([line.encode()]), secure=secure, logged_in=True) == reason
