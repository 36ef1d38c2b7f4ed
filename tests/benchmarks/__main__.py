# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything side by side in one run: `make bench` prints it as tables and writes it to build/bench.json.

python -m tests.benchmarks [--size quick|full|long] [--only role ssh ...]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.checks import measure_black_holes, measure_checks
from tests.benchmarks.dialogue import measure_dialogue, measure_many
from tests.benchmarks.gate import measure_files as measure_spec_files
from tests.benchmarks.gate import measure_gate
from tests.benchmarks.goals import reached
from tests.benchmarks.host import measure_host_half
from tests.benchmarks.measuring import BenchmarkError, Section, say
from tests.benchmarks.plays import ROOT, Relay, fresh, relay
from tests.benchmarks.rendering import measure_rendering
from tests.benchmarks.role import Site, measure_files, measure_role, site
from tests.benchmarks.ssh import measure_ssh

RESULTS = ROOT / "build" / "bench.json"


@dataclass(frozen=True)
class Size:
    """How much is measured: hosts and runs, endpoints, and which host counts the builtin tasks are given."""

    runs: int
    hosts: Mapping[int, int]  # hosts -> runs
    baseline: tuple[int, ...]
    endpoints: tuple[int, ...]
    many: int
    gate: tuple[int, int, int]  # hosts, environments, runs
    rendered: int


SIZES = {
    "quick": Size(3, {1: 3, 10: 1}, (1,), (1, 50, 200), 0, (60, 6, 1), 20),
    "full": Size(5, {1: 7, 10: 5, 50: 3, 100: 2}, (1, 10), (1, 50, 200, 1000), 200, (300, 30, 3), 100),
    # 50 and 100 hosts by builtin tasks take a quarter of an hour.
    "long": Size(5, {1: 7, 10: 5, 50: 3, 100: 2}, (1, 10, 50, 100), (1, 50, 200, 1000), 200, (300, 30, 3), 100),
}
Measure = Callable[[Size, Relay, Site], Iterator[Section]]


def _role(size: Size, _server: Relay, made: Site) -> Iterator[Section]:
    for hosts, runs in size.hosts.items():
        yield measure_role(made, hosts, runs, baseline=hosts in size.baseline)
    yield measure_files(made, size.runs)


def _host(size: Size, _server: Relay, made: Site) -> Iterator[Section]:
    yield measure_host_half(made, 2 * size.runs + 1)


def _gate(size: Size, _server: Relay, _made: Site) -> Iterator[Section]:
    hosts, environments, runs = size.gate
    yield measure_gate(runs, fresh("gate"), hosts, environments)
    yield measure_spec_files(runs, fresh("files"))


def _checks(size: Size, server: Relay, _made: Site) -> Iterator[Section]:
    yield measure_checks(server, list(size.endpoints), size.runs)
    yield measure_black_holes(server, max(1, size.runs // 2))


def _rendering(size: Size, _server: Relay, _made: Site) -> Iterator[Section]:
    yield measure_rendering(size.runs, size.rendered)


def _dialogue(size: Size, server: Relay, _made: Site) -> Iterator[Section]:
    yield measure_dialogue(server, 2 * size.runs + 1)
    if size.many:
        yield measure_many(server, size.many, size.runs)


def _ssh(size: Size, _server: Relay, made: Site) -> Iterator[Section]:
    yield measure_ssh(made, size.runs)


PARTS: Mapping[str, Measure] = {
    "rendering": _rendering,
    "dialogue": _dialogue,
    "checks": _checks,
    "host": _host,
    "role": _role,
    "ssh": _ssh,
    "gate": _gate,
}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    sections: list[Section] = []
    faults: list[str] = []
    with relay() as server:
        made = site(server)
        for name in given.only:
            say(f"{name}:")
            try:
                for section in PARTS[name](SIZES[given.size], server, made):
                    sections.append(section)
                    sys.stdout.write("\n".join(in_lines(section)) + "\n\n")
                    sys.stdout.flush()
            except BenchmarkError as error:
                faults.append(f"{name}: {error}")
    sys.stdout.write("\n".join(goal_lines(sections)) + "\n")
    write(RESULTS, given.size, sections)
    sys.stdout.write(f"\nall figures: {RESULTS.relative_to(ROOT)}\n")
    if faults:
        raise SystemExit("\n".join(faults))


def in_lines(section: Section) -> list[str]:
    """A section as text: medians, how far the runs lie apart, and its ratios."""
    width = max([*map(len, section.timings), 1])
    lines = [section.title]
    if section.timings:
        lines.append(f"  {'':{width}}    median  spread        CPU      MiB  runs")
    for name, timing in section.timings.items():
        wall, cpu = _duration(timing.median()), _duration(timing.median("cpu"))
        memory = f"{timing.median('memory'):8.0f}" if timing.median("memory") else " " * 8
        lines.append(f"  {name:{width}} {wall} {timing.spread():6.0%} {cpu} {memory} {len(timing.samples):5}")
    lines += [f"  {name}: {figure:.4g}" for name, figure in section.figures.items()]
    return lines + [f"  ({note})" for note in section.notes]


def _duration(seconds: float) -> str:
    return f"{seconds:8.3f} s" if seconds >= 0.1 else f"{seconds * 1000:7.3f} ms"


def goal_lines(sections: list[Section]) -> list[str]:
    """The goals as a Markdown table."""
    lines = ["| # | what | goal | reached | |", "| --- | --- | --- | --- | --- |"]
    for goal, figure in reached(sections):
        if figure is not None:
            verdict = "met" if goal.met(figure) else "missed"
            lines.append(f"| {goal.number} | {goal.what} | {goal.wanted} | {figure:.3g} | {verdict} |")
    return lines


def write(file: Path, size: str, sections: list[Section]) -> None:
    """All of it as JSON."""
    whole = {
        "size": size,
        "python": platform.python_version(),
        "ansible_core": importlib.metadata.version("ansible-core"),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "sections": [
            {
                "title": section.title,
                "timings": {name: timing.to_mapping() for name, timing in section.timings.items()},
                "figures": section.figures,
                "notes": section.notes,
            }
            for section in sections
        ],
        "goals": [
            {"number": goal.number, "what": goal.what, "goal": goal.wanted, "reached": figure, "met": goal.met(figure)}
            for goal, figure in reached(sections)
            if figure is not None
        ],
    }
    file.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
