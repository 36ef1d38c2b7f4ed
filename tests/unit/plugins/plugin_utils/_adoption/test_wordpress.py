# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PHP as people write it for WordPress' mail, a file for each situation in the folder beside: each adds a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted, SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.php_code import NotPhp, read_php
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target

SITUATIONS = sorted((Path(__file__).parent / "wordpress").glob("*.yml"))


def adopted(files: Mapping[str, str]) -> Adopted:
    seen = [SeenFile("code", path, mode="0640", text=text) for path, text in files.items()]
    return read_application(find_target("wordpress").at(), None, seen, {})


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda path: path.stem)
def test_what_is_read_and_what_is_said(situation: Path) -> None:
    case: Mapping[str, Any] = yaml.safe_load(situation.read_text(encoding="utf-8"))
    read = adopted(case["files"])
    known = {leaf: [setting.value, setting.file, setting.line] for leaf, setting in read.settings.items()}
    wanted = case["settings"]
    assert {leaf: known.get(leaf) for leaf in wanted} == wanted
    assert wanted or not known.keys() & {"smtp.host", "smtp.auth.password"}
    said = [f"{remark.file}:{remark.line}: {remark.message}" for remark in read.remarks]
    for words in case.get("said", ()):
        assert any(sentence.startswith(words) for sentence in said), said
    for words in case.get("unsaid", ()):
        assert not any(words in sentence for sentence in said), said
    assert not any("geheim" in sentence for sentence in said)


# Files that somebody made to take long: where the time grows faster than the file, these take minutes.
MADE_TO_TAKE_LONG: Mapping[str, str] = {
    "arrays in arrays": "$mail->Host = " + "['a' => " * 10_000,
    "conditions in conditions": "if ($a) " * 10_000 + ";",
    "functions in functions": "function a() { " * 10_000,
    "one long chain": "$mail" + "->a" * 40_000 + " = 1;",
    "brackets that never close": "$mail->Host = " + "(" * 40_000,
    "values that never end": "$mail->Host = " * 12_000,
    "values in brackets that never close": "$mail->Host = (" * 12_000,
    "quotes": "'\\" * 40_000,
    "documents that never end": "<<<A\n" * 20_000,
    "filters in filters": "add_filter('a', function () { " * 6_000,
    "braces that close nothing": "}" * 60_000,
    "constants that name each other": "define('A', B); define('B', A); $mail->isSMTP(); $mail->Host = A;" * 5_000,
}


@pytest.mark.parametrize("name", MADE_TO_TAKE_LONG)
def test_no_file_takes_long(name: str) -> None:
    assert set(lines_of("<?php " + MADE_TO_TAKE_LONG[name])) <= {1}


def lines_of(text: str) -> list[int]:
    """The lines of the keys, or the line from which on it cannot be read."""
    try:
        return [entry.line for entry in read_php(text)]
    except NotPhp as error:
        return [error.line]
