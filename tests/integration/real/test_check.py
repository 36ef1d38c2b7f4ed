# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against Postfix and Dovecot: the right reason, and one login at most, by the servers' own logs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.integration.real.accounts import ALICE, BOB, DOMAIN
from tests.integration.real.cases import (
    LOGIN,
    SHORTLY,
    UNKNOWN_USER,
    WRONG_PASSWORD,
    Case,
    check,
    concluded,
    expected,
    logins,
    passes,
    said,
)
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import CONNECTIONS, GOOD, LOGINS, STRANGER, certificate, refused
from tests.integration.real.dovecot import ADDRESSES, SIZE_LIMIT_MB, Dovecot
from tests.integration.real.logins import reported
from tests.integration.real.postfix import Postfix

OLD_TLS = ("1.0", "1.1")


def old_tls(version: str) -> tuple[Case, Case]:
    """A server that speaks no newer version, without and with the settings' leave."""
    service, allowed = f"tls_{version}", {**LOGIN, "tls": {"minimum_version": version}}
    reason, hint = "tls_version_unsupported", ("minimum_version",)
    return (
        Case(f"TLS {version} only", service, "starttls", reason, "tls", "failed", LOGIN, hint=hint),
        passes(f"TLS {version}, allowed", service, "starttls", allowed, ("weak_tls_version",)),
    )


def helo(name: str, own_name: str) -> tuple[Case, Case]:
    """A name that Postfix refuses, at once or, as is its default, at the first recipient."""
    late = {**STRANGER, "recipients": [ALICE.address], "helo_name": own_name}
    reason, hint = "hello_rejected", ("helo_name", own_name)
    return (
        Case(name, "strict_helo", "none", reason, "hello", "failed", {"helo_name": own_name}, hint=hint),
        Case(f"{name}, late", "strict_helo_late", "none", reason, "recipient", "failed", late, hint=hint),
    )


