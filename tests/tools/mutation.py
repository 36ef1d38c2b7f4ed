# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Would the tests see it? Single faults are put into the code, one after the other, and the room's tests are to fail.

    python -m tests.tools.mutation [--most 60] [--tests-with PYTHON] [SUBJECT...]

Runs on an environment with cosmic-ray, in a clone of the last commit under build/mutation. Of all faults that could be
made a sample is drawn, the same each time. Ends with a table of scores, and the survivors: each a fault that no test
of the room saw. A survivor may change nothing that can be seen (an equivalent mutant): the score is a lower bound.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

from tests.tools.tree import ROOT

FOLDER = ROOT / "build" / "mutation"
UNIT = "tests/unit/plugins"
# How many times as long as without a fault the tests may take: a fault that makes them hang is seen.
_HANGS_AFTER = 3
_MEMORY = "/dev/shm"


@dataclass(frozen=True)
class Subject:
    """What is mutated, and the tests that are to see it."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


# What a wrong sign or a lost `not` would do most harm in.
SUBJECTS = {
    "rules": Subject(
        ("plugins/plugin_utils/_judgement/target.py", "plugins/plugin_utils/_judgement/waivers.py"),
        (f"{UNIT}/plugin_utils/_judgement", "tests/unit/policies", "tests/unit/targets/test_installed.py"),
    ),
    "reasons": Subject(
        ("plugins/module_utils/_dialogue/verdicts.py", "plugins/module_utils/_dialogue/replies.py"),
        tuple(f"{UNIT}/module_utils/_dialogue/test_{name}.py" for name in ("replies", "real_replies", "scenarios")),
    ),
    "quoting": Subject(
        ("plugins/module_utils/_formats", "plugins/plugin_utils/_rendering/quoting.py"),
        (f"{UNIT}/module_utils/_formats", f"{UNIT}/plugin_utils/_rendering/test_quoting.py"),
    ),
    "transaction": Subject(
        tuple(f"plugins/module_utils/_files/{name}.py" for name in ("transaction", "staging", "plan")),
        tuple(f"{UNIT}/module_utils/_files/test_{name}.py" for name in ("writer", "writer_faults", "effective")),
    ),
}


def clone() -> Path:
    """The last commit, where faults may be put into it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    subprocess.run(["git", "clone", "-q", "--local", str(ROOT), str(FOLDER / "clone")], check=True)
    subprocess.run([sys.executable, "-m", "tests.tools.tree"], cwd=FOLDER / "clone", check=True)
    return FOLDER / "clone"


def tests(subject: Subject, python: Path) -> list[str]:
    """The command that is to fail: the same one passes before anything is touched.

    What saw the last fault is asked first, for the next one is beside it.
    """
    unneeded = ["-p", "no:xdist", "-p", "no:pytest_cov", "--tb=no"]
    return [str(python), "-m", "pytest", "-q", "-x", "--failed-first", *unneeded, *subject.tests]


def config(subject: Subject, python: Path, seconds: float) -> str:
    """What cosmic-ray reads: which modules, how their tests are run, and the `seconds` after which they hang."""
    command = shlex.join(tests(subject, python))
    modules = ", ".join(f'"{module}"' for module in subject.modules)
    return (
        f"[cosmic-ray]\nmodule-path = [{modules}]\ntimeout = {seconds:.1f}\nexcluded-modules = []\n"
        f'test-command = "{command}"\n\n[cosmic-ray.distributor]\nname = "local"\n'
    )


def never_read(source: str) -> list[tuple[int, int]]:
    """The lines and columns at which annotations begin to end: no interpreter runs them."""
    tree = ast.parse(source)
    nodes = [
        node.annotation for node in ast.walk(tree) if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation
    ]
    nodes += [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.returns]
    return [(place, column) for node in nodes for place in [node.lineno] for column in _columns(node)]


def _columns(node: ast.expr) -> range:
    return range(node.col_offset, (node.end_col_offset or node.col_offset) + 1)


# Whether two equal values are one object is the interpreter's matter, and `None` has no order: of the operators that
# take identity for a comparison, or one for it, only these make a fault that somebody might make.
_OF_IDENTITY = re.compile(r"_Is(Not)?(_|$)")
_PLAUSIBLE = ("_Is_IsNot", "_IsNot_Is")


