# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands in README.md and docs/*.md: run them, compare what comes back, or write it down: `make docs-outputs`.

A block of commands (``` or ```console) has a comment before it:

    <!-- run: NAME -->      its commands are run by bash in a copy of the project tests/docs/NAME, the blocks of a page
                            that name the same project one after the other in the same copy
    <!-- part of: FILE -->  what this program of the project prints, a part of it
    <!-- held by: FILE -->  a test of its own runs it, and compares what the page shows
    <!-- not run: WHY -->   nothing can run it here, and why

What is shown must be what is printed, without what Ansible says of its own (PLAY, TASK, the state of hosts, the recap).
A line `...` or `…` stands for any lines, `…` in a line for any text; and times, days, commits and ports are any others.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.tools.tree import COLLECTIONS, ROOT, link_collection

PROJECTS = ROOT / "tests" / "docs"
VAULT_PASSWORD = ROOT / "tests" / "integration" / "vault-password"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\S*)$")
_MARKER = re.compile(r"^<!-- (run|part of|held by|not run): (.+) -->$")
# Blocks in these languages are files, or parts of them; all others are of a terminal.
_OF_TERMINALS = ("", "console", "text")
_OF_ANSIBLE = re.compile(
    r"(PLAY|TASK|RUNNING HANDLER|NO MORE HOSTS LEFT)\b.*\*\*\*|(ok|changed|skipping|included|fatal|failed): "
    r"|\S+ +: ok=\d+ +changed=|\.\.\.ignoring|\[ERROR\]: Task failed: .* told above "
    r"|\[WARNING\]: (Not prompting|No inventory was parsed)"
    r"|(Origin: .*|<<< caused by >>>)$"
)
# Lines of a playbook, which Ansible shows below a failure: the last of them points into the one above.
_EXCERPT, _POINTER = re.compile(r"\d+( |$)"), re.compile(r" +\^ column \d+$")
_ANY = (
    (re.compile(r"\b\d+\.\d s\b"), "N s"),
    (re.compile(r"\b20\d\d-\d\d-\d\d(T[\d:]+Z)?\b"), "DAY"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{10,40}\b"), "COMMIT"),
    (re.compile(r"\blocalhost:\d+"), "localhost:PORT"),
    # One that the system gave, and not 25, 465 or 587.
    (re.compile(r"\bport \d{5}\b"), "port PORT"),
)


@dataclass(frozen=True)
class Block:
    """A block of a page: where its first line is, from 1, its lines, and what the comment before it says."""

    page: Path
    line: int
    lines: tuple[str, ...]
    kind: str | None
    text: str

    @property
    def project(self) -> str | None:
        return self.text if self.kind == "run" else None

    @property
    def name(self) -> str:
        return f"{self.page.name}:{self.line}"


@dataclass(frozen=True)
class Step:
    """A command, and the lines that are shown below it."""

    command: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def typed(self) -> str:
        return "\n".join(self.command).removeprefix("$ ")


@dataclass(frozen=True)
class Answer:
    """What a command printed: its lines without those of Ansible, and all of them."""

    step: Step
    lines: tuple[str, ...]
    all: str


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page that show a terminal."""
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        number += 1
        if fence is None:
            continue
        end = lines.index("```", number)
        if fence[1] in _OF_TERMINALS:
            marker = _MARKER.match(lines[number - 2]) if number > 1 else None
            kind, text = (marker[1], marker[2]) if marker else (None, "")
            yield Block(page, number + 1, tuple(lines[number:end]), kind, text)
        number = end + 1


def steps(block: Block) -> list[Step]:
    """The commands of a block. A backslash at the end of a command's line takes the next one along."""
    found: list[tuple[list[str], list[str]]] = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append(([line], []))
        elif not found:
            raise SystemExit(f"{block.name}: begins with no command")
        elif found[-1][0][-1].endswith("\\"):
            found[-1][0].append(line)
        else:
            found[-1][1].append(line)
    return [Step(tuple(command), tuple(shown)) for command, shown in found]


class Project:
    """A copy of a project, in which the blocks of a page are run."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder
        self._status = 0
        if not (PROJECTS / name).is_dir():
            raise SystemExit(f"there is no project {name} in tests/docs")
        shutil.copytree(PROJECTS / name, folder)
        setup = folder / "setup.sh"
        if setup.exists():
            made = self._run(["bash", "-eu", str(setup)])
            if made.returncode:
                raise SystemExit(f"tests/docs/{name}/setup.sh: {made.stdout}")

    def answer(self, step: Step) -> Answer:
        """What comes back; a vault's password is given by a file where a person is asked for it."""
        typed = step.typed.replace(" --ask-vault-pass", "")
        done = self._run(["bash", "-c", f"(exit {self._status}); {typed}"])
        self._status = done.returncode
        shown = done.stdout.replace(f"{self.folder}/", "").replace(str(self.folder), ".")
        return Answer(step, tuple(_without_ansibles(shown.splitlines())), shown)

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        home = self.folder.with_name(f"{self.folder.name}-home")
        home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "GIT_"))}
        environment = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "ROOT": str(ROOT),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "COLUMNS": "10000",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_VAULT_PASSWORD_FILE": str(VAULT_PASSWORD),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _ADA.items()},
        }
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )


