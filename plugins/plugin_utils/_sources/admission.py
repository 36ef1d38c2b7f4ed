# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The door for values: what Ansible hands over in one normal form, as JSON has it, before anything reads it.

So a value is judged, rendered, checked, compared and reported as one and the same: a whole float is its integer. What
no setting can be is taken out here and told at its place, and what is too large is not looked at further.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Steps

from .origins import Place, place_of, with_place_of

# Far more than any spec needs, and little enough to be looked at in no time.
MOST_LEVELS = 50
MOST_VALUES = 50_000
MOST_KEYS = 1_000
MOST_ENTRIES = 10_000
MOST_CHARACTERS = 100_000
# Where other programs' integers end (RFC 8259, 6).
_BITS = 64

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Oddity:
    """What no setting can be: the way to it, what it is in people's words, and where it was written."""

    path: Steps
    message: str
    place: Place | None = None
    # A key that was taken out leaves nothing behind at the path.
    of_key: bool = False


@dataclass(frozen=True)
class Admitted:
    """A value in its normal form; where something odd stood there is none."""

    value: JSON
    oddities: tuple[Oddity, ...] = ()


def admit(given: object) -> Admitted:
    """What was handed over in its normal form, every value with its place; text that holds JSON is read."""
    door = _Door()
    value = door.normal(from_text(given), (), place_of(given))
    return Admitted(value, tuple(door.oddities))


def from_text(given: object) -> object:
    """A mapping or a list that came as JSON in a text, as -e key=value and surveys hand it over; all else as it is."""
    if not isinstance(given, str) or not given.lstrip().startswith(("{", "[")):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        return given


def too_much(raw: object) -> str | None:
    """What is said of a value that is too much to be looked at, before any template in it is: aliases count each time.

    Each mapping and list is counted once, so that aliases of aliases take no time here.
    """
    return TOO_MANY if _count(raw, {}, frozenset()) > MOST_VALUES else None


TOO_MANY = f"holds more than {MOST_VALUES} values: no more are looked at"


def _count(value: object, known: dict[int, int], inside: frozenset[int]) -> int:
    """How many values there are; what leads back to itself counts once here, and is told elsewhere."""
    if isinstance(value, (str, bytes)) or not isinstance(value, (Mapping, Sequence)):
        return 1
    here = id(value)
    if here in inside or len(inside) > MOST_LEVELS:
        return 1
    if here not in known:
        below = list(value.values()) if isinstance(value, Mapping) else value
        known[here] = 1 + sum(_count(entry, known, inside | {here}) for entry in below)
    return known[here]


class _TooMuchError(Exception):
    """The walk was given up: there are too many values."""


@dataclass
class _Door:
    oddities: list[Oddity] = field(default_factory=list)
    seen: int = 0
    #: The containers that the walk is in.
    entered: set[int] = field(default_factory=set)

    def normal(self, value: object, path: Steps, near: Place | None) -> JSON:
        """The whole value, or None where it holds too much to be looked at."""
        try:
            return self._normal(value, path, near)
        except _TooMuchError:
            self.oddities = [Oddity(path, TOO_MANY, near)]
            return None

    def _normal(self, value: object, path: Steps, near: Place | None) -> JSON:
        self.seen += 1
        if self.seen > MOST_VALUES:
            raise _TooMuchError
        near = place_of(value) or near
        if isinstance(value, (Mapping, Sequence)) and not isinstance(value, (str, bytes, bytearray)):
            return self._container(value, path, near)
        message = _oddity_of(value, path)
        if message:
            self.oddities.append(Oddity(path, message, near))
            return None
        return _scalar(value)

    def _container(self, value: Mapping[object, object] | Sequence[object], path: Steps, near: Place | None) -> JSON:
        if id(value) in self.entered:
            self.oddities.append(Oddity(path, "leads back to itself", near))
            return None
        if len(path) >= MOST_LEVELS:
            self.oddities.append(Oddity(path, f"is nested more than {MOST_LEVELS} levels deep", near))
            return None
        most, what = (MOST_KEYS, "keys") if isinstance(value, Mapping) else (MOST_ENTRIES, "entries")
        if len(value) > most:
            self.oddities.append(Oddity(path, f"has more than {most} {what}", near))
            return None
        self.entered.add(id(value))
        try:
            return self._mapping(value, path, near) if isinstance(value, Mapping) else self._list(value, path, near)
        finally:
            self.entered.discard(id(value))

    def _mapping(self, value: Mapping[object, object], path: Steps, near: Place | None) -> JSON:
        pairs = list(value.items())
        normal = {
            key: self._normal(below, (*path, key), place_of(key) or near) for key, below in self._texts(pairs, path)
        }
        same = len(normal) == len(pairs) and all(normal[cast("str", key)] is below for key, below in pairs)
        return cast("JSON", value) if same else with_place_of(value, normal)

    def _texts(self, pairs: Sequence[tuple[object, object]], path: Steps) -> Iterator[tuple[str, object]]:
        """The pairs whose keys are text."""
        for key, below in pairs:
            message = _oddity_of_key(key)
            if message:
                # A key that is no text bears no place of its own: its value stands beside it.
                self.oddities.append(Oddity(path, message, place_of(key) or place_of(below), of_key=True))
            else:
                yield cast("str", key), below

    def _list(self, value: Sequence[object], path: Steps, near: Place | None) -> JSON:
        normal = [self._normal(below, (*path, index), near) for index, below in enumerate(value)]
        same = all(kept is below for kept, below in zip(normal, value, strict=True))
        return cast("JSON", value) if same else with_place_of(value, normal)


def _oddity_of_key(key: object) -> str | None:
    if isinstance(key, str):
        message = _oddity_of(key, ())
        return f"has a key that {message}" if message else None
    if isinstance(key, bool):
        return "has a key that is true or false: YAML reads no, off, yes and on so; write it in quotes"
    if key is None:
        return "has a key that is empty: a key is text"
    if isinstance(key, (int, float)):
        return "has a key that is a number: a key is text; write it in quotes"
    if isinstance(key, datetime.date):
        return "has a key that is a date: a key is text; write it in quotes"
    return "has a key that is no text"


def _oddity_of(value: object, path: Steps) -> str | None:
    """What a scalar is that no setting can be."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _oddity_of_text(value)
    if isinstance(value, (int, float)):
        return _oddity_of_number(value)
    if isinstance(value, datetime.date):
        # The day of a waiver: YAML reads 2026-12-31 without quotes as a date.
        return None if path[:1] == ("waivers",) else "must be text, not a date; write it in quotes"
    if isinstance(value, (bytes, bytearray)):
        return "is binary data (!!binary), which no setting takes: write text"
    if isinstance(value, AbstractSet):
        return "is a set, which has no order: write a list"
    return "is nothing that a setting can be: write text, a number, true, false, a list or a mapping"


def _oddity_of_text(text: str) -> str | None:
    if len(text) > MOST_CHARACTERS:
        return f"is longer than {MOST_CHARACTERS} characters"
    if _SURROGATE.search(text):
        return "holds half a character (a surrogate), which no file can hold"
    return None


def _oddity_of_number(number: float) -> str | None:
    if not isinstance(number, int) and not math.isfinite(number):
        return "is no number (.nan or .inf)"
    return "is a number of more than 19 digits" if int(number).bit_length() > _BITS else None


def _scalar(value: object) -> JSON:
    if isinstance(value, float) and value.is_integer():
        return with_place_of(value, int(value))
    return cast("JSON", value)
