# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filled sheets of admin pages: read back by label, compared field by field, and nothing secret taken from them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._drift.sheets import drift_of_sheets
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import ReadyTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names

SPECS = Path(__file__).parents[4] / "specs" / "targets"
PAGES = [app for app in target_names() if find_target(app).kind == "admin_page"]
SECRET = "Sommer2026-x"


def ready(app: str) -> ReadyTarget:
    spec: Tree = yaml.safe_load((SPECS / f"{app}.yml").read_text(encoding="utf-8"))
    judgement = judge(Request(settings=spec, targets=[{"app": app}]))
    assert judgement.errors == ()
    return judgement.targets[0]


def content(target: ReadyTarget, ending: str) -> str:
    return next(file.content for file in target.files if file.name.endswith(ending))


def filled_runbook(text: str) -> str:
    """The runbook with a column Current that holds what the page should hold."""
    lines = []
    for line in text.splitlines():
        if line.startswith("| Field |"):
            line += " Current |"
        elif line == "| --- | --- | --- |":
            line += " --- |"
        elif (row := re.fullmatch(r"\| (.*?) \| (.*?) \| .* ?\|", line)) and "In force" not in text.split(line)[0][
            -200:
        ]:
            value = "" if row[2] in ("*leave as it is*",) or row[2].startswith("the value of") else row[2]
            line += f" {value} |"
        lines.append(line)
    return "\n".join(lines)


def told(target: ReadyTarget, folder: Path, name: str, text: str) -> tuple[list[str], list[str]]:
    """What differs, and what is found in the sheet, each as a person reads it."""
    (folder / name).write_text(text, encoding="utf-8")
    drifts, errors, warnings = drift_of_sheets([target], [str(folder / name)], folder)
    return [drift.message for drift in drifts], [finding.sentence() for finding in (*errors, *warnings)]


@pytest.mark.parametrize("app", PAGES)
def test_a_sheet_that_holds_what_is_wanted_is_no_drift(app: str, tmp_path: Path) -> None:
    target = ready(app)
    assert told(target, tmp_path, "sheet.yml", content(target, "settings.yml")) == ([], [])


@pytest.mark.parametrize("app", PAGES)
def test_a_runbook_with_a_column_of_the_same_values_is_no_drift(app: str, tmp_path: Path) -> None:
    target = ready(app)
    assert told(target, tmp_path, "runbook.md", filled_runbook(content(target, "runbook.md"))) == ([], [])


@pytest.mark.parametrize("app", PAGES)
def test_another_server_is_told_at_its_line(app: str, tmp_path: Path) -> None:
    target = ready(app)
    host = str(target.settings["smtp"]["host"])  # type: ignore[index,call-overload]
    text = content(target, "settings.yml")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if host in each)
    changed = text.replace(host, "old.example.net", 1)
    (message,), findings = told(target, tmp_path, "sheet.yml", changed)
    assert re.fullmatch(
        rf"smtp\.host \(.*\): {re.escape(host)} wanted, old\.example\.net in effect; sheet\.yml:{line} wins", message
    )
    assert findings == []


