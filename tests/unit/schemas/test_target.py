# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of target.yml describes itself to an editor, and another validator reads it alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import TARGETS_FOLDER, target_names

SCHEMA = json.loads((Path(__file__).parents[3] / "schemas" / "target.schema.json").read_text(encoding="utf-8"))


def read(app: str) -> Any:  # noqa: ANN401
    return yaml.safe_load((TARGETS_FOLDER / app / "target.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("app", target_names())
def test_another_validator_accepts_what_is_shipped(app: str) -> None:
    assert list(jsonschema_rs.Draft202012Validator(SCHEMA).iter_errors(read(app))) == []


@pytest.mark.parametrize("app", target_names())
@pytest.mark.parametrize("change", [{"lable": "x"}, {"kind": "page"}, {"files": []}, {"coverage": None}], ids=str)
def test_another_validator_refuses_what_is_broken(app: str, change: Mapping[str, object]) -> None:
    assert not jsonschema_rs.Draft202012Validator(SCHEMA).is_valid({**read(app), **change})


@pytest.mark.parametrize("app", target_names())
def test_editor_finds_the_schema(app: str) -> None:
    first = (TARGETS_FOLDER / app / "target.yml").read_text(encoding="utf-8").splitlines()[0]
    modeline = "# yaml-language-server: $schema="
    assert first.startswith(modeline)
    assert (TARGETS_FOLDER / app / first.removeprefix(modeline)).resolve().name == "target.schema.json"


def test_every_key_is_described() -> None:
    assert [name for name, schema in keys(SCHEMA) if not described(schema)] == []


def keys(schema: object, name: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every key that the schema names, with the way to it."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        for key, below in properties.items() if isinstance(properties, Mapping) else ():
            if isinstance(below, Mapping) and "const" not in below:
                yield f"{name}.{key}", below
        for key, below in schema.items():
            if key not in ("if", "then", "else"):
                yield from keys(below, f"{name}.{key}")
    elif isinstance(schema, list):
        for below in schema:
            yield from keys(below, name)


def described(schema: Mapping[str, Any]) -> bool:
    """A description of its own, or that of what it refers to; choices that are one word each describe themselves."""
    reference = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    return "description" in schema or "description" in SCHEMA["$defs"].get(reference, {}) or "enum" in schema
