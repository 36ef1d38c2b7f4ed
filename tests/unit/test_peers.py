# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison with other clients: what its servers say to any client, which cases it takes, and how it counts."""

from __future__ import annotations

import smtplib
from contextlib import closing

import pytest

from tests.peers.cases import Case, gather, one_each
from tests.peers.clients import Answer
from tests.peers.judging import TOGETHER, Outcome, compare, reason_table, summary_table, told_apart
from tests.peers.server import PatientServer, Turn, turns_of
from tests.servers.certificates import Certificates
from tests.servers.imap_scenarios import IMAP_SCENARIOS
from tests.servers.network_scenarios import NETWORK_SCENARIOS
from tests.servers.scenarios import GREETING, PASSWORD, USERNAME, Scenario, clear, ehlo
from tests.servers.scripted import HOST, Script, Step
from tests.servers.smtp_scenarios import SMTP_SCENARIOS

FLIGHTS: dict[str, tuple[Script, list[Turn]]] = {
    "one command, one answer": (("< EHLO", "> 250-a|250 b"), [Turn("EHLO", ["> 250-a|250 b"])]),
    "a flight of three": (
        ("< MAIL", "< RCPT", "< RSET", "> 250 a|550-b|550 c|250 d"),
        [Turn("MAIL", ["> 250 a"]), Turn("RCPT", ["> 550-b|550 c"]), Turn("RSET", ["> 250 d"])],
    ),
    "answers to what was sent along": (
        ("< MAIL", "> 250 a|550 b", "close"),
        [Turn("MAIL", ["> 250 a"]), Turn("", ["> 550 b", "close"])],
    ),
    "a flight, and then something else": (
        ("< MAIL", "< RCPT", "> 250 a|250 b", "close"),
        [Turn("MAIL", ["> 250 a"]), Turn("RCPT", ["> 250 b", "close"])],
    ),
    "a question and its answer": (
        ("< AUTH LOGIN", "> 334 VXNlcm5hbWU6", "< c3Zj", "> 235 ok"),
        [Turn("AUTH LOGIN", ["> 334 VXNlcm5hbWU6"]), Turn("c3Zj", ["> 235 ok"], is_answer=True)],
    ),
    "octets as they are": (("< EHLO", b"250 a\r\n220 b\r\n"), [Turn("EHLO", [b"250 a\r\n220 b\r\n"])]),
}


@pytest.mark.parametrize(("script", "turns"), FLIGHTS.values(), ids=FLIGHTS)
def test_each_command_has_its_own_reply(script: Script, turns: list[Turn]) -> None:
    assert turns_of((GREETING, *script)) == ([GREETING], turns)


