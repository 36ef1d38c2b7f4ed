# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Programs in which people set an application: plain values are read, and the rest is told at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.appmail.settings.plugins.plugin_utils._formats.php_code import (
    Code,
    NotPhp,
    PhpEntry,
    read_php,
    resolved,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import Near, Reads

from .adopted import Remark, SeenFile
from .places import Entry


@dataclass
class CodeFiles:
    """Several programs read as one: `unknown` are the keys whose values only running them would tell."""

    files: list[SeenFile] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    remarks: list[Remark] = field(default_factory=list)


def read_code(label: str, reads: Reads, seen: Sequence[SeenFile], asked: Mapping[str, Sequence[str]]) -> CodeFiles:
    """What files say of the keys that are asked for, each with the settings that it decides on.

    Files that say nothing of them, and can be read, are left out.
    """
    read = CodeFiles(remarks=[_fault(label, file) for file in seen if file.fault is not None])
    placed = [(file, entry) for file in seen if file.text is not None for entry in _entries(label, file, read)]
    values = resolved([entry for _file, entry in placed], reads.constants)
    known = [(file, entry) for (file, _entry), entry in zip(placed, values, strict=True) if entry.name in asked]
    last = {entry.name: entry for _file, entry in known}
    for file, entry in known:
        if isinstance(entry.value, Code):
            read.remarks += _unknown(label, file, entry, asked) if entry is last[entry.name] else ()
            continue
        read.entries.append(Entry(entry.name, entry.value, entry.line, file.path))
    read.unknown = {name for name, entry in last.items() if isinstance(entry.value, Code)}
    read.remarks += [*_conditions(label, known), *_repeated(label, known)]
    for file in seen:
        own = [entry for other, entry in known if other is file]
        if own or file.fault is not None:
            read.files.append(file)
        if own and reads.near is not None:
            read.remarks.append(_note(label, reads.near, file, own))
    return read


def _entries(label: str, file: SeenFile, read: CodeFiles) -> list[PhpEntry]:
    try:
        return read_php(file.text or "")
    except NotPhp as error:
        message = f"{label}: a text or comment that begins here does not end, so this file is not read"
        read.remarks.append(Remark("error", "unreadable", message, file.path, error.line))
        return []


def _fault(label: str, file: SeenFile) -> Remark:
    return Remark("error", "unreadable", f"{label}: {file.fault}", file.path)


def _shown(name: str) -> str:
    """A key as people call it."""
    kind, _dot, rest = name.partition(".")
    return f"{rest.partition('.')[0]}()" if kind == "call" else rest if kind == "filter" else name


def _unknown(label: str, file: SeenFile, entry: PhpEntry, asked: Mapping[str, Sequence[str]]) -> Iterator[Remark]:
    leaves = ", ".join(asked[entry.name])
    what = f"{_shown(entry.name)} is code whose value cannot be known without running it"
    message = f"{label}: {what}: set {leaves} in the spec"
    yield Remark("warning", "code", message, file.path, entry.line)


def _conditions(label: str, known: Sequence[tuple[SeenFile, PhpEntry]]) -> Iterator[Remark]:
    """One remark for each line with what is set there only under a condition."""
    conditional: dict[tuple[str, int], list[str]] = {}
    for file, entry in known:
        if entry.conditional and not isinstance(entry.value, Code):
            conditional.setdefault((file.path, entry.line), []).append(entry.name)
    for (path, line), names in conditional.items():
        message = (
            f"{label}: {', '.join(dict.fromkeys(map(_shown, names)))}: set under a condition, and taken as if it held"
        )
        yield Remark("warning", "conditional", message, path, line)


def _repeated(label: str, known: Sequence[tuple[SeenFile, PhpEntry]]) -> Iterator[Remark]:
    """What is set more than once, otherwise than before; a call may be made as often as one likes."""
    for name in dict.fromkeys(entry.name for _file, entry in known):
        several = [(file, entry) for file, entry in known if entry.name == name]
        if len({str(entry.value) for _file, entry in several}) > 1:
            where = ", ".join(f"{file.path}:{entry.line}" for file, entry in several[:-1])
            message = f"{label}: {_shown(name)} is set {len(several)} times (also {where}); what stands last is taken"
            yield Remark("warning", "duplicate", message, several[-1][0].path, several[-1][1].line)


def _note(label: str, near: Near, file: SeenFile, own: Sequence[PhpEntry]) -> Remark:
    first, last = min(entry.line for entry in own), max(entry.line for entry in own)
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    return Remark("warning", "not_ours", f"{label}: {near.note.replace('{lines}', lines)}", file.path, first)
