# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many endpoints, the worst of their results, and what a check costs: counted, never timed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import Endpoint, endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._check.facts import Facts
from ansible_collections.appmail.settings.plugins.module_utils._check.results import worst
from ansible_collections.appmail.settings.plugins.module_utils._check.shapes import CheckResult
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import checker as _check
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import session as _conversation
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import smtp as _smtp
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import Checker, check_endpoints
from ansible_collections.appmail.settings.plugins.module_utils._network import deadline as _deadline
from tests.servers.certificates import Certificates
from tests.servers.in_memory import Clock, MemoryNetwork, Server, TlsServer
from tests.servers.leaks import leaks
from tests.servers.network_scenarios import black_hole
from tests.servers.scenarios import IMAP_GREETING, LOGIN, PASSWORD, USERNAME, auth, clear, starttls
from tests.servers.scripted import HOST, ScriptedServer
from tests.tools.tree import COLLECTIONS


def endpoint_at(port: int, **options: object) -> Endpoint:
    return endpoint_from_mapping("smtp", {"host": HOST, "port": port, "encryption": "none", "timeout": 20, **options})


# -- many --


def test_results_come_in_the_given_order_and_equal_endpoints_are_checked_once(certificates: Certificates) -> None:
    with ScriptedServer([clear()], certificates) as one, ScriptedServer([("> 554 no",)], certificates) as other:
        endpoints = [
            endpoint_at(one.port, name="first"),
            endpoint_at(other.port, name="second"),
            endpoint_at(one.port, name="third"),
            endpoint_at(one.port, name="fourth", helo_name="app.example.edu"),
        ]
        results = check_endpoints(endpoints, 4)
        connections = (len(one.peers), len(other.peers))
    assert [each["name"] for each in results] == ["first", "second", "third", "fourth"]
    assert [each["reason"] for each in results] == ["ok", "client_rejected", "ok", "ok"]
    assert connections == (2, 1)
    assert "third (127.0.0.1:" in str(results[2]["msg"])


def test_one_that_does_not_answer_holds_up_no_other(certificates: Certificates) -> None:
    with black_hole() as port, ScriptedServer([clear()], certificates) as server:
        healthy = [endpoint_at(server.port, certificate_days=each) for each in range(20)]
        hopeless = [endpoint_at(port, timeout=0.5, certificate_days=each) for each in range(5)]
        results = check_endpoints([*hopeless, *healthy], 25)
    assert [each["reason"] for each in results] == ["connection_timeout"] * 5 + ["ok"] * 20


def test_servers_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def check(_checker: Checker, endpoint: Endpoint) -> list[_check.Attempt]:
        checked.append(endpoint.name)
        return [_check.Attempt(Facts(), None, 0.0)]

    monkeypatch.setattr(Checker, "check", check)
    servers = (1, 1, 1, 2, 2, 3, 1)
    endpoints = [endpoint_at(port, name=f"{port}-{number}", retries=number) for number, port in enumerate(servers)]
    results = check_endpoints(endpoints, 1)
    assert checked == ["1-0", "2-3", "3-5", "1-1", "2-4", "1-2", "1-6"]
    assert [result["name"] for result in results] == [endpoint.name for endpoint in endpoints]


@pytest.mark.parametrize("max_parallel", [1, 3])
def test_no_more_at_a_time_than_asked_for(max_parallel: int, certificates: Certificates) -> None:
    running = threading.active_count()
    seen: list[int] = []
    with ScriptedServer([clear()], certificates) as server:
        endpoints = [endpoint_at(server.port, certificate_days=each) for each in range(9)]
        original = Checker.check

        def check(checker: Checker, endpoint: Endpoint) -> list[_check.Attempt]:
            seen.append(sum(thread.name.startswith("check") for thread in threading.enumerate()))
            return original(checker, endpoint)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Checker, "check", check)
            check_endpoints(endpoints, max_parallel)
    assert max(seen) <= max_parallel - 1
    assert threading.active_count() <= running


def test_nothing_to_check() -> None:
    assert check_endpoints([], 5) == []
    assert worst([]) == (None, None, None, "nothing was checked: there are no endpoints", False)


# -- the worst --


def result_of(category: str, name: str) -> CheckResult:
    return {"category": category, "reason": name, "stage": "auth", "msg": f"about {name}."}  # type: ignore[typeddict-item]


