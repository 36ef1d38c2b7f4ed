# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a server says: no exception, a reason of the table, an end by the deadline, one login, and no secret.

APPMAIL_FUZZ is how many conversations there are; APPMAIL_FUZZ_SEED where they begin.
"""

from __future__ import annotations

import json
import os
import random
import ssl

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
    ENCRYPTIONS,
    MECHANISMS,
    Endpoint,
    endpoint_from_mapping,
)
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import REASONS, STAGES, category_message
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import checker as _check
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import session as _conversation
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from ansible_collections.appmail.settings.plugins.module_utils._network import deadline as _deadline
from tests.servers.certificates import Certificates
from tests.servers.hostile import HostileServer
from tests.servers.in_memory import Clock, MemoryNetwork, Server, TlsServer
from tests.servers.leaks import leaks

CONVERSATIONS = int(os.environ.get("APPMAIL_FUZZ", "2000"))
FIRST = int(os.environ.get("APPMAIL_FUZZ_SEED", "0"))
SLICES = 20
USERNAME, PASSWORD = "svc-mail@example.edu", "S3cret/Wörd+42 and more"


def endpoint_of(source: random.Random, certificates: Certificates) -> Endpoint:
    protocol = source.choice(["smtp", "imap"])
    # A handshake costs a thousand times what the rest does, so most conversations are in clear.
    encryption = "none" if source.random() < 0.8 else source.choice(ENCRYPTIONS)
    options: dict[str, object] = {
        "host": "localhost",
        "encryption": encryption,
        "timeout": source.choice([0.5, 5.0, 30.0]),
        "transcript": True,
        "retries": source.choice([0, 0, 2]),
        "retry_delay": 0.1,
        "tls": {"ca_file": str(certificates.ca_file)},
    }
    if source.random() < 0.8:
        mechanism = "auto" if source.random() < 0.6 else source.choice(MECHANISMS)
        options.update(username=USERNAME, password=PASSWORD, mechanism=mechanism)
        options["probe_invalid_login"] = source.random() < 0.1
    if protocol == "smtp" and source.random() < 0.6:
        options.update(sender=source.choice(["app@example.edu", "jürgen@example.edu"]), message_size_mb=0.5)
        options["recipients"] = source.choice([[], ["a@example.edu"], ["a@example.edu", "b@example.edu"]])
    return endpoint_from_mapping(protocol, options)


def network_of(
    source: random.Random, endpoint: Endpoint, clock: Clock, context: ssl.SSLContext, logins: list[bytes]
) -> MemoryNetwork:
    noise = source.choice([0.0, 0.1, 0.3, 0.6])

    def server() -> Server:
        inner = HostileServer(source, endpoint.protocol, noise, logins)
        if endpoint.encryption == "none":
            return inner
        implicit = (endpoint.encryption == "implicit_tls") is (source.random() < 0.9)
        return TlsServer(inner, context, implicit=implicit)

    return MemoryNetwork(clock, server, seconds=source.choice([0.0001, 0.01]))


def converse(seed: int, certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    source = random.Random(seed)
    clock = Clock()
    for module in (_check, _conversation, _deadline):
        monkeypatch.setattr(module, "time", clock)
    endpoint = endpoint_of(source, certificates)
    logins: list[bytes] = []
    network = network_of(source, endpoint, clock, certificates.context("good"), logins)
    (result,) = check_endpoints([endpoint], 1, network)
    judge(result, endpoint)
    assert clock.now - 1000.0 <= endpoint.timeout + 0.5
    assert len(logins) <= 1 + endpoint.probe_invalid_login


def judge(result: dict[str, object], endpoint: Endpoint) -> None:
    reason = REASONS[str(result["reason"])]
    assert result["category"] == reason.category
    assert result["stage"] in (*reason.stages, *reason.late_stages)
    assert set(result["timings"]) <= set(STAGES)  # type: ignore[call-overload]
    assert str(result["msg"]).startswith(category_message(reason.category, endpoint.protocol))
    assert "the check itself failed" not in str(result["msg"])
    shown = json.dumps(result, ensure_ascii=False)
    assert shown.encode("utf-8")
    assert len(shown) < 200_000
    assert all(line.isprintable() for line in result["transcript"])  # type: ignore[attr-defined]
    assert leaks(shown, USERNAME, PASSWORD) == []


@pytest.mark.parametrize("part", range(SLICES))
def test_whatever_a_server_says(part: int, certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(FIRST + part, FIRST + CONVERSATIONS, SLICES):
        try:
            converse(seed, certificates, monkeypatch)
        except BaseException as fault:  # noqa: PERF203  # the seed makes it happen again
            raise AssertionError(f"conversation {seed}: APPMAIL_FUZZ_SEED={seed} APPMAIL_FUZZ=1") from fault
