# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against Courier, SMTP and IMAP, which have codes of their own and no enhanced ones.

Four of the common cases cannot be made: whoever is logged in may send as anybody; it announces SIZE without a number,
so that a limit shows only with a sender; and it looks HELO names up in DNS or not at all. A host that is not welcome is
greeted, and refused at RCPT.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.integration.real import courier as server
from tests.integration.real import mail_servers
from tests.integration.real.accounts import ALICE
from tests.integration.real.cases import (
    LOGIN,
    UNKNOWN_USER,
    WRONG_PASSWORD,
    Case,
    concluded,
    logins,
    passes,
)
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import (
    COMMON,
    NO_STARTTLS,
    RELAY_FOR_A_STRANGER,
    SIZE_LIMIT_MB,
    STRANGER,
    certificate,
    mailbox_not_there,
    refused,
)
from tests.integration.real.courier import Courier
from tests.integration.real.daemons import Tally

CANNOT_BE_MADE = ("sender of another", "a message above the limit", "helo name that is none", "host not welcome")
SMTP = [
    Case(
        "a message above the limit, with a sender",
        "submission",
        "starttls",
        "message_size_exceeded",
        "size",
        "failed",
        {**LOGIN, "sender": ALICE.address, "message_size_mb": SIZE_LIMIT_MB + 1},
        hint=("size limit",),
    ),
    RELAY_FOR_A_STRANGER,
    Case(
        "host not welcome, and mail",
        "closed_to_us",
        "none",
        "client_rejected",
        "recipient",
        "connection_failed",
        {**STRANGER, "recipients": [ALICE.address]},
    ),
    passes("login with PLAIN in clear", "login_in_clear", "none", LOGIN, ("password_sent_in_clear",)),
]
# Behind a port that is silent the check waits for most of its time before it looks for TLS.
SILENT = "in clear, on a port with TLS first"
IMAP = [
    passes("login after STARTTLS", "imap", "starttls", LOGIN),
    passes("login over implicit TLS", "imaps", "implicit_tls", LOGIN),
    passes("INBOX", "imap", "starttls", {**LOGIN, "mailbox": "INBOX"}),
    passes("no login asked for", "imap", "starttls", {}),
    passes("login in clear", "imap_clear", "none", LOGIN, ("password_sent_in_clear",)),
    passes("opportunistic, not offered", "imap_clear", "starttls_opportunistic", {}, ("tls_not_used",)),
    refused("wrong password", WRONG_PASSWORD, service="imap"),
    refused("wrong password, TLS first", WRONG_PASSWORD, service="imaps", encryption="implicit_tls"),
    refused("unknown user", UNKNOWN_USER, service="imap"),
    Case(
        "login in clear, where TLS is wanted",
        "imap",
        "none",
        "auth_requires_encryption",
        "auth",
        "login_failed",
        LOGIN,
        hint=("starttls",),
    ),
    mailbox_not_there("INBOX.Nowhere"),
    replace(NO_STARTTLS, service="imap_clear"),
    certificate("imap_expired", "certificate_expired", "renewed"),
    certificate("imap_misnamed", "certificate_name_mismatch"),
    certificate("imap_untrusted", "certificate_untrusted", "ca_file"),
    certificate("imap_self_signed", "certificate_self_signed", "ca_file"),
]


def smtp_cases() -> list[Case]:
    return SMTP + [case for case in COMMON if case.name not in (*CANNOT_BE_MADE, SILENT)]


@pytest.fixture(scope="module")
def courier(certificates: Certificates) -> Iterator[Courier]:
    with mail_servers.started(server.why_not(), lambda: server.courier(certificates)) as running:
        yield running


@pytest.mark.parametrize("case", smtp_cases(), ids=lambda case: case.name)
def test_courier_smtp(case: Case, courier: Courier, certificates: Certificates) -> None:
    marks = courier.smtp.mark(), courier.others.mark()
    result = concluded("smtp", HOST, courier.ports[case.service], case, certificates)
    expected_tally = Tally(case.connections, logins(result), case.failed_logins)
    assert courier.smtp_since(*marks, expected_tally) == expected_tally
    # It writes down each refusal, and each command that it does not understand: all that it holds against us is what
    # the check reports.
    reply = result["reply"]
    assert reply is None or isinstance(reply, dict)
    assert [line for line in courier.refusals_since(marks[0]) if not reply or str(reply["text"]) not in line] == []


def test_in_clear_on_a_port_with_tls_first(courier: Courier, certificates: Certificates) -> None:
    """Nothing of Courier's that writes a log stands behind a connection whose handshake has not ended."""
    (case,) = [case for case in COMMON if case.name == SILENT]
    concluded("smtp", HOST, courier.ports[case.service], case, certificates)


@pytest.mark.parametrize("case", IMAP, ids=lambda case: case.name)
def test_courier_imap(case: Case, courier: Courier, certificates: Certificates) -> None:
    mark = courier.others.mark()
    result = concluded("imap", HOST, courier.ports[case.service], case, certificates)
    expected_tally = Tally(case.connections, logins(result), case.failed_logins)
    assert courier.imap_since(mark, expected_tally) == expected_tally
    assert "ERR:" not in courier.others.since(mark)


def test_cases_that_cannot_be_made_are_common_ones() -> None:
    assert {*CANNOT_BE_MADE, SILENT} <= {case.name for case in COMMON}
