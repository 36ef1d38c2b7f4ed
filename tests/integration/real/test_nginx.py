# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against nginx's proxy of mail, with Postfix and Dovecot behind it.

An unknown user and a wrong password are one to it, for a service of the administrator's says which login is good. It
has no word of HELO names and of hosts that are not welcome; who owns a sender is the server's behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.real import mail_servers
from tests.integration.real import nginx as server
from tests.integration.real.accounts import ALICE, BOB, DOMAIN
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
    ABOVE_THE_LIMIT,
    CERTIFICATES,
    NO_STARTTLS,
    SENDER_WITHOUT_A_LOGIN,
    refused,
)
from tests.integration.real.dovecot import Dovecot
from tests.integration.real.nginx import Nginx
from tests.integration.real.postfix import Postfix

SMTP = [
    passes("login after STARTTLS", "submission", "starttls", LOGIN),
    passes("login over implicit TLS", "smtps", "implicit_tls", LOGIN),
    passes("login with LOGIN", "submission", "starttls", {**LOGIN, "mechanism": "login"}),
    passes("another login", "submission", "starttls", {"username": BOB.name, "password": BOB.password}),
    passes("no login asked for", "submission", "starttls", {}),
    passes("login in clear, as asked for", "clear", "none", LOGIN, ("password_sent_in_clear",)),
    passes(
        "mail for who is logged in",
        "submission",
        "starttls",
        {**LOGIN, "sender": ALICE.address, "recipients": [BOB.address]},
    ),
    refused("wrong password", WRONG_PASSWORD),
    refused("wrong password with LOGIN", {**WRONG_PASSWORD, "mechanism": "login"}),
    refused("wrong password, TLS first", WRONG_PASSWORD, service="smtps", encryption="implicit_tls"),
    refused("unknown user", UNKNOWN_USER),
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
    SENDER_WITHOUT_A_LOGIN,
    Case(
        "recipient that is not there",
        "submission",
        "starttls",
        "recipient_rejected",
        "recipient",
        "failed",
        {**LOGIN, "sender": ALICE.address, "recipients": [f"nobody-of-this-name@{DOMAIN}"]},
        hint=("recipient",),
    ),
    ABOVE_THE_LIMIT,
    NO_STARTTLS,
    *CERTIFICATES,
]
IMAP = [
    passes("login after STARTTLS", "imap", "starttls", LOGIN),
    passes("login over implicit TLS", "imaps", "implicit_tls", LOGIN),
    refused("wrong password", WRONG_PASSWORD, service="imap"),
    refused("unknown user", UNKNOWN_USER, service="imap"),
    Case(
        "login in clear",
        "imap",
        "none",
        "auth_requires_encryption",
        "auth",
        "login_failed",
        LOGIN,
        hint=("starttls",),
    ),
]
CASES = {
    **{f"SMTP, {case.name}": ("smtp", case) for case in SMTP},
    **{f"IMAP, {case.name}": ("imap", case) for case in IMAP},
}
# What nginx writes of clients that do not behave.
COMPLAINTS = (
    "client sent invalid command",
    "client sent too",
    "before its greeting",
    "too long",
)


@pytest.fixture(scope="module")
def nginx(certificates: Certificates, dovecot: Dovecot, postfix: Postfix) -> Iterator[Nginx]:
    behind = {"smtp": postfix.ports["behind_dovecot"], "imap": dovecot.ports["starttls"]}
    with mail_servers.started(mail_servers.why_not("nginx"), lambda: server.nginx(certificates, behind)) as running:
        yield running


@pytest.mark.parametrize("name", CASES)
def test_nginx(name: str, nginx: Nginx, certificates: Certificates) -> None:
    protocol, case = CASES[name]
    mark = nginx.log.mark()
    result = concluded(protocol, HOST, nginx.ports[case.service], case, certificates)
    tried = logins(result)
    assert nginx.logins_since(mark, tried) == (tried, case.failed_logins)
    written = nginx.log.since(mark)
    assert [complaint for complaint in COMPLAINTS if complaint in written] == []
