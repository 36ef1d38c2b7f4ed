# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of a record: hostile values in every field break none of them."""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from markdown_it import MarkdownIt

from ansible_collections.appmail.settings.plugins.plugin_utils._publication.csv_tables import defused, table
from ansible_collections.appmail.settings.plugins.plugin_utils._publication.forms import FORMS, written_as
from tests.records import HOSTILE, hostile


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_written_whatever_a_field_holds(form: str, text: str, tmp_path: Path) -> None:
    for name, written in written_as(hostile(text), [form]).items():
        (tmp_path / name).write_bytes(f"{written}\n".encode())
        assert written


@pytest.mark.parametrize("text", HOSTILE)
def test_what_programs_read_is_what_was_recorded(text: str) -> None:
    record = hostile(text)
    files = written_as(record, list(FORMS))
    assert json.loads(files["email-record.json"]) == record
    json.loads(files["email-record.sarif"])
    ElementTree.fromstring(files["email-record.junit.xml"])
    events = [json.loads(line) for line in files["email-record.ocsf.jsonl"].split("\n")]
    assert {event["class_uid"] for event in events} == {2003}
    locked = yaml.safe_load(files["email-settings.lock.yml"])["environments"]
    assert list(locked) == [text]
    assert {"setting": text, "value": text} in locked[text]["values"]


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_is_read_as_words(text: str) -> None:
    written = written_as(hostile(text), ["markdown"])["email-record.md"]
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(written)
    assert "<script" not in rendered
    assert "<img" not in rendered
    tree = ElementTree.fromstring(f"<page>{rendered.replace('<br>', '<br/>')}</page>")
    for found in tree.iter("table"):
        widths = {len(row) for row in found.iter("tr")}
        assert len(widths) == 1


class Document(HTMLParser):
    """The elements and attributes of a page, as a browser's parser sees them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _value in attrs}


@pytest.mark.parametrize("text", HOSTILE)
def test_the_page_holds_no_element_that_a_field_brought(text: str) -> None:
    plain, found = (Document(written_as(hostile(one), ["html"])["email-record.html"]) for one in ("x", text))
    assert found.elements.count("script") == 1
    assert "img" not in found.elements
    assert set(found.elements) <= {*plain.elements, "wbr"}
    assert found.attributes == plain.attributes
    assert not {name for name in found.attributes if name.startswith("on")}


def test_the_page_lets_run_its_own_script_and_style_alone() -> None:
    written = written_as(hostile("x"), ["html"])["email-record.html"]
    policy = html.unescape(written.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0])
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for element, rule in (("script", "script-src"), ("style", "style-src")):
        inside = written.split(f"<{element}>")[1].split(f"</{element}>")[0]
        assert rules[rule] == f"'sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'"
    assert 'style="' not in written


# cell -> what the spreadsheet gets
CELLS = {
    "=1+1": "'=1+1",
    "+1": "'+1",
    "-1": "'-1",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t=1",
    " =1": "' =1",
    "\uff1d1": "'\uff1d1",
    "plain": "plain",
    "a=b": "a=b",
    None: "",
    25: "25",
    -1: "'-1",
}


@pytest.mark.parametrize(("cell", "text"), CELLS.items())
def test_no_cell_is_a_formula(cell: object, text: str) -> None:
    assert defused(cell) == text


def test_a_table_is_read_back() -> None:
    cells = ["a,b", 'quote "', "two\nlines", "ünï"]
    assert list(csv.reader(io.StringIO(table(["a", "b", "c", "d"], [cells]), newline="")))[1] == cells


@pytest.mark.parametrize("form", FORMS)
def test_the_same_record_gives_the_same_bytes(form: str) -> None:
    assert written_as(hostile("x"), [form]) == written_as(hostile("x"), [form])
