# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The table of an application's keys in target.yml: what each holds, and what of the spec it carries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Steps, Tree, get
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAF_SCHEMAS, LEAVES, SECRET_LEAVES
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import did_you_mean

from .sources import Leaf, Source, Url, source_of, unit_factor, word_name
from .versions import satisfies


@dataclass(frozen=True)
class Key:
    """One key of an application. `name` is its whole name, the steps above it joined by dots."""

    name: str
    source: Source
    when: str | None = None
    versions: str | None = None


def read_keys(table: Mapping[str, JSON], under: str | None = None) -> tuple[Key, ...]:
    """The keys of a file, in their order. A list holds entries by version, of which the first that fits counts."""
    before = f"{under}." if under else ""
    return tuple(
        _key(f"{before}{name}", entry)
        for name, entries in table.items()
        for entry in (entries if isinstance(entries, list) else [entries])
    )


def _key(name: str, entry: JSON) -> Key:
    more = entry if isinstance(entry, Mapping) else {}
    return Key(name, source_of(entry), cast("str | None", more.get("when")), cast("str | None", more.get("versions")))


# A leaf in a key's name: an application may name its own settings after a host.
_IN_NAME = re.compile(r"\{([a-z0-9_]+(?:\.[a-z0-9_]+)+)\}")


def name_with(name: str, settings: Tree) -> str:
    """A key's name with the values of the leaves in braces in their place."""
    return _IN_NAME.sub(lambda leaf: str(get(settings, leaf[1])), name)


def keys_at(keys: Sequence[Key], version: str | None) -> tuple[Key, ...]:
    """The keys that there are at a version."""
    chosen: dict[str, Key] = {}
    for key in keys:
        if satisfies(version, key.versions):
            chosen.setdefault(key.name, key)
    return tuple(chosen.values())


def carried_leaves(keys: Iterable[Key]) -> dict[str, list[JSON] | None]:
    """The leaves that stand in the keys, each with the values that all its tables of words have, None for every one."""
    carried: dict[str, list[JSON] | None] = {}
    for leaf, source in _sources(keys):
        if isinstance(source, Leaf) and source.words is not None:
            known = carried.get(leaf) or _all_values(leaf)
            carried[leaf] = [value for value in known if word_name(value) in source.words]
        else:
            carried.setdefault(leaf, None)
    return {leaf: None if values == _all_values(leaf) else values for leaf, values in carried.items()}


def _sources(keys: Iterable[Key]) -> Iterator[tuple[str, Source]]:
    for key in keys:
        sources = [key.source]
        if isinstance(key.source, Url):
            sources = [*key.source.parts.values(), *key.source.query.values()]
        for source in sources:
            yield from ((leaf, source) for leaf in source.leaves)


def _all_values(leaf: str) -> list[JSON]:
    """The values of a leaf that has only so many."""
    if LEAF_SCHEMAS[leaf].get("type") == "boolean":
        return [True, False]
    return list(cast("Sequence[JSON]", LEAF_SCHEMAS[leaf].get("enum", ())))


def key_faults(keys: Sequence[Key], options: Iterable[str], files: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What the schema of target.yml cannot see: the key's name, and what is wrong with its source."""
    for key in keys:
        yield from ((key.name, message) for message in _name_faults(key.name))
        for leaf, source in _sources([key]):
            yield from ((key.name, message) for message in _leaf_faults(leaf, source))
        option, file = getattr(key.source, "option", None), getattr(key.source, "file", None)
        if option is not None and option not in options:
            yield key.name, f"there is no option {option}{did_you_mean(option, list(options))}"
        if file is not None and file not in files:
            yield key.name, f"there is no file {file}{did_you_mean(file, list(files))}"


def _name_faults(name: str) -> Iterator[str]:
    for leaf in _IN_NAME.findall(name):
        if leaf not in LEAVES:
            yield f"{leaf} in its name is not a setting{did_you_mean(leaf, LEAVES)}"
        elif leaf in SECRET_LEAVES:
            yield f"{leaf} in its name is a secret, and names are shown"


def _leaf_faults(leaf: str, source: Source) -> Iterator[str]:
    if leaf not in LEAVES:
        yield f"{leaf} is not a setting{did_you_mean(leaf, LEAVES)}; a text that is always the same is a constant"
        return
    if not isinstance(source, Leaf):
        return
    known = [word_name(value) for value in _all_values(leaf)]
    if source.words is not None and not known:
        yield f"{leaf} takes any value, so no table of words can hold them"
    for name in source.words or () if known else ():
        if name not in known:
            yield f"{name} is not a value of {leaf}{did_you_mean(name, known)}; they are {', '.join(known)}"
    if source.unit is not None and unit_factor(leaf, source.unit) is None:
        yield f"{leaf} is not counted in {source.unit}"


def fault_path(index: int, name: str, under: str | None) -> Steps:
    """Where a key stands in target.yml."""
    return ("files", index, "keys", name.removeprefix(f"{under}.") if under else name)
