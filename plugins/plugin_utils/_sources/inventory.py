# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The variables of an inventory's hosts: after precedence, templates and vault, each value with its place."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, cast

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.bounds import StoppedError, bounded_work
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, dotted
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

from .admission import Admitted, Oddity, admit, admit_entries, too_much
from .origins import UNTEMPLATABLE, Place, place_of, with_all_hosts, without_huge_powers
from .variables import SHEETS, VARIABLES, UnknownVariable, unknown_variables, words

# What no entry of which can be left out.
_NEEDED = ("email_target_paths", "email_environment")


class UnknownHost(SentenceError):
    """A host that the inventory does not have."""


@dataclass(frozen=True)
class Failure:
    """A variable that has no value, because something in it cannot be templated."""

    variable: str
    message: str
    place: Place | None


@dataclass(frozen=True)
class HostVariables:
    """What one host is given: the variables that it has of `VARIABLES`, and those that could not be read."""

    host: str
    groups: tuple[str, ...]
    environment: str
    values: Mapping[str, JSON]
    failures: tuple[Failure, ...] = ()
    #: What was odd in a variable, and is not in `values`.
    oddities: Mapping[str, tuple[Oddity, ...]] = field(default_factory=dict)
    #: Where a variable stands whose value bears no place: nothing, true or false, or JSON in a text.
    homes: Mapping[str, Place] = field(default_factory=dict)
    #: The variables that look like ours and are none.
    unknown: tuple[UnknownVariable, ...] = ()
    #: Whether it has a variable that names filled sheets.
    has_sheets: bool = False


# What a template can say that makes its value depend on more than the variables that it names, or on chance.
_REACHES_FURTHER = frozenset(
    {"hostvars", "vars", "varnames", "lookup", "query", "q"}
    | {"include", "import", "from", "extends"}
    | {"now", "random", "shuffle", "password_hash"}
)


class HostVars(Protocol):
    """Ansible's own `hostvars`: what is looked up in a host's variables is templated, `raw_get` gives them raw."""

    def __contains__(self, name: object, /) -> bool: ...

    def __getitem__(self, name: str, /) -> object: ...

    def raw_get(self, host_name: str) -> object: ...


def read_hosts(hostvars: HostVars, names: Sequence[str]) -> list[HostVariables]:
    """The variables of the named hosts.

    Templating takes most of the gate's time, so hosts are templated together where every variable that counts for them
    is the same object. One host that cannot be read never hides another. Raises UnknownHost.
    """
    read: dict[Hashable, HostVariables] = {}
    # An object's identity counts only as long as the object is there.
    kept: list[Mapping[str, object]] = []
    hosts = []
    for name in names:
        if name not in hostvars:
            raise UnknownHost(f"{name} is no host of the inventory")
        raw = cast("Mapping[str, object]", hostvars.raw_get(name))
        kept.append(raw)
        alike = _alike(raw)
        host = read.get(alike) if alike is not None else None
        if host is None:
            own = cast("Mapping[str, object]", hostvars[name])
            with_all_hosts(own, hostvars)
            host = _read(own, raw, name)
        if alike is not None:
            read.setdefault(alike, host)
        groups = tuple(cast("Sequence[str]", raw["group_names"]))
        environment = environment_of(groups, host.values.get("email_environment"))
        hosts.append(
            replace(
                host,
                host=name,
                groups=groups,
                environment=environment,
                unknown=unknown_variables(raw),
                has_sheets=SHEETS in raw,
            )
        )
    return hosts


def read_variable(hostvars: HostVars, name: str, variable: str) -> tuple[Admitted, Place | None] | None:
    """A variable of a host that is not one of `VARIABLES`, and where it stands; None where the host has none."""
    raw = cast("Mapping[str, object]", hostvars.raw_get(name))
    if variable not in raw:
        return None
    own = cast("Mapping[str, object]", hostvars[name])
    with_all_hosts(own, hostvars)
    return _admitted(own, raw[variable], variable), place_of(raw[variable]) or place_of(
        next(key for key in raw if key == variable)
    )


def looks_further(hostvars: HostVars, names: Sequence[str]) -> bool:
    """Whether what a host is given may depend on more than the inventory's variables, as on a file or on chance."""
    return any(_alike(cast("Mapping[str, object]", hostvars.raw_get(name))) is None for name in names)


def _alike(raw: Mapping[str, object]) -> Hashable:
    """What is equal for hosts that get the same values; None where a template may look at more than it names."""
    needed: set[str] = set()
    new = {name for name in VARIABLES if name in raw}
    while new:
        needed |= new
        named = {word for name in new for word in words(raw[name])}
        if not _REACHES_FURTHER.isdisjoint(named):
            return None
        new = {word for word in named if word in raw} - needed
    return tuple((name, id(raw[name])) for name in sorted(needed))


def _read(variables: Mapping[str, object], raw: Mapping[str, object], name: str) -> HostVariables:
    values: dict[str, JSON] = {}
    failures: list[Failure] = []
    oddities = {}
    for variable in filter(variables.__contains__, VARIABLES):
        admitted = _admitted(variables, raw.get(variable), variable)
        failed = list(_failures(variable, admitted, place_of(variable), alone="email_settings" not in variables))
        if failed:
            failures += failed
        else:
            values[variable], oddities[variable] = admitted.value, admitted.oddities
    homes = {variable: home for variable in values for home in [_home(raw, variable)] if home is not None}
    return HostVariables(name, (), "", values, tuple(failures), oddities, homes)


def _home(raw: Mapping[str, object], variable: str) -> Place | None:
    """Where a variable was set to nothing, to true or false, or to a text that holds all of it as JSON."""
    value = raw.get(variable)
    if isinstance(value, str):
        return None if "{{" in value or "{%" in value else place_of(value)
    if value is None or isinstance(value, bool):
        return next((place_of(key) for key in raw if key == variable), None)
    return None


def _admitted(variables: Mapping[str, object], raw: object, variable: str) -> Admitted:
    """A variable's value; where all of it cannot be had, that of each entry alone."""
    without_huge_powers(variables)
    if not too_much(raw):
        with contextlib.suppress(*UNTEMPLATABLE, RecursionError, StoppedError), bounded_work():
            return admit(variables[variable])
    return admit_entries(raw, variables)


def _failures(variable: str, admitted: Admitted, near: Place | None, *, alone: bool) -> Iterator[Failure]:
    """What is said where nothing of a host can be judged: it has no settings (`alone`), or not told by entries."""
    for oddity in admitted.oddities:
        no_settings = variable == "email_settings" and oddity.path == () and oddity.rule == "template"
        if alone or no_settings or variable in _NEEDED:
            yield Failure(dotted((variable, *oddity.path)), oddity.message, oddity.place or near)


def environment_of(groups: Sequence[str], named: object) -> str:
    """The environment's name: `email_environment` where that is set, else the first by name of the host's groups.

    `groups` are the names of its groups without `all`, sorted, as `group_names` has them.
    """
    return str(named) if named else next(iter(groups), "ungrouped")
