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
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeGuard, cast

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.bounds import SECONDS, StoppedError, bounded_work
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Steps
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import names_a_secret

from .origins import OMITTED, UNTEMPLATABLE, Place, explain_failure, place_of, resolver_of, with_place_of

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
    rule: str = "odd_value"


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


def admit_entries(raw: object, templar: object) -> Admitted:
    """The same of what was written, where not all of it can be templated: each entry alone, less those that cannot.

    `templar` is what Ansible hands an action, or a host's variables in `hostvars`.
    """
    door = _Door(resolver_of(templar))
    value = door.normal(raw, (), place_of(raw))
    return Admitted(value, tuple(door.oddities))


def from_text(given: object) -> object:
    """A mapping or a list that came as JSON in a text, as -e key=value and surveys hand it over; all else as it is."""
    if not isinstance(given, str) or not given.lstrip().startswith(("{", "[")):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        return given


def too_much(raw: object) -> bool:
    """Whether a value is too much to be looked at, before any template in it is: aliases count each time.

    Each mapping and list is counted once, so that aliases of aliases take no time here.
    """
    return _count(raw, {}, frozenset()) > MOST_VALUES


TOO_MANY = f"holds more than {MOST_VALUES} values: no more are looked at"


def _count(value: object, known: dict[int, tuple[int, object]], inside: frozenset[int]) -> int:
    """How many values there are; what leads back to itself counts once here, and is told elsewhere."""
    if not _is_container(value):
        return 1
    here = id(value)
    if here in inside or len(inside) > MOST_LEVELS:
        return 1
    if here not in known:
        # An object's identity counts only as long as the object is there.
        known[here] = 1 + sum(_count(entry, known, inside | {here}) for entry in _entries(value)), value
    return known[here][0]


def _is_container(value: object) -> TypeGuard[Mapping[object, object] | Sequence[object]]:
    return isinstance(value, (Mapping, Sequence)) and not isinstance(value, (str, bytes, bytearray))


def _entries(value: Mapping[object, object] | Sequence[object]) -> Sequence[object]:
    return list(value.values()) if isinstance(value, Mapping) else value


class _TooMuchError(Exception):
    """The walk was given up: there are too many values."""


class _CircleError(Exception):
    """A template leads back to itself; `args` has its identity."""


# What a template says that stands for nothing at all.
_LEFT_OUT = object()
# How much longer than one entry all entries of a variable may take, together.
_SLOW_ENTRIES = 5


