# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The names of the collection's own variables, and those of a host that look like one and are none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import COLLECTION_ROOT

from .origins import NOT_A_HOME, Place, place_of

# The variables that are read of each host.
VARIABLES = (
    "email_settings",
    "email_settings_base",
    "email_targets",
    "email_target_paths",
    "email_policies",
    "email_environment",
)

# What a host has beside them: the filled sheets of its admin pages.
SHEETS = "email_current_sheets"

_PREFIX = "email_"
_OF_OURS = re.compile(rf"\b{_PREFIX}[a-z0-9_]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Names as like as this, of 1, are a slip of the keyboard; those less like may be somebody's own.
_A_SLIP = 0.8


@dataclass(frozen=True)
class UnknownVariable:
    """A variable that is named as ours are and is none. `is_slip` says that `nearest` was meant beyond doubt."""

    name: str
    nearest: str | None
    is_slip: bool
    place: Place | None


@cache
def known_variables() -> frozenset[str]:
    """Every variable that the role or a playbook of the collection names."""
    files = [*COLLECTION_ROOT.glob("playbooks/*.yml"), *COLLECTION_ROOT.glob("roles/*/*/*.yml")]
    named = {name for file in files for name in _OF_OURS.findall(file.read_text(encoding="utf-8"))}
    return frozenset(named | set(VARIABLES))


def unknown_variables(variables: Mapping[str, object]) -> tuple[UnknownVariable, ...]:
    """Those of a host's variables, raw as they were written, that begin like ours and that nothing reads."""
    named = [name for name in variables if _begins_like_ours(name) and name not in known_variables()]
    if not named:
        return ()
    used = {word for name, value in _written(variables) for word in words(value) if word != name}
    return tuple(_unknown(name, variables[name]) for name in named if name not in used)


def _begins_like_ours(name: str) -> bool:
    """Whether it begins as all of ours do, or is one of them but for its case and what stands between its words."""
    return name.startswith(_PREFIX) or (
        name[:5].lower() in ("email", "e_mai", "e-mai") and _bare(name) in _bare_names()
    )


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def _bare_names() -> Mapping[str, str]:
    return {_bare(known): known for known in known_variables()}


def _written(variables: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in variables.items():
        if name not in NOT_A_HOME and not name.startswith("ansible_"):
            yield name, value


def _unknown(name: str, value: object) -> UnknownVariable:
    # What all names begin with would make any two of them alike.
    ours = {known.removeprefix(_PREFIX): known for known in known_variables()}
    own = _bare_names().get(_bare(name), name).removeprefix(_PREFIX).lower()
    near = next(iter(difflib.get_close_matches(own, list(ours), n=1)), None)
    is_slip = near is not None and difflib.SequenceMatcher(None, own, near).ratio() >= _A_SLIP
    return UnknownVariable(str(name), near and ours[near], is_slip, place_of(name) or place_of(value))


def words(value: object, passed: dict[int, object] | None = None) -> Iterator[str]:
    """Every word in the templates of a value; more than the variables' names, and never fewer.

    Each mapping and list is looked through once, however often aliases lead there.
    """
    if isinstance(value, str):
        if "{{" in value or "{%" in value:
            yield from _NAME.findall(value)
        return
    passed = {} if passed is None else passed
    if isinstance(value, bytes) or id(value) in passed:
        return
    if isinstance(value, (Mapping, Sequence)):
        passed[id(value)] = value
        inside = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
        for below in inside:
            yield from words(below, passed)
