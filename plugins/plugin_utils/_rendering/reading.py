# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From files that a table of keys describes back to the settings that stand in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.keys import Key
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import (
    Leaf,
    Present,
    Readings,
    part_name,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion

from .key_files import format_of


@dataclass
class Reading:
    """What files say: leaf -> value; and of the keys that this target would not have written so, why.

    `open` holds a leaf of which the files leave open what it is, for one word may stand for several of its values.
    """

    settings: dict[str, JSON] = field(default_factory=dict)
    open: dict[str, list[JSON]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def read_files(at: TargetAtVersion, contents: Mapping[str, str]) -> Reading:
    """The settings in a target's files, by the files' names. Raises Unreadable, or ValueError for JSON and the like."""
    read = {
        file.name: dict(format_of(file).read(contents[file.name]))
        for file in at.files
        if file.format is not None and file.name in contents
    }
    return read_entries(at, cast("Mapping[str, Mapping[str, JSON]]", read))


def read_entries(at: TargetAtVersion, read: Mapping[str, Mapping[str, JSON]], *, whole: bool = True) -> Reading:
    """The settings that a target's keys say, by the files' names and the keys' own.

    Where it is not `whole`, for lines were passed over, a key that is not there says nothing.
    """
    reading = Reading()
    candidates: Readings = {}
    absent: list[Key] = []
    for file in at.files:
        if file.name in read:
            entries = read[file.name]
            absent += [key for key in file.keys if key.name not in entries and key.when is None]
            for key in file.keys:
                if key.name in entries:
                    _read_key(key, entries[key.name], candidates, reading)
    if whole:
        _read_absent(absent, candidates)
    _leave_out(at, read, candidates, reading)
    _join_addresses(candidates)
    for leaf, values in candidates.items():
        if len(values) == 1:
            reading.settings[leaf] = values[0]
        elif values:
            reading.open[leaf] = values
    return reading


def _read_key(key: Key, value: JSON, candidates: Readings, reading: Reading) -> None:
    try:
        readings = key.source.settings(value)
    except ValueError as error:
        reading.faults[key.name] = str(error)
        return
    for leaf, values in readings.items():
        candidates[leaf] = _common(candidates.get(leaf), values)
        if not candidates[leaf]:
            reading.faults[key.name] = f"says something else of {leaf} than another key, or a word that is not known"


def _read_absent(keys: Sequence[Key], candidates: Readings) -> None:
    """What it says that a key is not there: a value whose word is to leave it out, if its section is there at all."""
    for source in (key.source for key in keys):
        if isinstance(source, Leaf) and source.words:
            section = source.leaf.rpartition(".")[0] + "."
            without = source.settings_named(name for name, word in source.words.items() if word is None)
            if without and _is_there(section, candidates):
                candidates[source.leaf] = _common(candidates.get(source.leaf), without)


def _leave_out(
    at: TargetAtVersion, read: Mapping[str, Mapping[str, JSON]], candidates: Readings, reading: Reading
) -> None:
    """Sections that a key switches off count for nothing, whatever stands in them."""
    for file in at.files:
        for key in file.keys:
            source = key.source
            if isinstance(source, Present) and source.is_off(read.get(file.name, {}).get(key.name)):
                section = source.section
                below = [candidates.pop(leaf) for leaf in list(candidates) if leaf.startswith(f"{section}.")]
                if any(values and values != [None] for values in below):
                    reading.faults[key.name] = f"says that there is no {section}, so what stands there is left out"


def _is_there(section: str, candidates: Readings) -> bool:
    """Whether the files say anything of a section; how TLS is done they say by TLS itself."""
    around, _dot, name = section.removesuffix(".").rpartition(".")
    encryption = candidates.get(f"{around}.encryption", []) if name == "tls" else []
    encrypted = bool(encryption) and "none" not in encryption
    return encrypted or any(leaf.startswith(section) and values != [None] for leaf, values in candidates.items())


def _join_addresses(candidates: Readings) -> None:
    """Addresses that are written in two parts, put together again; the parts themselves are no settings."""
    parts = {name: candidates.pop(name) for name in [name for name in candidates if "/" in name]}
    for name, locals_ in parts.items():
        leaf, _slash, part = name.partition("/")
        domains = parts.get(part_name(leaf, "domain"), [])
        if part == "local" and len(locals_) == len(domains) == 1:
            candidates[leaf] = _common(candidates.get(leaf), [f"{locals_[0]}@{domains[0]}"])


def _common(known: list[JSON] | None, values: list[JSON]) -> list[JSON]:
    return values if known is None else [value for value in known if value in values]