@dataclass
class _Door:
    #: What templates one value alone; None where all of them are templated.
    resolve: Callable[[object], object] | None = None
    oddities: list[Oddity] = field(default_factory=list)
    seen: int = 0
    #: The containers and templates that the walk is in.
    entered: set[int] = field(default_factory=set)
    #: How much each container holds, once it is known that all together is too much; and those that were walked.
    weights: dict[int, tuple[int, object]] | None = None
    heavy: set[int] = field(default_factory=set)
    whole: JSON = None
    #: The processor's time that templates have left.
    seconds: float = field(default_factory=lambda: _SLOW_ENTRIES * SECONDS)

    def normal(self, value: object, path: Steps, near: Place | None) -> JSON:
        """The whole value. Of too many, that without the entry that they are in, or None."""
        if not self._walked(value, path, near):
            self.weights, self.oddities, self.seen = {}, [], 0
            if not self._walked(value, path, near):
                self.oddities = [Oddity(path, TOO_MANY, near)]
        return None if self.whole is _LEFT_OUT else self.whole

    def _walked(self, value: object, path: Steps, near: Place | None) -> bool:
        """Whether the walk came to its end, with the whole value in `whole`."""
        try:
            self.whole = self._normal(value, path, near)
        except _TooMuchError:
            return False
        return True

    def _normal(self, value: object, path: Steps, near: Place | None) -> JSON:
        self.seen += 1
        if self.seen > MOST_VALUES:
            raise _TooMuchError
        if self.resolve is not None and _may_be_template(value):
            return self._templated(value, path, place_of(value) or near)
        return self._resolved(value, path, near)

    def _templated(self, value: object, path: Steps, near: Place | None) -> JSON:
        """What a template comes to; where it comes to nothing, it alone is taken out."""
        template = id(value)
        if template in self.entered:
            raise _CircleError(template)
        self.entered.add(template)
        try:
            made = self._made(value)
            made = from_text(made) if path == () else made
            return self._resolved(made, path, near)
        except OMITTED:
            return cast("JSON", _LEFT_OUT)
        except _CircleError as circle:
            if circle.args != (template,):
                raise
            self._untemplated(path, "cannot be templated: it leads back to itself", near)
        except StoppedError as stopped:
            self._untemplated(path, f"cannot be templated: it {stopped}", near)
        except UNTEMPLATABLE as error:
            message, place = explain_failure(error, of_secret=any(map(names_a_secret, map(str, path))))
            self._untemplated(path, message, place or near)
        finally:
            self.entered.discard(template)
        return None

    def _made(self, template: object) -> object:
        """What Ansible makes of a template. Raises StoppedError, OMITTED and UNTEMPLATABLE."""
        if self.seconds <= 0:
            raise StoppedError("stands behind others that took too long")
        began = time.process_time()
        try:
            with bounded_work(min(SECONDS, self.seconds)):
                return cast("Callable[[object], object]", self.resolve)(template)
        finally:
            self.seconds -= time.process_time() - began

    def _untemplated(self, path: Steps, message: str, place: Place | None) -> None:
        self.oddities.append(Oddity(path, message, place, rule="template"))

    def _resolved(self, value: object, path: Steps, near: Place | None) -> JSON:
        if _is_container(value):
            return self._container(value, path, near)
        message = _oddity_of(value, path)
        if message:
            self.oddities.append(Oddity(path, message, place_of(value) or near))
            return None
        return _scalar(value)

    def _is_too_much(self, value: Mapping[object, object] | Sequence[object]) -> bool:
        """Whether this is the entry that holds too much: in small parts, or in one part that it holds several times."""
        if self.weights is None or self._weight(value) <= MOST_VALUES:
            return False
        heavy = [id(entry) for entry in _entries(value) if self._weight(entry) > MOST_VALUES]
        known = id(value) in self.heavy
        self.heavy.add(id(value))
        return known or not heavy or len(set(heavy)) < len(heavy)

    def _weight(self, value: object) -> int:
        return _count(value, cast("dict[int, tuple[int, object]]", self.weights), frozenset())

    def _container(self, value: Mapping[object, object] | Sequence[object], path: Steps, near: Place | None) -> JSON:
        if id(value) in self.entered:
            self.oddities.append(Oddity(path, "leads back to itself", near))
            return None
        if len(path) >= MOST_LEVELS:
            self.oddities.append(Oddity(path, f"is nested more than {MOST_LEVELS} levels deep", near))
            return None
        if self._is_too_much(value):
            # An alias is told where it stands: what it stands for may be right elsewhere.
            self.oddities.append(Oddity(path, TOO_MANY, near))
            return None
        near = place_of(value) or near
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
        made = {
            key: self._normal(below, (*path, key), place_of(key) or near) for key, below in self._texts(pairs, path)
        }
        normal = {key: below for key, below in made.items() if below is not _LEFT_OUT}
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
        made = [self._normal(below, (*path, index), near) for index, below in enumerate(value)]
        normal = [below for below in made if below is not _LEFT_OUT]
        same = len(normal) == len(value) and all(kept is below for kept, below in zip(normal, value, strict=True))
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
        # The day of a waiver, or of what a target accepts: YAML reads 2026-12-31 without quotes as a date.
        is_day = path[:1] == ("waivers",) or (path[1:2] == ("accept",) and path[3:] == ("until",))
        return None if is_day else "must be text, not a date; write it in quotes"
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


def _may_be_template(value: object) -> bool:
    """Whether Ansible may make something else of it. What is no text, such as what was encrypted, is not said here."""
    if isinstance(value, str):
        return "{" in value
    return value is not None and not isinstance(value, (int, float, datetime.date, bytes)) and not _is_container(value)


def _scalar(value: object) -> JSON:
    if isinstance(value, float) and value.is_integer():
        return with_place_of(value, int(value))
    return cast("JSON", value)
