# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run several commands of make one after the other, and say at the end how each of them went.

    python3 -m tests.tools.stages lint unit functional

All of them run, whatever becomes of one: whoever waits for the tests wants every fault. Exit status 1 if any failed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

# How the closing lines of the tools that count something read: pytest, ansible-test's wrapper, ansible-lint.
COUNTED = re.compile(r"=* ?(\d+ passed.*?|\d+ failed.*?|sanity: \d+ tests passed.*?) ?=*$")


@dataclass(frozen=True)
class Stage:
    """One command that ran: its exit status, how long it took in seconds, and what it counted."""

    name: str
    status: int
    seconds: float
    counted: str

    def row(self) -> str:
        """The stage as a line of the summary."""
        word = "passed" if self.status == 0 else f"FAILED ({self.status})"
        return f"  {self.name:<12} {word:<11} {self.seconds:6.0f} s  {self.counted}".rstrip()


def run(name: str, place: str) -> Stage:
    """Run one command, showing what it prints as it prints it."""
    print(f"\n=== make {name} ({place})", flush=True)
    began, counted = time.monotonic(), ""
    with subprocess.Popen(["make", "--no-print-directory", name], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            found = COUNTED.search(line)
            counted = found.group(1) if found else counted
    return Stage(name, process.returncode, time.monotonic() - began, counted)


def main(names: Sequence[str]) -> int:
    stages = [run(name, f"{number} of {len(names)}") for number, name in enumerate(names, 1)]
    print("\n=== all of it")
    for stage in stages:
        print(stage.row())
    failed = [stage.name for stage in stages if stage.status]
    print(f"failed: {', '.join(failed)}; each can be run alone: make {failed[0]}" if failed else "everything passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
