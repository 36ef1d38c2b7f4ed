# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What README.md and docs/*.md show of a terminal is typed and compared (tests/tools/doc_blocks.py)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.tools.doc_blocks import PAGES, PROJECTS, blocks, main, matches, part_in, rewrite, steps
from tests.tools.tree import ROOT

pytestmark = pytest.mark.once

ALL = [block for page in PAGES for block in blocks(page)]
RUN = sorted({block.page for block in ALL if block.kind in ("run", "part of")})


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_comes_back(page: Path, tmp_path: Path) -> None:
    copy = tmp_path / page.name
    copy.write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
    rewrite(copy, tmp_path)
    shown, printed = (file.read_text(encoding="utf-8").splitlines() for file in (page, copy))
    assert shown == printed, f"make docs-outputs PAGES={page.name} writes it anew"


def test_every_block_is_run_or_says_why_not() -> None:
    assert [block.name for block in ALL if block.kind is None] == []


def test_what_is_held_by_another_test_is_known_there() -> None:
    held = [block for block in ALL if block.kind == "held by"]
    assert [
        block.name for block in held if block.page.name not in (ROOT / block.text).read_text(encoding="utf-8")
    ] == []


def test_every_project_is_used() -> None:
    assert {folder.name for folder in PROJECTS.iterdir()} == {block.project for block in ALL if block.project}


MATCHES: dict[str, tuple[Sequence[str], Sequence[str], bool]] = {
    "the same": (["a", "b"], ["a", "b"], True),
    "a line less": (["a"], ["a", "b"], False),
    "a line more": (["a", "b"], ["a"], False),
    "another word": (["a b"], ["a c"], False),
    "lines left out": (["a", "...", "d"], ["a", "b", "c", "d"], True),
    "lines left out, and another end": (["a", "…", "d"], ["a", "b", "c"], False),
    "lines left out at the end": (["a", "..."], ["a", "b"], True),
    "text left out": (["a … d"], ["a b c d"], True),
    "text left out of one line alone": (["a … d"], ["a b", "c d"], False),
    "seconds": (["2 hosts, 0.3 s"], ["2 hosts, 1.1 s"], True),
    "a number that is no time": (["2 hosts"], ["3 hosts"], False),
    "a commit": (["at 137f79af36bf"], ["at 0afef1fec7"], True),
    "a word that could be a commit": (["at defaced"], ["at a"], False),
    "a day": (["of 2026-11-28"], ["of 2027-01-01"], True),
    "a port": (["localhost:4711 x"], ["localhost:9 x"], True),
    "what a pattern would take": (["a.b*"], ["axbb"], False),
}


@pytest.mark.parametrize(("shown", "printed", "same"), MATCHES.values(), ids=MATCHES)
def test_what_is_compared(shown: Sequence[str], printed: Sequence[str], same: bool) -> None:
    assert matches(shown, printed) is same


PARTS: dict[str, tuple[Sequence[str], list[str] | None]] = {
    "a part as it is": (["b", "c"], ["b", "c"]),
    "a part with lines left out": (["a", "...", "d"], ["a", "...", "d"]),
    "another line between": (["b", "x", "d"], ["b", "c", "d"]),
    "a first line that is not there": (["x", "c"], None),
    "a last line that comes before": (["c", "a"], None),
}


@pytest.mark.parametrize(("shown", "part"), PARTS.values(), ids=PARTS)
def test_a_part_of_what_is_printed(shown: Sequence[str], part: list[str] | None) -> None:
    assert part_in(shown, "a\nb\n\nc\nd\n") == part


def test_what_is_wrong_is_written_anew_and_what_is_right_is_kept(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = "<!-- run: start -->\n```console\n$ echo a; \\\n  echo b\n{}\n$ printf '1\\n2\\n3\\n'\n1\n...\n"
    text += "$ exit 3\n$ echo $?\n{}\n```\n"
    page.write_text(text.format("wrong", "0"), encoding="utf-8")
    assert rewrite(page, tmp_path)
    assert page.read_text(encoding="utf-8") == text.format("a\nb", "3")
    assert not rewrite(page, tmp_path / "again")


def test_a_command_goes_on_behind_a_backslash(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```\n$ a \\\n    b\nc\n$ d\n```\n", encoding="utf-8")
    block = next(iter(blocks(page)))
    assert [(step.typed, step.shown) for step in steps(block)] == [("a \\\n    b", ("c",)), ("d", ())]
    assert block.name == "page.md:2"
    assert main(["no-page-of-that-name.md"]) == 0
