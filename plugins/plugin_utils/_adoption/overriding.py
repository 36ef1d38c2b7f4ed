# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Two sources of one application's settings: which of them wins, and what they disagree about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import cast

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import plain
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import evaluate
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import Override

from .adopted import Remark, SeenFile
from .file_read import shown_name
from .places import Entry, NotReadable, entries_in


@dataclass(frozen=True)
class Asked:
    """The keys of a file that are read, and those of them that hold a secret."""

    keys: Sequence[str]
    secret: Set[str]


@dataclass
class Overridden:
    """What a file and the sources over it say together, and what is to be said of them.

    `sources` are those that say something of the application, `read` is how many keys were read in them.
    """

    entries: list[Entry]
    remarks: list[Remark] = field(default_factory=list)
    left: list[Remark] = field(default_factory=list)
    sources: list[SeenFile] = field(default_factory=list)
    read: int = 0
    # Keys whose values only the source's surroundings have.
    unknown: set[str] = field(default_factory=set)


def overridden(
    label: str, path: str, entries: Sequence[Entry], asked: Asked, sources: Sequence[tuple[Override, SeenFile]]
) -> Overridden:
    """The entries of the file at `path` with what wins over them, each with its own place."""
    joined = Overridden(list(entries))
    for override, seen in sources:
        if override.format is None:
            joined.sources.append(seen)
            joined.remarks.append(Remark("warning", "overridden", f"{label}: {override.because}", seen.path))
        elif seen.fault is not None:
            joined.remarks.append(Remark("error", "unreadable", f"{label}: {seen.fault}", seen.path))
        else:
            _join(label, path, asked, override, seen, joined)
    return joined


def _join(label: str, path: str, asked: Asked, override: Override, seen: SeenFile, joined: Overridden) -> None:
    try:
        said = entries_in(seen.text or "", str(override.format), override.dialect).entries
    except NotReadable as error:
        joined.remarks.append(Remark("error", "unreadable", f"{label}: {error}", seen.path, error.line))
        return
    names = _names(override, asked, {entry.name: entry.value for entry in joined.entries})
    mine = [entry for entry in said if _key_of(entry, names) is not None]
    left = [entry for entry in said if _is_beside(override, entry) and entry not in mine]
    if not mine and not left:
        return
    joined.sources.append(seen)
    joined.read += len(mine) + len(left)
    for entry in mine:
        _take(
            label, path, asked, override, Entry(str(_key_of(entry, names)), entry.value, entry.line, seen.path), joined
        )
    for entry in left:
        remark = _left(label, path, entry, seen, joined.entries, asked)
        (joined.left if remark.rule == "left" else joined.remarks).append(remark)


def _names(override: Override, asked: Asked, keys: Mapping[str, JSON]) -> dict[str, str]:
    """What the source calls each key."""
    names: dict[str, str] = {}
    for key in asked.keys:
        called = evaluate(str(override.key), {"key": key, "keys": _Keys(keys)})
        for name in called if isinstance(called, list) else [called]:
            names[str(name)] = key
    return names


class _Keys(dict[str, JSON]):
    """An empty text for what is not there, as `reads` has it."""

    def __missing__(self, _name: str) -> str:
        return ""


def _key_of(entry: Entry, names: Mapping[str, str]) -> str | None:
    return names.get(entry.name)


def _is_beside(override: Override, entry: Entry) -> bool:
    return override.beside is not None and re.match(override.beside, entry.name) is not None


def _take(label: str, path: str, asked: Asked, override: Override, entry: Entry, joined: Overridden) -> None:
    """Put an entry in the place of the file's, and say what it is in place of."""
    before = [other for other in joined.entries if other.name == entry.name]
    joined.unknown.discard(entry.name)
    if entry.value is None:
        message = f"{label}: {entry.name} comes from a variable here, so what takes effect is not known"
        joined.remarks.append(Remark("warning", "not_understood", message, seen_path(entry, path), entry.line))
        joined.entries = [other for other in joined.entries if other.name != entry.name]
        joined.unknown.add(entry.name)
        return
    if before and not _alike(before[-1].value, entry.value):
        values = _two(entry.name, entry.value, before[-1].value, asked)
        there = _place(before[-1], path)
        message = f"{label}: {values.format(there=there)}; {override.because}, so this one is carried"
        joined.remarks.append(Remark("warning", "disagrees", message, seen_path(entry, path), entry.line))
    joined.entries = [*(other for other in joined.entries if other.name != entry.name), entry]


def _two(key: str, here: JSON, there: JSON, asked: Asked) -> str:
    """Both values in a clause, with `{there}` for the place of the second; secrets are not told."""
    if key in asked.secret:
        return f"{key} is another one here than at {{there}}"
    shown = [shown_value(value).replace("{", "{{").replace("}", "}}") for value in (here, there)]
    return f"{key} is {shown[0]} here, and {shown[1]} at {{there}}"


def _left(label: str, path: str, entry: Entry, seen: SeenFile, entries: Sequence[Entry], asked: Asked) -> Remark:
    """What a source says that is not for the file's settings; of one of its services, with what the others have."""
    service, _slash, key = entry.name.rpartition("/")
    same = [other for other in entries if other.name == key]
    if not service or key not in asked.keys or key in asked.secret:
        name = shown_name(entry.name)
        return Remark("warning", "left", f"{label}: {name} has no counterpart in a spec", seen.path, entry.line)
    others = f"{shown_value(same[-1].value)} at {_place(same[-1], path)} is" if same else "nothing is"
    message = f"{label}: {key} is {shown_value(entry.value)} for {service} alone; {others} carried, for all others"
    return Remark("warning", "disagrees", message, seen.path, entry.line)


def shown_value(value: JSON) -> str:
    """A value as it may be shown: one with a login in it is not."""
    return re.sub(r"://[^/\s]*@", "://********@", plain(cast("str", value)))


def _place(entry: Entry, path: str) -> str:
    return f"{seen_path(entry, path)}:{entry.line}" if entry.line else seen_path(entry, path)


def seen_path(entry: Entry, path: str) -> str:
    """The file that an entry is from."""
    return entry.path or path


def _alike(left: JSON, right: JSON) -> bool:
    """A source without types reads text, and words of either case."""
    if not _scalar(left, right):
        return left == right
    return plain(cast("str", left)).lower() == plain(cast("str", right)).lower()


def _scalar(*values: JSON) -> bool:
    return all(isinstance(value, (str, int, float, bool)) for value in values)


def sources_of(
    overrides: Sequence[Override], seen: Sequence[SeenFile], file: str
) -> Iterator[tuple[Override, SeenFile]]:
    """The sources over a file that are there, the one that wins last."""
    for override in overrides:
        if override.file == file:
            yield from ((override, source) for source in seen if source.name == override.name)