POSTFIX = [
    *(each for version in OLD_TLS for each in old_tls(version)),
    *helo("helo name of one label", "short"),
    *helo("helo name that is no name", "no_name"),
    *helo("helo name on a list", "unwanted.example.net"),
    passes("helo name that is one", "strict_helo", "none", {"helo_name": "app.example.net"}),
    passes("login in clear, as asked for", "login_in_clear", "none", LOGIN),
    passes(
        "password in clear, as asked for",
        "login_in_clear",
        "none",
        {**LOGIN, "mechanism": "plain"},
        ("password_sent_in_clear",),
    ),
    passes("opportunistic, SCRAM in clear", "login_in_clear", "starttls_opportunistic", LOGIN, ("tls_not_used",)),
    Case(
        "opportunistic, no password in clear",
        "login_in_clear",
        "starttls_opportunistic",
        "auth_requires_encryption",
        "auth",
        "login_failed",
        {**LOGIN, "mechanism": "login"},
        ("tls_not_used",),
    ),
    Case(
        "sender in clear where TLS is a must",
        "submission",
        "none",
        "auth_requires_encryption",
        "sender",
        "login_failed",
        STRANGER,
        hint=("starttls",),
    ),
    Case(
        "sender of another",
        "submission",
        "starttls",
        "sender_not_owned",
        "recipient",
        "failed",
        {**LOGIN, "sender": BOB.address, "recipients": [ALICE.address]},
        hint=(BOB.address,),
    ),
    Case(
        "sender that has an owner, without a login",
        "submission",
        "starttls",
        "auth_required",
        "recipient",
        "login_failed",
        {"sender": ALICE.address, "recipients": [BOB.address]},
        hint=("username and password",),
    ),
    Case("relay for a stranger", "relay", "none", "relay_denied", "recipient", "failed", STRANGER),
    Case("relay without a login", "submission", "starttls", "relay_denied", "recipient", "failed", STRANGER),
    Case(
        "recipient that is not there",
        "relay",
        "none",
        "recipient_rejected",
        "recipient",
        "failed",
        {**STRANGER, "recipients": [f"nobody-of-this-name@{DOMAIN}"]},
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
]

# Dovecot takes a password in clear from its own address, so these go to another address of this host.
PASSWORD_IN_CLEAR = Case(
    "password in clear",
    "expired",
    "none",
    "auth_requires_encryption",
    "auth",
    "login_failed",
    {**LOGIN, "mechanism": "plain"},
)
SCRAM_IN_CLEAR = passes("SCRAM in clear, which shows no password", "expired", "none", LOGIN)

IMAP = [
    passes("login after STARTTLS", "good", "starttls", LOGIN),
    passes("login over implicit TLS", "good", "implicit_tls", LOGIN),
    passes("opportunistic, and offered", "good", "starttls_opportunistic", LOGIN),
    passes("no login asked for", "good", "starttls", {}),
    passes("another mailbox", "good", "implicit_tls", {**LOGIN, "mailbox": "Inbound"}),
    passes(
        "verification off", "misnamed", "starttls", {**LOGIN, "tls": {"verify": False}}, ("certificate_not_checked",)
    ),
    refused("wrong password", WRONG_PASSWORD, service="good"),
    refused("wrong password, TLS first", WRONG_PASSWORD, service="good", encryption="implicit_tls"),
    refused("unknown user", UNKNOWN_USER, service="good"),
    PASSWORD_IN_CLEAR,
    SCRAM_IN_CLEAR,
    Case(
        "mailbox that is not there",
        "good",
        "implicit_tls",
        "mailbox_not_found",
        "mailbox",
        "failed",
        {**LOGIN, "mailbox": "Nowhere"},
    ),
    certificate("expired", "certificate_expired", "renewed"),
    certificate("misnamed", "certificate_name_mismatch"),
    certificate("untrusted", "certificate_untrusted", "ca_file"),
    certificate("self_signed", "certificate_self_signed", "ca_file"),
]

SUBMISSION = [
    passes("login after STARTTLS", "good", "starttls", LOGIN),
    passes("login over implicit TLS", "good", "implicit_tls", LOGIN),
    passes(
        "mail for the domain behind it",
        "good",
        "starttls",
        {**LOGIN, "sender": "app@elsewhere.example", "recipients": [ALICE.address]},
    ),
    passes("a message below the limit", "good", "starttls", {**LOGIN, "message_size_mb": SIZE_LIMIT_MB - 1}),
    refused("wrong password", WRONG_PASSWORD, service="good"),
    refused("wrong password, TLS first", WRONG_PASSWORD, service="good", encryption="implicit_tls"),
    refused("unknown user", UNKNOWN_USER, service="good"),
    # SMTP has no word for "not in clear": the mechanism is not offered there, and is after STARTTLS.
    replace(PASSWORD_IN_CLEAR, reason="auth_mechanism_not_offered"),
    SCRAM_IN_CLEAR,
    Case("sender without a login", "good", "starttls", "auth_required", "sender", "login_failed", STRANGER),
    Case(
        "recipient that the server behind it does not know",
        "good",
        "starttls",
        "recipient_rejected",
        "recipient",
        "failed",
        {**LOGIN, **STRANGER, "recipients": [f"nobody-of-this-name@{DOMAIN}"]},
    ),
    Case(
        "relaying that the server behind it refuses",
        "good",
        "starttls",
        "relay_denied",
        "recipient",
        "failed",
        {**LOGIN, **STRANGER},
    ),
    Case(
        "a message above the limit",
        "good",
        "starttls",
        "message_size_exceeded",
        "size",
        "failed",
        {**LOGIN, "message_size_mb": SIZE_LIMIT_MB + 1},
    ),
    certificate("expired", "certificate_expired", "renewed"),
    certificate("misnamed", "certificate_name_mismatch"),
    certificate("untrusted", "certificate_untrusted", "ca_file"),
    certificate("self_signed", "certificate_self_signed", "ca_file"),
]


@pytest.mark.parametrize("case", GOOD + LOGINS + CONNECTIONS + POSTFIX, ids=lambda case: case.name)
def test_postfix(case: Case, postfix: Postfix, dovecot: Dovecot, certificates: Certificates) -> None:
    mark, login_mark = postfix.log.mark(), dovecot.log.mark()
    result = concluded("smtp", HOST, postfix.ports[case.service], case, certificates)
    sessions = postfix.sessions_since(mark, case.connections)
    assert len(sessions) == case.connections
    assert sum(session.logins for session in sessions) == logins(result)
    assert sum(session.failed_logins for session in sessions) == case.failed_logins
    assert dovecot.failed_logins_since(login_mark, case.failed_logins) == case.failed_logins


@pytest.mark.parametrize("case", IMAP, ids=lambda case: case.name)
def test_dovecot(case: Case, dovecot: Dovecot, certificates: Certificates) -> None:
    check_dovecot("imap", case, dovecot, certificates)


@pytest.mark.parametrize("case", SUBMISSION, ids=lambda case: case.name)
def test_dovecot_submission(case: Case, submission: Dovecot, certificates: Certificates) -> None:
    check_dovecot("smtp", case, submission, certificates)


def check_dovecot(protocol: str, case: Case, dovecot: Dovecot, certificates: Certificates) -> None:
    mark = dovecot.log.mark()
    result = concluded(protocol, ADDRESSES[case.service], dovecot.ports[case.encryption], case, certificates)
    logins = reported(result, case.failed_logins)
    assert dovecot.logins_since(mark, case.connections, len(logins)) == logins
    assert dovecot.failed_logins_since(mark, case.failed_logins) == case.failed_logins


@pytest.mark.parametrize("version", OLD_TLS)
def test_a_dovecot_that_speaks_old_versions_of_tls_only(
    version: str, old_dovecots: dict[str, Dovecot], certificates: Certificates
) -> None:
    too_old, allowed = old_tls(version)
    # Dovecot hangs up without the alert that other servers send: a second connection finds out why.
    too_old = replace(too_old, service="good", connections=2)
    check_dovecot("imap", too_old, old_dovecots[version], certificates)
    check_dovecot("imap", replace(allowed, service="good"), old_dovecots[version], certificates)


@pytest.mark.parametrize(
    ("encryption", "port", "reason", "stage", "connections"),
    [
        ("implicit_tls", "starttls", "implicit_tls_not_spoken", "tls", 1),
        ("starttls", "implicit_tls", "implicit_tls_expected", "greeting", 2),
    ],
)
def test_the_other_port(
    encryption: str,
    port: str,
    reason: str,
    stage: str,
    connections: int,
    dovecot: Dovecot,
    certificates: Certificates,
) -> None:
    case = Case(reason, "good", encryption, reason, stage, "connection_failed", {**LOGIN, **SHORTLY})
    mark = dovecot.log.mark()
    assert said(check("imap", HOST, dovecot.ports[port], case, certificates)) == expected(case)
    assert dovecot.logins_since(mark, connections) == []


@pytest.mark.parametrize(
    ("protocol", "reason"),
    [pytest.param("smtp", "not_smtp", id="SMTP to Dovecot"), pytest.param("imap", "not_imap", id="IMAP to Postfix")],
)
def test_the_other_protocol(
    protocol: str, reason: str, postfix: Postfix, dovecot: Dovecot, certificates: Certificates
) -> None:
    port = dovecot.ports["starttls"] if protocol == "smtp" else postfix.ports["relay"]
    case = Case(protocol, "", "starttls", reason, "greeting", "connection_failed", LOGIN)
    mark, login_mark = postfix.log.mark(), dovecot.log.mark()
    assert said(check(protocol, HOST, port, case, certificates)) == expected(case)
    if protocol == "imap":
        assert [session.logins for session in postfix.sessions_since(mark)] == [0]
    else:
        assert dovecot.logins_since(login_mark) == []


def test_a_probe_never_touches_the_real_account(postfix: Postfix, dovecot: Dovecot, certificates: Certificates) -> None:
    case = passes("probe", "submission", "starttls", {**LOGIN, "probe_invalid_login": True})
    mark, login_mark = postfix.log.mark(), dovecot.log.mark()
    result = check("smtp", HOST, postfix.ports["submission"], case, certificates)
    assert said(result) == expected(case)
    sessions = postfix.sessions_since(mark, 2)
    assert [(session.logins, session.failed_logins) for session in sessions] == [(1, 0), (1, 1)]
    assert dovecot.failed_logins_since(login_mark, 1) == 1
    assert ALICE.name not in dovecot.log.since(login_mark)
