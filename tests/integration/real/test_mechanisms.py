# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each mechanism against each real server that offers it: what logs in, what does not, and who says so in which log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from tests.integration.real.accounts import ALICE, LONG_PASSWORD, NON_ASCII, TEAM_ADDRESS, Account
from tests.integration.real.cases import (
    LOGIN,
    UNKNOWN_USER,
    WRONG_PASSWORD,
    Case,
    Options,
    check,
    concluded,
    expected,
    missing_from_hint,
    passes,
    said,
)
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.daemons import Log
from tests.integration.real.dovecot import Dovecot
from tests.integration.real.logins import Login, reported
from tests.integration.real.postfix import PASSWORD_MECHANISMS, TOKEN_MECHANISMS, WEAKER_MECHANISMS, Postfix
from tests.integration.real.tokens import GOOD, LONG, REFUSED

SCRAM = ("scram-sha-256", "scram-sha-1")


def login(account: Account, password: str) -> Options:
    return {"username": account.name, "password": password}


# What SASLprep (RFC 4013) makes of it is the password: u and a diaeresis are one letter, the blank is a blank, and the
# sign for 9 is two letters. Dovecot itself prepares nothing.
TYPED_OTHERWISE = login(NON_ASCII, "Gru\u0308\u00dfe\u00a0\u2168")

# By name: the credentials, the mechanisms that are tried with them, and what comes of it.
ACCEPTED: dict[str, tuple[Options, tuple[str, ...]]] = {
    "password": (LOGIN, PASSWORD_MECHANISMS),
    "name and password that are not ASCII": (login(NON_ASCII, NON_ASCII.password), PASSWORD_MECHANISMS),
    "password typed otherwise": (TYPED_OTHERWISE, SCRAM),
    "password of 500 characters": (login(LONG_PASSWORD, LONG_PASSWORD.password), PASSWORD_MECHANISMS),
    "token": (login(ALICE, GOOD), TOKEN_MECHANISMS),
    "token of 4,000 characters": (login(ALICE, LONG), TOKEN_MECHANISMS),
}
REJECTED: dict[str, tuple[Options, tuple[str, ...]]] = {
    "wrong password": (WRONG_PASSWORD, PASSWORD_MECHANISMS),
    "unknown user": (UNKNOWN_USER, PASSWORD_MECHANISMS),
    "token in place of a password": (login(ALICE, GOOD), ("auto",)),
    "password typed otherwise, and sent as it is": (TYPED_OTHERWISE, ("plain",)),
}
NEVER_SENT: dict[str, tuple[Options, tuple[str, ...]]] = {
    "empty password": (login(ALICE, ""), (*PASSWORD_MECHANISMS, *TOKEN_MECHANISMS)),
    "password that SASLprep refuses": (login(ALICE, "a bell\u0007, which nobody types"), SCRAM),
}


def cases() -> Iterator[Case]:
    for name, (options, mechanisms) in ACCEPTED.items():
        for mechanism in mechanisms:
            yield passes(f"{mechanism}, {name}", "submission", "starttls", {**options, "mechanism": mechanism})
    for name, (options, mechanisms) in REJECTED.items():
        for mechanism in mechanisms:
            yield refused(f"{mechanism}, {name}", "auth_rejected", {**options, "mechanism": mechanism})
    for name, token in REFUSED.items():
        for mechanism in TOKEN_MECHANISMS:
            options = {**login(ALICE, token), "mechanism": mechanism}
            yield refused(f"{mechanism}, {name}", "auth_token_invalid", options, ("new access token",))
    for name, (options, mechanisms) in NEVER_SENT.items():
        for mechanism in mechanisms:
            case = refused(f"{mechanism}, {name}", "auth_not_encodable", {**options, "mechanism": mechanism})
            yield replace(case, category="failed", failed_logins=0)


def refused(name: str, reason: str, options: Options, hint: tuple[str, ...] = ()) -> Case:
    return Case(name, "submission", "starttls", reason, "auth", "login_failed", options, failed_logins=1, hint=hint)


@dataclass(frozen=True)
class Server:
    """One that offers all mechanisms after STARTTLS; `logins_since` reads its own log."""

    protocol: str
    port: int
    log: Log
    logins_since: Callable[[int, int], list[Login]]


# Postfix writes down how somebody logged in when they are about to send.
MAIL: Options = {"sender": TEAM_ADDRESS, "recipients": [ALICE.address]}
SERVERS = {"Postfix": "postfix", "Dovecot, submission": "submission", "Dovecot, IMAP": "dovecot"}


@pytest.fixture(params=SERVERS.values(), ids=tuple(SERVERS))
def server(request: pytest.FixtureRequest) -> Server:
    started: Postfix | Dovecot = request.getfixturevalue(request.param)
    if isinstance(started, Postfix):
        return Server(
            "smtp", started.ports["every_mechanism"], started.log, lambda mark, _count: started.logins_since(mark)
        )
    protocol = "imap" if request.param == "dovecot" else "smtp"
    return Server(
        protocol, started.ports["starttls"], started.log, lambda mark, count: started.logins_since(mark, 1, count)
    )


@pytest.mark.parametrize("case", tuple(cases()), ids=lambda case: case.name)
def test_a_mechanism(case: Case, server: Server, certificates: Certificates) -> None:
    asked = {**case.options, **(MAIL if server.protocol == "smtp" else {}), "transcript": True}
    case = replace(case, options=asked)
    mark = server.log.mark()
    result = concluded(server.protocol, HOST, server.port, case, certificates)
    logins = reported(result, case.failed_logins)
    assert server.logins_since(mark, len(logins)) == logins


@pytest.mark.parametrize(
    ("service", "chosen"),
    [("every_mechanism", "SCRAM-SHA-256"), *((offered, offered.upper()) for offered in WEAKER_MECHANISMS)],
)
def test_auto_takes_the_strongest_that_is_offered(
    service: str, chosen: str, postfix: Postfix, certificates: Certificates
) -> None:
    case = passes(chosen, service, "starttls", {**LOGIN, **MAIL})
    mark = postfix.log.mark()
    result = check("smtp", HOST, postfix.ports[service], case, certificates)
    assert said(result) == expected(case), result
    auth = result["auth"]
    assert isinstance(auth, dict)
    assert auth["offered"][-2:] == ["XOAUTH2", "OAUTHBEARER"]
    assert postfix.logins_since(mark) == [Login(chosen)]


def test_auto_takes_no_token_mechanism(postfix: Postfix, certificates: Certificates) -> None:
    options = login(ALICE, GOOD)
    hint = ("XOAUTH2, OAUTHBEARER", "say xoauth2")
    reason = "auth_mechanism_not_offered"
    case = Case("tokens only", "tokens_only", "starttls", reason, "auth", "login_failed", options, hint=hint)
    mark = postfix.log.mark()
    result = check("smtp", HOST, postfix.ports[case.service], case, certificates)
    assert said(result) == expected(case), result
    assert missing_from_hint(result, case) == []
    assert postfix.logins_since(mark) == []
