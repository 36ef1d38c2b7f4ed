# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms that findings are reported in: what each of them escapes, and what it knows a finding by."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.finding_text import fingerprints
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.formats import (
    FORMATS,
    Report,
    ReportError,
    printed,
    write_reports,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.github import github
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.gitlab import gitlab
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.junit import junit
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.sarif import sarif
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import shortened

FOUND = Finding(
    path="smtp.port",
    pointer="/smtp/port",
    message="70000 is greater than 65535",
    rule="maximum",
    file="group_vars/prod/email.yml",
    line=12,
    column=11,
    written_in="/repository/group_vars/prod/email.yml",
)
ELSEWHERE = replace(FOUND, file="<CLI option '-e'>", line=None, column=None, written_in=None)

COMMANDS = {
    "a finding": (
        FOUND,
        "::error file=group_vars/prod/email.yml,line=12,col=11,title=smtp.port::70000 is greater than 65535",
    ),
    "a place that is no file": (ELSEWHERE, "::error title=smtp.port::70000 is greater than 65535"),
    "signs that mean something": (
        replace(FOUND, file="a,b:c%.yml", path="x", message="50% more\nor less, maybe: yes"),
        "::error file=a%2Cb%3Ac%25.yml,line=12,col=11,title=x::50%25 more%0Aor less, maybe: yes",
    ),
    "what would begin another command": (
        replace(FOUND, message="x\n::set-output name=a::b"),
        "::error file=group_vars/prod/email.yml,line=12,col=11,title=smtp.port::x%0A::set-output name=a::b",
    ),
}


@pytest.mark.parametrize(("found", "command"), COMMANDS.values(), ids=COMMANDS)
def test_github_commands(found: Finding, command: str) -> None:
    assert github([found], []) == command


def test_a_warning_is_a_warning_everywhere() -> None:
    assert github([], [FOUND]).startswith("::warning ")
    assert json.loads(gitlab([], [FOUND]))[0]["severity"] == "minor"
    assert json.loads(sarif([], [FOUND]))["runs"][0]["results"][0]["level"] == "warning"
    assert ElementTree.fromstring(junit([], [FOUND], {}, [])).get("failures") == "0"


def test_a_finding_is_known_again_after_its_line_moved() -> None:
    assert list(fingerprints([FOUND])) == list(fingerprints([replace(FOUND, line=40, column=3)]))


DIFFERENT = [{"path": "p", "pointer": "/p"}, {"file": "other.yml"}, {"rule": "type"}, {"target": "a"}, {"policy": "b"}]


@pytest.mark.parametrize("other", DIFFERENT, ids=lambda other: next(iter(other)))
def test_different_findings_are_told_apart(other: dict[str, str]) -> None:
    assert len(set(fingerprints([FOUND, replace(FOUND, **other)]))) == 2  # type: ignore[arg-type]


def test_the_same_finding_twice_is_two() -> None:
    assert len(set(fingerprints([FOUND, replace(FOUND, line=13)]))) == 2


def test_sarif_names_files_as_uris_and_leaves_out_places_that_are_none() -> None:
    named = json.loads(sarif([replace(FOUND, file="mail für alle/a#b.yml"), ELSEWHERE], []))["runs"][0]["results"]
    assert named[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "mail%20f%C3%BCr%20alle/a%23b.yml"
    assert named[1]["locations"] == []


def test_junit_holds_any_text() -> None:
    text = junit([replace(FOUND, message="<a> & \x00\x1b \ufffe")], [], {}, [])
    failure = ElementTree.fromstring(text).find(".//failure")
    assert failure is not None
    assert failure.get("message") == "<a> & \ufffd\ufffd \ufffd"


HOSTS = {"three": (3, "h0, h1, h2"), "four": (4, "h0, h1, h2 and 1 more"), "none": (0, "")}


@pytest.mark.parametrize(("number", "text"), HOSTS.values(), ids=HOSTS)
def test_long_lists_are_cut(number: int, text: str) -> None:
    assert shortened([f"h{index}" for index in range(number)]) == text


def test_reports_are_written_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    report = Report([FOUND], [])
    names = [Path(file).name for file in write_reports(report, list(FORMATS), str(tmp_path / "new" / "folder"))]
    assert sorted(names) == sorted(file.name for file in (tmp_path / "new" / "folder").iterdir())
    assert printed(report, list(FORMATS)) == [github([FOUND], [])]


def test_nothing_is_printed_where_nothing_is_found() -> None:
    assert printed(Report([], []), list(FORMATS)) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=r"email-settings\.sarif cannot be written: (File exists|Not a directory)"):
        write_reports(Report([], []), ["sarif"], str(tmp_path / "file"))
