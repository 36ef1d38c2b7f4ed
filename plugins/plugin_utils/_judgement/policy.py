# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A policy, and the rules that no JSON Schema can say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Place, is_literal
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.faults import IN_CLEAR_TEXT, Fault
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Steps, Tree, get, steps
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import Schema
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES, SECRET_LEAVES

from .findings import Severity


@dataclass(frozen=True)
class Policy:
    """One rule, ready to judge by.

    `groups` are the inventory's groups that it holds for; empty means every host. `distinct` are combinations of
    leaves that no two environments may share. With `vaulted` no secret may stand in a file in clear text.
    """

    name: str
    # Two policies that say the same are the same, whoever compiled them.
    schema: Schema = field(compare=False)
    message: str | None = None
    rule: str | None = None
    severity: Severity = "error"
    groups: tuple[str, ...] = ()
    distinct: tuple[tuple[str, ...], ...] = ()
    vaulted: bool = False
    # What the organisation itself says that the policy answers to, such as `PCI DSS 4.2.1`.
    controls: tuple[str, ...] = ()
    # The entry of `email_policies` that names it first, and where that was written.
    path: Steps = field(default=("email_policies",), compare=False)
    place: Place | None = field(default=None, compare=False)

    def concerns(self, groups: Iterable[str]) -> bool:
        """Whether it holds for a host in these groups."""
        return not self.groups or not {*self.groups}.isdisjoint({*groups, "all"})

    def faults(self, settings: Tree, secrets: Secrets) -> list[Fault]:
        """What in the settings, as they take effect, breaks the policy."""
        faults = self.schema.faults(settings, secrets)
        if self.vaulted:
            values = {leaf: get(settings, leaf) for leaf in LEAVES if leaf in SECRET_LEAVES}
            faults += [Fault(steps(leaf), "x-vaulted", IN_CLEAR_TEXT) for leaf in _in_clear_text(values)]
        return list(map(self._with_its_message, faults))

    def option_faults(self, secret_options: Tree) -> list[Fault]:
        """Which secret options of a target break the policy."""
        ways = _secrets_in_clear_text(secret_options) if self.vaulted else ()
        return [self._with_its_message(Fault(("options", *path), "x-vaulted", IN_CLEAR_TEXT)) for path in ways]

    def sharing_fault(self, leaf: str, environments: Sequence[JSON]) -> Fault:
        """What is said where environments share a setting that each must have of its own."""
        words = [str(name) for name in environments]
        shared = f"is shared by {', '.join(words[:-1])} and {words[-1]}: each environment needs its own"
        return self._with_its_message(Fault(steps(leaf), "x-distinct", shared))

    def _with_its_message(self, fault: Fault) -> Fault:
        return Fault(fault.path, self.rule or fault.rule, self.message or fault.message, fault.at)


def _in_clear_text(values: Tree) -> Iterator[str]:
    return (name for name, value in values.items() if is_literal(value))


# In a secret option that is a mapping or a list of them, these keys hold the secrets.
_NAME_OF_A_SECRET = re.compile(r"pass|secret|token|credential|(^|_)key$", re.IGNORECASE)


def _secrets_in_clear_text(options: Tree, path: Steps = (), *, secret: bool = True) -> Iterator[Steps]:
    """The ways to what stands in clear text: secret options, and within those that hold more, what is named so."""
    for name, value in options.items():
        yield from _clear_below(value, (*path, name), secret=secret or bool(_NAME_OF_A_SECRET.search(name)))


def _clear_below(value: JSON, path: Steps, *, secret: bool) -> Iterator[Steps]:
    if isinstance(value, Mapping):
        yield from _secrets_in_clear_text(value, path, secret=False)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, below in enumerate(value):
            yield from _clear_below(below, (*path, index), secret=secret)
    elif secret and is_literal(value):
        yield path


# Our own keywords: what JSON Schema cannot say of one value


def _breaks_vaulted(wanted: JSON, value: JSON) -> bool:
    return wanted is True and is_literal(value) is True


def _breaks_domains(wanted: JSON, value: JSON) -> bool:
    return isinstance(value, str) and not in_domains(value, cast("Sequence[str]", wanted))


def in_domains(address: str, domains: Iterable[str]) -> bool:
    """Whether an address is in one of the domains; `*.example.edu` stands for every domain below example.edu."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    return any(
        domain.endswith(wanted.lower()[1:]) if wanted.startswith("*.") else domain == wanted.lower()
        for wanted in domains
    )


KEYWORDS: Mapping[str, Callable[[JSON, JSON], bool]] = {"x-vaulted": _breaks_vaulted, "x-domains": _breaks_domains}
