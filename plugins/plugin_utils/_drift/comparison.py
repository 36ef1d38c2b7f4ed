# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What is wanted beside what is in effect, both read by the same reader, so that how a value is written is no drift."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.appmail.settings.plugins.module_utils._secrets.file_secrets import is_sensitive
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted, SeenFile, Setting
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.file_read import names_in
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.places import Entry, NotReadable, entries_in
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import format_of, read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import ReadyTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import is_vaulted
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, get, scalars
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import SECRET_LEAVES
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import FileTemplate, TargetAtVersion

from .drift import Drift

# What of an application's own key is shown: one word, number or name of a host, such as nobody has for a password.
_PLAIN = re.compile(r"(?i:yes|no|on|off|true|false|none|null|[0-9]{1,5})|/[\w./-]*|[a-z0-9-]+(?:\.[a-z0-9-]+)+")


@dataclass(frozen=True)
class Side:
    """An application's files, and what its programs say in place of them, by the files' names."""

    files: Sequence[SeenFile]
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Pair:
    """A file as it is wanted and as it is, by its keys; `lines` has those of the file itself, `shown` no secrets."""

    template: FileTemplate
    path: str
    wanted: Mapping[str, Entry]
    found: Mapping[str, Entry]
    lines: Mapping[str, Entry]
    shown: Mapping[str, Entry]
    #: The settings that each key has to do with.
    leaves: Mapping[str, set[str]]

    def differing(self) -> Iterator[tuple[str, JSON, JSON]]:
        """Each wanted key with another value, or none, and both values."""
        for name, entry in self.wanted.items():
            value = self.found[name].value if name in self.found else None
            if name not in self.found or not _same(value, entry.value):
                yield name, entry.value, value

    def line(self, name: str) -> int | None:
        """The line that a key stands on last."""
        return self.lines[name].line if name in self.lines else None


def differences(
    at: TargetAtVersion, ready: ReadyTarget, wanted: Side, current: Side, masked: Mapping[str, str]
) -> Iterator[Drift]:
    """What differs in one application; `masked` has those of the wanted files that hold secrets."""
    there = {file.name for file in current.files}
    if not there.intersection(file.name for file in wanted.files):
        yield from (_note(at, file.path, None, "is not there yet") for file in wanted.files)
        return
    read = read_application(at, at.version, current.files, current.outputs)
    intended = read_application(at, at.version, wanted.files, wanted.outputs)
    unread = [remark for remark in read.remarks if remark.rule == "unreadable"]
    yield from (_note(at, remark.file, remark.line, remark.message.partition(": ")[2]) for remark in unread)
    passed_over = {remark.file for remark in unread}
    wanted = Side([file for file in wanted.files if file.path not in passed_over])
    yield from _not_read_back(at, wanted, current)
    pairs = list(_pairs(at, wanted, current, masked))
    leaves = _leaves(at, ready, (intended, read), pairs)
    yield from (drift for drift in leaves if drift.file not in passed_over)
    known = {leaf for adopted in (read, intended) for leaf in adopted.settings}
    yield from (drift for pair in pairs for drift in _keys(at, pair, known))


def _note(at: TargetAtVersion, file: str, line: int | None, note: str) -> Drift:
    return Drift(at.app, None, None, None, None, secret=False, file=file, line=line, note=note)


def _not_read_back(at: TargetAtVersion, wanted: Side, current: Side) -> Iterator[Drift]:
    """Files that only a diff can tell of."""
    texts = {file.name: file.text for file in current.files}
    for template in at.files:
        file = next((file for file in wanted.files if file.name == template.name), None)
        if file is None or format_of(template, at.target.reads.get(template.name)) is not None:
            continue
        if (file.text or "").strip() not in (texts.get(file.name) or ""):
            yield _note(at, file.path, None, "differs, and is not read back as settings")


def _pairs(at: TargetAtVersion, wanted: Side, current: Side, masked: Mapping[str, str]) -> Iterator[_Pair]:
    templates = {template.name: template for template in at.files}
    there = {file.name: file for file in current.files}
    for file in wanted.files:
        template, seen = templates[file.name], there.get(file.name)
        read_as = format_of(template, at.target.reads.get(file.name))
        if read_as is not None and read_as[0] != "text" and (seen is None or seen.text is not None):
            text = seen.text if seen is not None else ""
            yield _Pair(
                template,
                file.path,
                wanted=_entries(file.text, read_as),
                found=_entries(current.outputs.get(file.name, text or ""), read_as),
                lines=_entries(text, read_as),
                shown=_entries(masked.get(file.name, file.text), read_as),
                leaves=_leaves_by_key(at, template),
            )


