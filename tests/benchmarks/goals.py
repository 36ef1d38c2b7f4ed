# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project wants of its speed, as ratios within one run, and what a run came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.measuring import Section


@dataclass(frozen=True)
class Goal:
    """One goal: the figure of a section, by the beginning of its title, and the limit that it is to keep."""

    number: int
    what: str
    section: str
    figure: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def wanted(self) -> str:
        return f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"

    def met(self, reached: float) -> bool:
        if self.at_least is not None:
            return reached >= self.at_least
        return self.at_most is None or reached <= self.at_most


ROLE = "the whole role, nothing changed, "
GOALS = (
    Goal(1, "builtin tasks : role, 10 hosts, wall", f"{ROLE}10 local", "builtin tasks : role", at_least=25),
    Goal(1, "builtin tasks : role, 10 hosts, CPU", f"{ROLE}10 local", "builtin tasks : role, CPU", at_least=25),
    Goal(1, "builtin tasks : role, 1 host, wall", f"{ROLE}1 local", "builtin tasks : role", at_least=11),
    Goal(1, "builtin tasks : role, 1 host, CPU", f"{ROLE}1 local", "builtin tasks : role, CPU", at_least=11),
    Goal(2, "role : one empty module, 1 host", f"{ROLE}1 local", "role : one empty module", at_most=1.2),
    Goal(2, "role : one empty module, 10 hosts", f"{ROLE}10 local", "role : one empty module", at_most=1.2),
    Goal(2, "role : one empty module, 50 hosts", f"{ROLE}50 local", "role : one empty module", at_most=1.2),
    Goal(2, "role : one empty module, 100 hosts", f"{ROLE}100 local", "role : one empty module", at_most=1.2),
    Goal(3, "builtin tasks : role, SSH 50 ms off", "the whole role over SSH", "builtin tasks : role", at_least=20),
    Goal(4, "templates : role, first run, net", "the files alone", "templates : role, first run, net", at_least=20),
    Goal(4, "templates : role, unchanged, net", "the files alone", "templates : role, unchanged, net", at_least=20),
    Goal(5, "validate : gate, net, wall", "the gate", "ansible.utils.validate : the gate, net, wall", at_least=15),
    Goal(5, "validate : gate, net, CPU", "the gate", "ansible.utils.validate : the gate, net, cpu", at_least=25),
    Goal(5, "empty action a host : gate, net", "the gate", "empty action per host : the gate, net", at_least=1),
    Goal(6, "check-jsonschema : ours, 1,000 files", "1000 spec", "check-jsonschema : ours, wall", at_least=5),
    Goal(7, "templar : kept template, one file", "rendering", "Ansible's templar : kept", at_least=40),
    Goal(8, "looped swaks : one call, 50, net", "checks", "looped swaks : one call, net", at_least=20),
    Goal(8, "200 endpoints : 1, net", "checks", "200 : 1, net", at_most=2.5),
    Goal(
        9,
        "one conversation, round trips",
        "one conversation",
        "ours: round trips by the clock",
        at_most=7.8,
    ),
    Goal(9, "one conversation, client flights answered", "one conversation", "ours: flights answered", at_most=6),
    Goal(
        10,
        "black holes in a play, seconds over the timeout",
        "200 endpoints",
        "seconds over the timeout, net",
        at_most=0.5,
    ),
    Goal(
        10, "the check alone, seconds over", "200 endpoints", "seconds over the timeout, the check alone", at_most=0.5
    ),
    Goal(11, "client CPU an endpoint of 200, ms", "checks", "client CPU an endpoint, of 200, ms", at_most=1.5),
    Goal(12, "failing : passing gate, net", "the gate", "failing : passing, net", at_most=1.3),
    Goal(13, "MiB of the largest process over Ansible's", f"{ROLE}10 local", "MiB over one empty module", at_most=15),
    Goal(13, "the same, 100 hosts", f"{ROLE}100 local", "MiB over one empty module", at_most=15),
)


def reached(sections: Sequence[Section]) -> list[tuple[Goal, float | None]]:
    """What each goal's figure came to; None where this run did not measure it."""
    return [(goal, _figure(goal, sections)) for goal in GOALS]


def _figure(goal: Goal, sections: Sequence[Section]) -> float | None:
    found: Mapping[str, float] = next((one.figures for one in sections if one.title.startswith(goal.section)), {})
    return found.get(goal.figure)
