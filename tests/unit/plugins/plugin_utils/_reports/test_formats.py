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
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import Environment, GateJudgement
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.waivers import Waiver
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.finding_text import (
    fingerprints,
    sentence_beside,
)
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
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.summary import gate_report
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


NAMED = {
    "by its name": ("schema.json cannot be read", "", "ledger: schema.json cannot be read"),
    "by its label already": ("The Ledger has no port", "The Ledger", "The Ledger has no port"),
    "at the beginning of the message already": ("ledger: app.conf.j2:3: failed", "", "ledger: app.conf.j2:3: failed"),
    "in the message's first word": ("ledger has no file of that name", "", "ledger has no file of that name"),
    "as a part of another word": ("ledgers are many", "", "ledger: ledgers are many"),
}


@pytest.mark.parametrize(("message", "subject", "expected"), NAMED.values(), ids=NAMED)
def test_an_application_is_named_once(message: str, subject: str, expected: str) -> None:
    found = replace(FOUND, message=message, subject=subject, target="ledger", hosts=())
    assert sentence_beside(found) == expected


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


def test_sarif_names_files_as_uris() -> None:
    named = json.loads(sarif([replace(FOUND, file="mail für alle/a#b.yml")], []))["runs"][0]["results"]
    assert named[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "mail%20f%C3%BCr%20alle/a%23b.yml"


def test_every_result_has_a_file_or_the_whole_upload_is_refused() -> None:
    (result,) = json.loads(sarif([ELSEWHERE], [], "hosts.yml"))["runs"][0]["results"]
    place = {"artifactLocation": {"uri": "hosts.yml", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 1}}
    assert result["locations"] == [{"physicalLocation": place}]
    (issue,) = json.loads(gitlab([ELSEWHERE], [], "hosts.yml"))
    assert issue["location"] == {"path": "hosts.yml", "lines": {"begin": 1}}


RULE_PAGES = {
    "the spec's own": (FOUND, "docs/gate.md"),
    "a policy's": (replace(FOUND, policy="encryption-required"), "docs/policies.md"),
    "a target's": (
        replace(FOUND, target="msmtp", documentation="https://marlam.de/msmtp/"),
        "https://marlam.de/msmtp/",
    ),
    "a target's by a document without an address": (replace(FOUND, target="a", documentation="page 3"), "docs/gate.md"),
}


@pytest.mark.parametrize(("found", "address"), RULE_PAGES.values(), ids=RULE_PAGES)
def test_a_rule_leads_to_its_page(found: Finding, address: str) -> None:
    (rule,) = json.loads(sarif([found], []))["runs"][0]["tool"]["driver"]["rules"]
    assert rule["helpUri"].startswith("https://")
    assert rule["helpUri"].endswith(address)
    assert "://" in address or Path(__file__).parents[5].joinpath(address).is_file()


# What a terminal obeys, what a CI service takes for a command of its own, and what turns a line round.
EVIL = "x\x1b[2J\n::error::y\r\n::stop-commands::z\u202e\u2028\u2029\x85\x07\ud800 end"
EVIL_FINDING = Finding(
    path=EVIL,
    pointer=EVIL,
    message=EVIL,
    rule=EVIL,
    target=EVIL,
    policy=EVIL,
    documentation=EVIL,
    file=EVIL,
    line=1,
    hosts=(EVIL,),
    written_in=EVIL,
)
EVIL_REPORT = Report(
    errors=[EVIL_FINDING],
    warnings=[EVIL_FINDING],
    waivers=[Waiver(0, EVIL, EVIL, EVIL, "2030-01-01", ended=False, file=EVIL, hosts=(EVIL,))],
    hosts={EVIL: EVIL, "other": EVIL},
    skipped=[EVIL],
    summary={EVIL: EVIL},
)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_in_a_report_can_be_obeyed(name: str) -> None:
    text = FORMATS[name].write(EVIL_REPORT)
    assert [line for line in text.split("\n") if not line.isprintable()] == []
    commands = [line for line in text.split("\n") if line.startswith("::")]
    assert [command.split(" ")[0] for command in commands] == (["::error", "::warning"] if name == "github" else [])


def test_junit_is_readable_whatever_is_in_it() -> None:
    assert ElementTree.fromstring(FORMATS["junit"].write(EVIL_REPORT)).get("failures") == "1"


def test_json_keeps_what_it_does_not_show() -> None:
    assert json.loads(FORMATS["json"].write(EVIL_REPORT))["errors"][0]["message"] == EVIL


def test_nothing_on_the_terminal_can_be_obeyed() -> None:
    judgement = GateJudgement(
        errors=(EVIL_FINDING,),
        warnings=(),
        waivers=tuple(EVIL_REPORT.waivers),
        coverage={},
        environments=(Environment(EVIL, 1, 1, 1, 0),),
        hosts={EVIL: EVIL},
        skipped=(EVIL,),
        distinct=1,
    )
    lines = gate_report(judgement, 0.1).split("\n")
    assert [line for line in lines if not line.isprintable() or line.lstrip().startswith("::")] == []
    assert len(lines) == 10


def test_junit_holds_any_text() -> None:
    text = junit([replace(FOUND, message="<a> & \x00\x1b \ufffe")], [], {}, [])
    failure = ElementTree.fromstring(text).find(".//failure")
    assert failure is not None
    assert failure.get("message") == "<a> & \\u0000\\u001b \\ufffe"


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
