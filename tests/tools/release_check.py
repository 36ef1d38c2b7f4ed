# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release has to pass, as a table: `make release-check`.

    python -m tests.tools.release_check [WORD...]

Each row is a command. It has passed when it ends with 0, says what it has to say and nothing that it must not say.
What a failed one said stands below the table, and the exit status is 1. With words, only the checks that have one of
them in their name.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.tools import archive
from tests.tools.tree import ROOT

WORK = ROOT / "build" / "release"
TESTS_BIN = Path(sys.executable).parent
RELEASE_BIN = ROOT / "build" / "venv-release" / "bin"


@dataclass(frozen=True)
class Check:
    """One row: a command, in whose folder and environment, and how its words are taken.

    Words in braces stand for paths (`places`). `version` names the Python package whose version the row shows.
    """

    name: str
    version: str
    command: str
    folder: str = "{root}"
    environment: Mapping[str, str] = field(default_factory=dict)
    wants: str = ""
    refuses: str = ""


CHECKS = (
    Check(
        "archive: what is in it",
        "ansible-core",
        "{tests}/python -m pytest -q -p no:xdist tests/integration/archive/test_archive.py",
        wants=r"\d+ passed",
    ),
    Check(
        "archive: the same bytes twice",
        "ansible-core",
        "{tests}/python -m tests.tools.archive --again",
        wants=r"sha256 [0-9a-f]{64}",
    ),
    Check(
        "galaxy-importer",
        "galaxy-importer",
        "{release}/python -m galaxy_importer.main {archive}",
        folder="{work}",
        environment={"GALAXY_IMPORTER_CONFIG": "{root}/requirements/galaxy-importer.cfg"},
        wants="Linting collection via ansible-lint.*Importer processing completed successfully",
        refuses=r"^(WARNING|ERROR|CRITICAL).*|.*not found, skipping.*",
    ),
    Check(
        "ansible-builder introspect",
        "ansible-builder",
        "{release}/ansible-builder introspect --sanitize {work}/installed",
        wants=r"jsonschema>=.*appmail\.settings.*git .*appmail\.settings",
    ),
    Check(
        "ansible-builder create",
        "ansible-builder",
        "{release}/ansible-builder create -f examples/awx/execution-environment.yml -c {work}/context",
        wants="Complete!",
    ),
    Check(
        "ansible-lint production: collection",
        "ansible-lint",
        "{tests}/ansible-lint --profile production --offline",
        wants=r"Passed: 0 failure\(s\), 0 warning\(s\)",
    ),
    Check(
        "ansible-lint production: a user's project",
        "ansible-lint",
        "{release}/ansible-lint --profile production --offline --strict --config-file {empty}",
        folder="{work}/project",
        environment={
            "ANSIBLE_COLLECTIONS_PATH": "{work}/installed",
            "ANSIBLE_VAULT_PASSWORD_FILE": "{root}/tests/integration/vault-password",
        },
        wants=r"Passed: 0 failure\(s\), 0 warning\(s\)",
    ),
    Check(
        "ansible-lint production: the AWX project",
        "ansible-lint",
        "{release}/ansible-lint --profile production --offline --strict --config-file {empty}",
        folder="{work}/awx",
        environment={"ANSIBLE_COLLECTIONS_PATH": "{work}/installed"},
        wants=r"Passed: 0 failure\(s\), 0 warning\(s\)",
    ),
    Check(
        "antsibull-docs",
        "antsibull-docs",
        "{tests}/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all .",
    ),
    Check(
        "antsibull-changelog: fragments",
        "antsibull-changelog",
        "{tests}/antsibull-changelog lint",
    ),
    Check(
        "antsibull-changelog: the notes to come",
        "antsibull-changelog",
        "{tests}/python -m tests.tools.release_notes {work}/CHANGELOG.md",
        wants=r"CHANGELOG\.md: [1-9]\d* notes",
    ),
    Check(
        "codespell",
        "codespell",
        "{release}/codespell",
    ),
)


