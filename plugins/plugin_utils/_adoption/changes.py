# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What the first apply after adopting would change in an application's files: keys added, changed and taken out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import cast

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible, plain
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.files import render_target
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import FileTemplate, TargetAtVersion
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

from .adopted import Adopted, Remark
from .places import Entry, NotReadable, entries_in


@dataclass(frozen=True)
class Held:
    """What a file holds now, how it is read, what counts for keys that are not there, and the keys told as left."""

    path: str
    entries: Sequence[Entry]
    read_as: tuple[str, str | None]
    defaults: Mapping[str, JSON]
    left: Set[str] = frozenset()


def would_change(at: TargetAtVersion, adopted: Adopted, held: Mapping[str, Held]) -> Iterator[Remark]:
    """A remark for each file that apply would not leave as it is, with the keys.

    Nothing is known where a setting is missing that the application needs: the gate asks for it first.
    """
    tree: Tree = {}
    for setting in adopted.settings.values():
        tree = put(tree, setting.leaf, setting.value)
    if not all(_has(adopted, name) for name in at.target.required):
        return
    try:
        options = {name: option.value for name, option in adopted.options.items()}
        rendered = render_target(
            at, Spec.of(tree), options, {}, {"dest": {name: file.path for name, file in held.items()}}
        )
    except (SentenceError, NotExpressible, AttributeError, KeyError, TypeError, ValueError):
        # Templates are for settings that the gate has let through.
        return
    templates = {template.name: template for template in at.files}
    for file in rendered:
        if file.name in held:
            yield from _change(at, templates[file.name], file, held[file.name])


def _has(adopted: Adopted, name: str) -> bool:
    return any(leaf == name or leaf.startswith(f"{name}.") for leaf in adopted.settings)


def _change(at: TargetAtVersion, template: FileTemplate, file: FileSpec, held: Held) -> Iterator[Remark]:
    try:
        wanted, shown = _values(file.content, held), _values(file.masked or file.content, held)
    except NotReadable:
        return
    now = {entry.name: entry for entry in held.entries}
    changed = [name for name in wanted if name in now and not _alike(wanted[name], now[name].value)]
    added = [name for name in wanted if name not in now and not _alike(wanted[name], held.defaults.get(name))]
    ours = {key.name for key in template.keys}
    whole = template.block is None and template.own_keys is None
    gone = [name for name in now if (name in ours or whole) and name not in wanted and name not in held.left]
    parts = [
        *(f"set {name} = {_text(shown.get(name))}" for name in added),
        *(f"change {name} to {_text(shown.get(name))}" for name in changed),
        *(f"take out {name}" for name in gone),
    ]
    if parts:
        lines = [now[name].line for name in (*changed, *gone)]
        message = f"{at.label}: apply would {'; '.join(parts)}"
        why = "; for what is not there now, the application's own default counts until then" if added else ""
        yield Remark("warning", "would_change", f"{message}{why}", held.path, lines[0] if lines else None)


def _values(text: str, held: Held) -> dict[str, JSON]:
    return {entry.name: entry.value for entry in entries_in(text, *held.read_as).entries}


def _text(value: JSON) -> str:
    if value is None:
        return "what is read when it starts"
    return plain(cast("str", value))


def _alike(wanted: JSON, now: JSON) -> bool:
    """A format without types reads text; who reads words takes either case of them, and blanks as they come."""
    if now is None or isinstance(wanted, (dict, list)) or isinstance(now, (dict, list)):
        return wanted == now
    return _text(wanted).strip().strip("'\"").lower() == _text(now).strip().strip("'\"").lower()
