# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The spec as data: its leaves, its defaults and its layers.

Everything here is derived from `schemas/email_settings.schema.json`: a leaf, a default or a secret
is written there once and nowhere else.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import cast

from .paths import JSON, Steps, Tree, without

COLLECTION_ROOT = Path(__file__).resolve().parents[3]
SCHEMA_FILE = COLLECTION_ROOT / "schemas" / "email_settings.schema.json"


def load_schema() -> dict[str, JSON]:
    """The schema of `email_settings` as parsed JSON."""
    return json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


SCHEMA = load_schema()


def _at(tree: JSON, *keys: str) -> JSON:
    """What stands at the end of a way that is known to be there."""
    for step in keys:
        tree = cast("Tree", tree)[step]
    return tree


def resolve(schema: Tree, root: Tree = SCHEMA) -> Tree:
    """The schema with its own `$ref` followed; what stands beside the reference wins."""
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    target = cast("Tree", _at(root, *reference.removeprefix("#/").split("/")))
    return {**resolve(target, root), **{key: value for key, value in schema.items() if key != "$ref"}}


def properties(schema: Tree) -> dict[str, Tree]:
    """The properties that an object schema names, each with its references followed."""
    named = schema.get("properties")
    if not isinstance(named, Mapping):
        return {}
    return {str(key): resolve(value) for key, value in named.items() if isinstance(value, Mapping)}


# What a spec says of itself, and not of mail: no leaves.
_ABOUT_THE_SPEC = ("schema_version", "waivers")


def _leaf_schemas(schema: Tree, prefix: str = "") -> Iterator[tuple[str, Tree]]:
    for key, below in properties(schema).items():
        name = f"{prefix}{key}"
        if "properties" in below:
            yield from _leaf_schemas(below, f"{name}.")
        elif name not in _ABOUT_THE_SPEC:
            yield name, below


LEAF_SCHEMAS: dict[str, Tree] = dict(_leaf_schemas(SCHEMA))
LEAVES: tuple[str, ...] = tuple(LEAF_SCHEMAS)
SECRET_LEAVES: frozenset[str] = frozenset(name for name, leaf in LEAF_SCHEMAS.items() if leaf.get("writeOnly"))


@dataclass(frozen=True)
class Layers:
    """Settings that lie over each other: the last layer wins.

    Mappings merge deeply, everything else is replaced (design: the spec). The layers are kept, because each value
    knows where it was written only in the object that Ansible handed over.
    """

    layers: tuple[Tree, ...]

    def merged(self) -> dict[str, JSON]:
        """All layers as one tree; values and keys are the very objects of the layer that won."""
        tree: dict[str, JSON] = {}
        for layer in self.layers:
            tree = _merge(tree, layer)
        return _with_days_as_text(tree)

    def over(self, layer: Tree) -> Layers:
        """These layers with one more on top."""
        return Layers((*self.layers, layer))


def _merge(below: Tree, above: Tree) -> dict[str, JSON]:
    merged = dict(below)
    for key, value in above.items():
        present = merged.get(key)
        if isinstance(value, Mapping):
            value = _merge(present if isinstance(present, Mapping) else {}, value)
        merged[key] = value
    return merged


def _with_days_as_text(tree: dict[str, JSON]) -> dict[str, JSON]:
    """The tree with the days of its waivers as text: YAML reads 2026-12-31 without quotes as a date."""
    waivers = tree.get("waivers")
    if isinstance(waivers, list):
        tree["waivers"] = days_as_text(waivers)
    return tree


def days_as_text(entries: Iterable[JSON]) -> list[JSON]:
    """Waivers with their last days as text."""
    return [
        {**entry, "until": str(entry["until"])}
        if isinstance(entry, Mapping) and isinstance(entry.get("until"), datetime.date)
        else entry
        for entry in entries
    ]


@lru_cache(maxsize=1)
def _port_defaults() -> dict[tuple[str, str], int]:
    """(section, encryption) -> port, read from the schema's own conditions."""
    table: dict[tuple[str, str], int] = {}
    for section, schema in properties(SCHEMA).items():
        branches = schema.get("allOf")
        for branch in branches if isinstance(branches, list) else []:
            encryptions = cast("list[str]", _at(branch, "if", "properties", "encryption", "enum"))
            port = cast("int", _at(branch, "then", "properties", "port", "default"))
            table.update({(section, encryption): port for encryption in encryptions})
    return table


def default_port(section: str, encryption: str | None) -> int | None:
    """The port of `smtp` or `imap` for an encryption, as the schema says; None for an unknown encryption."""
    return _port_defaults().get((section, encryption or ""))


def effective(written: Tree) -> dict[str, JSON]:
    """The whole spec as it takes effect: every section and every leaf is there.

    A leaf that is not written has its default, or None where it has none. `smtp` and `imap` are None where they
    are left out, and so is `auth`; the leaves of `tls` have their defaults only where TLS is used at all.
    """
    return {
        key: _effective(key, schema, written.get(key)) for key, schema in properties(SCHEMA).items() if key != "waivers"
    }


@dataclass(frozen=True)
class Spec:
    """One spec in its three states, which have the same shape and must not be taken for each other.

    `written` is what the layers say together, `clean` the same without what the schema finds wrong, `effective` the
    clean one with the defaults filled in. `faulty` are the paths that were left out.
    """

    written: Tree
    clean: Tree
    effective: Tree
    faulty: tuple[Steps, ...] = ()

    @classmethod
    def of(cls, written: Tree, faulty: Iterable[Steps] = ()) -> Spec:
        """The spec that is written, without what is `faulty` in it."""
        paths, clean = tuple(faulty), written
        for path in paths:
            clean = without(clean, path) if path else {}
        return cls(written, clean, effective(clean), paths)

    def honoured(self, settings: Tree) -> Spec:
        """The same with other effective settings: those that an application takes in place of what it cannot honour."""
        return replace(self, effective=settings)


def _effective(name: str, schema: Tree, written: JSON) -> JSON:
    if "properties" not in schema:
        return schema.get("default") if written is None else written
    if not isinstance(written, Mapping):
        if name in _OPTIONAL_SECTIONS:
            return None
        written = {}
    filled = {key: _effective(key, below, written.get(key)) for key, below in properties(schema).items()}
    if name in _SERVER_SECTIONS:
        encryption = filled["encryption"]
        if filled["port"] is None:
            filled["port"] = default_port(name, encryption if isinstance(encryption, str) else None)
        if encryption == "none":
            filled["tls"] = _without_defaults(filled["tls"], written.get("tls"))
    return filled


_SERVER_SECTIONS = ("smtp", "imap")
_OPTIONAL_SECTIONS = (*_SERVER_SECTIONS, "auth")


def _without_defaults(filled: JSON, written: JSON) -> dict[str, JSON]:
    return {key: written.get(key) if isinstance(written, Mapping) else None for key in cast("Tree", filled)}
