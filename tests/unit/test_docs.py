# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages of docs/ say of names that the collection has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def test_every_shipped_policy_is_described_with_its_options() -> None:
    rows = dict(re.findall(r"^\| `([a-z]{2,}-[a-z-]+)` \|(.*)\|$", text("policies.md"), flags=re.MULTILINE))
    schemas = {file.stem: json.loads(file.read_text()) for file in (ROOT / "schemas" / "policies").glob("*.json")}
    assert rows.keys() == schemas.keys()
    for name, schema in schemas.items():
        for option, about in schema.get("x-options", {}).items():
            assert f"`{option}`" in rows[name]
            assert "default" not in about or json.dumps(about["default"]) in rows[name]


def test_every_annotation_is_described() -> None:
    known = json.loads((ROOT / "schemas" / "policy.schema.json").read_text())["properties"].keys()
    described = set(re.findall(r"^\| `(title|x-[a-z]+)", text("policies.md"), flags=re.MULTILINE))
    assert known <= described


def test_every_variable_of_the_comparison_is_described() -> None:
    variables = re.findall(r"\bemail_\w+", (ROOT / "playbooks" / "compare.yml").read_text(encoding="utf-8"))
    assert {name for name in variables if name not in text("compare.md")} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_playbook_that_a_page_names_exists(page: Path) -> None:
    said = page.read_text(encoding="utf-8")
    files = re.findall(r"`((?:examples|schemas|tests|targets|plugins|roles)/[\w./-]+)`", said)
    playbooks = re.findall(r"ansible-playbook appmail\.settings\.(\w+)", said)
    missing = [name for name in files if not (ROOT / name).exists()]
    missing += [name for name in playbooks if not (ROOT / "playbooks" / f"{name}.yml").exists()]
    assert missing == []
