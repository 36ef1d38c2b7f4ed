# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Values as JSON has them, and the paths that lead to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
Tree: TypeAlias = Mapping[str, JSON]
Steps: TypeAlias = tuple[str | int, ...]


def dotted(path: Steps) -> str:
    """The way to a setting as people read it: `smtp.port`, `email_targets[1].app`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def pointer(path: Steps) -> str:
    """The way to a setting as a JSON pointer (RFC 6901): `/smtp/port`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def steps(leaf: str) -> Steps:
    """The way to a dotted leaf."""
    return tuple(leaf.split("."))


def get(settings: Tree | None, leaf: str) -> JSON:
    """The value at a dotted leaf such as `smtp.tls.verify`; None where any part of the way is absent."""
    value: JSON = settings
    for part in leaf.split("."):
        # A dict is told at once; to ask whether it is a Mapping takes ten times as long.
        if not isinstance(value, (dict, Mapping)) or part not in value:
            return None
        value = value[part]
    return value


def scalars(value: JSON) -> Iterator[JSON]:
    """Everything in a value that is neither a mapping nor a list."""
    if isinstance(value, (dict, Mapping)):
        for below in value.values():
            yield from scalars(below)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for below in value:
            yield from scalars(below)
    else:
        yield value


def placed_scalars(value: JSON, path: Steps = ()) -> Iterator[tuple[Steps, JSON]]:
    """The same, each with the way to it."""
    if isinstance(value, (dict, Mapping)):
        for key, below in value.items():
            yield from placed_scalars(below, (*path, str(key)))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, below in enumerate(value):
            yield from placed_scalars(below, (*path, index))
    else:
        yield path, value


def put(settings: Tree, leaf: str, value: JSON) -> dict[str, JSON]:
    """A copy of the settings with one leaf set; the mappings on the way are copied, everything else is shared."""
    first, _dot, rest = leaf.partition(".")
    copy = dict(settings)
    if rest:
        below = copy.get(first)
        copy[first] = put(below if isinstance(below, Mapping) else {}, rest, value)
    else:
        copy[first] = value
    return copy


def without(settings: Tree, path: Steps) -> Tree:
    """A copy of the settings with what stands at the path taken out; the settings themselves where there is nothing."""
    first, rest = str(path[0]), path[1:]
    if first not in settings:
        return settings
    below = settings[first]
    if rest and isinstance(below, Mapping):
        return {**settings, first: without(below, rest)}
    return {key: value for key, value in settings.items() if key != first}
