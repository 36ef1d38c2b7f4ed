# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema says all it can on its own: any validator judges the same files alike. Adding a file adds a test."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import settings_schema
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import SCHEMA, SCHEMA_FILE

SPECS = Path(__file__).parents[2] / "specs"
VALIDATORS = {
    "jsonschema": settings_schema().accepts,
    "jsonschema-rs": jsonschema_rs.validator_for(json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))).is_valid,
}


def _files(kind: str) -> list[Path]:
    found = sorted((SPECS / kind).glob("*.yml"))
    assert found, f"no files in {kind}"
    return found


@pytest.mark.parametrize("validator", VALIDATORS)
@pytest.mark.parametrize("file", _files("valid"), ids=lambda file: file.stem)
def test_valid_spec_is_accepted(file: Path, validator: str) -> None:
    assert VALIDATORS[validator](yaml.safe_load(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("validator", VALIDATORS)
@pytest.mark.parametrize("file", _files("invalid"), ids=lambda file: file.stem)
def test_invalid_spec_is_refused(file: Path, validator: str) -> None:
    assert not VALIDATORS[validator](yaml.safe_load(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", _files("invalid"), ids=lambda file: file.stem)
def test_every_refusal_has_a_sentence_of_our_own(file: Path) -> None:
    faults = settings_schema().faults(yaml.safe_load(file.read_text(encoding="utf-8")), Secrets())
    assert faults
    for fault in faults:
        assert "is not valid under" not in fault.message
        assert "is not allowed here" not in fault.message, "a keyword without words of its own"


def _properties(schema: dict[str, object], way: str = "") -> list[tuple[str, dict[str, object]]]:
    found = []
    for name, below in schema.get("properties", {}).items():  # type: ignore[attr-defined]
        found.append((f"{way}{name}", below))
        found.extend(_properties(below, f"{way}{name}."))
    for name, below in schema.get("$defs", {}).items():  # type: ignore[attr-defined]
        found.extend(_properties(below, f"{way}{name}."))
    return found


@pytest.mark.parametrize(
    ("name", "schema"), _properties(SCHEMA), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_setting_has_a_description_that_an_editor_shows(name: str, schema: dict[str, object]) -> None:
    reference = str(schema.get("$ref", "")).rpartition("/")[2]
    described = schema if "description" in schema else SCHEMA["$defs"][reference]
    assert described["description"], name


def test_no_reference_leads_to_the_network() -> None:
    text = SCHEMA_FILE.read_text(encoding="utf-8")
    references = [part.split('"')[1] for part in text.split('"$ref":')[1:]]
    assert references
    assert all(reference.startswith("#/") for reference in references)


def test_only_passwords_are_secret() -> None:
    assert [name for name, schema in _properties(SCHEMA) if schema.get("writeOnly")] == ["auth.password"]