def _leaves_by_key(at: TargetAtVersion, template: FileTemplate) -> Mapping[str, set[str]]:
    reads = at.target.reads.get(template.name)
    if reads is None:
        return {key.name: set(key.source.leaves) for key in template.keys}
    leaves: dict[str, set[str]] = {}
    for leaf, expression in reads.leaves.items():
        for name in names_in(expression):
            leaves.setdefault(name, set()).add(leaf)
    return leaves


def _leaves(
    at: TargetAtVersion, ready: ReadyTarget, sides: tuple[Adopted, Adopted], pairs: Sequence[_Pair]
) -> Iterator[Drift]:
    intended, read = sides
    unclear = {remark.leaf: remark for remark in read.remarks if remark.rule in ("left_open", "not_understood")}
    for leaf in sorted({*intended.settings, *read.settings}):
        wanted, current, written = intended.settings.get(leaf), read.settings.get(leaf), get(ready.settings, leaf)
        is_secret = leaf in SECRET_LEAVES or any(map(is_vaulted, scalars(written)))
        value = wanted.value if wanted is not None else written
        if current is None and wanted is not None:
            remark = unclear.get(leaf)
            note = None if remark is None else "which value is in effect cannot be told"
            place = (wanted.file, None) if remark is None else (remark.file, remark.line)
            yield _of_leaf(at, leaf, (value, None), place, is_secret=is_secret, note=note)
        elif current is not None and current.value != value and (wanted is not None or _is_drift(at, leaf, written)):
            place = _place(leaf, current, pairs) or _over(current, read, pairs)
            yield _of_leaf(at, leaf, (value, current.value), place, is_secret=is_secret)


def _place(leaf: str, current: Setting, pairs: Sequence[_Pair]) -> tuple[str, int | None] | None:
    """The key that makes the difference, where several have to do with a setting."""
    for pair in pairs:
        for name, _wanted, value in pair.differing():
            if value is not None and leaf in pair.leaves.get(name, ()) and current.file == pair.path:
                return pair.path, pair.line(name)
    return None


def _over(current: Setting, read: Adopted, pairs: Sequence[_Pair]) -> tuple[str, int | None]:
    """The place in another source that wins over a file which is as wanted; without a line where it has several."""
    own = {pair.path for pair in pairs}
    places = [(remark.file, remark.line) for remark in read.remarks if remark.rule == "disagrees"]
    others = [place for place in places if place[0] not in own]
    if not others or current.file not in own:
        return current.file, current.line
    return others[0] if len(set(others)) == 1 else (others[0][0], None)


def _is_drift(at: TargetAtVersion, leaf: str, written: JSON) -> bool:
    """Whether a setting that the wanted files do not say can differ at all."""
    return at.coverage[leaf].kind == "carried" and written is not None


def _of_leaf(
    at: TargetAtVersion,
    leaf: str,
    values: tuple[JSON, JSON],
    place: tuple[str, int | None],
    *,
    is_secret: bool,
    note: str | None = None,
) -> Drift:
    wanted, current = (None, None) if is_secret or note else values
    return Drift(at.app, leaf, None, wanted, current, secret=is_secret, file=place[0], line=place[1], note=note)


def _keys(at: TargetAtVersion, pair: _Pair, known: set[str]) -> Iterator[Drift]:
    """Keys that no setting of the spec stands for, or none that was read: each by the application's own name."""
    for name, wanted, value in pair.differing():
        if not pair.leaves.get(name, set()) & known:
            public = name in pair.shown and pair.shown[name].value == wanted and _is_plain(name, wanted, value)
            values = (wanted, value) if public else (None, None)
            yield Drift(at.app, None, name, *values, secret=not public, file=pair.path, line=pair.line(name))


def _entries(text: str | None, read_as: tuple[str, str | None]) -> dict[str, Entry]:
    """What stands last of each key; nothing of what cannot be read."""
    try:
        return {entry.name: entry for entry in entries_in(text or "", *read_as).entries}
    except NotReadable:
        return {}


def _same(left: JSON, right: JSON) -> bool:
    return left == right or str(left).split() == str(right).split()


def _is_plain(name: str, *values: JSON) -> bool:
    """Whether values of a key that nothing is known of may be shown."""
    texts = [str(value) for value in values if value is not None]
    return not is_sensitive(name) and all(_PLAIN.fullmatch(text) for text in texts)
