# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations in the ways that people write them, a file for each in `as_written`; a file added there is a test.

`files` are by their names in target.yml. `settings` are what has to be read, and null for what must not be; `said` are
words of findings, and `unsaid` words of none; `given` is what a person fills in, and `asks` what the gate asks for even
then. `version` is the application's, where it is another than the one that is described first.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.host import seen_file
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.reading import read_files
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import Tree, put
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target

CASES = sorted((Path(__file__).parent / "as_written").glob("*.yml"))
# Part of each password, and of nothing else.
SECRET = "gehe"


def case_of(path: Path) -> Mapping[str, Any]:
    case: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return case


def adopt(app: str, files: Mapping[str, str], version: str | None = None) -> Adopted:
    """As from the octets that a host sends."""
    owned = {"owner": "root", "group": "root", "mode": "0600"}
    seen = [
        seen_file({**owned, "name": name, "path": name, "content": base64.b64encode(text.encode()).decode()})
        for name, text in files.items()
    ]
    return read_application(find_target(app).at(version), version, seen, {})


def judged(app: str, adopted: Adopted, given: Mapping[str, Any], version: str | None = None) -> Judgement:
    tree: Tree = {"schema_version": 1}
    for leaf, value in {**adopted.values(), **given}.items():
        tree = put(tree, leaf, value)
    options = {name: option.value for name, option in adopted.options.items()}
    entry = {"app": app, **({"options": options} if options else {}), **({"version": version} if version else {})}
    return judge(Request(settings=tree, targets=[entry]))


def read_again(app: str, files: Mapping[str, str], version: str | None = None) -> Mapping[str, Any]:
    """What apply would write, read as adopt reads it; what a command takes, by the table of its keys."""
    at = find_target(app).at(version)
    by_command = any(file.commands is not None for file in at.files)
    return read_files(at, files).settings if by_command else adopt(app, files, version).values()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_read_and_what_is_said(path: Path) -> None:
    case = case_of(path)
    adopted = adopt(case["app"], case["files"], case.get("version"))
    read, wanted = adopted.values(), case["settings"]
    assert {leaf: read.get(leaf) for leaf in wanted} == wanted
    said = [f"{remark.file}:{remark.line}: {remark.message}" for remark in (*adopted.remarks, *adopted.left)]
    for words in case.get("said", ()):
        assert any(words in sentence for sentence in said), said
    for words in case.get("unsaid", ()):
        assert not any(words in sentence for sentence in said), said
    assert not [sentence for sentence in said if SECRET in sentence]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_adopted_is_valid_and_renders_to_the_same(path: Path) -> None:
    """All that was read is read once more from what apply would write, or the gate asks for what is named."""
    case, version = case_of(path), case_of(path).get("version")
    adopted = adopt(case["app"], case["files"], version)
    judgement = judged(case["app"], adopted, case.get("given", {}), version)
    asked = [f"{error.path}: {error.message}" for error in judgement.errors]
    asks = case.get("asks", [])
    assert all(any(words in sentence for sentence in asked) for words in asks), asked
    if asks:
        return
    assert asked == []
    files = {file.name: file.content for file in judgement.targets[0].files}
    again = read_again(case["app"], files, version)
    wanted = {**adopted.values(), **case.get("given", {})}
    assert {leaf: again.get(leaf) for leaf in wanted} == wanted


def test_there_are_cases() -> None:
    assert len(CASES) > 50