def runs(item: WorkItem, unread: dict[Path, set[tuple[int, int]]], folder: Path) -> bool:
    """Whether an interpreter ever comes by the fault, and reads it alike each time."""
    mutation = item.mutations[0]
    if _OF_IDENTITY.search(mutation.operator_name) and not mutation.operator_name.endswith(_PLAUSIBLE):
        return False
    if mutation.module_path not in unread:
        unread[mutation.module_path] = set(never_read((folder / mutation.module_path).read_text(encoding="utf-8")))
    return mutation.start_pos not in unread[mutation.module_path]


def draw(database: WorkDB, most: int, folder: Path) -> int:
    """Leave a sample of the faults; answers how many there were to draw from."""
    unread: dict[Path, set[tuple[int, int]]] = {}
    items = [item for item in database.work_items if runs(item, unread, folder)]
    items.sort(
        key=lambda item: (str(item.mutations[0].module_path), item.mutations[0].start_pos, str(item.mutations[0]))
    )
    kept = {item.job_id for item in random.Random(0).sample(items, min(most, len(items)))}
    skipped = [item.job_id for item in database.work_items if item.job_id not in kept]
    database.set_multiple_results(skipped, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))
    return len(items)


def survivors(database: WorkDB) -> Iterator[str]:
    """The faults that no test saw, each with its place and lines."""
    for item, result in database.completed_work_items:
        if result.test_outcome == TestOutcome.SURVIVED:
            mutation = item.mutations[0]
            changed = [
                line for line in (result.diff or "").splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
            ]
            yield "\n".join([f"{mutation.module_path}:{mutation.start_pos[0]}", *(f"    {line}" for line in changed)])


@dataclass(frozen=True)
class Score:
    """How many faults there are to make, how many were made, how many were seen."""

    possible: int
    made: int
    unseen: tuple[str, ...]

    def row(self, name: str) -> str:
        seen = self.made - len(self.unseen)
        return f"| {name} | {self.possible} | {self.made} | {seen} | {100 * seen // max(self.made, 1)} % |"


def measure(name: str, most: int, python: Path, folder: Path) -> Score:
    """Put the faults of one subject in, one after the other."""
    settings, session = FOLDER / f"{name}.toml", FOLDER / f"{name}.sqlite"
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(folder / "build" / "collections"),
        "ANSIBLE_HOME": str(folder / ".ansible"),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Where it is memory, no test waits for a disk to sync.
        **({"TMPDIR": _MEMORY} if Path(_MEMORY).is_dir() else {}),
    }
    tool = [sys.executable, "-m", "cosmic_ray.cli"]
    # What is compiled now is read by every run after it: a file with a fault is newer, and is compiled again.
    compiling = {**environment, "PYTHONDONTWRITEBYTECODE": ""}
    start = time.monotonic()
    subprocess.run(tests(SUBJECTS[name], python), cwd=folder, env=compiling, check=True, stdout=subprocess.DEVNULL)
    patience = _HANGS_AFTER * (time.monotonic() - start)
    settings.write_text(config(SUBJECTS[name], python, patience), encoding="utf-8")
    subprocess.run([*tool, "init", settings, session], cwd=folder, env=environment, check=True)
    with use_db(session, WorkDB.Mode.open) as database:
        possible = draw(database, most, folder)
    subprocess.run([*tool, "exec", settings, session], cwd=folder, env=environment, check=True)
    with use_db(session, WorkDB.Mode.open) as database:
        made = [result for _job, result in database.results if result.worker_outcome != WorkerOutcome.SKIPPED]
        return Score(possible, len(made), tuple(survivors(database)))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; all without it")
    parser.add_argument("--most", type=int, default=60, help="how many faults a subject")
    parser.add_argument("--tests-with", type=Path, default=ROOT / ".venv" / "bin" / "python", help="the tests' Python")
    given = parser.parse_args(arguments)
    folder = clone()
    scores: dict[str, Score] = {}
    for name in given.subjects or SUBJECTS:
        print(f"{name} ...", flush=True)
        scores[name] = measure(name, given.most, given.tests_with.absolute(), folder)
    for name, score in scores.items():
        print(f"\n{name}: no test saw", *(score.unseen or ["none"]), sep="\n")
    print("\n| subject | faults possible | put in | seen | score |\n| --- | --- | --- | --- | --- |")
    for name, score in scores.items():
        print(score.row(name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