COMPLETE, FAILED = result_of("complete", "ok"), result_of("failed", "timeout")
LOGIN_FAILED = result_of("login_failed", "auth_rejected")
CONNECTION_FAILED = result_of("connection_failed", "dns_not_found")
WORST: dict[str, tuple[list[CheckResult], list[str], str, bool]] = {
    "all well": ([COMPLETE, COMPLETE], ["failed"], "ok", False),
    "one failed": ([COMPLETE, FAILED], ["connection_failed", "login_failed", "failed"], "timeout", True),
    "no connection is worse than no login": (
        [LOGIN_FAILED, CONNECTION_FAILED],
        ["login_failed", "connection_failed"],
        "dns_not_found",
        True,
    ),
    "what fails the task goes first": ([CONNECTION_FAILED, LOGIN_FAILED], ["login_failed"], "auth_rejected", True),
    "what does not fail the task is still told": ([COMPLETE, FAILED], ["login_failed"], "timeout", False),
    "nothing fails the task": ([FAILED, LOGIN_FAILED], [], "auth_rejected", False),
}


@pytest.mark.parametrize(("results", "fail_on", "reason", "failed"), WORST.values(), ids=WORST)
def test_the_worst(results: list[CheckResult], fail_on: list[str], reason: str, failed: bool) -> None:
    verdict = worst(results, fail_on)
    assert (verdict.reason, verdict.failed) == (reason, failed)


ALL_BUT_ONE = [FAILED, COMPLETE, LOGIN_FAILED, FAILED]
THREE_OF_FOUR = "about auth_rejected. (3 of 4 endpoints did not pass: see results)"
COUNTED: dict[str, tuple[list[CheckResult], list[str], str]] = {
    "all fail the task": (ALL_BUT_ONE, ["login_failed", "failed"], THREE_OF_FOUR),
    "one fails the task": (ALL_BUT_ONE, ["login_failed"], THREE_OF_FOUR),
    "none fails the task": (ALL_BUT_ONE, [], THREE_OF_FOUR),
    "a single one of two": (
        [COMPLETE, FAILED],
        ["failed"],
        "about timeout. (1 of 2 endpoints did not pass: see results)",
    ),
    "the only one": ([FAILED], ["failed"], "about timeout."),
    "all well": ([COMPLETE, COMPLETE], ["failed"], "about ok."),
}


@pytest.mark.parametrize(("results", "fail_on", "message"), COUNTED.values(), ids=COUNTED)
def test_the_message_says_how_many_did_not_pass(results: list[CheckResult], fail_on: list[str], message: str) -> None:
    assert worst(results, fail_on).message == message


# -- what it costs --