# A sheet of Infinite Campus that was filled in otherwise, and what is told: of drift, and of the sheet.
ROWS: dict[str, tuple[str, str, list[str], list[str]]] = {
    "a box": (
        "label: 'Use TLS'\n        value: true",
        "label: 'Use TLS'\n        value: true\n        current: not marked",
        ["smtp.encryption (Use TLS): true wanted, false in effect; sheet.yml:{line} wins"],
        [],
    ),
    "a word of the list": (
        "label: 'SMTP Timeout'\n        value: '1 minute'",
        "label: 'SMTP Timeout'\n        value: '1 minute'\n        current: 5 minutes",
        ["smtp.timeout (SMTP Timeout): 1 minute wanted, 5 minutes in effect; sheet.yml:{line} wins"],
        [],
    ),
    "no word of the list": (
        "label: 'SMTP Timeout'\n        value: '1 minute'",
        "label: 'SMTP Timeout'\n        value: half an hour",
        [],
        [
            "sheet.yml:{line}:16: smtp.timeout: Infinite Campus: SMTP Timeout holds none of the page's words:"
            " 30 seconds, 1 minute, 2 minutes, 3 minutes, 4 minutes, 5 minutes"
        ],
    ),
    "a box that holds a text": (
        "label: 'Use TLS'\n        value: true",
        "label: 'Use TLS'\n        value: perhaps",
        [],
        [
            "sheet.yml:{line}:16: smtp.encryption: Infinite Campus: Use TLS holds none of the page's words:"
            " marked, not marked"
        ],
    ),
    "a label that the page has not": (
        "label: 'Use Authentication'\n        value: true",
        "label: 'Use Authentification'\n        value: true",
        [],
        [
            "sheet.yml:1:1: Infinite Campus: Use Authentication of Email Settings is not in the sheet, so nothing is"
            " known of it",
            "sheet.yml:{line}:16: Infinite Campus: a label that the section Email Settings of the page does not have;"
            " did you mean Use Authentication?",
        ],
    ),
    "a secret": (
        "label: 'Password'\n        secret: 'smtp.auth.password'",
        f"label: 'Password'\n        current: {SECRET}",
        [],
        [
            "sheet.yml:{line}:18: smtp.auth.password: Infinite Campus: Password holds a text: a sheet is no place for a"
            " secret; write set or leave it out, and change it"
        ],
    ),
    "a secret that is only said to be set": (
        "label: 'Password'\n        secret: 'smtp.auth.password'",
        "label: 'Password'\n        current: set",
        [],
        [],
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_what_a_person_wrote_down(row: str, tmp_path: Path) -> None:
    old, new, drifts, findings = ROWS[row]
    target = ready("infinite_campus")
    text = (
        content(target, "settings.yml").replace("Sender's", "Sender\u2019s").replace('"', "'").replace("\u2019", "''")
    )
    assert old in text
    changed = text.replace(old, new)
    line = changed[: changed.index(new)].count("\n") + 1 + new.count("\n")
    said = told(target, tmp_path, "sheet.yml", changed)
    assert said == (
        [sentence.format(line=line) for sentence in drifts],
        [sentence.format(line=line) for sentence in findings],
    )
    assert SECRET not in str(said)


BAD: dict[str, tuple[str, bytes, str]] = {
    "no YAML": ("sheet.yml", b"a: [", "is not YAML"),
    "another file": ("sheet.yml", b"a: 1\n", "is not a filled sheet: it has app and sections"),
    "a foreign encoding": ("sheet.yml", b"app: \xe4\n", "is not UTF-8"),
    "too much": ("sheet.yml", b"a" * 1_048_577, "has more than 1048576 bytes"),
    "no runbook": ("sheet.md", b"# Notes\n", "is not a filled runbook"),
    "a runbook that nobody filled in": (
        "sheet.md",
        b"# Tegrity: email settings\n\n| Field | Value | Note |\n| --- | --- | --- |\n| a | b | c |\n",
        "no table has the columns Field and Current",
    ),
    "a page of another application": (
        "sheet.yml",
        b"app: teamconnect\nsections: []\n",
        "is of no admin page that this host has: tegrity",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_sheet_that_cannot_be_used_is_refused_with_a_sentence(case: str, tmp_path: Path) -> None:
    name, data, message = BAD[case]
    (tmp_path / name).write_bytes(data)
    drifts, errors, warnings = drift_of_sheets([ready("tegrity")], [str(tmp_path / name)], tmp_path)
    (error,) = errors
    assert (drifts, warnings) == ([], [])
    assert message in error.message
    assert name in error.sentence()


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    _drifts, (error,), _warnings = drift_of_sheets([ready("tegrity")], [str(tmp_path / "no.yml")], tmp_path)
    assert "there is no such file" in error.message
