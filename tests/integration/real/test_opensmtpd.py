# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against OpenSMTPD, which offers no pipelining, and gives enhanced codes with some replies only.

TLS 1.0 and 1.1 are not among the cases: OpenSMTPD 7 takes `protocols "tlsv1.1"` for TLS 1.2, as its libtls does. A
server that is too old for what is asked is one with TLS 1.2 at most, then, where 1.3 is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.real import mail_servers
from tests.integration.real import opensmtpd as server
from tests.integration.real.accounts import ALICE
from tests.integration.real.cases import (
    LOGIN,
    Case,
    check,
    concluded,
    expected,
    logins,
    passes,
    said,
)
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import COMMON, ONE_ANSWER_FOR_ALL, STRANGER
from tests.integration.real.daemons import Tally
from tests.integration.real.opensmtpd import OpenSmtpd

OWN = [
    ONE_ANSWER_FOR_ALL,
    Case(
        "sender in clear",
        "submission",
        "none",
        "auth_requires_encryption",
        "sender",
        "login_failed",
        {"sender": ALICE.address},
        hint=("starttls",),
    ),
    Case(
        "greylisting",
        "greylisting",
        "none",
        "sender_deferred",
        "sender",
        "failed",
        {**STRANGER, "recipients": [ALICE.address]},
        temporary=True,
    ),
    Case(
        "TLS 1.2 at most, and 1.3 wanted",
        "at_most_tls_1_2",
        "starttls",
        "tls_version_unsupported",
        "tls",
        "failed",
        {**LOGIN, "tls": {"minimum_version": "1.3"}},
        hint=("minimum_version",),
    ),
]


@pytest.fixture(scope="module")
def opensmtpd(certificates: Certificates) -> Iterator[OpenSmtpd]:
    with mail_servers.started(mail_servers.why_not("opensmtpd"), lambda: server.opensmtpd(certificates)) as running:
        yield running


@pytest.mark.parametrize("case", COMMON + OWN, ids=lambda case: case.name)
def test_opensmtpd(case: Case, opensmtpd: OpenSmtpd, certificates: Certificates) -> None:
    mark = opensmtpd.log.mark()
    result = concluded("smtp", HOST, opensmtpd.ports[case.service], case, certificates)
    seen = opensmtpd.seen_since(mark, case.connections)
    assert seen == Tally(case.connections, logins(result), case.failed_logins)


def test_auto_chooses_among_what_is_offered(opensmtpd: OpenSmtpd, certificates: Certificates) -> None:
    case = passes("auto", "submission", "starttls", LOGIN)
    mark = opensmtpd.log.mark()
    result = check("smtp", HOST, opensmtpd.ports[case.service], case, certificates)
    assert result["auth"] == {"offered": ["PLAIN", "LOGIN"], "mechanism": "PLAIN", "verified": True}
    assert opensmtpd.seen_since(mark, 1) == Tally(connections=1, logins=1, failed_logins=0)


def test_nothing_is_sent_that_it_does_not_understand(opensmtpd: OpenSmtpd, certificates: Certificates) -> None:
    """It offers no PIPELINING, and writes down who does not wait for its replies."""
    case = passes(
        "one by one", "submission", "starttls", {**LOGIN, "sender": ALICE.address, "recipients": [ALICE.address]}
    )
    mark = opensmtpd.log.mark()
    assert said(check("smtp", HOST, opensmtpd.ports[case.service], case, certificates)) == expected(case)
    opensmtpd.seen_since(mark, 1)
    assert "bad-input" not in opensmtpd.log.since(mark)


def test_a_probe_never_touches_the_real_account(opensmtpd: OpenSmtpd, certificates: Certificates) -> None:
    case = passes("probe", "submission", "starttls", {**LOGIN, "probe_invalid_login": True})
    mark = opensmtpd.log.mark()
    assert said(check("smtp", HOST, opensmtpd.ports[case.service], case, certificates)) == expected(case)
    assert opensmtpd.seen_since(mark, 2) == Tally(connections=2, logins=2, failed_logins=1)
    (refusal,) = [line for line in opensmtpd.log.since(mark).splitlines() if "result=permfail" in line]
    assert "user=appmail-check-" in refusal
