# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that share a login: all connect at once, and what was refused is tried once. By the servers' counts."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import Endpoint, endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._check.facts import AddressFailure, CheckFailure
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import Checker, check_endpoints
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.shared_logins import LoginGate
from ansible_collections.appmail.settings.plugins.module_utils._network.connection import (
    Address,
    SystemNetwork,
    Transport,
)
from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import Deadline, DeadlineExpired
from tests.servers.certificates import Certificates
from tests.servers.leaks import leaks
from tests.servers.scenarios import IMAP_GREETING, LOGIN, PASSWORD, USERNAME, auth, clear
from tests.servers.scripted import HOST, HungUp, Peer, Script, ScriptedServer

PATIENCE = 20.0
ENVELOPE = ("< MAIL FROM:", "> 250 ok", "< RSET", "> 250 ok")
ACCEPTED = "235 2.7.0 yes"
REFUSED = "535 5.7.8 no"
PUT_OFF = "454 4.7.0 later"
TOO_OFTEN = "454 4.7.0 Too many login attempts, please try again later"
HANG_UP = "hang up"


def sharing(port: int, count: int, **options: object) -> list[Endpoint]:
    """So many endpoints that differ in their sender and share a login."""
    fields: dict[str, object] = {"host": HOST, "port": port, "encryption": "none", "timeout": PATIENCE, **LOGIN}
    return [
        endpoint_from_mapping("smtp", {**fields, "sender": f"sender-{number}@example.edu", **options})
        for number in range(count)
    ]


def answering(*answers: str) -> list[Script]:
    """The first login that is tried gets the first answer, and so on; the last one is for all that follow."""
    left = list(answers)
    lock = threading.Lock()

    def answer(peer: Peer) -> None:
        peer.expect("AUTH PLAIN ")
        with lock:
            said = left.pop(0) if len(left) > 1 else left[0]
        if said == HANG_UP:
            raise HungUp
        peer.say(said)
        if said == ACCEPTED:
            peer.play(ENVELOPE)

    return [(*clear("AUTH PLAIN"), answer)]


TRIES: dict[str, tuple[Sequence[str], int, dict[str, int], int]] = {
    "refused": ([REFUSED], 50, {"auth_rejected": 50}, 1),
    "refused, by one thread": ([REFUSED], 3, {"auth_rejected": 3}, 1),
    "accepted": ([ACCEPTED], 50, {"ok": 50}, 50),
    "accepted, by one thread": ([ACCEPTED], 3, {"ok": 3}, 3),
    "put off, then accepted": ([PUT_OFF, ACCEPTED], 8, {"auth_temporary_failure": 1, "ok": 7}, 8),
    "put off, then refused": ([PUT_OFF, REFUSED], 8, {"auth_temporary_failure": 1, "auth_rejected": 7}, 2),
    "lost, then refused": ([HANG_UP, REFUSED], 8, {"disconnected": 1, "auth_rejected": 7}, 2),
    "tried too often": ([TOO_OFTEN], 8, {"auth_too_many_attempts": 8}, 1),
    "put off for all": ([PUT_OFF], 8, {"auth_temporary_failure": 8}, 8),
    "refused after it was accepted": ([ACCEPTED, REFUSED], 8, {"ok": 1, "auth_rejected": 7}, 8),
}


@pytest.mark.parametrize(("answers", "count", "reasons", "logins"), TRIES.values(), ids=TRIES)
def test_a_login_is_tried_until_a_server_has_judged_it(
    answers: Sequence[str], count: int, reasons: dict[str, int], logins: int, certificates: Certificates
) -> None:
    with ScriptedServer(answering(*answers), certificates) as server:
        results = check_endpoints(sharing(server.port, count), 1 if count == 3 else count)
        server.wait()
        assert server.logins == logins
    assert Counter(str(result["reason"]) for result in results) == reasons


def test_who_does_not_log_in_tells_the_verdict_and_that_it_did_not(certificates: Certificates) -> None:
    with ScriptedServer(answering(REFUSED), certificates) as server:
        results = check_endpoints(sharing(server.port, 2), 1)
    tried, told = results
    assert [_logins(result) for result in results] == [1, 0]
    assert [(result["reason"], result["stage"]) for result in results] == [("auth_rejected", "auth")] * 2
    assert tried["reply"] == told["reply"] == {"code": 535, "enhanced_code": "5.7.8", "text": "no"}
    assert "this login was refused a moment ago and is not tried again" in str(told["msg"])
    assert [result["capabilities"] for result in results] == [["AUTH PLAIN"]] * 2


def test_who_was_told_the_verdict_does_not_come_again_for_it(certificates: Certificates) -> None:
    with ScriptedServer(answering("432 4.7.12 a password transition is needed"), certificates) as server:
        results = check_endpoints(sharing(server.port, 2, retries=3, retry_delay=0.01), 1)
        assert (len(server.peers), server.logins) == (2, 1)
    assert [result["reason"] for result in results] == ["auth_mechanism_refused"] * 2


def _logins(result: dict[str, object]) -> int:
    attempts = result["attempts"]
    return sum(attempt["logins"] for attempt in attempts) if isinstance(attempts, list) else -1


