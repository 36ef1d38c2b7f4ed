# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against Exim, which gives no enhanced codes and lets its administrator choose most of the words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.real import exim as exim_server
from tests.integration.real import mail_servers
from tests.integration.real.accounts import ALICE, DOMAIN
from tests.integration.real.cases import (
    LOGIN,
    WRONG_PASSWORD,
    Case,
    Options,
    check,
    concluded,
    expected,
    logins,
    passes,
    said,
)
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import COMMON, RELAY_FOR_A_STRANGER, STRANGER, refused
from tests.integration.real.daemons import Tally
from tests.integration.real.exim import Exim


def too_old(name: str, service: str, options: Options) -> Case:
    """GnuTLS says only that the two do not fit; a second connection finds out that it is the version."""
    return Case(
        name,
        service,
        "starttls",
        "tls_version_unsupported",
        "tls",
        "failed",
        options,
        hint=("minimum_version",),
        connections=2,
    )


OWN = [
    passes("login with CRAM-MD5", "submission", "starttls", {**LOGIN, "mechanism": "cram-md5"}),
    passes("login with CRAM-MD5 in clear, which shows no password", "login_in_clear", "none", LOGIN),
    passes(
        "login with PLAIN in clear",
        "login_in_clear",
        "none",
        {**LOGIN, "mechanism": "plain"},
        ("password_sent_in_clear",),
    ),
    passes("login without pipelining", "no_pipelining", "starttls", {**LOGIN, **STRANGER, "sender": ALICE.address}),
    refused("wrong password with CRAM-MD5", {**WRONG_PASSWORD, "mechanism": "cram-md5"}),
    Case(
        "accounts that cannot be looked up",
        "accounts_away",
        "starttls",
        "auth_temporary_failure",
        "auth",
        "failed",
        LOGIN,
        failed_logins=1,
        temporary=True,
    ),
    Case(
        "STARTTLS without a certificate",
        "broken_tls",
        "starttls",
        "starttls_refused",
        "starttls",
        "failed",
        LOGIN,
        temporary=True,
    ),
    RELAY_FOR_A_STRANGER,
    Case(
        "sender that is not there",
        "relay",
        "none",
        "sender_rejected",
        "recipient",
        "failed",
        {"sender": f"nobody-of-this-name@{DOMAIN}", "recipients": [ALICE.address]},
    ),
    Case(
        "Exim's words where the administrator gave none",
        "no_words",
        "starttls",
        "sender_rejected",
        "sender",
        "failed",
        {**LOGIN, "sender": ALICE.address},
    ),
    Case(
        "greylisting",
        "greylisting",
        "none",
        "recipient_deferred",
        "recipient",
        "failed",
        {**STRANGER, "recipients": [ALICE.address]},
        temporary=True,
    ),
    Case(
        "helo name of other characters",
        "submission",
        "starttls",
        "hello_rejected",
        "hello",
        "failed",
        {"helo_name": "app_server.example.test"},
        hint=("helo_name",),
    ),
    too_old("TLS 1.1 at most", "old_tls", LOGIN),
    too_old("TLS 1.2 at most, and 1.3 wanted", "at_most_tls_1_2", {**LOGIN, "tls": {"minimum_version": "1.3"}}),
]


@pytest.fixture(scope="module")
def exim(certificates: Certificates) -> Iterator[Exim]:
    with mail_servers.started(mail_servers.why_not("exim"), lambda: exim_server.exim(certificates)) as running:
        yield running


@pytest.mark.parametrize("case", COMMON + OWN, ids=lambda case: case.name)
def test_exim(case: Case, exim: Exim, certificates: Certificates) -> None:
    mark = exim.log.mark()
    result = concluded("smtp", HOST, exim.ports[case.service], case, certificates)
    seen = exim.seen_since(mark, case.connections)
    assert seen == Tally(case.connections, logins(result), case.failed_logins)


def test_auto_chooses_the_strongest_mechanism_offered(exim: Exim, certificates: Certificates) -> None:
    case = passes("auto", "submission", "starttls", LOGIN)
    mark = exim.log.mark()
    result = check("smtp", HOST, exim.ports[case.service], case, certificates)
    assert result["auth"] == {"offered": ["PLAIN", "LOGIN", "CRAM-MD5"], "mechanism": "CRAM-MD5", "verified": True}
    assert exim.seen_since(mark, 1) == Tally(connections=1, logins=1, failed_logins=0)


def test_a_probe_never_touches_the_real_account(exim: Exim, certificates: Certificates) -> None:
    case = passes("probe", "submission", "starttls", {**LOGIN, "probe_invalid_login": True})
    mark = exim.log.mark()
    assert said(check("smtp", HOST, exim.ports[case.service], case, certificates)) == expected(case)
    assert exim.seen_since(mark, 2) == Tally(connections=2, logins=2, failed_logins=1)
    (refusal,) = [line for line in exim.log.since(mark).splitlines() if "authenticator failed" in line]
    assert f"set_id={ALICE.name}" not in refusal
    assert "set_id=appmail-check-" in refusal
