# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against Postfix and Dovecot: the right reason, and one login at most, by the servers' own logs."""

from __future__ import annotations

import pytest

from tests.integration.real.accounts import ALICE, BOB, DOMAIN
from tests.integration.real.cases import (
    LOGIN,
    UNKNOWN_USER,
    WRONG_PASSWORD,
    Case,
    check,
    expected,
    logins,
    passes,
    said,
    tells_a_secret,
)
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.dovecot import ADDRESSES, Dovecot
from tests.integration.real.postfix import SIZE_LIMIT_MB, Postfix

SMTP = [
    passes("login after STARTTLS", "submission", "starttls", LOGIN),
    passes("login over implicit TLS", "smtps", "implicit_tls", LOGIN),
    passes("login with PLAIN", "submission", "starttls", {**LOGIN, "mechanism": "plain"}),
    passes("login with LOGIN", "submission", "starttls", {**LOGIN, "mechanism": "login"}),
    passes("login with CRAM-MD5", "submission", "starttls", {**LOGIN, "mechanism": "cram-md5"}),
    passes("login with SCRAM-SHA-256", "submission", "starttls", {**LOGIN, "mechanism": "scram-sha-256"}),
    passes("no login asked for", "relay", "none", {}),
    passes(
        "relay to its own domain", "relay", "none", {"sender": "app@elsewhere.example", "recipients": [ALICE.address]}
    ),
    passes("opportunistic, and offered", "relay", "starttls_opportunistic", {}),
    passes("opportunistic, not offered", "clear", "starttls_opportunistic", {}, ("tls_not_used",)),
    passes("login as the owner of the sender", "submission", "starttls", {**LOGIN, "sender": ALICE.address}),
    passes(
        "relay for who is logged in",
        "submission",
        "starttls",
        {**LOGIN, "sender": ALICE.address, "recipients": ["someone@elsewhere.example"]},
    ),
    passes("a message below the limit", "submission", "starttls", {**LOGIN, "message_size_mb": SIZE_LIMIT_MB - 1}),
    passes(
        "verification off", "misnamed", "starttls", {**LOGIN, "tls": {"verify": False}}, ("certificate_not_checked",)
    ),
    Case("wrong password", "submission", "starttls", "auth_rejected", "auth", "login_failed", WRONG_PASSWORD, (), 1),
    Case(
        "wrong password, TLS first",
        "smtps",
        "implicit_tls",
        "auth_rejected",
        "auth",
        "login_failed",
        WRONG_PASSWORD,
        (),
        1,
    ),
    Case("unknown user", "submission", "starttls", "auth_rejected", "auth", "login_failed", UNKNOWN_USER, (), 1),
    Case("login not offered", "relay", "starttls", "auth_not_offered", "auth", "login_failed", LOGIN),
    Case("login not offered in clear", "submission", "none", "auth_not_offered", "auth", "login_failed", LOGIN),
    Case(
        "mechanism not offered",
        "submission",
        "starttls",
        "auth_mechanism_not_offered",
        "auth",
        "login_failed",
        {**LOGIN, "mechanism": "xoauth2"},
    ),
    Case(
        "sender of another",
        "submission",
        "starttls",
        "sender_not_owned",
        "recipient",
        "failed",
        {**LOGIN, "sender": BOB.address, "recipients": [ALICE.address]},
    ),
    Case(
        "relay for a stranger",
        "relay",
        "none",
        "relay_denied",
        "recipient",
        "failed",
        {"sender": "app@elsewhere.example", "recipients": ["someone@elsewhere.example"]},
    ),
    Case(
        "recipient that is not there",
        "relay",
        "none",
        "recipient_rejected",
        "recipient",
        "failed",
        {"sender": "app@elsewhere.example", "recipients": [f"nobody-of-this-name@{DOMAIN}"]},
    ),
    Case(
        "a message above the limit",
        "submission",
        "starttls",
        "message_size_exceeded",
        "size",
        "failed",
        {**LOGIN, "message_size_mb": SIZE_LIMIT_MB + 1},
    ),
    Case("expired certificate", "expired", "starttls", "certificate_expired", "tls", "failed", LOGIN),
    Case("misnamed certificate", "misnamed", "starttls", "certificate_name_mismatch", "tls", "failed", LOGIN),
    Case("untrusted certificate", "untrusted", "starttls", "certificate_untrusted", "tls", "failed", LOGIN),
    Case("TLS 1.1 at most", "old_tls", "starttls", "tls_version_unsupported", "tls", "failed", LOGIN),
    Case("STARTTLS not offered", "clear", "starttls", "starttls_not_offered", "starttls", "failed"),
    Case(
        "TLS first, on a port in clear",
        "submission",
        "implicit_tls",
        "implicit_tls_not_spoken",
        "tls",
        "connection_failed",
    ),
    Case(
        "in clear, on a port with TLS first",
        "smtps",
        "starttls",
        "implicit_tls_expected",
        "greeting",
        "connection_failed",
    ),
    Case(
        "helo name that is none", "strict_helo", "starttls", "hello_rejected", "hello", "failed", {"helo_name": "short"}
    ),
    Case("host not welcome", "closed_to_us", "none", "client_rejected", "greeting", "connection_failed"),
]

