# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate does with input that nobody should write: a table by kind, a real run for each file in tests/trust.

An input is survived where the gate ends in its own words; where it is refused, a finding names its file and line. The
command fails for a secret that is seen, and for an input that is not survived.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.servers.leaks import leaks
from tests.tools.tree import COLLECTIONS

INPUTS = Path(__file__).parents[1] / "trust"
KINDS = {
    "keys": "keys that are no text",
    "values": "values that no setting can be",
    "circles": "circles and depth",
    "policies": "policies that cannot be read",
    "targets": "targets that cannot be read",
    "hosts": "hosts with more or less than a name",
    "bulk": "small inputs of much work",
}
SECRET = "Canary-Pw-4711"
SECONDS = 60
KILOBYTES = 3_000_000

# Ansible itself refuses some files before the gate is asked.
_ENDED = re.compile(r"email settings are (not )?valid|YAML parsing failed|^\s+environment ", re.MULTILINE)
_PLACE = re.compile(r"group_vars/all\.yml:\d+|Origin: \S*group_vars/all\.yml:\d+")
_PYTHON = re.compile(r"Traceback|has no attribute|recursion depth|not iterable")


@dataclass(frozen=True)
class Trial:
    """One input, and what was seen of it."""

    kind: str
    name: str
    refused: bool
    placed: bool
    survived: bool
    secrets: int
    seconds: float


def attempt(file: Path) -> Trial:
    """Ask the gate about one input, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        variables = Path(folder, "group_vars", "all.yml")
        variables.parent.mkdir()
        variables.write_bytes(file.read_bytes())
        Path(folder, "inventory.yml").write_text("all: {hosts: {app1: {}}}\n", encoding="utf-8")
        began = time.perf_counter()
        status, printed = _gate(folder)
        seconds = time.perf_counter() - began
    survived = status in (0, 2, 4) and bool(_ENDED.search(printed)) and not _PYTHON.search(printed)
    secrets = len(leaks(printed, "svc-mail", SECRET))
    placed = bool(_PLACE.search(printed))
    return Trial(file.parent.name, file.stem, status != 0, placed, survived, secrets, seconds)


def _gate(folder: str) -> tuple[int, str]:
    try:
        done = subprocess.run(
            ["bash", "-c", f"ulimit -v {KILOBYTES}; ansible-playbook -i inventory.yml appmail.settings.validate"],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
                "ANSIBLE_NOCOLOR": "1",
                "COLUMNS": "10000",
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            },
        )
    except subprocess.TimeoutExpired:
        return -1, ""
    return done.returncode, done.stdout + done.stderr


def table(trials: list[Trial]) -> str:
    """The trials by kind, in Markdown."""
    rows = ["| kind | inputs | refused | with a place | survived | secrets found | seconds at most |", "|---" * 7 + "|"]
    for kind, words in KINDS.items():
        of_kind = [trial for trial in trials if trial.kind == kind]
        refused = [trial for trial in of_kind if trial.refused]
        cells = (
            words,
            len(of_kind),
            len(refused),
            sum(trial.placed for trial in refused),
            sum(trial.survived for trial in of_kind),
            sum(trial.secrets for trial in of_kind),
            f"{max(trial.seconds for trial in of_kind):.1f}",
        )
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(rows)


def main() -> int:
    """Try every input, two at a time."""
    files = sorted(INPUTS.glob("*/*.input"))
    with ThreadPoolExecutor(2) as pool:
        trials = list(pool.map(attempt, files))
    print(table(trials))
    failed = [trial for trial in trials if not trial.survived or trial.secrets]
    for trial in failed:
        print(f"{trial.kind}/{trial.name}: {'a secret was seen' if trial.secrets else 'not survived'}")
    for trial in trials:
        if trial.refused and not trial.placed:
            print(f"{trial.kind}/{trial.name}: refused without a place")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
