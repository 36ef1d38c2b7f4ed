# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the real servers once for the tests that need them, or say why that cannot be."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.real import dovecot as dovecot_server
from tests.integration.real import postfix as postfix_server
from tests.integration.real.certificates import Certificates, issue
from tests.integration.real.daemons import trying_again
from tests.integration.real.dovecot import Dovecot, Kind
from tests.integration.real.postfix import Postfix

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--standard-ports",
        action="store_true",
        help="let the real servers listen on 25, 143, 465, 587 and 993, and not on any free ports",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the real servers."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session", autouse=True)
def _ended_by_sigterm_as_by_ctrl_c() -> Iterator[None]:
    """Let a run that is told to end put away its servers and their folders, before all fixtures that start one."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return issue(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def standard_ports(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--standard-ports", default=False))


@contextlib.contextmanager
def dovecot_of(kind: Kind, certificates: Certificates, ports: dict[str, int]) -> Iterator[Dovecot]:
    reason = dovecot_server.why_not(kind)
    if reason is not None:
        pytest.skip(reason)
    with trying_again(lambda: dovecot_server.dovecot(certificates, ports, kind)) as started:
        yield started


@pytest.fixture(scope="session")
def dovecot(certificates: Certificates, standard_ports: bool) -> Iterator[Dovecot]:
    with dovecot_of(Kind(), certificates, dovecot_server.STANDARD_PORTS if standard_ports else {}) as started:
        yield started


@pytest.fixture(scope="session")
def submission(certificates: Certificates, postfix: Postfix) -> Iterator[Dovecot]:
    """Dovecot's own SMTP, which hands mail on to Postfix."""
    kind = Kind(protocol="submission", relay_port=postfix.ports["behind_dovecot"])
    with dovecot_of(kind, certificates, {}) as started:
        yield started


@pytest.fixture(scope="session")
def old_dovecots(certificates: Certificates) -> Iterator[dict[str, Dovecot]]:
    """IMAP servers that speak one old version of TLS, by that version."""
    with contextlib.ExitStack() as stack:
        yield {
            version: stack.enter_context(dovecot_of(Kind(only_tls=openssl_name), certificates, {}))
            for version, openssl_name in {"1.0": "TLSv1", "1.1": "TLSv1.1"}.items()
        }


@pytest.fixture(scope="session")
def postfix(certificates: Certificates, dovecot: Dovecot, standard_ports: bool) -> Iterator[Postfix]:
    reason = postfix_server.why_not()
    if reason is not None:
        pytest.skip(reason)
    ports = postfix_server.STANDARD_PORTS if standard_ports else {}
    with trying_again(lambda: postfix_server.postfix(certificates, dovecot.login_socket, ports)) as started:
        yield started