_ADA = {"NAME": "Ada Lovelace", "EMAIL": "ada@example.edu", "DATE": "2026-11-28T09:00:00Z"}


def _without_ansibles(lines: Iterable[str]) -> list[str]:
    """What a person reads: no banners, no recap, no blank lines."""
    kept: list[str] = []
    for line in lines:
        if _POINTER.match(line):
            while kept and _EXCERPT.match(kept[-1]):
                kept.pop()
        elif line.strip() and not _OF_ANSIBLE.match(line):
            kept.append(line.rstrip())
    return kept


def matches(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether what is shown is what was printed, but for what is left out by `...`."""
    pattern = "".join(_line_pattern(line) for line in shown if line.strip())
    return re.fullmatch(pattern, "".join(f"{_general(line)}\n" for line in printed)) is not None


def part_in(shown: Sequence[str], printed: str) -> list[str] | None:
    """The part of what a program printed from the first line that is shown to the last one; None if one is not there.

    What is shown is kept where it is that part, but for what is left out.
    """
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    first, last = (_general(line.rstrip()) for line in (shown[0], shown[-1]))
    starts = [number for number, line in enumerate(lines) if _general(line) == first]
    ends = [number for number, line in enumerate(lines) if _general(line) == last and starts and number >= starts[0]]
    for end in ends:
        if matches(shown, lines[starts[0] : end + 1]):
            return list(shown)
    return lines[starts[0] : ends[0] + 1] if ends else None


def _line_pattern(line: str) -> str:
    if line.strip() in ("...", "…"):
        return r"(?:[^\n]*\n)*?"
    return r"[^\n]*?".join(re.escape(part) for part in _general(line.rstrip()).split("…")) + r"\n"


def _general(line: str) -> str:
    for pattern, word in _ANY:
        line = pattern.sub(word, line)
    return line


def answers(page: Path, folder: Path) -> Iterator[tuple[Block, list[Answer]]]:
    """What the blocks of a page answer, in the page's order."""
    projects: dict[str, Project] = {}
    for block in blocks(page):
        if block.project is None:
            continue
        if block.project not in projects:
            projects[block.project] = Project(block.project, folder / block.project)
        yield block, [projects[block.project].answer(step) for step in steps(block)]


def parts(page: Path) -> Iterator[tuple[Block, list[str]]]:
    """The blocks that show a part of what programs of the project print, and what that part is now."""
    printed: dict[str, str] = {}
    for block in blocks(page):
        if block.kind != "part of":
            continue
        if block.text not in printed:
            done = subprocess.run(
                [sys.executable, ROOT / block.text], cwd=ROOT, capture_output=True, text=True, check=False
            )
            printed[block.text] = done.stdout.replace(f"{ROOT}/", "") if done.returncode == 0 else ""
        part = part_in(block.lines, printed[block.text])
        if part is None:
            raise SystemExit(
                f"{block.name}: {block.text} does not print its first line, or its last one after it, any more"
            )
        yield block, part


def written_anew(given: Iterable[Answer]) -> list[str]:
    """The block with what its commands printed; what is right already is kept with what it leaves out."""
    lines: list[str] = []
    for answer in given:
        right = matches(answer.step.shown, answer.lines)
        lines += [*answer.step.command, *(answer.step.shown if right else answer.lines)]
    return lines


def rewrite(page: Path, folder: Path) -> bool:
    """Write what the commands of a page print now; whether that changed it."""
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines()
    # From below, so that the places above stay as they are.
    written = [(block, written_anew(given)) for block, given in answers(page, folder)] + list(parts(page))
    for block, now in sorted(written, key=lambda item: item[0].line, reverse=True):
        lines[block.line - 1 : block.line - 1 + len(block.lines)] = now
    new = "\n".join(lines) + "\n"
    if new != text:
        page.write_text(new, encoding="utf-8")
    return new != text


def main(names: Sequence[str]) -> int:
    """Write the outputs of all pages, or of those that are named, anew."""
    import tempfile

    link_collection()
    for page in PAGES:
        if names and page.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            if rewrite(page, Path(folder)):
                print(f"{page.relative_to(ROOT)}: written anew; see git diff")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
