# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The optional faster engine never says another thing than jsonschema, over specs, targets and mutations of them."""

from __future__ import annotations

import copy
import datetime
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible._internal._datatag._tags import Origin
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.first_pass import MANY, FirstPass, engine
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import (
    Schema,
    settings_schema,
    targets_schema,
)

SPECS = Path(__file__).parents[4] / "specs"
VALID = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((SPECS / "valid").glob("*.yml"))]
VALID += [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((SPECS / "targets").glob("*.yml"))]
INVALID = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((SPECS / "invalid").glob("*.yml"))]
TARGETS: list[Any] = [
    [],
    [{"app": "postfix"}],
    [{"app": "alertmanager", "version": "0.31", "dest": {"alertmanager.yml": "/srv/am.yml"}, "accept": ["smtp.tls"]}],
]
# What people and Jinja write where something else is wanted.
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 25.0, 25.5, 70000, 10**30, float("nan"), float("inf"), "", " ", "x", "no", "25",
    "smtp.example.edu", "smtp.example.edu\n", "a@b", "ä@bücher.example", "[::1]", "::1", "1.2", "\ud800", "\u2028",
    "x" * 300,
    [], [None], ["smtp.tls.verify"], {}, {"x": 1}, {1: 2}, datetime.date(2026, 1, 1), b"x",
]  # fmt: skip


def judged(schema: Schema, instance: object) -> bool:
    """What jsonschema itself says; what it stumbles over is not valid."""
    try:
        return bool(schema.validator.is_valid(instance))
    except (TypeError, ValueError):
        return False


def agrees(says: Callable[[object], bool] | None, schema: Schema, tree: object) -> bool:
    """The same verdict; of what no file can hold, half a character or a key that is no text, it need not say yes."""
    assert says is not None
    try:
        json.dumps(tree, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (TypeError, ValueError):
        return judged(schema, tree) or not says(tree)
    return says(tree) == judged(schema, tree)


def places(tree: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = tree.items() if isinstance(tree, Mapping) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(place for key, value in below for place in places(value, (*path, key)))]


@st.composite
def mutations(draw: st.DrawFn, trees: list[Any]) -> object:
    """A tree with up to three changes: another value, a key left out, a key more."""
    tree = copy.deepcopy(draw(st.sampled_from(trees)))
    for _change in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(tree)))
        if not path:
            continue
        node = tree
        for step in path[:-1]:
            node = node[step]
        change = draw(st.sampled_from(["replace", "remove", "add"]))
        if change == "replace":
            node[path[-1]] = copy.deepcopy(draw(st.sampled_from(ODD)))
        elif change == "remove":
            del node[path[-1]]
        elif isinstance(node, dict):
            node[draw(st.sampled_from(["smtp", "port", "hots", "accept", "x", ""]))] = copy.deepcopy(
                draw(st.sampled_from(ODD))
            )
    return tree


SETTINGS_ENGINE = engine(settings_schema().validator.schema)
TARGETS_ENGINE = engine(targets_schema().validator.schema)


@settings(max_examples=1500)
@given(mutations([*VALID, *INVALID]))
def test_a_spec_gets_the_same_verdict(tree: object) -> None:
    assert agrees(SETTINGS_ENGINE, settings_schema(), tree)


@settings(max_examples=500)
@given(mutations(TARGETS))
def test_targets_get_the_same_verdict(tree: object) -> None:
    assert agrees(TARGETS_ENGINE, targets_schema(), tree)


def test_texts_with_their_place_are_taken() -> None:
    assert SETTINGS_ENGINE is not None
    tagged = Origin(path="/vars.yml", line_num=1).tag("smtp.example.edu")
    assert SETTINGS_ENGINE({"schema_version": 1, "smtp": {"host": tagged, "encryption": "none"}})


def test_it_begins_where_a_process_judges_many() -> None:
    first = FirstPass(settings_schema().validator.schema)
    valid = {"schema_version": 1}
    assert [first.accepts(valid) for _number in range(MANY + 1)] == [False] * (MANY - 1) + [True, True]
    assert not first.accepts({"schema_version": "1"})


def test_nothing_changes_where_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    assert engine(settings_schema().validator.schema) is None
