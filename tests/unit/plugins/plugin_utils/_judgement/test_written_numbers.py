# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that Ansible's YAML reads as others than people write: they are told where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from tests.unit.plugins.plugin_utils._sources.test_origins import load

SPEC = """\
port: &anchored {port}
email_settings:
  schema_version: 1
  smtp: {{host: smtp.example.edu, encryption: starttls, port: {port}}}
  sender: {{address: noreply@example.edu}}
email_targets:
  - app: msmtp
"""
TO_BASE_8 = "for YAML reads a number with a 0 before it to base 8: write"
TO_BASE_60 = "for YAML reads a number with colons to base 60: write"
# How a port is written -> the sentences that are said of it.
WRITTEN = {
    "587": [],
    "5_87": [],
    "0x24b": [],
    "07": [],
    "0": ["0 is less than 1"],
    "025": [f"is 21, {TO_BASE_8} 25"],
    "0465": [f"is 309, {TO_BASE_8} 465"],
    "00465": [f"is 309, {TO_BASE_8} 465"],
    "!!int 0465": [f"is 309, {TO_BASE_8} 465"],
    "0465 # of the relay": [f"is 309, {TO_BASE_8} 465"],
    "9:47": [f"is 587, {TO_BASE_60} 587, if that is meant"],
    "9:47.0": [f"is 587, {TO_BASE_60} 587, if that is meant"],
    "0587": ["must be a whole number, not text; YAML reads it as text: write 587"],
    "'0465'": ["must be a whole number, not text; YAML reads it as text: write 465"],
    "0777777": ["262143 is greater than 65535"],
}


def said(file: Path) -> list[tuple[str, int | None, int | None]]:
    variables = load(file)
    judged = judge(Request(variables["email_settings"], targets=variables["email_targets"]))
    return [(error.message, error.line, error.column) for error in judged.errors]


@pytest.mark.parametrize(("written", "sentences"), WRITTEN.items(), ids=WRITTEN)
def test_a_port_is_told_as_it_takes_effect(written: str, sentences: list[str], tmp_path: Path) -> None:
    file = tmp_path / "vars.yml"
    # A comment would swallow the rest of a mapping on one line.
    text = SPEC.format(port=written)
    if "#" in written:
        text = text.replace("port: " + written + "}", "port: 0465 # of the relay\n  }")
    file.write_text(text)
    assert said(file) == [(sentence, 4, 62) for sentence in sentences]


def test_what_a_template_leads_to_is_told_where_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "vars.yml"
    file.write_text(SPEC.format(port="0465").replace("port: 0465}", "port: '{{ port }}'}"))
    assert said(file) == [(f"is 309, {TO_BASE_8} 465", 1, 7)]


def test_a_target_has_numbers_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "vars.yml"
    file.write_text(SPEC.format(port=587) + "    settings: {smtp: {timeout: 030}}\n")
    assert said(file) == [(f"is 24, {TO_BASE_8} 30", 8, 32)]


def test_a_character_that_nobody_sees_is_one_mistake(tmp_path: Path) -> None:
    file = tmp_path / "vars.yml"
    file.write_text(SPEC.format(port=587).replace("smtp.example.edu", '"smtp.example.edu\\u200b"'))
    assert said(file) == [("holds an invisible character, U+200B (zero width space): write it anew, by hand", 4, 16)]
