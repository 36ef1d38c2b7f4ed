# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against Haraka, whose plugins are its administrator's to choose: these come with it.

They know no owners of senders, want no login before MAIL, know domains and no mailboxes, and have no word of HELO names
and unwelcome hosts, and offer logins in clear to private addresses, which ours are: the common cases of those cannot be
made. A connection that ends before TLS does is not in its log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.integration.real import haraka as server
from tests.integration.real import mail_servers
from tests.integration.real.cases import (
    Case,
    concluded,
    logins,
)
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import COMMON, ONE_ANSWER_FOR_ALL
from tests.integration.real.daemons import Tally
from tests.integration.real.haraka import Haraka

CANNOT_BE_MADE = (
    "sender of another",
    "sender without a login",
    "recipient that is not there",
    "helo name that is none",
    "host not welcome",
    "login not offered in clear",
)
OWN = [
    ONE_ANSWER_FOR_ALL,
]
# Of a connection whose handshake has not ended Haraka writes nothing.
SILENT = "in clear, on a port with TLS first"


def cases() -> list[Case]:
    made = [case for case in COMMON if case.name not in CANNOT_BE_MADE]
    return OWN + [replace(case, connections=1) if case.name == SILENT else case for case in made]


@pytest.fixture(scope="module")
def haraka(certificates: Certificates) -> Iterator[Haraka]:
    with mail_servers.started(server.why_not(), lambda: server.haraka(certificates)) as running:
        yield running


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_haraka(case: Case, haraka: Haraka, certificates: Certificates) -> None:
    mark = haraka.log.mark()
    result = concluded("smtp", HOST, haraka.ports[case.service], case, certificates)
    assert haraka.seen_since(mark, case.connections) == Tally(case.connections, logins(result), case.failed_logins)
    assert haraka.sins_since(mark) == []


def test_cases_that_cannot_be_made_are_common_ones() -> None:
    assert {*CANNOT_BE_MADE, SILENT} <= {case.name for case in COMMON}
