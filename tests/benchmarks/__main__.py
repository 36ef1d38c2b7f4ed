# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything side by side in one run: `make bench` prints it as tables and writes it to build/bench.json.

python -m tests.benchmarks [--size once|quick|full|long] [--only role ssh ...]
python -m tests.benchmarks --readme: what the last run came to, into the README
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.checks import measure_black_holes, measure_checks
from tests.benchmarks.dialogue import measure_dialogue, measure_many
from tests.benchmarks.gate import measure_files as measure_spec_files
from tests.benchmarks.gate import measure_gate
from tests.benchmarks.goals import goal_lines, outcomes
from tests.benchmarks.host import measure_host_half
from tests.benchmarks.measuring import BenchmarkError, Section, say
from tests.benchmarks.plays import ROOT, Relay, fresh, relay
from tests.benchmarks.rendering import measure_rendering
from tests.benchmarks.role import Site, growth, measure_files, measure_role, site
from tests.benchmarks.ssh import measure_ssh

README = ROOT / "tests" / "benchmarks" / "README.md"
RESULTS, TABLE = "bench.json", "bench.md"


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


# So many hosts show what the role comes to a host: they have Ansible's floor beside them, but no builtin tasks.
CROWDS = {300: 1, 1000: 1}
FULL = Size(5, {1: 7, 10: 5, 50: 3, 100: 2}, (1, 10), (1, 50, 200, 1000), 200, (300, 30, 3), 100)
SIZES = {
    # Each contender once, which shows that it runs; no figure of it means anything.
    "once": Size(1, {1: 1}, (), (1,), 0, (12, 3, 1), 1),
    "quick": Size(3, {1: 3, 10: 1}, (1,), (1, 50, 200), 0, (60, 6, 1), 20),
    "full": FULL,
    # 50 hosts by builtin tasks take a quarter of an hour, and so do the crowds.
    "long": replace(FULL, hosts={**FULL.hosts, **CROWDS}, baseline=(1, 10, 50)),
}
Measure = Callable[[Size, Relay, Site], Iterator[Section]]


def _role(size: Size, _server: Relay, made: Site) -> Iterator[Section]:
    measured = {}
    for hosts, runs in size.hosts.items():
        measured[hosts] = measure_role(made, hosts, runs, baseline=hosts in size.baseline)
        yield measured[hosts]
    if len(measured) > 1:
        yield growth(measured)
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
    parser.add_argument("--readme", action="store_true", help="put the last run's table into the README")
    parser.add_argument("--into", type=Path, default=ROOT / "build", help="the folder for bench.json and bench.md")
    given = parser.parse_args()
    if given.readme:
        readme, table = README.read_text(encoding="utf-8"), (given.into / TABLE).read_text(encoding="utf-8")
        README.write_text(with_table(readme, table), encoding="utf-8")
        return
    before = os.getloadavg()[0]
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
    table = "\n".join([circumstances(given.size, before), "", *goal_lines(sections)]) + "\n"
    (given.into / TABLE).write_text(table, encoding="utf-8")
    write(given.into / RESULTS, given.size, sections, before)
    sys.stdout.write(f"{table}\nall figures: {RESULTS}; this table: {TABLE}; both in {given.into}\n")
    if faults:
        raise SystemExit("\n".join(faults))


def in_lines(section: Section) -> list[str]:
    """A section as text: medians, how far the runs lie apart, and its ratios."""
    width = max([*map(len, section.timings), 1])
    lines = [f"{section.title} (a load of {section.load:.1f} before)"]
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


def with_table(readme: str, table: str) -> str:
    """The README with this table between its two marks."""
    before, begin, rest = readme.partition("<!-- goals -->\n")
    _old, end, after = rest.partition("<!-- end of the goals -->\n")
    if not end:
        raise SystemExit("tests/benchmarks/README.md has no marks around the goals")
    return f"{before}{begin}{table}{end}{after}"


def circumstances(size: str, before: float) -> str:
    """What the figures stand under, in one line."""
    versions = f"Python {platform.python_version()}, ansible-core {importlib.metadata.version('ansible-core')}"
    load = f"a load of {before:.1f} before and {os.getloadavg()[0]:.1f} after"
    return f"`make bench BENCH={size}` at {commit()}: {os.cpu_count()} cores, {versions}, {load}."


def commit() -> str:
    """Which commit was measured; with a plus where files differ from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "no commit"


def write(file: Path, size: str, sections: list[Section], before: float) -> None:
    """All of it as JSON."""
    whole = {
        "size": size,
        "python": platform.python_version(),
        "ansible_core": importlib.metadata.version("ansible-core"),
        "cores": os.cpu_count(),
        "commit": commit(),
        "load": {"before": before, "after": os.getloadavg()[0]},
        "sections": [
            {
                "title": section.title,
                "load": section.load,
                "timings": {name: timing.to_mapping() for name, timing in section.timings.items()},
                "figures": section.figures,
                "notes": section.notes,
            }
            for section in sections
        ],
        "goals": [
            {
                "number": outcome.goal.number,
                "what": outcome.goal.what,
                "goal": outcome.goal.wanted,
                "reached": outcome.reached,
                "verdict": outcome.verdict,
            }
            for outcome in outcomes(sections)
        ],
    }
    file.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
