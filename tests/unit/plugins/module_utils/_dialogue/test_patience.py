# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who speaks before the greeting is taken for a spammer: when the check speaks, and what it says of a pause."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._check.facts import AddressFailure
from ansible_collections.appmail.settings.plugins.module_utils._check.results import warning_text
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import checker as _checker
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import session as _session
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from ansible_collections.appmail.settings.plugins.module_utils._network import deadline as _deadline
from ansible_collections.appmail.settings.plugins.module_utils._network.connection import Address
from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import Deadline, DeadlineExpired
from tests.servers.in_memory import Clock, MemoryNetwork, MemoryTransport


class PausingServer:
    """Greets, and takes EHLO; how long it pauses before is the transport's."""

    def connected(self) -> list[bytes | None]:
        return [b"220 mail.example.edu ESMTP\r\n"]

    def heard(self, data: bytes) -> list[bytes | None]:  # noqa: ARG002
        return [b"250 mail.example.edu\r\n"]


class PausingTransport(MemoryTransport):
    """Its server says nothing until `pause` seconds have passed; what is said to it before is an early talk."""

    def __init__(self, clock: Clock, pause: float) -> None:
        super().__init__(PausingServer(), clock, 0.001)
        self._until = clock.now + pause
        self.early = 0

    def send(self, data: bytes, deadline: Deadline) -> None:
        self.early += self._clock.now < self._until
        super().send(data, deadline)

    def receive(self, deadline: Deadline) -> bytes:
        if self._clock.now < self._until:
            self._clock.now = min(self._until, deadline.end)
            if self._clock.now < self._until:
                raise DeadlineExpired
        return super().receive(deadline)


@dataclass
class PausingNetwork(MemoryNetwork):
    """Notes when it is connected to."""

    pause: float = 0.0
    begun: list[float] = field(default_factory=list)

    def connect(
        self,
        addresses: list[Address],  # noqa: ARG002
        source_address: str | None,  # noqa: ARG002
        deadline: Deadline,  # noqa: ARG002
        failures: list[AddressFailure],  # noqa: ARG002
    ) -> MemoryTransport:
        self.begun.append(self.clock.now - 1000.0)
        self.transports.append(PausingTransport(self.clock, self.pause))
        return self.transports[-1]


def check(pause: float, timeout: float, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, object], PausingNetwork]:
    clock = Clock()
    for module in (_checker, _session, _deadline):
        monkeypatch.setattr(module, "time", clock)
    network = PausingNetwork(clock, PausingServer)
    network.pause = pause
    options = {"host": "mail.example.edu", "encryption": "none", "timeout": timeout, "helo_name": "app.example.edu"}
    (result,) = check_endpoints([endpoint_from_mapping("smtp", options)], 1, network)
    return result, network


# The server's pause, our timeout; the reason, the warning's seconds, and when connections were made.
PAUSES = {
    "none": (0.0, 30.0, "ok", None, [0.0]),
    "a slow lookup": (1.0, 30.0, "ok", None, [0.0]),
    "sendmail's greet_pause": (5.0, 30.0, "ok", "5.0", [0.0]),
    "postscreen": (6.0, 30.0, "ok", "6.0", [0.0]),
    "a long one": (20.0, 30.0, "ok", "20.0", [0.0]),
    "a long one, and little time": (5.5, 8.0, "ok", "5.5", [0.0]),
    "too long for the timeout": (60.0, 30.0, "greeting_timeout", None, [0.0, 28.5]),
    "too long, never looked at before six seconds": (60.0, 7.0, "greeting_timeout", None, [0.0, 6.0]),
    "too long, and no time to look": (60.0, 5.0, "greeting_timeout", None, [0.0]),
}


@pytest.mark.parametrize(("pause", "timeout", "reason", "seconds", "begun"), PAUSES.values(), ids=PAUSES)
def test_a_pause(
    pause: float,
    timeout: float,
    reason: str,
    seconds: str | None,
    begun: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result, network = check(pause, timeout, monkeypatch)
    assert result["reason"] == reason
    assert [round(moment, 1) for moment in network.begun] == begun
    assert [transport.early for transport in network.transports[:1]] == [0]  # type: ignore[attr-defined]
    warnings = result["warnings"]
    assert isinstance(warnings, list)
    assert ("greeting_paused" in warnings) is (seconds is not None)
    if seconds is not None:
        assert f"only after {seconds} s" in warning_text("greeting_paused", result)
