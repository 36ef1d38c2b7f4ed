# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of input that nobody should write, and of situations that nobody wishes for: a table by kind.

Each file in tests/trust is a real run of the gate: survived where that ends in its own words; where it is refused, a
finding names its file and line. Each other row are tests with a table of their own, which look for secrets in all that
is printed: survived are those that pass. The command fails for a secret that is seen, and for what is not survived.
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
from xml.etree import ElementTree

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
    "templates": "templates that fail, or come to no end",
    "numbers": "numbers of another type",
    "raw": "options that go round the policies",
}
# The situations of tests/integration, and the tables of unit tests, by kind.
SITUATIONS = {
    "projects of people, as they had them": ("tests/integration/outside/test_outside.py", ""),
    "links, previews and owners of a path": (
        "tests/integration/host/test_cases.py",
        "dest-root or preview or absolute",
    ),
    "swaps that are refused": (
        "tests/integration/host/test_cases.py",
        "immutable or append-only or mounted or read-only",
    ),
    "settings that something defeats": ("tests/integration/host/test_cases.py", "defeats or set-again"),
    "files of others": ("tests/integration/host/test_cases.py", "of-others or listed-no-more"),
    "options as text": ("tests/integration/host/test_cases.py", "as-text"),
    "check mode, services and reloads": (
        "tests/integration/host/test_cases.py",
        "check-mode or reload or service or no-answer or ignores",
    ),
    "names that a terminal obeys": ("tests/integration/host/test_cases.py", "terminal-obeys"),
    "parts of secrets, and ways to say them": ("tests/unit/plugins/module_utils/_secrets", ""),
    "verifiers that change what they verify": ("tests/unit/plugins/module_utils/_files/test_writer_faults.py", ""),
    "outputs, each by its own rule": ("tests/unit/plugins/plugin_utils/_reports", ""),
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


def tried(kind: str, path: str, chosen: str) -> list[Trial]:
    """The tests of a kind, as trials; what is not installed here is not tried."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", path, "-k", chosen, f"--junitxml={results}"]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        cases = ElementTree.parse(results).iter("testcase")
        return [
            Trial(
                kind,
                str(case.get("name")),
                False,
                False,
                case.find("failure") is None and case.find("error") is None,
                0,
                float(case.get("time", 0)),
            )
            for case in cases
            if case.find("skipped") is None
        ]


def table(trials: list[Trial]) -> str:
    """The trials by kind, in Markdown."""
    rows = ["| kind | inputs | refused | with a place | survived | secrets found | seconds at most |", "|---" * 7 + "|"]
    for kind, words in {**KINDS, **{name: name for name in SITUATIONS}}.items():
        of_kind = [trial for trial in trials if trial.kind == kind]
        if not of_kind:
            rows.append(f"| {words} | 0 | | | | | |")
            continue
        refused = [trial for trial in of_kind if trial.refused]
        cells = (
            words,
            len(of_kind),
            len(refused) if kind in KINDS else "",
            sum(trial.placed for trial in refused) if kind in KINDS else "",
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
    for kind, (path, chosen) in SITUATIONS.items():
        trials += tried(kind, path, chosen)
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