POLITE_ANSWERS = {
    b"EHLO": b"250-mail\r\n250-PIPELINING\r\n250-STARTTLS\r\n250-SIZE 0\r\n250 AUTH PLAIN\r\n",
    b"STARTTLS": b"220 go\r\n",
    b"AUTH": b"235 ok\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Polite:
    """An SMTP server that offers and accepts everything."""

    def connected(self) -> list[bytes | None]:
        return [b"220 mail ESMTP\r\n"]

    def heard(self, data: bytes) -> list[bytes | None]:
        said: list[bytes | None] = []
        for line in data.split(b"\r\n")[:-1]:
            verb = line.split(b" ")[0]
            said.append(POLITE_ANSWERS.get(verb, b"250 ok\r\n"))
            if verb == b"STARTTLS":
                said.append(TlsServer.STARTTLS)
        return said


FLIGHTS = {
    # EHLO, STARTTLS, the TLS hello, its end with EHLO, AUTH, the transaction with QUIT
    "STARTTLS, login, sender, recipients and size": ("starttls", {"message_size_mb": 1}, 6),
    # the TLS hello, its end, EHLO, AUTH, the transaction with QUIT
    "implicit TLS, login, sender, recipients and size": ("implicit_tls", {"message_size_mb": 1}, 5),
    # EHLO, AUTH, the transaction with QUIT
    "in clear": ("none", {}, 3),
}


@pytest.mark.parametrize(("encryption", "options", "flights"), FLIGHTS.values(), ids=FLIGHTS)
def test_client_flights(
    encryption: str,
    options: dict[str, object],
    flights: int,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    for module in (_check, _conversation, _deadline):
        monkeypatch.setattr(module, "time", clock)

    def server() -> Server:
        if encryption == "none":
            return Polite()
        return TlsServer(Polite(), certificates.context("good"), implicit=encryption == "implicit_tls")

    network = MemoryNetwork(clock, server)
    endpoint = endpoint_from_mapping(
        "smtp",
        {
            "host": "localhost",
            "encryption": encryption,
            "tls": {"ca_file": str(certificates.ca_file)},
            **LOGIN,
            "sender": "app@example.edu",
            "recipients": ["help@example.edu"],
            **options,
        },
    )
    (result,) = check_endpoints([endpoint], 1, network)
    assert result["reason"] == "ok", result["msg"]
    (transport,) = network.transports
    assert transport.flights == flights


def test_one_tls_context_for_all_endpoints_with_the_same_setting(certificates: Certificates) -> None:
    checker = Checker()
    tls = {"ca_file": str(certificates.ca_file)}
    with ScriptedServer([starttls()], certificates) as server:
        for days in range(5):
            checker.check(endpoint_at(server.port, encryption="starttls", tls=tls, certificate_days=days))
        checker.check(endpoint_at(server.port, encryption="starttls", tls={**tls, "server_name": "localhost"}))
        assert len(checker.contexts) == 1
        checker.check(endpoint_at(server.port, encryption="starttls", tls={**tls, "minimum_version": "1.3"}))
    assert len(checker.contexts) == 2


def test_a_check_in_clear_makes_no_tls_context(certificates: Certificates) -> None:
    checker = Checker()
    with ScriptedServer([clear()], certificates) as server:
        checker.check(endpoint_at(server.port, tls={"ca_file": "/nowhere"}))
    assert len(checker.contexts) == 0


HEAVY = {
    "asyncio",
    "smtplib",
    "imaplib",
    "email",
    "jsonschema",
    "concurrent.futures",
    "logging",
    "urllib.parse",
    "http",
}


def test_importing_the_check_imports_nothing_heavy() -> None:
    program = f"import sys; sys.path.insert(0, {str(COLLECTIONS)!r}); import {_check.__name__}; print(*sys.modules)"
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (set(done.stdout.split()) - set(bare.stdout.split())) & HEAVY == set()


# -- what is in a result --


def test_a_result_has_every_key_and_is_plain_json(certificates: Certificates) -> None:
    with ScriptedServer([(*clear("SIZE 5", "AUTH PLAIN"), *auth("235 ok"))], certificates) as server:
        (result,) = check_endpoints([endpoint_at(server.port, **LOGIN)], 1)
    assert json.loads(json.dumps(result)) == result
    assert set(result) == {
        *("name", "host", "port", "encryption", "category", "msg", "reason", "stage", "hint", "reply", "temporary"),
        *("attempts", "checked_from", "address", "tls", "auth", "capabilities", "warnings", "timings", "transcript"),
    }
    assert result["auth"] == {"offered": ["PLAIN"], "mechanism": "PLAIN", "verified": True}
    assert result["capabilities"] == ["SIZE 5", "AUTH PLAIN"]
    assert result["transcript"] is None
    assert result["tls"] is None
    assert list(result["timings"]) == ["resolve", "connect", "greeting", "hello", "auth"]  # type: ignore[call-overload]


def test_the_certificate_is_described(certificates: Certificates) -> None:
    with ScriptedServer([starttls()], certificates) as server:
        tls = {"ca_file": str(certificates.ca_file)}
        (result,) = check_endpoints([endpoint_at(server.port, encryption="starttls", tls=tls)], 1)
    described = result["tls"]
    assert isinstance(described, dict)
    certificate = described["certificate"]
    assert described["version"] == "TLSv1.3"
    assert (certificate["subject"], certificate["issuer"]) == ("CN=localhost", "CN=Test authority")
    assert certificate["names"] == ["localhost", "127.0.0.1", "::1"]
    assert certificate["days_left"] in (364, 365)


def test_a_refused_certificate_is_described_too(certificates: Certificates) -> None:
    with ScriptedServer([starttls(certificate="expired")], certificates) as server:
        tls = {"ca_file": str(certificates.ca_file)}
        (result,) = check_endpoints([endpoint_at(server.port, encryption="starttls", tls=tls)], 1)
    described = result["tls"]
    assert isinstance(described, dict)
    assert described["certificate"]["days_left"] == -2 - (described["certificate"]["days_left"] == -3)


def test_attempts_are_listed(certificates: Certificates) -> None:
    with ScriptedServer([("> 421 busy",), clear()], certificates) as server:
        (result,) = check_endpoints([endpoint_at(server.port, retries=1, retry_delay=0.01)], 1)
    attempts = result["attempts"]
    assert isinstance(attempts, list)
    assert [(each["reason"], each["logins"]) for each in attempts] == [("service_unavailable", 0), ("ok", 0)]


def test_the_transcript_masks_by_position(certificates: Certificates) -> None:
    script = (*clear("AUTH LOGIN"), "< AUTH LOGIN", "> 334 VXNlcm5hbWU6", "< ", "> 334 UGFzc3dvcmQ6", "< ", "> 535 no")
    with ScriptedServer([script], certificates) as server:
        endpoint = endpoint_at(server.port, transcript=True, helo_name="app.example.edu", **LOGIN)
        (result,) = check_endpoints([endpoint], 1)
    assert result["transcript"] == [
        "S: 220 mail.example.edu ESMTP",
        "C: EHLO app.example.edu",
        "S: 250-mail.example.edu",
        "S: 250 AUTH LOGIN",
        "C: AUTH LOGIN",
        "S: 334 ********",
        "C: ********",
        "S: 334 ********",
        "C: ********",
        "S: 535 no",
        "C: QUIT",
    ]


def test_a_short_password_garbles_no_sentence_of_ours(certificates: Certificates) -> None:
    with ScriptedServer([(*clear("AUTH PLAIN"), *auth("535 e is not the password"))], certificates) as server:
        (result,) = check_endpoints([endpoint_at(server.port, username="u", password="e")], 1)
    assert result["reply"] == {"code": 535, "enhanced_code": None, "text": "******** is not the password"}
    assert "the server did not accept the login (PLAIN)" in str(result["msg"])


def test_a_fault_of_ours_is_a_result_without_a_secret(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meet(_dialogue: object) -> None:
        raise ValueError(f"something about {PASSWORD}")

    monkeypatch.setattr(_smtp.SmtpDialogue, "meet", meet)
    with ScriptedServer([clear()], certificates) as server:
        (result,) = check_endpoints([endpoint_at(server.port, **LOGIN)], 1)
    assert (result["reason"], result["category"]) == ("unknown", "failed")
    assert "ValueError in meet" in str(result["msg"])
    assert leaks(json.dumps(result, ensure_ascii=False), USERNAME, PASSWORD) == []


@pytest.mark.parametrize("before", range(380, 402))
@pytest.mark.parametrize("protocol", ["smtp", "imap"])
def test_no_part_of_an_echoed_secret_is_left_by_a_cut(protocol: str, before: int, certificates: Certificates) -> None:
    echo = "#" * before + PASSWORD
    lines = {
        "smtp": [(*clear("AUTH PLAIN"), "< AUTH PLAIN", f"> 535-5.7.8 {echo}", f"> 535 5.7.8 {echo}")],
        "imap": [(IMAP_GREETING, "< AUTHENTICATE", f"> * NO {echo}", f"> $ NO {echo}")],
    }
    with ScriptedServer(lines[protocol], certificates) as server:
        options = {"host": HOST, "port": server.port, "encryption": "none", "transcript": True, **LOGIN}
        (result,) = check_endpoints([endpoint_from_mapping(protocol, options)], 1)
    assert result["reason"] == "auth_rejected", result["msg"]
    reply = result["reply"]
    assert isinstance(reply, dict)
    assert len(reply["text"]) <= 400
    assert reply["text"].strip("#*. ") == ""
    assert leaks(json.dumps(result, ensure_ascii=False), USERNAME, PASSWORD) == []


def test_imap_says_imap(certificates: Certificates) -> None:
    with ScriptedServer([(IMAP_GREETING, "< AUTHENTICATE", "> $ NO no")], certificates) as server:
        options = {"host": HOST, "port": server.port, "encryption": "none", **LOGIN}
        (result,) = check_endpoints([endpoint_from_mapping("imap", options)], 1)
    assert str(result["msg"]).startswith("IMAP login failed. Check server login or password. 127.0.0.1:")
    assert "over IMAP" in str(result["hint"])
