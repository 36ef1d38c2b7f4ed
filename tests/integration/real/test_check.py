# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against Postfix and Dovecot: the right reason, and one login at most, by the servers' own logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check import check_endpoints
from ansible_collections.appmail.settings.plugins.module_utils._endpoint import endpoint_from_mapping
from tests.integration.real.accounts import ALICE, BOB, DOMAIN
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.dovecot import ADDRESSES, Dovecot
from tests.integration.real.postfix import SIZE_LIMIT_MB, Postfix

Options = Mapping[str, object]

LOGIN: Options = {"username": ALICE.name, "password": ALICE.password}
WRONG_PASSWORD: Options = {"username": ALICE.name, "password": "wr0ng-and-made-up"}
UNKNOWN_USER: Options = {"username": "nobody-of-this-name", "password": ALICE.password}


@dataclass(frozen=True)
class Case:
    """One endpoint, and what a check of it says; `failed_logins` is how many the servers write down."""

    name: str
    service: str
    encryption: str
    reason: str
    stage: str
    category: str
    options: Options = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    failed_logins: int = 0


def passes(name: str, service: str, encryption: str, options: Options, warnings: tuple[str, ...] = ()) -> Case:
    return Case(name, service, encryption, "ok", "done", "complete", options, warnings)


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
    Case("login in clear", "good", "none", "auth_requires_encryption", "auth", "login_failed", LOGIN),
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


def check(protocol: str, host: str, port: int, case: Case, certificates: Certificates) -> dict[str, object]:
    tls = {"ca_file": str(certificates.authority), "server_name": "localhost", **_tls(case.options)}
    given = {"host": host, "port": port, "encryption": case.encryption, "timeout": 20, **case.options}
    if case.encryption != "none":
        given["tls"] = tls
    return check_endpoints([endpoint_from_mapping(protocol, given)], 1)[0]


def _tls(options: Options) -> Mapping[str, object]:
    own = options.get("tls", {})
    assert isinstance(own, Mapping)
    return own


def outcome(result: Mapping[str, object]) -> dict[str, object]:
    return {name: result[name] for name in ("category", "reason", "stage")}


def names(warnings: object) -> tuple[str, ...]:
    """The warnings' names: each begins with one."""
    assert isinstance(warnings, list)
    return tuple(str(warning).split(":")[0] for warning in warnings)


@pytest.mark.parametrize("case", SMTP, ids=lambda case: case.name)
def test_postfix(case: Case, postfix: Postfix, dovecot: Dovecot, certificates: Certificates) -> None:
    mark, login_mark = postfix.log.mark(), dovecot.log.mark()
    result = check("smtp", HOST, postfix.ports[case.service], case, certificates)
    assert outcome(result) == {"category": case.category, "reason": case.reason, "stage": case.stage}, result
    log = postfix.wait_for_goodbye(mark)
    assert log.count("authentication failed") == case.failed_logins
    assert dovecot.log.since(login_mark).count("auth: ") == case.failed_logins


@pytest.mark.parametrize("case", IMAP, ids=lambda case: case.name)
def test_dovecot(case: Case, dovecot: Dovecot, certificates: Certificates) -> None:
    mark = dovecot.log.mark()
    result = check("imap", ADDRESSES[case.service], dovecot.ports[case.encryption], case, certificates)
    assert outcome(result) == {"category": case.category, "reason": case.reason, "stage": case.stage}, result
    assert dovecot.log.since(mark).count("auth: ") == case.failed_logins
