# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Filled sheets of an inventory's hosts, read where the inventory is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding, sort_key, where
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import GateJudgement
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.admission import Admitted
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import HostVariables
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Place
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.variables import SHEETS

from .drift import Drift
from .sheets import with_sheets


@dataclass(frozen=True)
class NamedSheets:
    """What a host's variable names: the sheets' full paths, what is odd in it, and where the variable stands."""

    paths: Sequence[str]
    admitted: Admitted
    place: Place | None = None


@dataclass
class _Seen:
    """What was found in sheets: findings of hosts, and each host's drift."""

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    drifts: dict[str, list[Drift]] = field(default_factory=dict)


def with_host_sheets(
    judgement: GateJudgement,
    hosts: Sequence[HostVariables],
    sheets: Mapping[str, NamedSheets],
    request_for: Callable[[HostVariables], Request],
) -> tuple[GateJudgement, Mapping[str, Sequence[Drift]]]:
    """The judgement with what is wrong with the hosts' sheets, and what they say otherwise, by host."""
    seen = _Seen()
    for host in hosts:
        if host.host in sheets and host.host in judgement.hosts:
            _look(host, sheets[host.host], request_for(host), seen)
    return _together(judgement, seen), seen.drifts


def _look(host: HostVariables, named: NamedSheets, request: Request, seen: _Seen) -> None:
    for oddity in named.admitted.oddities:
        at = where(oddity.place or named.place, request.shown_from)
        seen.errors.append(Finding(SHEETS, "", oddity.message, oddity.rule, hosts=(host.host,), **at))
    own = judge(request)
    read, drifts = with_sheets(own, named.paths, request.root)
    if drifts:
        seen.drifts[host.host] = drifts
    otherwise = where(named.place, request.shown_from)
    for findings, known, more in (
        (seen.errors, own.errors, read.errors),
        (seen.warnings, own.warnings, read.warnings),
    ):
        for finding in more:
            if finding not in known:
                placed = finding if finding.file else replace(finding, **otherwise)
                findings.append(replace(placed.seen_from(request.shown_from), hosts=(host.host,)))


def _together(judgement: GateJudgement, seen: _Seen) -> GateJudgement:
    return replace(
        judgement,
        errors=tuple(sorted((*judgement.errors, *seen.errors), key=sort_key)),
        warnings=tuple(sorted((*judgement.warnings, *seen.warnings), key=sort_key)),
        environments=tuple(
            replace(
                environment,
                errors=environment.errors + _concerning(seen.errors, environment.name, judgement),
                warnings=environment.warnings + _concerning(seen.warnings, environment.name, judgement),
            )
            for environment in judgement.environments
        ),
    )


def _concerning(findings: Sequence[Finding], environment: str, judgement: GateJudgement) -> int:
    return sum(judgement.hosts.get(host) == environment for finding in findings for host in finding.hosts)