@dataclass(frozen=True)
class Outcome:
    """A check that ran: the version of its tool, what was wrong (empty: nothing), all it said, how long in seconds."""

    name: str
    version: str
    fault: str
    said: str
    seconds: float

    def row(self) -> tuple[str, str, str, str]:
        return self.name, self.version, "FAILED" if self.fault else "passed", f"{self.seconds:.0f}"


def places(built: Path) -> dict[str, str]:
    """What the words in braces stand for."""
    paths = {"root": ROOT, "work": WORK, "tests": TESTS_BIN, "release": RELEASE_BIN, "archive": built}
    return {name: str(path) for name, path in {**paths, "empty": os.devnull}.items()}


def run(check: Check, at: Mapping[str, str]) -> Outcome:
    """Run one check; nothing that goes wrong with it ends the others."""
    # No path has a blank in it that the command does not have itself.
    command = [word.format_map(at) for word in check.command.split()]
    program = Path(command[0])
    began = time.monotonic()
    try:
        done = subprocess.run(
            command,
            cwd=check.folder.format_map(at),
            env=environment(program, {name: value.format_map(at) for name, value in check.environment.items()}),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
        )
    except OSError as fault:
        return Outcome(check.name, "-", f"it could not be run: {fault}", "", time.monotonic() - began)
    seconds = time.monotonic() - began
    return Outcome(
        check.name, version(program, check.version), judged(check, done.returncode, done.stdout), done.stdout, seconds
    )


def environment(program: Path, more: Mapping[str, str]) -> dict[str, str]:
    """What a check may see: the programs beside its own before any other; nothing that colours or wraps its words."""
    path = os.pathsep.join([str(program.parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "200", **more}


def judged(check: Check, status: int, said: str) -> str:
    """What is wrong with how a command ended and what it said; empty where nothing is."""
    lines = [match.group() for match in re.finditer(check.refuses, said, re.MULTILINE)] if check.refuses else []
    if status:
        return f"it ended with exit status {status}"
    if lines:
        return f"it said {len(lines)} times what it must not: {lines[0]}"
    if check.wants and not re.search(check.wants, said, re.DOTALL):
        return f"it did not say {check.wants}"
    return ""


def version(program: Path, package: str) -> str:
    """The version of a package beside a program, or a dash where there is none."""
    code = f"import importlib.metadata as found; print(found.version({package!r}))"
    done = subprocess.run([str(program.parent / "python"), "-c", code], check=False, capture_output=True, text=True)
    return done.stdout.strip() or "-"


def table(outcomes: Iterable[Outcome]) -> str:
    """The outcomes in columns."""
    rows = [("check", "version", "result", "seconds"), *(outcome.row() for outcome in outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]:>{widths[3]}}" for row in rows
    )


def prepare() -> Path:
    """A fresh folder with the archive, the place where it is installed, and the users' projects; the archive's path."""
    shutil.rmtree(WORK, ignore_errors=True)
    for name, folder in {"project": "tests/project", "awx": "examples/awx"}.items():
        shutil.copytree(ROOT / folder, WORK / name)
    built = archive.build(ROOT, WORK)
    archive.install(built, WORK / "installed")
    return built


def chosen(words: Sequence[str], checks: Sequence[Check]) -> list[Check]:
    """The checks with one of these words in their name, all without words; SystemExit for a word that none has."""
    for word in words:
        if not any(word in check.name for check in checks):
            raise SystemExit(f"no check is called {word!r}: {', '.join(check.name for check in checks)}")
    return [check for check in checks if not words or any(word in check.name for word in words)]


def main(words: Sequence[str], checks: Sequence[Check] = CHECKS) -> int:
    wanted = chosen(words, checks)
    try:
        at = places(prepare())
    except archive.ArchiveError as fault:
        print(fault)
        return 1
    outcomes = []
    for check in wanted:
        print(f"{check.name} ...", file=sys.stderr, flush=True)
        outcomes.append(run(check, at))
    print(table(outcomes))
    failed = [outcome for outcome in outcomes if outcome.fault]
    for outcome in failed:
        print(f"\n{outcome.name}: {outcome.fault}\n{outcome.said.rstrip()}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
