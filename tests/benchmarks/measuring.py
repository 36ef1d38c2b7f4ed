# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take times side by side: each contender in turn, again and again, so that what else is running hits all alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MEBIBYTE = 1024.0
# Longer than any run takes: one that hangs must not hang the rest.
PATIENCE = 1800


class BenchmarkError(Exception):
    """A contender did not do its work, so that its time would mean nothing; the text is what it printed."""


@dataclass(frozen=True)
class Sample:
    """One run: seconds of wall and CPU (all its processes), and the largest process in MiB."""

    wall: float
    cpu: float
    memory: float = 0.0


@dataclass(frozen=True)
class Timing:
    """The runs of one contender."""

    samples: tuple[Sample, ...]

    def median(self, what: str = "wall") -> float:
        return statistics.median(self._values(what))

    def spread(self, what: str = "wall") -> float:
        """How far apart the slowest and the fastest run are, as a part of the median."""
        values = self._values(what)
        return (max(values) - min(values)) / self.median(what) if self.median(what) else 0.0

    def _values(self, what: str) -> list[float]:
        return [{"wall": sample.wall, "cpu": sample.cpu, "memory": sample.memory}[what] for sample in self.samples]

    def to_mapping(self) -> dict[str, object]:
        measured = {
            f"{what}_{name}": round(value, 4)
            for what in ("wall", "cpu", "memory")
            for name, value in (("median", self.median(what)), ("spread", self.spread(what)))
        }
        return {**measured, "runs": len(self.samples)}


Contender = Callable[[], Sample]


@dataclass
class Section:
    """One table: contenders measured side by side, ratios, and what was counted."""

    title: str
    timings: dict[str, Timing] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    #: How many processes wanted a core in the minute before it was measured: what else ran, and what ran before it.
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    def measure(self, contenders: Mapping[str, Contender], runs: int, *, few: Sequence[str] = ()) -> None:
        """Run all in turn, `runs` times; those in `few`, which take long, only in the first turns."""
        samples: dict[str, list[Sample]] = {name: [] for name in contenders}
        for turn in range(runs):
            names = list(contenders)
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                if name not in few or turn < max(1, runs // 3):
                    say(f"  {name}")
                    samples[name].append(contenders[name]())
        self.timings.update({name: Timing(tuple(found)) for name, found in samples.items()})

    def net(self, name: str, floor: str, what: str = "wall") -> float:
        """The median less that of a run that does nothing; never less than a millisecond."""
        return max(0.001, self.timings[name].median(what) - self.timings[floor].median(what))

    def ratio(self, slower: str, faster: str, *, floor: str | None = None, what: str = "wall") -> float:
        """How many times as long the one takes as the other, net of `floor` where that is given."""
        if floor is not None:
            return self.net(slower, floor, what) / self.net(faster, floor, what)
        return self.timings[slower].median(what) / self.timings[faster].median(what)


def say(text: str) -> None:
    """Progress, to the person who waits."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


# The kernel gives a program the peak of the process that it was forked from, where that was larger than its own ever
# gets (getrusage(2), ru_maxrss): it is started by a process that is smaller than any contender.
_STARTER = """
import os, sys, time
started = time.perf_counter()
child = os.fork()
if child == 0:
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    finally:
        os._exit(127)
_child, status, used = os.wait4(child, 0)
told = (time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss)
os.write(int(sys.argv[1]), " ".join(map(repr, told)).encode())
sys.exit(os.waitstatus_to_exitcode(status) % 256)
"""


def run(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str], succeeds: bool = True, given: str = ""
) -> tuple[Sample, str]:
    """Run a program to its end, and all that it started: its sample, and what it printed.

    Raises BenchmarkError where it ends otherwise than it should.
    """
    starter = [sys.executable, "-I", "-S", "-c", _STARTER]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as told:
        said.write(given.encode("utf-8"))
        said.seek(0)
        done = subprocess.run(
            [*starter, str(told.fileno()), *command],
            cwd=folder,
            env=dict(environment),
            stdin=said,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[told.fileno()],
            check=False,
        )
        told.seek(0)
        wall, cpu, memory = map(float, told.read().split())
    output = done.stdout.decode("utf-8", "replace")
    if succeeds is not (done.returncode == 0):
        raise BenchmarkError(f"{' '.join(command)}\n{output}")
    return Sample(wall, cpu, memory / MEBIBYTE), output


def in_process(work: Callable[[], object], times: int) -> Sample:
    """The time of one out of `times` calls in this very process."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _time in range(times):
        work()
    return Sample((time.perf_counter() - wall) / times, (time.process_time() - cpu) / times)
