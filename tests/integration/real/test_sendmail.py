# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against sendmail, which has one certificate for all ports of a daemon, and asks Cyrus SASL about logins.

Three of the common cases cannot be made: whoever is logged in may send as anybody, unless the administrator writes a
ruleset of their own; a HELO name is looked at not before MAIL, and never for a client of the server's own host; and a
host that is not welcome is greeted like any other, and refused at MAIL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.integration.real import mail_servers
from tests.integration.real import sendmail as server
from tests.integration.real.cases import (
    Case,
    concluded,
    logins,
)
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import COMMON, RELAY_FOR_A_STRANGER, STRANGER
from tests.integration.real.daemons import Tally
from tests.integration.real.sendmail import Sendmail

CANNOT_BE_MADE = ("sender of another", "helo name that is none", "host not welcome")
OWN = [
    # From its own host it relays for everybody.
    replace(RELAY_FOR_A_STRANGER, options={**STRANGER, "source_address": "127.0.0.2"}),
    Case(
        "host not welcome, and mail", "closed_to_us", "none", "client_rejected", "sender", "connection_failed", STRANGER
    ),
]
# What sendmail writes of clients that do not behave (8.17: srvrsmtp.c, "rejecting commands", "possible SMTP attack",
# "pre-greeting traffic", "lost input channel", "unexpected close", "did not wait").
COMPLAINTS = ("pre-greeting", "attack", "rejecting commands", "lost input channel", "unexpected close", "Command unrec")


def cases() -> list[Case]:
    return OWN + [case for case in COMMON if case.name not in CANNOT_BE_MADE]


@pytest.fixture(scope="module")
def sendmail(certificates: Certificates) -> Iterator[Sendmail]:
    with mail_servers.started(mail_servers.why_not("sendmail"), lambda: server.sendmail(certificates)) as running:
        yield running


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_sendmail(case: Case, sendmail: Sendmail, certificates: Certificates) -> None:
    mark = sendmail.log.mark()
    result = concluded("smtp", HOST, sendmail.ports[case.service], case, certificates)
    expected_tally = Tally(case.connections, logins(result), case.failed_logins)
    assert sendmail.seen_since(mark, case.connections, logins(result)) == expected_tally
    written = sendmail.log.since(mark)
    assert [complaint for complaint in COMPLAINTS if complaint in written] == []


def test_cases_that_cannot_be_made_are_common_ones() -> None:
    assert set(CANNOT_BE_MADE) <= {case.name for case in COMMON}
