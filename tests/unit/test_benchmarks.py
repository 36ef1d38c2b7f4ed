# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks say of what they measured: medians, ratios, and of each goal whether it is met."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import README, with_table
from tests.benchmarks.goals import GOALS, Goal, Outcome, goal_lines
from tests.benchmarks.measuring import MEBIBYTE, BenchmarkError, Sample, Section, Timing, run
from tests.benchmarks.role import growth

AT_LEAST = Goal(1, "builtin tasks : role", "the role", "builtin tasks : role", at_least=20)
AT_MOST = Goal(2, "role : one empty module", "the role", "role : one empty module", at_most=1.25)


@pytest.mark.parametrize(
    ("goal", "reached", "verdict"),
    [
        pytest.param(AT_LEAST, 20.0, "met", id="just enough"),
        pytest.param(AT_LEAST, 15.0, "missed by 25%", id="too little"),
        pytest.param(AT_MOST, 1.25, "met", id="just low enough"),
        pytest.param(AT_MOST, 1.5, "missed by 20%", id="too much"),
        pytest.param(AT_MOST, None, "not measured", id="nothing"),
    ],
)
def test_verdict(goal: Goal, reached: float | None, verdict: str) -> None:
    assert Outcome(goal, reached).verdict == verdict


def test_each_goal_has_a_row_whether_it_was_measured_or_not() -> None:
    measured = Section("the gate", figures={"failing : passing, net": 0.684}, load=1.25)
    rows = goal_lines([measured])[2:]
    assert len(rows) == len(GOALS)
    assert "| 12 | failing : passing gate, net | at most 1 | 0.684 | met | 1.25 |" in rows
    assert sum("| - | not measured | - |" in row for row in rows) == len(GOALS) - 1


def test_the_table_stands_between_the_marks_of_the_readme() -> None:
    readme = README.read_text(encoding="utf-8")
    once = with_table(readme, "| a |\n")
    assert "<!-- goals -->\n| a |\n<!-- end of the goals -->\n" in once
    assert with_table(once, readme.partition("<!-- goals -->\n")[2].partition("<!-- end")[0]) == readme
    with pytest.raises(SystemExit, match="no marks"):
        with_table("# Benchmarks\n", "| a |\n")


def test_no_goal_reads_the_section_of_another_one() -> None:
    """A goal finds its section by the beginning of the title."""
    beginnings = {goal.section for goal in GOALS}
    assert [pair for pair in itertools.permutations(beginnings, 2) if pair[1].startswith(pair[0])] == []


def test_contenders_take_turns_and_those_that_take_long_have_fewer() -> None:
    ran: list[str] = []
    section = Section("turns")

    def contender(name: str) -> Sample:
        ran.append(name)
        return Sample(len(ran), 1.0)

    section.measure({name: lambda name=name: contender(name) for name in ("a", "b", "slow")}, 3, few=["slow"])  # type: ignore[misc]
    assert ran == ["a", "b", "slow", "b", "a", "a", "b"]
    assert {name: len(timing.samples) for name, timing in section.timings.items()} == {"a": 3, "b": 3, "slow": 1}


def test_a_programs_memory_is_its_own_however_large_the_benchmark_has_grown(tmp_path: Path) -> None:
    grown = bytearray(300 * 1024 * 1024)
    grown[::4096] = bytes(len(grown[::4096]))
    small, output = run([sys.executable, "-c", "print('small')"], folder=tmp_path, environment=dict(os.environ))
    large, _output = run(
        [sys.executable, "-c", "bytearray(b'x' * 100 * 1024 * 1024)"], folder=tmp_path, environment=dict(os.environ)
    )
    assert output == "small\n"
    assert small.memory < 100 < large.memory < 300
    assert 0 < small.cpu < 60
    assert small.wall > 0


def test_a_program_that_fails_is_no_sample(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="went wrong"):
        run(["sh", "-c", "echo went wrong; exit 3"], folder=tmp_path, environment=dict(os.environ))
    _sample, output = run(
        ["sh", "-c", "cat; exit 3"], folder=tmp_path, environment=dict(os.environ), succeeds=False, given="said"
    )
    assert output == "said"


def test_a_ratio_may_be_net_of_a_floor() -> None:
    walls = {"slow": (10.0, 12.0, 20.0), "fast": (2.0, 3.0, 3.0), "floor": (1.0, 1.0, 9.0)}
    section = Section("net", {name: Timing(tuple(Sample(wall, 0) for wall in some)) for name, some in walls.items()})
    assert section.ratio("slow", "fast") == 4
    assert section.ratio("slow", "fast", floor="floor") == 5.5


def test_growth_is_what_a_host_more_costs() -> None:
    def section(hosts: int) -> Section:
        samples = {"role": Sample(1 + 0.2 * hosts, 2 + 0.3 * hosts, 50 + hosts), "one empty module": Sample(1, 2, 50)}
        return Section(f"{hosts} hosts", {name: Timing((sample,)) for name, sample in samples.items()})

    figures = growth({100: section(100), 10: section(10), 300: section(300)}).figures
    for counts in ("10 to 100", "100 to 300"):
        assert figures[f"role, {counts} hosts, ms a host"] == pytest.approx(200)
        assert figures[f"role, {counts} hosts, ms of CPU a host"] == pytest.approx(300)
        assert figures[f"role, {counts} hosts, KiB a host"] == pytest.approx(MEBIBYTE)
        assert figures[f"one empty module, {counts} hosts, KiB a host"] == 0
