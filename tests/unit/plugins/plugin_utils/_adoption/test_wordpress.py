# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PHP as people write it for WordPress' mail, a file for each situation in the folder beside: each adds a test."""

from __future__ import annotations

import base64
import fnmatch
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.module_utils._secrets.sealing import seal
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted, SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.host import letter, read_answer, wanted_targets
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


CODE = "<?php add_action('phpmailer_init', function ($m) { $m->isSMTP(); $m->Host = 'smtp.example.edu'; });"
# Where WordPress may lie, what is found of it, and where apply writes then; None where nothing about mail was found.
PLACES: Mapping[str, tuple[dict[str, Any], list[str], dict[str, str], dict[str, str] | None]] = {
    "at its own place": ({}, [], {"/var/www/html/wp-config.php": CODE}, {}),
    "at a place that is given": (
        {"dest": {"appmail.php": "/srv/a/wp-content/mu-plugins/appmail.php"}},
        [],
        {"/srv/a/wp-content/mu-plugins/smtp.php": CODE},
        {"appmail.php": "/srv/a/wp-content/mu-plugins/appmail.php"},
    ),
    "at a place that is found by a theme": (
        {},
        ["/srv/*/wp-content/mu-plugins/appmail.php"],
        {"/srv/b/wp-content/themes/own/functions.php": CODE},
        {"appmail.php": "/srv/b/wp-content/mu-plugins/appmail.php"},
    ),
    "at a place that is found by its configuration": (
        {},
        ["/srv/*/wp-content/mu-plugins/appmail.php"],
        {"/srv/b/wp-config.php": CODE},
        {"appmail.php": "/srv/b/wp-content/mu-plugins/appmail.php"},
    ),
    "with no word about mail": ({}, [], {"/var/www/html/wp-config.php": "<?php define('DB_HOST', 'db');"}, None),
}


@pytest.mark.parametrize("place", PLACES)
def test_where_it_lies_and_where_apply_writes(place: str) -> None:
    entry, search, files, dest = PLACES[place]
    wanted = wanted_targets([{"app": "wordpress", **entry}], [], search)
    asked, key = letter(wanted)
    seen = [
        {**_named(looked_for), "path": path, "mode": "0640", "content": base64.b64encode(text.encode()).decode()}
        for looked_for in asked["files"]
        for path, text in files.items()
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in looked_for["paths"])
    ]
    read = read_answer(wanted, seal(key, json.dumps({"files": seen, "dumps": []})), key)
    own = str(find_target("wordpress").at().files[0].path)
    assert [{name: path for name, path in app.dest.items() if path != own} for app in read] == (
        [] if dest is None else [dest]
    )


def _named(looked_for: Mapping[str, Any]) -> dict[str, Any]:
    return {"target": looked_for["target"], "name": looked_for["name"]}
