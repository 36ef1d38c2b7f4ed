# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema for editors says what the other schemas say, of one layer and before templates."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from tests.tools.bundle_schemas import BUNDLE, text

SPECS = Path(__file__).parents[2] / "specs"
BUNDLED = json.loads(BUNDLE.read_text(encoding="utf-8"))
LAYER = jsonschema_rs.validator_for(BUNDLED)


def test_it_was_made_of_the_other_schemas_as_they_are() -> None:
    assert BUNDLE.read_text(encoding="utf-8") == text(), "run `make schemas`"


def test_it_refers_to_nothing_outside() -> None:
    references = [part.split('"')[1] for part in BUNDLE.read_text(encoding="utf-8").split('"$ref":')[1:]]
    assert references
    assert all(reference.startswith("#/$defs/") for reference in references)


@pytest.mark.parametrize("file", sorted((SPECS / "valid").glob("*.yml")), ids=lambda file: file.stem)
def test_what_is_valid_is_accepted(file: Path) -> None:
    spec = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert list(LAYER.iter_errors({"email_settings": spec, "email_settings_base": spec})) == []


# What only the layers together can lack, and bounds that a template may go past.
LEFT_TO_THE_GATE = ("-missing", "key-without-certificate", "no-version", "password-empty")


@pytest.mark.parametrize("file", sorted((SPECS / "invalid").glob("*.yml")), ids=lambda file: file.stem)
def test_what_is_invalid_is_refused_unless_another_layer_may_cure_it(file: Path) -> None:
    variables = {"email_settings": yaml.safe_load(file.read_text(encoding="utf-8"))}
    assert LAYER.is_valid(variables) is file.stem.endswith(LEFT_TO_THE_GATE)


TEMPLATES = {
    "in place of a number": {"smtp": {"port": "{{ relay_port }}"}},
    "in place of a word": {"smtp": {"encryption": "{{ relay_encryption }}"}},
    "in place of true or false": {"smtp": {"tls": {"verify": "{{ strict | bool }}"}}},
    "in place of a mapping": {"smtp": {"tls": "{% if strict %}{{ strict_tls }}{% endif %}"}},
    "in place of a list": {"delivery": {"excluded_recipients": "{{ nobody }}"}},
    "in place of everything": "{{ common | combine(own, recursive=true) }}",
    "within an address": {"sender": {"address": "noreply@{{ domain }}"}},
}


@pytest.mark.parametrize("settings", TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_may_stand(settings: object) -> None:
    assert LAYER.is_valid({"email_settings": settings, "email_targets": [{"app": "x", "settings": settings}]})


SLIPS = ("email_polices", "email_policiees", "email_plicies", "email_policeis", "email_setings", "email_target")


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_a_name_is_refused_with_the_name_that_was_meant(name: str) -> None:
    [error] = LAYER.iter_errors({name: ["encryption-required"]})
    meant = {"email_setings": "email_settings", "email_target": "email_targets"}.get(name, "email_policies")
    assert meant in error.message


def test_no_variable_is_a_slip_of_another() -> None:
    for pattern, schema in BUNDLED["patternProperties"].items():
        [meant] = schema["enum"]
        assert [name for name in BUNDLED["properties"] if re.search(pattern, name)] == [], meant


def test_other_variables_may_stand_beside() -> None:
    assert LAYER.is_valid({"relay_host": "smtp.example.edu", "email_relay_port": 25})
