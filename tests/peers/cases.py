# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cases that any client can meet, made of the tables in tests/servers; and what it cannot meet, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import Endpoint, endpoint_from_mapping
from tests.peers.server import PatientServer, RefusingServer
from tests.servers.certificates import Certificates
from tests.servers.imap_scenarios import IMAP_SCENARIOS
from tests.servers.network_scenarios import NETWORK_SCENARIOS, NetworkScenario, black_hole, closed_port
from tests.servers.scenarios import PASSWORD, Scenario, hear, leave_tls, options_of
from tests.servers.scripted import ScriptedServer
from tests.servers.smtp_scenarios import SMTP_SCENARIOS

AnyScenario = Scenario | NetworkScenario

# Every client is told to wait so long at the most; msmtp takes whole seconds alone.
TIMEOUT = 3
# To ours it is the time for the whole check, not for each reply, and on a busy machine too short for a server that lets
# nobody wait: there ours has so many seconds.
PATIENCE = 60
# And where a second connection looks what stands on a silent port, which no mail server may take for a spammer's.
LOOKING = 9
# smtplib encodes credentials as ASCII, so a password with an umlaut would end all its logins before they begin.
ASCII_PASSWORD = "S3cret/Word+42"
_PORTS = {"closed": closed_port, "black_hole": black_hole}

# What our check can be asked and the others cannot, by option.
NO_COUNTERPART = {
    "retries": "asks for another try, which the others do not make",
    "probe_invalid_login": "asks for a second, made-up login, which the others do not make",
    "message_size_mb": "asks whether a message of a given size would pass, which the others find out by sending one",
    "address_family": "asks for IPv4 or IPv6 alone, which smtplib and msmtp cannot be told",
}
OTHER_NAME = "names the certificate's owner apart from the host, which smtplib cannot be told"
OPPORTUNISTIC = "asks for TLS only where it is offered, which msmtp cannot be told"
NUL = "has a NUL in its password, which no environment of a program can hold"
OWN_RESOLVER = "puts a resolver of its own into the process of the check"
IMAP = "speaks IMAP, which the others do not"


@dataclass(frozen=True)
class Case:
    """A server's behaviour that every client can meet, and the reason that a check must name."""

    name: str
    reason: str
    scenario: AnyScenario

    @property
    def our_timeout(self) -> float:
        """The timeout of our own check: the others' where the scenario names one, as it is about waiting; but a silent
        port is looked at for TLS only after six seconds."""
        if getattr(self.scenario, "connections", 1) > 1 and self.scenario.outcome.endswith(" greeting"):
            return LOOKING
        return TIMEOUT if "timeout" in self.scenario.options else PATIENCE

    @contextmanager
    def opened(
        self, certificates: Certificates, timeout: float = TIMEOUT
    ) -> Iterator[tuple[Endpoint, ScriptedServer | None]]:
        """The endpoint to check, while its server runs; none where nobody listens."""
        if isinstance(self.scenario, NetworkScenario):
            with _PORTS[self.scenario.port]() as port:
                options = {"encryption": "none", "host": self.scenario.host, "port": port, **self.scenario.options}
                yield endpoint_from_mapping("smtp", {**options, "timeout": timeout}), None
            return
        kind = RefusingServer if self.reason == "auth_not_encodable" else PatientServer
        with kind(self.scenario.scripts, certificates) as server:
            options = options_of(self.scenario, certificates, server.port)
            endpoint = endpoint_from_mapping("smtp", {**options, "timeout": timeout, "transcript": False})
            yield _with_ascii_password(endpoint, self.scenario), server


@dataclass(frozen=True)
class Absent:
    """A scenario that the others cannot be given, and why."""

    name: str
    reason: str
    why: str


def gather(
    smtp: Sequence[Scenario] = SMTP_SCENARIOS,
    imap: Sequence[Scenario] = IMAP_SCENARIOS,
    network: Sequence[NetworkScenario] = NETWORK_SCENARIOS,
) -> tuple[list[Case], list[Absent]]:
    """Every scenario of the tables, in their order: as a case, or as what is absent."""
    cases: list[Case] = []
    absent = [Absent(each.name, _reason(each), IMAP) for each in imap]
    scenarios: list[AnyScenario] = [*network, *smtp]
    for scenario in scenarios:
        why = _why_not(scenario)
        if why:
            absent.append(Absent(scenario.name, _reason(scenario), why))
        else:
            cases.append(Case(scenario.name, _reason(scenario), scenario))
    return cases, absent


def one_each(cases: Sequence[Case]) -> list[Case]:
    """The first case of each reason."""
    first: dict[str, Case] = {}
    for case in cases:
        first.setdefault(case.reason, case)
    return list(first.values())


def _reason(scenario: AnyScenario) -> str:
    return scenario.outcome.split()[1]


def _why_not(scenario: AnyScenario) -> str | None:
    """Why this scenario cannot be given to the others, or nothing."""
    for option, why in NO_COUNTERPART.items():
        if option in scenario.options:
            return why
    if isinstance(scenario, NetworkScenario):
        return OWN_RESOLVER if scenario.resolver else None
    if "server_name" in str(scenario.options.get("tls")):
        return OTHER_NAME
    if scenario.encryption == "starttls_opportunistic":
        return OPPORTUNISTIC
    return NUL if "\0" in str(scenario.options.get("password", "")) else None


def _with_ascii_password(endpoint: Endpoint, scenario: Scenario) -> Endpoint:
    """The endpoint with a password that all can encode, but where the server knows the other one by heart."""
    by_heart = any(callable(step) and step not in (hear, leave_tls) for script in scenario.scripts for step in script)
    if endpoint.password != PASSWORD or (by_heart and _reason(scenario) == "ok"):
        return endpoint
    return replace(endpoint, password=ASCII_PASSWORD)
