# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make `schemas/group_vars.schema.json` of the other schemas: what an editor checks a file in group_vars against.

Such a file is one layer of several, before templates: so no setting is demanded that another layer may have, and a
template may stand wherever a value may. Keys stay strict. The file holds everything that it refers to: no editor needs
the network, or another file of ours.

Run as a program, it writes the file.
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

import yaml

from tests.tools.tree import ROOT

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
Schema: TypeAlias = dict[str, JSON]

SCHEMAS = ROOT / "schemas"
BUNDLE = SCHEMAS / "group_vars.schema.json"
ROLE = ROOT / "roles" / "email" / "meta" / "argument_specs.yml"

# Two braces, or a brace and a percent sign, anywhere in the text.
TEMPLATE = r"\{[{%]"
A_TEMPLATE: Schema = {"title": "a template", "type": "string", "pattern": TEMPLATE}

TYPE_NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
}

# Ansible's words for types, in those of JSON Schema.
TYPES = {
    "bool": "boolean",
    "dict": "object",
    "float": "number",
    "int": "integer",
    "list": "array",
    "path": "string",
    "str": "string",
}


def bundle() -> Schema:
    """Put everything into one schema."""
    settings, targets, policies = (_read(name) for name in ("email_settings", "email_targets", "email_policies"))
    shared = _mapping(settings.pop("$defs"))
    layer = _without_demands(_templated(settings))
    of_target = _mapping(_mapping(_mapping(targets["items"])["properties"])["settings"])
    of_target.clear()
    of_target["$ref"] = "#/$defs/settings"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:appmail:settings:group_vars:1",
        "title": "Variables of the collection appmail.settings, in group_vars, host_vars or an inventory",
        "$comment": "Made from the other schemas and from the role's arguments by `make schemas`.",
        "type": "object",
        "properties": {
            **_role_variables(),
            "email_settings": {"$ref": "#/$defs/settings"},
            "email_settings_base": {
                "$ref": "#/$defs/settings",
                "description": "What environments share; what an environment writes in email_settings lies over it.",
            },
            "email_targets": _templated(targets),
            "email_policies": _templated(policies),
        },
        "patternProperties": _slips(["email_settings", "email_settings_base", "email_targets", *_role_variables()]),
        "$defs": {
            "settings": layer,
            **{name: _without_demands(_templated(_mapping(schema))) for name, schema in shared.items()},
        },
    }


def _read(name: str) -> Schema:
    schema = _mapping(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))
    return {key: value for key, value in schema.items() if key not in ("$schema", "$id")}


def _mapping(value: JSON) -> Schema:
    assert isinstance(value, dict)
    return value


def _templated(schema: Schema) -> Schema:
    """Let a template stand in place of the value, and of every value below."""
    below = {key: _templated_below(key, value) for key, value in schema.items()}
    if "enum" in below or "const" in below:
        choices: Schema = {key: below.pop(key) for key in ("enum", "const") if key in below}
        return {**below, "anyOf": [choices, A_TEMPLATE]}
    wanted = below.get("type")
    if wanted == "string":
        # A template may be longer or shorter than what it becomes.
        kept = {key: value for key, value in below.items() if key not in ("maxLength", "minLength")}
        return {**kept, **_pattern(f"(?:{below['pattern']})|{TEMPLATE}", below)} if "pattern" in below else kept
    if isinstance(wanted, str):
        return {**below, "type": [wanted, "string"], **_pattern(TEMPLATE, {"title": TYPE_NAMES[wanted]})}
    return below


def _pattern(pattern: str, schema: Schema) -> Schema:
    """Demand a pattern, with a sentence of ours in place of it: editors with a YAML language server show that."""
    return {
        "pattern": pattern,
        "patternErrorMessage": f"must be {schema.get('title', 'of another form')}, or a template",
    }


def _templated_below(keyword: str, value: JSON) -> JSON:
    if keyword == "properties":
        return {name: _templated(_mapping(schema)) for name, schema in _mapping(value).items()}
    if keyword in ("items", "then", "else", "additionalProperties") and isinstance(value, dict):
        return _templated(value)
    if keyword in ("anyOf", "oneOf") and isinstance(value, list):
        return [_templated(_mapping(schema)) for schema in value]
    return value


def _without_demands(schema: Schema) -> Schema:
    """Leave to the layers together what must be there; an entry of a list is never merged, so its demands stay."""
    kept = {key: value for key, value in schema.items() if key not in ("required", "dependentRequired", "allOf")}
    if "properties" in kept:
        below = _mapping(kept["properties"])
        kept["properties"] = {name: _without_demands(_mapping(value)) for name, value in below.items()}
    return kept


def _role_variables() -> Schema:
    """Describe the role's other variables, as its argument_specs do."""
    options = yaml.safe_load(ROLE.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    return {name: _role_variable(about) for name, about in options.items() if about["type"] in TYPES}


def _role_variable(about: Schema) -> Schema:
    described = about["description"]
    text = " ".join(map(str, described)) if isinstance(described, list) else str(described)
    # Ansible's marks, such as V(true), mean nothing to an editor.
    schema: Schema = {"description": " ".join(re.sub(r"\b[A-Z]\(([^)]*)\)", r"\1", text).split())}
    if "choices" in about:
        return _templated({**schema, "enum": about["choices"]})
    return _templated({**schema, "type": TYPES[str(about["type"])]})


def _slips(names: list[str]) -> Schema:
    """Refuse each name that is one slip of the keyboard away from a variable: a letter more, less, other or moved.

    Other names may be anybody's own. The only value that is accepted is the name that was meant, which every validator
    then tells.
    """
    return {_slip(name): {"enum": [name], "errorMessage": _meant(name)} for name in dict.fromkeys(names)}


def _meant(name: str) -> str:
    return f"is not a variable of appmail.settings; did you mean {name}?"


def _slip(name: str) -> str:
    """A pattern of the names that are one slip away; what all our names begin with stays."""
    own, letter = name.removeprefix("email_"), "[A-Za-z0-9_]"
    places = range(len(own))
    other = [f"{own[:at]}{letter}?{own[at + 1 :]}" for at in places]
    more = [f"{own[:at]}{letter}{own[at:]}" for at in (*places, len(own))]
    moved = [f"{own[:at]}{own[at + 1]}{own[at]}{own[at + 2 :]}" for at in places[:-1]]
    return f"^email_(?!{own}$)(?:{'|'.join([*other, *more, *moved])})$"


def text() -> str:
    """Say the schema as the file has it."""
    return json.dumps(bundle(), indent=2) + "\n"


if __name__ == "__main__":
    BUNDLE.write_text(text(), encoding="utf-8")
