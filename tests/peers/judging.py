# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the clients told apart, and the tables of it.

A reason counts as told apart in a case when the client's answer there is unlike its answers in all cases of any other
reason: a rule that needs nobody's opinion of what words mean, and that takes any difference for an answer. Saying
success, and saying nothing until it is ended, are no answers. Ours must do more: name the right reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import Endpoint
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import REASONS
from tests.peers.cases import TIMEOUT, Absent, Case
from tests.peers.clients import KILLED_AFTER, Answer, Client, ask_ours
from tests.servers.certificates import Certificates

OURS = "ours"
TOGETHER = "the three together"
# Ours runs in this process, beside its servers; the others each in its own.
PARALLEL_HERE = 8
PARALLEL_PROCESSES = 16

# How much of an answer is taken into account.
READINGS: Mapping[str, Callable[[Answer], Hashable]] = {
    "by exit code or exception": lambda answer: answer.code,
    "by their own words too": lambda answer: (answer.code, answer.words),
    "by the server's words too": lambda answer: (answer.code, answer.words, answer.reply),
}
READING = "by their own words too"


@dataclass(frozen=True)
class Outcome:
    """One case, what each client answered, and how many logins each spent on it."""

    case: Case
    answers: Mapping[str, Answer]
    logins: Mapping[str, int]

    @property
    def fails(self) -> bool:
        return self.case.reason != "ok"


def compare(cases: Sequence[Case], clients: Sequence[Client], certificates: Certificates) -> list[Outcome]:
    """Give every case to every client."""
    with ThreadPoolExecutor(PARALLEL_HERE) as pool:
        ours = list(pool.map(lambda case: _ask(ask_ours, case, certificates, case.our_timeout), cases))
    with ThreadPoolExecutor(PARALLEL_PROCESSES) as pool:
        waiting = [[pool.submit(_ask, each.ask, case, certificates) for each in clients] for case in cases]
        theirs = [[each.result() for each in row] for row in waiting]
    names = [OURS, *(client.name for client in clients)]
    outcomes = []
    for case, mine, others in zip(cases, ours, theirs, strict=True):
        asked = dict(zip(names, (mine, *others), strict=True))
        answers = {name: answer for name, (answer, _logins) in asked.items()}
        outcomes.append(Outcome(case, answers, {name: logins for name, (_answer, logins) in asked.items()}))
    return outcomes


def _ask(
    ask: Callable[[Endpoint], Answer], case: Case, certificates: Certificates, timeout: float = TIMEOUT
) -> tuple[Answer, int]:
    """The answer, and how many logins the server counted."""
    with case.opened(certificates, timeout) as (endpoint, server):
        answer = ask(endpoint)
        if server is None:
            return answer, 0
        server.wait()
        return answer, server.logins


def told_apart(outcomes: Sequence[Outcome], who: str, reading: str = READING) -> list[bool]:
    """For each outcome, whether this client tells its reason from all others."""
    if who == OURS:
        return [each.answers[OURS].code == each.case.reason for each in outcomes]
    reasons: dict[Hashable, set[str]] = defaultdict(set)
    signatures = [_signature(each, who, READINGS[reading]) for each in outcomes]
    for each, signature in zip(outcomes, signatures, strict=True):
        reasons[signature].add(each.case.reason)
    return [signature is not None and len(reasons[signature]) == 1 for signature in signatures]


def _signature(outcome: Outcome, who: str, read: Callable[[Answer], Hashable]) -> Hashable:
    """What is compared, or None for an answer that is none."""
    names = [name for name in outcome.answers if name != OURS] if who == TOGETHER else [who]
    parts = [_part(outcome.answers[name], read) for name in names]
    return tuple(parts) if any(outcome.answers[name].names_something for name in names) else None


def _part(answer: Answer, read: Callable[[Answer], Hashable]) -> Hashable:
    return read(answer) if answer.names_something else ("hung" if answer.hung else "success")


def clients_of(outcomes: Sequence[Outcome]) -> list[str]:
    """The columns: ours, each of the others, and the others together."""
    return [*outcomes[0].answers, TOGETHER]


