# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The variables of an inventory's hosts: after precedence, templates and vault, each value with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._environments import environment_of
from ansible_collections.appmail.settings.plugins.plugin_utils._origins import (
    UNTEMPLATABLE,
    Place,
    explain_failure,
    place_of,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._settings import JSON

# The variables that are read of each host.
VARIABLES = (
    "email_settings",
    "email_settings_base",
    "email_targets",
    "email_target_paths",
    "email_policies",
    "email_environment",
)


class UnknownHost(Exception):
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


def read_hosts(hostvars: Mapping[str, Mapping[str, object]], names: Sequence[str]) -> list[HostVariables]:
    """The variables of the named hosts. ``hostvars`` is Ansible's own, which templates what is looked up in it.

    One host that cannot be read never hides another. Raises UnknownHost.
    """
    return [_read(hostvars, name) for name in names]


def _read(hostvars: Mapping[str, Mapping[str, object]], name: str) -> HostVariables:
    if name not in hostvars:
        raise UnknownHost(f"{name} is no host of the inventory")
    variables = hostvars[name]
    values: dict[str, JSON] = {}
    failures = []
    for variable in VARIABLES:
        if variable in variables:
            try:
                values[variable] = cast("JSON", variables[variable])
            except UNTEMPLATABLE as error:
                message, place = explain_failure(error)
                failures.append(Failure(variable, message, place or place_of(variable)))
    groups = tuple(cast("Sequence[str]", variables["group_names"]))
    return HostVariables(name, groups, environment_of(name, groups, values), values, tuple(failures))