@pytest.mark.parametrize("count", [2, 20])
def test_all_are_connected_before_the_first_login_is_answered(count: int, certificates: Certificates) -> None:
    everybody = threading.Barrier(count)

    def wait_for_the_others(_peer: Peer) -> None:
        everybody.wait(PATIENCE)

    script = (*clear("AUTH PLAIN"), wait_for_the_others, *auth(ACCEPTED), *ENVELOPE)
    with ScriptedServer([script], certificates) as server:
        results = check_endpoints(sharing(server.port, count), count)
    assert [result["reason"] for result in results] == ["ok"] * count


class BlackHoles(SystemNetwork):
    """Servers that never answer: each connection ends once all have begun."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._everybody = threading.Barrier(count)

    def connect(
        self,
        addresses: list[Address],  # noqa: ARG002
        source_address: str | None,  # noqa: ARG002
        deadline: Deadline,  # noqa: ARG002
        failures: list[AddressFailure],  # noqa: ARG002
    ) -> Transport:
        self._everybody.wait(PATIENCE)
        raise CheckFailure("connection_timeout", "no answer")


def test_servers_that_never_answer_are_waited_for_all_at_a_time() -> None:
    results = check_endpoints(sharing(587, 20), 20, BlackHoles(20))
    assert [result["reason"] for result in results] == ["connection_timeout"] * 20


def test_who_waits_too_long_says_so_and_does_not_log_in(certificates: Certificates) -> None:
    checker = Checker()
    with ScriptedServer(answering(ACCEPTED), certificates) as server:
        (endpoint,) = sharing(server.port, 1, timeout=0.3)
        with checker.logins.of(endpoint).passage(Deadline(PATIENCE), ("PLAIN", False)):
            (attempt,) = checker.check(endpoint)
        server.wait()
        assert server.logins == 0
    assert (attempt.reason, attempt.stage, attempt.temporary) == ("timeout", "auth", True)
    assert attempt.failure is not None
    assert "another endpoint with the same login" in attempt.failure.detail


DIFFERENT: dict[str, dict[str, object]] = {
    "password": {"password": "another one"},
    "user": {"username": "another one"},
    "server": {"host": "localhost", "address_family": "ipv4"},
}


@pytest.mark.parametrize("different", DIFFERENT.values(), ids=DIFFERENT)
def test_another_login_does_not_wait(different: dict[str, object], certificates: Certificates) -> None:
    both = threading.Barrier(2)

    def answer(peer: Peer) -> None:
        peer.expect("AUTH PLAIN ")
        both.wait(PATIENCE)
        peer.say(REFUSED)

    with ScriptedServer([(*clear("AUTH PLAIN"), answer)], certificates) as server:
        endpoints = [*sharing(server.port, 1), *sharing(server.port, 1, **different)]
        results = check_endpoints(endpoints, 2)
        server.wait()
        assert server.logins == 2
    assert [_logins(result) for result in results] == [1, 1]


def test_a_made_up_login_is_another_one(certificates: Certificates) -> None:
    made_up: list[str] = []

    def answer(peer: Peer) -> None:
        real = peer.expect("AUTH PLAIN ") == real_login
        if not real:
            made_up.append(peer.address)
        peer.say(ACCEPTED if real else REFUSED)
        if real:
            peer.play(ENVELOPE)

    token = b64encode(f"\0{USERNAME}\0{PASSWORD}".encode()).decode("ascii")
    real_login = f"AUTH PLAIN {token}"
    with ScriptedServer([(*clear("AUTH PLAIN"), answer)], certificates) as server:
        results = check_endpoints(sharing(server.port, 4, probe_invalid_login=True), 4)
    assert [result["reason"] for result in results] == ["ok"] * 4
    assert len(made_up) == 4


def test_the_verdict_shows_no_secret_that_the_server_echoed(certificates: Certificates) -> None:
    def answer(peer: Peer) -> None:
        line = peer.expect("AUTH PLAIN ")
        peer.say(f"535 5.7.8 {line} is {PASSWORD}")

    with ScriptedServer([(*clear("AUTH PLAIN"), answer)], certificates) as server:
        results = check_endpoints(sharing(server.port, 3, transcript=True), 3)
    assert sorted(map(_logins, results)) == [0, 0, 1]
    assert leaks(json.dumps(results, ensure_ascii=False), USERNAME, PASSWORD) == []


def test_imap_waits_too(certificates: Certificates) -> None:
    fields: dict[str, object] = {"host": HOST, "encryption": "none", "timeout": PATIENCE, **LOGIN}
    with ScriptedServer([(IMAP_GREETING, "< AUTHENTICATE", "> $ NO no")], certificates) as server:
        endpoints = [
            endpoint_from_mapping("imap", {**fields, "port": server.port, "mailbox": f"box {number}"})
            for number in range(5)
        ]
        results = check_endpoints(endpoints, 5)
        server.wait()
        assert server.logins == 1
    assert [result["reason"] for result in results] == ["auth_rejected"] * 5


def speaking(answer: Callable[[str, bool], str], in_clear: Sequence[str], in_tls: Sequence[str]) -> list[Script]:
    """A server that says to each login what `answer` makes of its line, and of whether it came inside TLS."""

    def speak(peer: Peer) -> None:
        peer.say("220 mail.example.edu ESMTP")
        secure = False
        while True:
            line = peer.read_line()
            verb = line.partition(" ")[0]
            if verb == "EHLO":
                lines = ["mail.example.edu", *(in_tls if secure else in_clear)]
                peer.say("|".join([*(f"250-{one}" for one in lines[:-1]), f"250 {lines[-1]}"]))
            elif verb == "STARTTLS":
                peer.say("220 go")
                peer.start_tls("good")
                secure = True
            elif verb == "AUTH":
                said = answer(line, secure)
                if said.startswith("334"):
                    peer.say(said)
                    peer.read_line()
                    said = REFUSED
                peer.say(said)
            elif verb == "QUIT":
                peer.say("221 bye")
                raise HungUp
            else:
                peer.say("250 ok")

    return [[speak]]


def wants_tls(_line: str, secure: bool) -> str:
    return ACCEPTED if secure else "538 5.7.11 Encryption required"


def knows_plain_alone(line: str, _secure: bool) -> str:
    return ACCEPTED if line.startswith("AUTH PLAIN") else "504 5.5.4 unrecognized authentication type"


def takes_no_token(line: str, _secure: bool) -> str:
    return "334 eyJzdGF0dXMiOiI0MDEifQ==" if line.startswith("AUTH XOAUTH2") else ACCEPTED


def refuses(_line: str, _secure: bool) -> str:
    return REFUSED


WAYS: dict[str, tuple[list[Script], list[dict[str, object]], list[str], int]] = {
    "wants TLS, asked in clear first": (
        speaking(wants_tls, ("AUTH PLAIN", "STARTTLS"), ("AUTH PLAIN",)),
        [{}, {"encryption": "starttls"}],
        ["auth_requires_encryption", "ok"],
        2,
    ),
    "wants TLS, asked by TLS first": (
        speaking(wants_tls, ("AUTH PLAIN", "STARTTLS"), ("AUTH PLAIN",)),
        [{"encryption": "starttls"}, {}],
        ["ok", "auth_requires_encryption"],
        2,
    ),
    "cannot do a mechanism": (
        speaking(knows_plain_alone, ("AUTH PLAIN LOGIN",), ()),
        [{"mechanism": "login"}, {"mechanism": "plain"}],
        ["auth_mechanism_refused", "ok"],
        2,
    ),
    "takes no token, but passwords": (
        speaking(takes_no_token, ("AUTH PLAIN XOAUTH2",), ()),
        [{"mechanism": "xoauth2"}, {"mechanism": "plain"}],
        ["auth_token_invalid", "ok"],
        2,
    ),
    "refused by TLS, not offered in clear": (
        speaking(refuses, ("STARTTLS",), ("AUTH PLAIN",)),
        [{"encryption": "starttls"}, {}],
        ["auth_rejected", "auth_not_offered"],
        1,
    ),
    "refused, whatever the mechanism": (
        speaking(refuses, ("AUTH PLAIN LOGIN",), ()),
        [{"mechanism": "plain"}, {"mechanism": "login"}],
        ["auth_rejected", "auth_rejected"],
        1,
    ),
    "one server in three spellings": (
        speaking(refuses, ("AUTH PLAIN",), ()),
        [{"host": "localhost"}, {"host": "LOCALHOST"}, {"host": "localhost."}],
        ["auth_rejected"] * 3,
        1,
    ),
}


@pytest.mark.parametrize("parallel", [1, 2, 3])
@pytest.mark.parametrize(("scripts", "options", "reasons", "logins"), WAYS.values(), ids=WAYS)
def test_what_is_said_of_the_way_alone_holds_for_that_way(
    scripts: list[Script],
    options: list[dict[str, object]],
    reasons: list[str],
    logins: int,
    parallel: int,
    certificates: Certificates,
) -> None:
    trust: dict[str, object] = {"tls": {"ca_file": str(certificates.ca_file)}}
    with ScriptedServer(scripts, certificates) as server:
        endpoints = []
        for each in options:
            (endpoint,) = sharing(
                server.port, 1, address_family="ipv4", **each, **(trust if "encryption" in each else {})
            )
            endpoints.append(endpoint)
        results = check_endpoints(endpoints, parallel)
        server.wait()
        assert server.logins == logins
    assert [result["reason"] for result in results] == reasons


class LateDeadline(Deadline):
    """One that is over when the wait is."""

    def remaining(self) -> float:
        raise DeadlineExpired


def test_who_waited_too_long_does_not_log_in_when_its_turn_comes() -> None:
    gate = LoginGate()
    with ExitStack() as holder:
        holder.enter_context(gate.passage(Deadline(PATIENCE), ("PLAIN", True)))
        late = LateDeadline(PATIENCE)
        late.wait = lambda _call: holder.close()  # type: ignore[method-assign, assignment]
        with pytest.raises(CheckFailure, match="the time was up"), gate.passage(late, ("PLAIN", True)):
            pass