def reason_table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Reason by reason, in how many of its cases each client tells it apart."""
    names = clients_of(outcomes)
    apart = {name: told_apart(outcomes, name) for name in names}
    yield from _head("reason", "cases", *names)
    total = Counter[str]()
    for reason in (reason for reason in REASONS if reason != "ok"):
        mine = [number for number, each in enumerate(outcomes) if each.case.reason == reason]
        if mine:
            counts = [sum(apart[name][number] for number in mine) for name in names]
            total.update({"": len(mine), **dict(zip(names, counts, strict=True))})
            yield _row(f"`{reason}`", len(mine), *counts)
    yield _row("**all**", *(f"**{total[name]}**" for name in ("", *names)))


def summary_table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What the clients do otherwise: other readings, wrong success and failure, time and logins."""
    failing = [each for each in outcomes if each.fails]
    names = clients_of(outcomes)
    yield from _head("", *names)
    for reading in READINGS:
        found = (told_apart(outcomes, name, reading) for name in names)
        counts = [sum(is_told for is_told, each in zip(told, outcomes, strict=True) if each.fails) for told in found]
        yield _row(f"cases told apart, of {len(failing)}: {reading}", *counts)
    whole = [len(_reasons(failing) - _reasons(missed)) for missed in (_missed(outcomes, name) for name in names)]
    yield _row(f"reasons told apart in all their cases, of {len(_reasons(failing))}: {READING}", *whole)
    single = names[:-1]
    wrong = [sum(each.answers[name].succeeded for each in failing) for name in single]
    yield _row("says success although it should not", *wrong, "")
    wrong = [sum(not each.answers[name].succeeded for each in outcomes if not each.fails) for name in single]
    yield _row(f"says failure although all is well, of {len(outcomes) - len(failing)}", *wrong, "")
    ended = [sum(each.answers[name].hung for each in outcomes) for name in single]
    yield _row(f"did not end by itself within {KILLED_AFTER} s", *ended, "")
    longest = [max(each.answers[name].seconds for each in outcomes) for name in single]
    yield _row("longest case, seconds", *(f"{seconds:.0f}" for seconds in longest), "")
    spent = [
        max((each.logins[name] for each in failing if each.case.reason == "auth_rejected"), default=0)
        for name in single
    ]
    yield _row("logins spent on one wrong password", *spent, "")


def _reasons(outcomes: Sequence[Outcome]) -> set[str]:
    return {each.case.reason for each in outcomes}


def _missed(outcomes: Sequence[Outcome], name: str) -> list[Outcome]:
    return [each for each, told in zip(outcomes, told_apart(outcomes, name), strict=True) if not told]


def wrong_successes(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Where each client says success although it should not."""
    for name in clients_of(outcomes)[:-1]:
        found = [each.case for each in outcomes if each.fails and each.answers[name].succeeded]
        if found:
            yield f"- {name}: " + "; ".join(f"{case.name} (`{case.reason}`)" for case in found)


def absent_list(cases: Sequence[Case], absent: Sequence[Absent]) -> Iterator[str]:
    """The scenarios that were not compared, by why; and the reasons that have none that was."""
    for why, count in Counter(each.why for each in absent).most_common():
        yield f"- {count}: {why}."
    compared = {case.reason for case in cases}
    missing = [f"`{reason}`" for reason in REASONS if reason not in compared]
    yield f"\nReasons without a case, for no client but ours can meet one: {', '.join(missing)}."


def each_answer(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Every case, every client's answer, in its own words."""
    apart = {name: told_apart(outcomes, name) for name in clients_of(outcomes)}
    for number, each in enumerate(outcomes):
        yield f"{each.case.reason}: {each.case.name}"
        for name, answer in each.answers.items():
            mark = "+" if apart[name][number] else " "
            said = (
                "success" if answer.succeeded else "ended" if answer.hung else f"{answer.code} {answer.words}".strip()
            )
            yield f"  {mark} {name}: {said} ({each.logins[name]} logins, {answer.seconds:.1f} s)"


def _head(*names: str) -> list[str]:
    return [_row(*names), "| --- |" + " ---: |" * (len(names) - 1)]


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |".replace("|  |", "| |")
