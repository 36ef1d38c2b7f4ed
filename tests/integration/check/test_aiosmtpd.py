# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against aiosmtpd as it comes, with its own options and its own replies: it needs no root.

It knows no owners of senders, no relaying and no helo rules: those are for the servers in tests/integration/real.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypedDict

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.integration.real.accounts import ACCOUNTS, ALICE, LONG_PASSWORD, NON_ASCII, ODD_ACCOUNTS
from tests.integration.real.cases import (
    LOGIN,
    Case,
    check,
    concluded,
    logins,
    passes,
)
from tests.integration.real.certificates import HOST, Certificate, Certificates, issue
from tests.integration.real.common_cases import CONNECTIONS, GOOD, LOGINS, SIZE_LIMIT_MB

pytestmark = pytest.mark.once

PASSWORDS = {account.name: account.password for account in (*ACCOUNTS, *ODD_ACCOUNTS)}
OLD_TLS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1}


class Settings(TypedDict, total=False):
    """aiosmtpd's own options, where they are not its defaults."""

    require_starttls: bool
    auth_required: bool
    auth_require_tls: bool
    auth_exclude_mechanism: tuple[str, ...]
    enable_SMTPUTF8: bool
    command_call_limit: dict[str, int]


@dataclass(frozen=True)
class Service:
    """One port: its certificate by name, whether TLS comes first, and which one version of it is spoken."""

    certificate: str | None = "good"
    implicit_tls: bool = False
    only_tls: ssl.TLSVersion | None = None
    settings: Settings = field(default_factory=Settings)


_SUBMISSION: Settings = {"require_starttls": True, "auth_required": True}
SERVICES = {
    "submission": Service(settings=_SUBMISSION),
    # Of TLS that was there before it, aiosmtpd knows nothing: only so it offers a login.
    "smtps": Service(implicit_tls=True, settings={"auth_require_tls": False}),
    "relay": Service(settings={"auth_exclude_mechanism": ("PLAIN", "LOGIN")}),
    "clear": Service(certificate=None),
    "login_in_clear": Service(certificate=None, settings={"auth_require_tls": False}),
    "only_login": Service(settings={**_SUBMISSION, "auth_exclude_mechanism": ("PLAIN",)}),
    "utf8": Service(settings={"enable_SMTPUTF8": True}),
    "one_ehlo": Service(settings={"command_call_limit": {"EHLO": 1}}),
    **{name: Service(name, settings=_SUBMISSION) for name in ("expired", "misnamed", "untrusted", "self_signed")},
    **{f"tls_{version}": Service(only_tls=constant, settings=_SUBMISSION) for version, constant in OLD_TLS.items()},
}


class Aiosmtpd:
    """All services in one thread, with what each was asked."""

    def __init__(self, certificates: Certificates) -> None:
        self.ports: dict[str, int] = {}
        self.connections = dict.fromkeys(SERVICES, 0)
        self.logins: list[tuple[str, bool]] = []  # mechanism, and whether it was accepted
        self._certificates = certificates
        self._servers: list[asyncio.AbstractServer] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        for name, service in SERVICES.items():
            self.ports[name] = asyncio.run_coroutine_threadsafe(self._listen(name, service), self._loop).result()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self, name: str, service: Service) -> int:
        certificate = getattr(self._certificates, service.certificate) if service.certificate is not None else None
        context = server_context(certificate, service.only_tls) if certificate is not None else None

        def session() -> SMTP:
            self.connections[name] += 1
            return SMTP(
                object(),
                data_size_limit=SIZE_LIMIT_MB * 1_000_000,
                hostname="mail.example.test",
                tls_context=None if service.implicit_tls else context,
                authenticator=self._authenticate,
                loop=self._loop,
                **service.settings,
            )

        server = await self._loop.create_server(session, HOST, 0, ssl=context if service.implicit_tls else None)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _hang_up(self) -> None:
        for server in self._servers:
            server.close()
        pending = [task for task in asyncio.all_tasks(self._loop) if task is not asyncio.current_task(self._loop)]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        accepted = PASSWORDS.get(data.login.decode("utf-8")) == data.password.decode("utf-8")
        self.logins.append((mechanism, accepted))
        return AuthResult(success=accepted, handled=False)


