# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every mail server is asked, by services of the same names: Exim, OpenSMTPD, sendmail, Courier, Haraka. What
differs stands in their own tests."""

from __future__ import annotations

from dataclasses import replace

from tests.integration.real.accounts import ALICE, BOB, DOMAIN
from tests.integration.real.cases import LOGIN, SHORTLY, UNKNOWN_USER, WRONG_PASSWORD, Case, Options, passes

SIZE_LIMIT_MB = 5
STRANGER: Options = {"sender": "app@elsewhere.example", "recipients": ["someone@elsewhere.example"]}


def refused(
    name: str, options: Options, *, service: str = "submission", encryption: str = "starttls", failed_logins: int = 1
) -> Case:
    return Case(
        name,
        service,
        encryption,
        "auth_rejected",
        "auth",
        "login_failed",
        options,
        failed_logins=failed_logins,
        hint=("username", "password", "once"),
    )


def certificate(service: str, reason: str, *hint: str) -> Case:
    """A certificate is refused before a login; a second connection looks at what is in it."""
    return Case(reason, service, "starttls", reason, "tls", "failed", LOGIN, hint=hint, connections=2)


def mailbox_not_there(mailbox: str) -> Case:
    options = {**LOGIN, "mailbox": mailbox}
    told = ("mailbox_not_found", "mailbox", "failed")
    return Case("mailbox that is not there", "imap", "starttls", *told, options, hint=(mailbox,))


MECHANISM_NOT_OFFERED = Case(
    "mechanism not offered",
    "submission",
    "starttls",
    "auth_mechanism_not_offered",
    "auth",
    "login_failed",
    {**LOGIN, "mechanism": "xoauth2"},
    hint=("PLAIN", "LOGIN"),
)
SENDER_WITHOUT_A_LOGIN = Case(
    "sender without a login",
    "submission",
    "starttls",
    "auth_required",
    "sender",
    "login_failed",
    {"sender": ALICE.address},
    hint=("username and password",),
)
ABOVE_THE_LIMIT = Case(
    "a message above the limit",
    "submission",
    "starttls",
    "message_size_exceeded",
    "size",
    "failed",
    {**LOGIN, "message_size_mb": SIZE_LIMIT_MB + 1},
    hint=("size limit",),
)
RELAY_FOR_A_STRANGER = Case(
    "relay for a stranger",
    "relay",
    "none",
    "relay_denied",
    "recipient",
    "failed",
    STRANGER,
    hint=("username and password",),
)
NO_STARTTLS = Case("STARTTLS not offered", "clear", "starttls", "starttls_not_offered", "starttls", "failed", LOGIN)
# For servers that have one answer for all recipients that nothing takes, whether unknown or to be relayed.
ONE_ANSWER_FOR_ALL = replace(RELAY_FOR_A_STRANGER, reason="recipient_rejected", hint=("recipient", "log in"))
CERTIFICATES = [
    certificate("expired", "certificate_expired", "renewed"),
    certificate("misnamed", "certificate_name_mismatch"),
    certificate("untrusted", "certificate_untrusted", "ca_file"),
    certificate("self_signed", "certificate_self_signed", "ca_file"),
]

GOOD = [
    passes("login after STARTTLS", "submission", "starttls", LOGIN),
    passes("login over implicit TLS", "smtps", "implicit_tls", LOGIN),
    passes("login with PLAIN", "submission", "starttls", {**LOGIN, "mechanism": "plain"}),
    passes("login with LOGIN", "submission", "starttls", {**LOGIN, "mechanism": "login"}),
    passes("another login", "submission", "starttls", {"username": BOB.name, "password": BOB.password}),
    passes("no login asked for", "relay", "none", {}),
    passes("no login asked for, encrypted", "relay", "starttls", {}),
    passes("opportunistic, and offered", "relay", "starttls_opportunistic", {}),
    passes("opportunistic, not offered", "clear", "starttls_opportunistic", {}, ("tls_not_used",)),
    passes("mail for its own domain", "relay", "none", {**STRANGER, "recipients": [ALICE.address]}),
    passes("login as the owner of the sender", "submission", "starttls", {**LOGIN, "sender": ALICE.address}),
    passes("relay for who is logged in", "submission", "starttls", {**LOGIN, **STRANGER, "sender": ALICE.address}),
    passes("a message below the limit", "submission", "starttls", {**LOGIN, "message_size_mb": SIZE_LIMIT_MB - 1}),
    passes(
        "verification off", "misnamed", "starttls", {**LOGIN, "tls": {"verify": False}}, ("certificate_not_checked",)
    ),
]

LOGINS = [
    refused("wrong password", WRONG_PASSWORD),
    refused("wrong password with PLAIN", {**WRONG_PASSWORD, "mechanism": "plain"}),
    refused("wrong password with LOGIN", {**WRONG_PASSWORD, "mechanism": "login"}),
    refused("wrong password, TLS first", WRONG_PASSWORD, service="smtps", encryption="implicit_tls"),
    refused("unknown user", UNKNOWN_USER),
    Case(
        "login not offered",
        "relay",
        "starttls",
        "auth_not_offered",
        "auth",
        "login_failed",
        LOGIN,
        hint=("leave username and password out",),
    ),
    Case(
        "login not offered in clear",
        "submission",
        "none",
        "auth_not_offered",
        "auth",
        "login_failed",
        LOGIN,
        hint=("STARTTLS",),
    ),
    MECHANISM_NOT_OFFERED,
]

MESSAGES = [
    Case(
        "sender of another",
        "submission",
        "starttls",
        "sender_not_owned",
        "sender",
        "failed",
        {**LOGIN, "sender": BOB.address, "recipients": [ALICE.address]},
        hint=(BOB.address,),
    ),
    SENDER_WITHOUT_A_LOGIN,
    Case(
        "recipient that is not there",
        "relay",
        "none",
        "recipient_rejected",
        "recipient",
        "failed",
        {**STRANGER, "recipients": [f"nobody-of-this-name@{DOMAIN}"]},
        hint=("recipient",),
    ),
    ABOVE_THE_LIMIT,
]

CONNECTIONS = [
    *CERTIFICATES,
    Case("STARTTLS not offered", "clear", "starttls", "starttls_not_offered", "starttls", "failed"),
    Case(
        "TLS first, on a port in clear",
        "submission",
        "implicit_tls",
        "implicit_tls_not_spoken",
        "tls",
        "connection_failed",
        LOGIN,
        hint=("starttls",),
    ),
    Case(
        "in clear, on a port with TLS first",
        "smtps",
        "starttls",
        "implicit_tls_expected",
        "greeting",
        "connection_failed",
        {**LOGIN, **SHORTLY},
        hint=("implicit_tls",),
        connections=2,
    ),
    Case(
        "helo name that is none",
        "strict_helo",
        "starttls",
        "hello_rejected",
        "hello",
        "failed",
        {"helo_name": "short"},
        hint=("helo_name", "short"),
    ),
    Case("host not welcome", "closed_to_us", "none", "client_rejected", "greeting", "connection_failed"),
]

COMMON = GOOD + LOGINS + MESSAGES + CONNECTIONS
