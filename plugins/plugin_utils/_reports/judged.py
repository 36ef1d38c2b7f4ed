# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What was judged, by which policies and on which hosts: without it, "nothing found" would say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import JudgedPolicy, JudgedTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.waivers import Waiver, register
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import one_line
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import shortened

# How many names a line holds.
_MOST = 8


@dataclass(frozen=True)
class Judged:
    """The scope of a judgement. `hosts` maps each judged host to its environment; empty where one spec was judged."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    policies: Sequence[JudgedPolicy] = ()
    targets: Sequence[JudgedTarget] = ()
    waivers: Sequence[Waiver] = ()

    def to_mapping(self) -> dict[str, JSON]:
        """As plain data."""
        return {
            "hosts": dict(self.hosts),
            "policies": [{"policy": judged.policy.name, "hosts": list(judged.hosts)} for judged in self.policies],
            "targets": [
                {"target": judged.target, "version": judged.version, "hosts": list(judged.hosts)}
                for judged in self.targets
            ],
            **register(self.waivers),
        }

    def lines(self) -> list[str]:
        """`policies: encryption-required`, `targets: alertmanager 0.31, postfix 3.8`, `hosts: app1, app2`."""
        names = {
            "policies": [judged.policy.name for judged in self.policies],
            "targets": [name_at(judged) for judged in self.targets],
            "hosts": list(self.hosts),
        }
        lines = [one_line(f"{kind}: {shortened(listed, most=_MOST) or 'none'}") for kind, listed in names.items()]
        return lines + [one_line(f"waived: {waiver_text(waiver)}") for waiver in self.waivers]


def waiver_text(waiver: Waiver) -> str:
    """`encryption-required for smtp.encryption until 2027-03-31: the relay has no certificate`."""
    until = f" {'ended on' if waiver.ended else 'until'} {waiver.until}" if waiver.until else ", without an end"
    return f"{waiver.policy or waiver.target} for {waiver.path}{until}: {waiver.reason or 'no reason is given'}"


def name_at(judged: JudgedTarget) -> str:
    """`alertmanager 0.31`, or the application alone where its target describes no versions."""
    return f"{judged.target} {judged.version}" if judged.version else judged.target
