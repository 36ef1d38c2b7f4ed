# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Slips in a policy that would make it hold for nothing: JSON Schema passes over a keyword that it does not know.

Keywords are those of JSON Schema draft 2020-12 (core, 8 to 11; validation, 6 to 9).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Steps, dotted
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import did_you_mean

# What holds one schema, a schema by each name, and a list of schemas.
_ONE = frozenset(
    [
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    ]
)
_BY_NAME = frozenset(["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"])
_LISTED = frozenset(["allOf", "anyOf", "oneOf", "prefixItems"])
_KEYWORDS = (
    _ONE
    | _BY_NAME
    | _LISTED
    | frozenset(
        [
            "$anchor",
            "$comment",
            "$dynamicAnchor",
            "$dynamicRef",
            "$id",
            "$ref",
            "$schema",
            "$vocabulary",
            "const",
            "contentEncoding",
            "contentMediaType",
            "contentSchema",
            "default",
            "dependentRequired",
            "deprecated",
            "description",
            "enum",
            "examples",
            "exclusiveMaximum",
            "exclusiveMinimum",
            "format",
            "maxContains",
            "maximum",
            "maxItems",
            "maxLength",
            "maxProperties",
            "minContains",
            "minimum",
            "minItems",
            "minLength",
            "minProperties",
            "multipleOf",
            "pattern",
            "readOnly",
            "required",
            "title",
            "type",
            "uniqueItems",
            "writeOnly",
        ]
    )
)
# What earlier drafts had, and draft 2020-12 passes over.
_EARLIER = {
    "additionalItems": "items",
    "dependencies": "dependentRequired or dependentSchemas",
    "divisibleBy": "multipleOf",
    "extends": "allOf",
    "id": "$id",
}
# Names as like as this, of 1, are a slip of the keyboard.
_A_SLIP = 0.8
# What the same path is for: the other keywords are about what is below it.
_SAME_PATH = frozenset(["allOf", "anyOf", "else", "if", "not", "oneOf", "then"])
# Below these no setting is named by the way that leads there.
_ELSEWHERE = "\0"


@cache
def _known_settings() -> frozenset[str]:
    """Every setting and every section."""
    parts = [leaf.split(".") for leaf in LEAVES]
    paths = {".".join(part[:length]) for part in parts for length in range(1, len(part) + 1)}
    return frozenset(paths | {"schema_version", "waivers"})


def policy_slips(schema: JSON, path: Steps = ()) -> Iterator[str]:
    """What is wrong, a sentence each: a misspelt keyword, or a property that is no setting."""
    if not isinstance(schema, Mapping):
        return
    for keyword, below in schema.items():
        yield from _keyword_slip(str(keyword))
        if keyword == "properties" and isinstance(below, Mapping):
            for name, inside in below.items():
                yield from _property_slip((*path, name))
                yield from policy_slips(inside, (*path, name))
        elif keyword in _ONE or keyword in _BY_NAME or keyword in _LISTED:
            further = path if keyword in _SAME_PATH else (_ELSEWHERE,)
            for inside in _schemas(str(keyword), below):
                yield from policy_slips(inside, further)


def _schemas(keyword: str, below: JSON) -> Sequence[JSON]:
    if keyword in _BY_NAME:
        return list(below.values()) if isinstance(below, Mapping) else []
    if keyword in _LISTED:
        return below if isinstance(below, Sequence) and not isinstance(below, str) else []
    return [below]


def _keyword_slip(keyword: str) -> Iterator[str]:
    if keyword in _KEYWORDS or keyword.startswith("x-"):
        return
    if keyword in _EARLIER:
        yield f"{keyword} is a keyword of an earlier draft: write {_EARLIER[keyword]}"
        return
    near = difflib.get_close_matches(keyword, sorted(_KEYWORDS), n=1, cutoff=_A_SLIP)
    if near:
        yield f"{keyword} is no keyword of JSON Schema, and would do nothing; did you mean {near[0]}?"


def _property_slip(path: Steps) -> Iterator[str]:
    known = _known_settings()
    section = ".".join(map(str, path[:-1]))
    if path[0] == _ELSEWHERE or dotted(path) in known or section in LEAVES or (section and section not in known):
        return
    names = [name.rpartition(".")[2] for name in known if name.rpartition(".")[0] == section]
    yield f"{dotted(path)} is not a setting{did_you_mean(str(path[-1]), names)}"
