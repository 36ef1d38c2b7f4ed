# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a name to a connection: each failure told apart, each address kept."""

from __future__ import annotations

import errno
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from ansible_collections.appmail.settings.plugins.module_utils._network import connection as _connection
from tests.servers.certificates import Certificates
from tests.servers.network_scenarios import NETWORK_SCENARIOS, Answer, NetworkScenario, answers, black_hole, closed_port
from tests.servers.scenarios import clear
from tests.servers.scripted import ScriptedServer

NAME = "mail.example.edu"


def has_ipv6() -> bool:
    """Whether this machine's loopback has an IPv6 address."""
    with socket.socket(socket.AF_INET6) as probe:
        return probe.connect_ex(("::1", 9)) != errno.EADDRNOTAVAIL


LOOPBACKS = ["127.0.0.1", *(["::1", "[::1]"] if socket.has_ipv6 and has_ipv6() else [])]


@pytest.fixture(name="ended")
def ended_fixture() -> Iterator[threading.Event]:
    ended = threading.Event()
    yield ended
    ended.set()


def resolve_by(answer: Answer, ended: threading.Event, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let this resolver answer for the name, and the system's for addresses. Gives the names that were asked for."""
    asked: list[str] = []
    system = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *rest: int) -> list[object]:
        if host != NAME:
            return list(system(host, port, *rest))
        asked.append(host)
        return [each for address in answer(ended) for each in system(address, port, *rest)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("scenario", NETWORK_SCENARIOS, ids=[each.name for each in NETWORK_SCENARIOS])
@pytest.mark.parametrize("protocol", ["smtp", "imap"])
def test_scenario(
    protocol: str, scenario: NetworkScenario, ended: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    if scenario.resolver is not None:
        resolve_by(scenario.resolver, ended, monkeypatch)
    with {"closed": closed_port, "black_hole": black_hole}[scenario.port]() as port:
        options = {"host": scenario.host, "port": port, "encryption": "none", "timeout": 10, **scenario.options}
        (result,) = check_endpoints([endpoint_from_mapping(protocol, options)], 1)
    shown = json.dumps(result, indent=1)
    assert f"{result['category']} {result['reason']} {result['stage']}" == scenario.outcome, shown
    assert [word for word in scenario.says if word not in str(result["hint"])] == []
    assert result["temporary"] is scenario.temporary
    assert result["address"] is None
    attempts = result["attempts"]
    assert isinstance(attempts, list)
    assert tuple(each["address"] for each in attempts[-1]["addresses"]) == scenario.addresses


@pytest.mark.parametrize(
    ("addresses", "failed"),
    [
        (["127.0.0.2", "127.0.0.3", "127.0.0.1"], ["127.0.0.2", "127.0.0.3"]),
        (["::1", "127.0.0.1"], ["::1"]),
        (["127.0.0.1", "127.0.0.2"], []),
    ],
)
def test_addresses_are_tried_in_turn(
    addresses: list[str],
    failed: list[str],
    certificates: Certificates,
    ended: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve_by(answers(*addresses), ended, monkeypatch)
    with ScriptedServer([clear()], certificates) as server:
        endpoint = endpoint_from_mapping("smtp", {"host": NAME, "port": server.port, "encryption": "none"})
        (result,) = check_endpoints([endpoint], 1)
    assert (result["reason"], result["address"]) == ("ok", "127.0.0.1")
    attempts = result["attempts"]
    assert isinstance(attempts, list)
    assert [each["address"] for each in attempts[0]["addresses"]] == failed


def test_an_address_that_does_not_answer_does_not_hold_up_the_next(
    certificates: Certificates, ended: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_by(answers("127.0.0.1", "127.0.0.2"), ended, monkeypatch)
    with black_hole() as port, ScriptedServer([clear()], certificates, ("127.0.0.2", port)):
        endpoint = endpoint_from_mapping("smtp", {"host": NAME, "port": port, "encryption": "none", "timeout": 60})
        (result,) = check_endpoints([endpoint], 1)
    assert (result["reason"], result["address"]) == ("ok", "127.0.0.2")


@pytest.mark.parametrize("host", LOOPBACKS)
def test_address_literals(host: str, certificates: Certificates) -> None:
    with ScriptedServer([clear()], certificates, (host.strip("[]"), 0)) as server:
        endpoint = endpoint_from_mapping("smtp", {"host": host, "port": server.port, "encryption": "none"})
        (result,) = check_endpoints([endpoint], 1)
    assert (result["reason"], result["address"]) == ("ok", host.strip("[]"))


def test_families_are_interleaved() -> None:
    four = [_connection.Address(socket.AF_INET, (f"192.0.2.{each}", 25)) for each in (1, 2, 3)]
    six = [_connection.Address(socket.AF_INET6, ("2001:db8::1", 25, 0, 0))]
    mixed = _connection.interleaved([*four, *six])
    assert [each.text for each in mixed] == ["192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.3"]
    assert _connection.interleaved([]) == []


def test_a_name_is_looked_up_once_for_all_endpoints_that_share_it(
    certificates: Certificates, ended: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolve_by(answers("127.0.0.1"), ended, monkeypatch)
    with ScriptedServer([clear()], certificates) as server:
        options = {"host": NAME, "port": server.port, "encryption": "none"}
        endpoints = [endpoint_from_mapping("smtp", {**options, "certificate_days": each}) for each in range(5)]
        results = check_endpoints(endpoints, 1)
    assert [each["reason"] for each in results] == ["ok"] * 5
    assert asked == [NAME]


def test_a_connection_comes_from_the_source_address(certificates: Certificates) -> None:
    with ScriptedServer([clear()], certificates) as server:
        options = {"host": "127.0.0.1", "port": server.port, "encryption": "none", "source_address": "127.0.0.9"}
        (result,) = check_endpoints([endpoint_from_mapping("smtp", options)], 1)
        server.wait()
    assert result["reason"] == "ok"
    assert [peer.address for peer in server.peers] == ["127.0.0.9"]
