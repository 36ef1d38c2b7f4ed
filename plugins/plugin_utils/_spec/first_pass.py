# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A faster engine that says what is valid, where the optional library jsonschema-rs is installed.

It only ever says yes: what it does not find valid, or cannot read, is judged by jsonschema, which has the words. It
takes 33 ms to load and saves half a millisecond a spec, so it is loaded only where a process judges many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from .paths import JSON, Tree

#: From so many instances on the engine pays.
MANY = 80


class FirstPass:
    """What finds instances of one schema valid, quickly; it begins with the MANYth."""

    def __init__(self, schema: Tree) -> None:
        self._schema = schema
        self._asked = 0
        self._accepts: Callable[[JSON], bool] | None = None

    def accepts(self, instance: JSON) -> bool:
        """Whether the instance was found valid; where not, it may be valid all the same."""
        self._asked += 1
        if self._asked == MANY:
            self._accepts = engine(self._schema)
        return self._accepts is not None and self._accepts(instance)


def engine(schema: Tree) -> Callable[[JSON], bool] | None:
    """The engine for a schema; None where the library is not there, or does not take the schema."""
    try:
        import jsonschema_rs
    except ImportError:
        return None
    try:
        validator = jsonschema_rs.Draft202012Validator(cast("dict[str, object]", _without_empty(schema)))
    except (ValueError, TypeError):
        return None

    def accepts(instance: JSON) -> bool:
        try:
            return bool(validator.is_valid(_plain(instance)))
        except (ValueError, TypeError, OverflowError):
            # A key that is no text, a date, half a character: jsonschema has the words for it.
            return False

    return accepts


def _without_empty(schema: JSON) -> JSON:
    """The schema without `allOf: []`, which asks for nothing, and which the engine refuses."""
    if isinstance(schema, Mapping):
        return {key: _without_empty(value) for key, value in schema.items() if (key, value) != ("allOf", [])}
    return [_without_empty(value) for value in schema] if isinstance(schema, list) else schema


def _plain(value: JSON) -> JSON:
    """A copy of Python's own types: Ansible's texts, which carry their place, are more than the engine takes."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {cast("str", _plain(key)): _plain(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_plain(below) for below in value]
    if isinstance(value, bool) or value is None:
        return value
    return int(value) if isinstance(value, int) else float(value) if isinstance(value, float) else value