IMAP = [
    passes("login after STARTTLS", "good", "starttls", LOGIN),
    passes("login over implicit TLS", "good", "implicit_tls", LOGIN),
    passes("login with SCRAM-SHA-256", "good", "starttls", {**LOGIN, "mechanism": "scram-sha-256"}),
    passes("another mailbox", "good", "implicit_tls", {**LOGIN, "mailbox": "Inbound"}),
    Case("wrong password", "good", "starttls", "auth_rejected", "auth", "login_failed", WRONG_PASSWORD, (), 1),
    Case(
        "wrong password, TLS first",
        "good",
        "implicit_tls",
        "auth_rejected",
        "auth",
        "login_failed",
        WRONG_PASSWORD,
        (),
        1,
    ),
    Case("unknown user", "good", "starttls", "auth_rejected", "auth", "login_failed", UNKNOWN_USER, (), 1),
    # Dovecot takes a password in clear from its own address, so these go to another address of this host.
    Case(
        "password in clear",
        "expired",
        "none",
        "auth_mechanism_not_offered",
        "auth",
        "login_failed",
        {**LOGIN, "mechanism": "plain"},
    ),
    passes("SCRAM in clear, which shows no password", "expired", "none", LOGIN),
    Case(
        "mailbox that is not there",
        "good",
        "implicit_tls",
        "mailbox_not_found",
        "mailbox",
        "failed",
        {**LOGIN, "mailbox": "Nowhere"},
    ),
    Case("expired certificate", "expired", "implicit_tls", "certificate_expired", "tls", "failed", LOGIN),
    Case("misnamed certificate", "misnamed", "starttls", "certificate_name_mismatch", "tls", "failed", LOGIN),
    Case("untrusted certificate", "untrusted", "implicit_tls", "certificate_untrusted", "tls", "failed", LOGIN),
]


@pytest.mark.parametrize("case", SMTP, ids=lambda case: case.name)
def test_postfix(case: Case, postfix: Postfix, dovecot: Dovecot, certificates: Certificates) -> None:
    mark, login_mark = postfix.log.mark(), dovecot.log.mark()
    result = check("smtp", HOST, postfix.ports[case.service], case, certificates)
    assert said(result) == expected(case), result
    assert not tells_a_secret(result, case)
    sessions = postfix.sessions_since(mark)
    assert sum(session.logins for session in sessions) == logins(result)
    assert sum(session.failed_logins for session in sessions) == case.failed_logins
    assert dovecot.failed_logins_since(login_mark, case.failed_logins) == case.failed_logins


@pytest.mark.parametrize("case", IMAP, ids=lambda case: case.name)
def test_dovecot(case: Case, dovecot: Dovecot, certificates: Certificates) -> None:
    mark = dovecot.log.mark()
    result = check("imap", ADDRESSES[case.service], dovecot.ports[case.encryption], case, certificates)
    assert said(result) == expected(case), result
    assert not tells_a_secret(result, case)
    dovecot.wait_for_goodbye(mark)
    assert dovecot.failed_logins_since(mark, case.failed_logins) == case.failed_logins


@pytest.mark.parametrize(
    ("protocol", "reason"),
    [pytest.param("smtp", "not_smtp", id="SMTP to Dovecot"), pytest.param("imap", "not_imap", id="IMAP to Postfix")],
)
def test_the_other_protocol(
    protocol: str, reason: str, postfix: Postfix, dovecot: Dovecot, certificates: Certificates
) -> None:
    port = dovecot.ports["starttls"] if protocol == "smtp" else postfix.ports["relay"]
    case = Case(protocol, "", "starttls", reason, "greeting", "connection_failed")
    mark = postfix.log.mark()
    assert said(check(protocol, HOST, port, case, certificates)) == expected(case)
    if protocol == "imap":
        postfix.sessions_since(mark)


def test_auto_chooses_the_strongest_mechanism_offered(postfix: Postfix, certificates: Certificates) -> None:
    case = passes("auto", "submission", "starttls", LOGIN)
    mark = postfix.log.mark()
    result = check("smtp", HOST, postfix.ports["submission"], case, certificates)
    assert result["auth"] == {
        "offered": ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"],
        "mechanism": "SCRAM-SHA-256",
        "verified": True,
    }
    assert [session.logins for session in postfix.sessions_since(mark)] == [1]


def test_a_probe_never_touches_the_real_account(postfix: Postfix, dovecot: Dovecot, certificates: Certificates) -> None:
    case = passes("probe", "submission", "starttls", {**LOGIN, "probe_invalid_login": True})
    mark, login_mark = postfix.log.mark(), dovecot.log.mark()
    result = check("smtp", HOST, postfix.ports["submission"], case, certificates)
    assert said(result) == expected(case)
    sessions = postfix.sessions_since(mark, 2)
    assert [(session.logins, session.failed_logins) for session in sessions] == [(1, 0), (1, 1)]
    assert dovecot.failed_logins_since(login_mark, 1) == 1
    assert ALICE.name not in dovecot.log.since(login_mark)
