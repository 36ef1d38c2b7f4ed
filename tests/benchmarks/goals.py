# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project wants of its speed, as ratios within one run, and what a run came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.measuring import Section


@dataclass(frozen=True)
class Goal:
    """One goal: the figure of a section, by the beginning of its title, and the limit that it is to keep."""

    number: int | str
    what: str
    section: str
    figure: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def wanted(self) -> str:
        return f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"

    def met(self, reached: float) -> bool:
        return self.missed_by(reached) <= 0

    def missed_by(self, reached: float) -> float:
        """How far beyond the limit it is, as a part of the limit; none or less where the goal is met."""
        if self.at_least is not None:
            return (self.at_least - reached) / self.at_least
        return 0.0 if self.at_most is None else (reached - self.at_most) / self.at_most


def _counted(hosts: int) -> str:
    return f"{hosts} host{'s' if hosts > 1 else ''}"


ROLE = "the whole role, nothing changed, "
BUILTIN = {50: 35, 10: 28, 1: 12}
FILES = "the files alone, 1 local"
EMPTY = {1: 1.15, 10: 1.08, 50: 1.03, 100: 1.03}
GATE = "ansible.utils.validate : the gate, net"
GOALS = (
    *(
        Goal(
            1,
            f"builtin tasks : role, {_counted(hosts)}",
            f"{ROLE}{hosts} local",
            "builtin tasks : role",
            at_least=times,
        )
        for hosts, times in BUILTIN.items()
    ),
    *(
        Goal(
            2,
            f"role : one empty module, {_counted(hosts)}, CPU",
            f"{ROLE}{hosts} local",
            "role : one empty module, CPU",
            at_most=times,
        )
        for hosts, times in EMPTY.items()
    ),
    Goal(
        "2b",
        "host's half : empty module, CPU",
        "the host's half",
        "host's half : empty, CPU, the worst of all Pythons",
        at_most=0.6,
    ),
    Goal("2c", "the role's CPU a host, of 50, seconds", f"{ROLE}50 local", "seconds of CPU a host", at_most=0.28),
    Goal(3, "builtin tasks : role, SSH 50 ms off", "the whole role over SSH", "builtin tasks : role", at_least=20),
    *(
        Goal(4, f"templates : role, {when}, net", FILES, f"templates : role, {when}, net", at_least=15)
        for when in ("first run", "first run on cold caches", "unchanged")
    ),
    Goal(5, "validate : gate, net, wall", "the gate", f"{GATE}, wall", at_least=20),
    Goal(5, "validate : gate, net, CPU", "the gate", f"{GATE}, cpu", at_least=38),
    Goal(5, "the gate's growth, ms a host", "the gate", "ms of CPU a host more", at_most=0.6),
    Goal(5, "the gate's growth, ms an environment", "the gate", "ms of CPU an environment more", at_most=15),
    Goal(6, "check-jsonschema : ours, 1,000 files", "1000 spec", "check-jsonschema : ours, wall", at_least=6),
    Goal(6, "with jsonschema-rs", "1000 spec", "check-jsonschema : ours, jsonschema-rs, wall", at_least=9),
    Goal(7, "templar : kept template, one file", "rendering", "Ansible's templar : kept", at_least=80),
    Goal(8, "looped swaks : one call, 50, net", "checks", "looped swaks : one call, net", at_least=25),
    Goal(8, "200 endpoints : 1, net", "checks", "200 : 1, net", at_most=2),
    Goal(9, "one conversation, round trips", "one conversation", "ours: round trips by the clock", at_most=8.2),
    Goal(9, "one conversation, client flights answered", "one conversation", "ours: flights answered", at_most=6),
    Goal(10, "black holes in a play, seconds over", "200 endpoints", "seconds over the timeout, net", at_most=1),
    Goal(
        11, "client CPU : bare sockets, of 200", "checks", "client CPU : bare sockets, an endpoint of 200", at_most=1.4
    ),
    Goal(12, "failing : passing gate, net", "the gate", "failing : passing, net", at_most=1),
    Goal(13, "MiB over Ansible's, 10 hosts", f"{ROLE}10 local", "MiB over one empty module", at_most=8),
    Goal(13, "the same, 100 hosts", f"{ROLE}100 local", "MiB over one empty module", at_most=15),
)


@dataclass(frozen=True)
class Outcome:
    """A goal, and what its figure came to under which load: None where this run did not measure it."""

    goal: Goal
    reached: float | None = None
    load: float | None = None

    @property
    def verdict(self) -> str:
        """Met, or missed by which part of the limit."""
        if self.reached is None:
            return "not measured"
        return "met" if self.goal.met(self.reached) else f"missed by {self.goal.missed_by(self.reached):.0%}"


def outcomes(sections: Sequence[Section]) -> list[Outcome]:
    """What each goal came to."""
    return [_outcome(goal, sections) for goal in GOALS]


def _outcome(goal: Goal, sections: Sequence[Section]) -> Outcome:
    section = next((section for section in sections if section.title.startswith(goal.section)), None)
    if section is None or goal.figure not in section.figures:
        return Outcome(goal)
    return Outcome(goal, section.figures[goal.figure], section.load)


def goal_lines(sections: Sequence[Section]) -> list[str]:
    """The goals as a Markdown table: a row for each, be it measured or not. The load is that before its section."""
    lines = ["| # | what | goal | measured | | load |", "| --- | --- | --- | --- | --- | --- |"]
    for outcome in outcomes(sections):
        goal = outcome.goal
        figure, load = ("-" if number is None else f"{number:.3g}" for number in (outcome.reached, outcome.load))
        lines.append(f"| {goal.number} | {goal.what} | {goal.wanted} | {figure} | {outcome.verdict} | {load} |")
    return lines
