# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""JSON (RFC 8259): objects in objects, the dots of a key being its way; or flat, a dot being a letter of the key.

A step that is a number is an item of a list.
"""

from __future__ import annotations

import json

from .format import Entry, Format, NotExpressible, Raw, Value, plain, unicode_text


def nested(entries: list[Entry]) -> dict[str, object]:
    """The entries as mappings in mappings; one whose keys count from 0 is a list."""
    root: dict[str, object] = {}
    for name, value in entries:
        below = root
        *folders, key = name.split(".")
        for step in folders:
            below = below.setdefault(step, {})  # type: ignore[assignment]
        below[key] = value
    return {key: _with_lists(below) for key, below in root.items()}


def _with_lists(tree: object) -> object:
    if not isinstance(tree, dict):
        return tree
    below = {key: _with_lists(value) for key, value in tree.items()}
    counted = [str(number) for number in range(len(below))]
    return list(below.values()) if below and list(below) == counted else below


def flattened(tree: object, prefix: str = "") -> list[Entry]:
    """The entries of mappings in mappings, and of those in lists by their numbers; what is null is not there."""
    if isinstance(tree, list) and any(isinstance(item, dict) for item in tree):
        tree = {str(number): item for number, item in enumerate(tree)}
    if not isinstance(tree, dict):
        return [] if tree is None else [(prefix, tree)]  # type: ignore[list-item]
    return [
        entry for key, below in tree.items() for entry in flattened(below, f"{prefix}.{key}" if prefix else str(key))
    ]


def dumped(tree: dict[str, object]) -> str:
    """The tree as a file's text."""
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def _checked(entries: list[Entry]) -> list[Entry]:
    return [(key, _value(value)) for key, value in entries]


def _value(value: Value) -> Value:
    if isinstance(value, Raw):
        raise NotExpressible(value, "JSON holds no code")
    unicode_text(plain(value) if not isinstance(value, list) else "".join(value))
    return value


DIALECTS = {
    "nested": Format(lambda entries: dumped(nested(_checked(entries))), lambda text: flattened(json.loads(text)), ""),
    "flat": Format(lambda entries: dumped(dict(_checked(entries))), lambda text: list(json.loads(text).items()), ""),
}
