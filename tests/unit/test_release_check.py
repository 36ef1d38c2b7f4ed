# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of `make release-check`: when a check has passed, what a failed one says, and how the rows look."""

from __future__ import annotations

import re
import string
import sys
from pathlib import Path

import pytest

from tests.tools import release_check as tool
from tests.tools.release_check import CHECKS, Check, Outcome
from tests.tools.tree import ROOT

pytestmark = pytest.mark.once

AT = {"root": str(ROOT), "python": sys.executable, "version": "/nowhere"}


def python(code: str, **more: str) -> Check:
    """A check that runs a line of Python, in which no blank stands."""
    return Check("a check", "pytest", f"{{python}} -c {code}", **more)  # type: ignore[arg-type]


CASES = {
    "ended well, nothing asked for": (python("print('done')"), ""),
    "says what it has to": (python("print('3','passed')", wants=r"\d+ passed"), ""),
    "says it over several lines": (python("print('begun');print('done')", wants="begun.*done"), ""),
    "ends with a status": (python("raise(SystemExit(3))"), "it ended with exit status 3"),
    "ends well and says nothing": (python("print()", wants=r"\d+ passed"), r"it did not say \d+ passed"),
    "ends well and warns": (
        python("print('WARNING:E203');print('WARNING:W503');print('passed')", wants="passed", refuses="^WARNING.*"),
        "it said 2 times what it must not: WARNING:E203",
    ),
    "the word of a warning inside a line": (python("print('noWARNING')", refuses="^WARNING.*"), ""),
    "a warning on the other stream": (
        python("__import__('sys').stderr.write('WARNING')", refuses="^WARNING.*"),
        "it said 1 times what it must not: WARNING",
    ),
    "reads what nobody types": (python("input()"), "it ended with exit status 1"),
    "no such program": (Check("a check", "pytest", "/nowhere/program"), "it could not be run: "),
    "no such folder": (Check("a check", "pytest", "{python} -V", folder="{root}/nowhere"), "it could not be run: "),
}


@pytest.mark.parametrize(("check", "fault"), CASES.values(), ids=CASES)
def test_what_is_wrong_with_a_check(check: Check, fault: str) -> None:
    outcome = tool.run(check, AT)
    assert outcome.fault.startswith(fault)
    assert bool(outcome.fault) is bool(fault)


def test_a_check_has_its_programs_before_any_other_and_the_version_beside_it() -> None:
    outcome = tool.run(python("print(__import__('os').environ['PATH'])"), AT)
    assert outcome.said.startswith(str(Path(sys.executable).parent))
    assert outcome.version == pytest.__version__
    assert tool.version(Path(sys.executable), "no-such-package-of-ours") == "-"


def test_the_table_and_what_failed_below_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "prepare", lambda: Path("/nowhere.tar.gz"))
    bad = Check("bad", "pytest", "{tests}/python -c print('a','trace');raise(SystemExit(1))")
    good = Check("good, and longer", "no-such-package-of-ours", "{tests}/python -V")
    assert tool.main([], [good, bad]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert [line.split() for line in shown[:3]] == [
        ["check", "version", "result", "seconds"],
        ["good,", "and", "longer", "-", "passed", "0"],
        ["bad", pytest.__version__, "FAILED", "0"],
    ]
    assert len({len(line) for line in shown[:3]}) == 1
    assert shown[3:] == ["", "bad: it ended with exit status 1", "a trace"]
    assert tool.main(["good"], [good, bad]) == 0


def test_a_word_of_no_check_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"no check is called 'galaxie': .*galaxy-importer"):
        tool.chosen(["codespell", "galaxie"], CHECKS)
    assert [check.name for check in tool.chosen(["codespell", "introspect"], CHECKS)] == [
        "ansible-builder introspect",
        "codespell",
    ]


def test_a_preparation_that_fails_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Path:
        raise tool.archive.ArchiveError("ansible-galaxy said no")

    monkeypatch.setattr(tool, "prepare", fails)
    assert tool.main(["codespell"]) == 1
    assert "ansible-galaxy said no" in capsys.readouterr().out


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_each_row_can_be_run(check: Check) -> None:
    known = tool.places(Path("/archive.tar.gz"))
    words = f"{check.command} {check.folder} {' '.join(check.environment.values())}"
    assert {name for _text, name, _spec, _kind in string.Formatter().parse(words) if name} <= known.keys()
    assert Path(check.command.split()[0].format_map(known)).parent in (tool.TESTS_BIN, tool.RELEASE_BIN)
    re.compile(check.wants)
    # A check that says nothing when it passes is one whose exit status says all.
    assert check.wants or check.name in ("antsibull-docs", "antsibull-changelog: fragments", "codespell")


def test_each_tool_is_pinned() -> None:
    pinned = "".join(
        (ROOT / "requirements" / name).read_text() for name in ("release.txt", "constraints.txt", "core.txt")
    )
    assert [check.version for check in CHECKS if not re.search(rf"^{check.version}==\d", pinned, re.MULTILINE)] == []
    lines = (ROOT / "requirements/release.txt").read_text().splitlines()
    assert [line for line in lines if line and not re.fullmatch(r"#.*|[\w.-]+==[\w.]+", line)] == []


def test_names_are_told_apart() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_seconds_are_whole() -> None:
    assert Outcome("a", "1", "", "", 1.6).row() == ("a", "1", "passed", "2")
