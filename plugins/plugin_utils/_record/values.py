# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The settings of one host as rows of the record: each with its value or how it is kept, its source and its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, cast

from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.differences import (
    Value,
    facts_of,
    named_targets,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Source, place
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import HostVariables
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import (
    Place,
    is_literal,
    is_vaulted,
    place_of,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Steps, Tree, get, scalars, steps
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Layers

from .shape import Secret, ValueRow

# (host, value) -> the name of the variable that the value was written in.
Namer = Callable[[str, object], "str | None"]
SourceName = Literal["base", "environment", "host", "target", "default"]


@dataclass(frozen=True)
class PlacedValue:
    """A row without its origin, and the place that its origin is made of."""

    row: ValueRow
    place: Place | None


@dataclass(frozen=True)
class HostValues:
    """All rows of one host, and the texts of its secrets."""

    rows: tuple[PlacedValue, ...]
    secrets: frozenset[str]


def host_values(host: HostVariables, search: Sequence[str], name_of: Namer) -> HostValues:
    """The rows of a host whose variables could be read; `search` are the folders of relative target paths.

    Raises UnreadableHost.
    """
    facts = facts_of(host, search)
    layers = Layers(tuple(cast("Tree", host.values.get(name) or {}) for name in _LAYERS))
    entries = dict(named_targets(cast("Sequence[Tree]", host.values.get("email_targets") or ())))
    located = (_located(path, value, layers, entries) for path, value in facts.values.items())
    rows = [_placed(host, one, name_of) for one in located if one is not None]
    return HostValues(tuple(rows), facts.secrets)


_LAYERS = ("email_settings_base", "email_settings")


@dataclass(frozen=True)
class _Located:
    """A setting, and where in which of the objects that Ansible handed over it is written."""

    application: str | None
    setting: str
    value: Value
    layers: Layers
    path: Steps
    source: SourceName


def _located(path: str, value: Value, layers: Layers, entries: dict[str, Tree]) -> _Located | None:
    """None for what the record keeps elsewhere: waivers, what is accepted, and that an application is listed."""
    if path in entries or path.startswith("waivers["):
        return None
    entry_name, bracket, rest = path.partition("].")
    if f"{entry_name}]" in entries and bracket:
        return _of_target(f"{entry_name}]", rest, value, entries[f"{entry_name}]"])
    return _Located(None, path, value, layers, steps(path), _source(path, layers))


def _of_target(name: str, rest: str, value: Value, entry: Tree) -> _Located | None:
    application = name.removeprefix("email_targets[").removesuffix("]")
    if rest in ("accept", "acknowledge"):
        return None
    if rest.startswith("settings."):
        leaf = rest.removeprefix("settings.")
        return _Located(application, leaf, value, Layers((entry,)), ("settings", *steps(leaf)), "target")
    way: Steps = ("options", rest.removeprefix("options.")) if rest.startswith("options.") else (rest,)
    return _Located(application, rest, value, Layers((entry,)), way, "target")


def _source(leaf: str, layers: Layers) -> SourceName:
    settings = layers.layers[-1]
    if get(layers.merged(), leaf) is None:
        return "default"
    if get(settings, leaf) is None:
        return "base"
    at = place(Source(Layers((settings,))), steps(leaf), "key")
    of_a_host = at is not None and at.file is not None and "host_vars" in PurePath(at.file).parts
    return "host" if of_a_host else "environment"


def _placed(host: HostVariables, one: _Located, name_of: Namer) -> PlacedValue:
    written = None if one.source == "default" else _at(one.layers.merged(), one.path)
    row: ValueRow = {
        "environment": host.environment,
        "hosts": [],
        "application": one.application,
        "setting": one.setting,
        "value": one.value.shown,
        "secret": _secret(host.host, written, name_of) if one.value.secret else None,
        "source": one.source,
        "origin": None,
    }
    at = None if one.source == "default" else place(Source(one.layers), one.path, "value")
    return PlacedValue(row, at)


def _at(tree: JSON, path: Steps) -> JSON:
    for step in path:
        tree = cast("Tree", tree)[str(step)]
    return tree


def _secret(host: str, value: JSON, name_of: Namer) -> Secret:
    """How a secret is kept: the weakest kind of what is in it."""
    parts = [part for part in scalars(value) if part is not None]
    names = (name_of(host, part) for part in parts if place_of(part) is not None)
    return {"kind": _kind(parts), "variable": next(filter(None, names), None)}


def _kind(parts: Sequence[JSON]) -> Literal["vaulted", "template", "plain", "unknown"]:
    literal = [is_literal(part) for part in parts]
    if True in literal and not all(map(is_vaulted, parts)):
        return "plain"
    if parts and all(map(is_vaulted, parts)):
        return "vaulted"
    return "template" if False in literal and None not in literal else "unknown"


def grouped(values: Sequence[tuple[str, PlacedValue]]) -> Iterator[tuple[PlacedValue, list[str]]]:
    """(host, row) pairs as rows with all of their hosts: equal rows that were written at one place are one."""
    rows: dict[str, tuple[PlacedValue, list[str]]] = {}
    for host, placed in values:
        rows.setdefault(repr((placed.row, placed.place)), (placed, []))[1].append(host)
    yield from rows.values()