@pytest.fixture(scope="module", name="certificates")
def certificates_fixture(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


PLAIN: tuple[Step, ...] = ("< AUTH PLAIN ", "> 535 5.7.8 no")
LOGIN_BARE: tuple[Step, ...] = (
    *("< AUTH LOGIN", "> 334 VXNlcm5hbWU6", "< c3Zj"),
    *("> 334 UGFzc3dvcmQ6", "< UzNj", "> 235 ok"),
)
TALKS: dict[str, tuple[Script, list[str], list[int]]] = {
    "a refused login, and again by another mechanism": (
        (*clear("AUTH PLAIN LOGIN"), *PLAIN),
        ["EHLO a", "AUTH PLAIN AHgAeQ==", "AUTH LOGIN", "eA==", "eQ=="],
        [250, 535, 334, 334, 535],
    ),
    "PLAIN without an initial response": (
        (*clear("AUTH PLAIN"), *PLAIN),
        ["EHLO a", "AUTH PLAIN", "AHgAeQ=="],
        [250, 334, 535],
    ),
    "LOGIN with an initial response": (
        (*clear("AUTH LOGIN"), *LOGIN_BARE),
        ["EHLO a", "AUTH LOGIN eA==", "eQ=="],
        [250, 334, 235],
    ),
    "a command that the script has not": (clear(), ["EHLO a", "MAIL FROM:<a@b>", "RCPT TO:<a@b>"], [250, 250, 250]),
    "a command before the one that is next": (
        (*clear(), "< RCPT", "> 550 no", "< RSET", "> 250 ok"),
        ["EHLO a", "MAIL FROM:<a@b>", "RCPT TO:<a@b>", "RCPT TO:<c@d>"],
        [250, 250, 550, 550],
    ),
    "HELO where EHLO was refused": ((GREETING, "< EHLO", "> 502 no"), ["EHLO a", "HELO a"], [502, 502]),
    "HELO of its own": ((GREETING, "< EHLO", "> 502 no", "< HELO", "> 250 a"), ["EHLO a", "HELO a"], [502, 250]),
    "an address that needs more than was offered": (clear(), ["EHLO a", "MAIL FROM:<ö@b>"], [250, 553]),
    "a message": (clear(), ["EHLO a", "DATA", "Subject: a\r\n\r\nb\r\n."], [250, 354, 250]),
    "goodbye": ((GREETING, *ehlo()), ["EHLO a", "QUIT"], [250, 221]),
    "goodbye before hello": (("> 554 no",), ["QUIT"], [221]),
}


@pytest.mark.parametrize(("script", "said", "codes"), TALKS.values(), ids=TALKS)
def test_a_server_for_any_client(script: Script, said: list[str], codes: list[int], certificates: Certificates) -> None:
    with PatientServer([script], certificates) as server, closing(smtplib.SMTP(timeout=10)) as client:
        client.connect(HOST, server.port)
        answered = []
        for line in said:
            client.send(f"{line}\r\n".encode())
            answered.append(client.getreply()[0])
        assert answered == codes


def test_every_scenario_is_a_case_or_says_why_not() -> None:
    cases, absent = gather()
    assert len(cases) + len(absent) == len(SMTP_SCENARIOS) + len(IMAP_SCENARIOS) + len(NETWORK_SCENARIOS)
    assert [each.name for each in absent if not each.why] == []


def test_one_case_of_each_reason() -> None:
    cases, _absent = gather()
    assert sorted(case.reason for case in one_each(cases)) == sorted({case.reason for case in cases})


def test_a_new_scenario_needs_nothing_else(certificates: Certificates) -> None:
    options = {"username": USERNAME, "password": PASSWORD}
    script = (*clear("AUTH PLAIN LOGIN"), "< AUTH PLAIN ", "> 535 5.7.8 a reply that is new")
    new = Scenario("new", "login_failed auth_rejected auth", "none", (script,), options, logins=1)
    cases, absent = gather([new], [], [])
    assert absent == []
    outcomes = compare(cases, [], certificates)
    assert "| `auth_rejected` | 1 | 1 | 0 |" in list(reason_table(outcomes))
    assert "| logins spent on one wrong password | 1 | |" in list(summary_table(outcomes))


def outcome(reason: str, **answers: Answer) -> Outcome:
    """What clients answered in a case of this reason."""
    scenario = Scenario("", f"failed {reason} hello", "none", ())
    return Outcome(Case("", reason, scenario), answers, dict.fromkeys(answers, 0))


def no(code: str, words: str = "", reply: str = "") -> Answer:
    return Answer(succeeded=False, code=code, words=words, reply=reply)


YES, NOTHING = Answer(succeeded=True, code="0"), Answer(succeeded=False, hung=True)
EXIT, OWN, SERVERS = "by exit code or exception", "by their own words too", "by the server's words too"
COUNTS: dict[str, tuple[list[Answer], dict[str, list[bool]]]] = {
    # Of three cases the first two have the same reason.
    "codes of their own": ([no("1"), no("2"), no("3")], {EXIT: [True, True, True], OWN: [True, True, True]}),
    "one code for two reasons": ([no("1"), no("2"), no("2")], {EXIT: [True, False, False], OWN: [True, False, False]}),
    "one code, two sentences": (
        [no("1", "a"), no("1", "b"), no("1", "b", "c")],
        {EXIT: [False, False, False], OWN: [True, False, False], SERVERS: [True, True, True]},
    ),
    "success is no answer": ([YES, no("1"), no("2")], {OWN: [False, True, True]}),
    "nothing is no answer": ([NOTHING, no("1"), no("2")], {OWN: [False, True, True]}),
}


@pytest.mark.parametrize(("answers", "expected"), COUNTS.values(), ids=COUNTS)
def test_what_counts_as_told_apart(answers: list[Answer], expected: dict[str, list[bool]]) -> None:
    reasons = ("hello_rejected", "hello_rejected", "timeout")
    outcomes = [outcome(reason, one=answer) for reason, answer in zip(reasons, answers, strict=True)]
    assert {reading: told_apart(outcomes, "one", reading) for reading in expected} == expected


def test_the_others_together_are_told_apart_by_all_their_answers() -> None:
    outcomes = [
        outcome("timeout", one=no("1"), two=no("1")),
        outcome("disconnected", one=no("1"), two=no("2")),
        outcome("unknown", one=YES, two=NOTHING),
    ]
    assert [told_apart(outcomes, who) for who in ("one", "two", TOGETHER)] == [
        [False, False, False],
        [True, True, False],
        [True, True, False],
    ]


def test_ours_must_name_the_right_reason() -> None:
    outcomes = [outcome("timeout", ours=no("timeout")), outcome("disconnected", ours=no("unknown"))]
    assert told_apart(outcomes, "ours") == [True, False]


def test_a_false_alarm_shares_its_words() -> None:
    outcomes = [outcome("ok", one=no("1")), outcome("timeout", one=no("1"))]
    assert told_apart(outcomes, "one") == [False, False]