def server_context(certificate: Certificate, only: ssl.TLSVersion | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    if only is not None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():  # Python warns of such versions
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = only
    return context


@pytest.fixture(scope="module", name="certificates")
def certificates_fixture(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return issue(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module", name="server")
def server_fixture(certificates: Certificates) -> Iterator[Aiosmtpd]:
    server = Aiosmtpd(certificates)
    server.start()
    yield server
    server.stop()


OWN = [
    *(
        passes(f"{account.name}, {mechanism}", "submission", "starttls", {**login, "mechanism": mechanism})
        for account in (NON_ASCII, LONG_PASSWORD)
        for login in ({"username": account.name, "password": account.password},)
        for mechanism in ("plain", "login")
    ),
    passes("login where PLAIN is not offered", "only_login", "starttls", LOGIN),
    passes("login in clear, as asked for", "login_in_clear", "none", LOGIN, ("password_sent_in_clear",)),
    Case(
        "opportunistic, no password in clear",
        "login_in_clear",
        "starttls_opportunistic",
        "auth_requires_encryption",
        "auth",
        "login_failed",
        LOGIN,
        ("tls_not_used",),
        hint=("starttls",),
    ),
    Case(
        "sender in clear where TLS is a must",
        "submission",
        "none",
        "auth_requires_encryption",
        "sender",
        "login_failed",
        {"sender": ALICE.address},
        hint=("starttls",),
    ),
    Case(
        "sender without a login",
        "submission",
        "starttls",
        "auth_required",
        "sender",
        "login_failed",
        {"sender": ALICE.address},
        hint=("username and password",),
    ),
    passes("sender that is not ASCII", "utf8", "none", {"sender": "jürgen@example.test"}),
    Case(
        "sender that is not ASCII, and SMTPUTF8 not offered",
        "relay",
        "none",
        "sender_rejected",
        "sender",
        "failed",
        {"sender": "jürgen@example.test"},
    ),
    Case(
        "a message above the limit",
        "submission",
        "starttls",
        "message_size_exceeded",
        "size",
        "failed",
        {**LOGIN, "message_size_mb": SIZE_LIMIT_MB + 1},
        hint=("size limit",),
    ),
    Case(
        "a command too many",
        "one_ehlo",
        "starttls",
        "service_unavailable",
        "hello",
        "connection_failed",
        LOGIN,
        temporary=True,
    ),
    # Python's asyncio hangs up without the alert that other servers send: a second connection finds out why.
    *(
        Case(
            f"TLS {version} only",
            f"tls_{version}",
            "starttls",
            "tls_version_unsupported",
            "tls",
            "failed",
            LOGIN,
            hint=("minimum_version",),
            connections=2,
        )
        for version in OLD_TLS
    ),
    *(
        passes(
            f"TLS {version}, allowed",
            f"tls_{version}",
            "starttls",
            {**LOGIN, "tls": {"minimum_version": version}},
            ("weak_tls_version",),
        )
        for version in OLD_TLS
    ),
]
CASES = [*GOOD, *LOGINS, *(case for case in CONNECTIONS if case.service in SERVICES), *OWN]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_aiosmtpd(case: Case, server: Aiosmtpd, certificates: Certificates) -> None:
    connections = server.connections[case.service]
    server.logins.clear()
    result = concluded("smtp", HOST, server.ports[case.service], case, certificates)
    assert server.connections[case.service] - connections == case.connections
    assert len(server.logins) == logins(result)
    assert [accepted for _mechanism, accepted in server.logins].count(False) == case.failed_logins


def test_auto_takes_plain_before_login(server: Aiosmtpd, certificates: Certificates) -> None:
    server.logins.clear()
    check("smtp", HOST, server.ports["submission"], passes("auto", "submission", "starttls", LOGIN), certificates)
    assert server.logins == [("PLAIN", True)]
