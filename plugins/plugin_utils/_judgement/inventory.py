# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The gate: judge every host of an inventory at once, and equal settings once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import HostVariables
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import identity, place_of
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

from .findings import Finding, sort_key, where
from .judgement import NO_SETTINGS, Examination, Judgement, Request, examine
from .policies import HostSettings, judge_shared
from .policy import Policy
from .variables import judge_variables, no_targets
from .waivers import Waiver


@dataclass(frozen=True)
class Environment:
    """One line of the summary: how many hosts and targets were judged, and what was found there."""

    name: str
    hosts: int
    targets: int
    errors: int
    warnings: int

    def to_mapping(self) -> dict[str, JSON]:
        """The line as plain data."""
        return dict(vars(self))


@dataclass(frozen=True)
class JudgedPolicy:
    """A policy, and the hosts whose settings were judged by it."""

    policy: Policy
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class JudgedTarget:
    """An application at a version, and the hosts that it was judged for."""

    target: str
    version: str | None
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class GateJudgement:
    """The judgement of an inventory. Each finding and each waiver names the hosts that it is for.

    `hosts` maps each judged host to its environment, `skipped` are those without `email_settings`, and
    `distinct` says how many different settings there were among the judged.
    """

    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    waivers: tuple[Waiver, ...]
    coverage: Mapping[str, Mapping[str, JSON]]
    environments: tuple[Environment, ...]
    hosts: Mapping[str, str]
    skipped: tuple[str, ...]
    distinct: int
    policies: tuple[JudgedPolicy, ...] = ()
    targets: tuple[JudgedTarget, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.errors

    @property
    def acknowledged(self) -> int:
        """The warnings that were read, which are displayed no more."""
        return sum(warning.acknowledged for warning in self.warnings)

    @property
    def not_judged(self) -> int:
        """The hosts that have settings which cannot be read: with those judged, they are the environments' hosts."""
        return sum(environment.hosts for environment in self.environments) - len(self.hosts)

    def summary(self) -> dict[str, JSON]:
        """The figures, the same for the same input."""
        return {
            "environments": [environment.to_mapping() for environment in self.environments],
            "hosts": len(self.hosts),
            "not_judged": self.not_judged,
            "distinct": self.distinct,
            "skipped": list(self.skipped),
            "targets": sum(environment.targets for environment in self.environments),
            "errors": len(self.errors),
            "warnings": len(self.warnings) - self.acknowledged,
            "acknowledged": self.acknowledged,
            "waivers": sum(waiver.target is None for waiver in self.waivers),
            "accepted": sum(waiver.target is not None for waiver in self.waivers),
        }


@dataclass
class _Equal:
    """Hosts with equal settings, and what was found about them."""

    hosts: list[HostVariables]
    examined: Examination
    judgement: Judgement | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(host.host for host in self.hosts)


def judge_hosts(hosts: Sequence[HostVariables], request_for: Callable[[HostVariables], Request]) -> GateJudgement:
    """Judge all hosts. What cannot be read of one of them is a finding of its own, and hides nothing of the others."""
    judged = [host for host in hosts if "email_settings" in host.values and not host.failures]
    equal = _equal(judged, request_for)
    judge_shared([_shared(group) for group in equal])
    for group in equal:
        group.judgement = group.examined.judgement()
    judgements = [(group.names, group.judgement) for group in equal if group.judgement is not None]
    folders = request_for(hosts[0]).shown_from if hosts else ()
    named = [((host.host,), judge_variables(host.unknown, folders)) for host in hosts if host.unknown]
    errors = _merged(
        [
            *((names, judgement.errors) for names, judgement in judgements),
            *_unread(hosts, folders),
            *((names, variables.errors) for names, variables in named),
        ]
    )
    warnings = _merged(
        [
            *((names, judgement.warnings) for names, judgement in judgements),
            *((names, variables.warnings) for names, variables in named),
        ]
    )
    skipped = tuple(host.host for host in hosts if "email_settings" not in host.values and not host.failures)
    if skipped and len(skipped) == len(hosts):
        errors = (*errors, _nothing_judged(skipped))
    if judged and not any(host.values.get("email_targets") for host in hosts):
        warnings = (*warnings, no_targets([host.host for host in judged]))
    return GateJudgement(
        errors=errors,
        warnings=warnings,
        waivers=_merged_waivers((names, judgement.waivers) for names, judgement in judgements),
        coverage=_coverage(judgement.coverage for _hosts, judgement in judgements),
        environments=_environments([host for host in hosts if host.host not in skipped], errors, warnings),
        hosts={host.host: host.environment for host in judged},
        skipped=skipped,
        distinct=len(equal),
        policies=_policies(equal),
        targets=_targets(equal),
    )


def _equal(hosts: Sequence[HostVariables], request_for: Callable[[HostVariables], Request]) -> list[_Equal]:
    """The hosts by what they are given; each different one examined once."""
    alike: dict[Hashable, list[HostVariables]] = {}
    for host in hosts:
        # A policy may be for a group, so with policies only hosts in the same groups are equal.
        groups = host.groups if host.values.get("email_policies") else ()
        odd = (*host.oddities.items(), *host.homes.items())
        alike.setdefault((host.environment, groups, identity(host.values), odd), []).append(host)
    return [_Equal(members, examine(request_for(members[0]))) for members in alike.values()]


def _policies(equal: Sequence[_Equal]) -> tuple[JudgedPolicy, ...]:
    """Each policy once, in the order of `email_policies`."""
    hosts: dict[Policy, list[str]] = {}
    for group in equal:
        for policy in group.examined.policies:
            hosts.setdefault(policy, []).extend(group.names)
    return tuple(JudgedPolicy(policy, tuple(names)) for policy, names in hosts.items())


def _targets(equal: Sequence[_Equal]) -> tuple[JudgedTarget, ...]:
    """Each application once for each version, sorted."""
    hosts: dict[tuple[str, str | None], dict[str, None]] = {}
    for group in equal:
        for covered in group.examined.coverage.values():
            at = str(covered["target"]), cast("str | None", covered["version"])
            hosts.setdefault(at, {}).update(dict.fromkeys(group.names))
    return tuple(JudgedTarget(*at, tuple(names)) for at, names in sorted(hosts.items(), key=str))


def _shared(group: _Equal) -> HostSettings:
    examined, host = group.examined, group.hosts[0]
    return HostSettings(
        environment=host.environment,
        host=host.host,
        source=examined.source,
        settings=examined.in_effect,
        policies=examined.policies,
        findings=examined.findings,
    )


def _unread(hosts: Sequence[HostVariables], folders: Sequence[Path]) -> list[tuple[tuple[str, ...], list[Finding]]]:
    """A finding for each variable of a host that could not be templated, or that lacks what belongs to it."""
    unread: list[tuple[tuple[str, ...], list[Finding]]] = []
    for host in hosts:
        for failure in host.failures:
            at = where(failure.place, folders)
            message = f"{failure.message}; nothing else of this host could be judged"
            unread.append(((host.host,), [Finding(failure.variable, "", message, "template", **at)]))
        if not host.failures and "email_settings" not in host.values and host.values.get("email_targets"):
            at = where(place_of(host.values["email_targets"]), folders)
            unread.append(((host.host,), [Finding("email_targets", "", NO_SETTINGS, "required", **at)]))
    return unread


def _nothing_judged(skipped: Sequence[str]) -> Finding:
    message = "no host has it, so nothing was judged"
    return Finding("email_settings", "", message, "required", hosts=tuple(skipped))


def _merged(reported: Iterable[tuple[tuple[str, ...], Iterable[Finding]]]) -> tuple[Finding, ...]:
    """Equal findings of different hosts as one, with all of the hosts.

    One that cites a target's page on some hosts, and on others is the spec's alone, is one mistake: it cites none.
    """
    pairs = [(names, finding) for names, findings in reported for finding in findings]
    known = {finding for _names, finding in pairs}
    hosts: dict[Finding, dict[str, None]] = {}
    for names, finding in pairs:
        uncited = replace(finding, target=None, documentation=None)
        hosts.setdefault(uncited if uncited in known else finding, {}).update(dict.fromkeys(names))
    merged = (replace(finding, hosts=tuple(names)) for finding, names in hosts.items())
    return tuple(sorted(merged, key=sort_key))


def _merged_waivers(reported: Iterable[tuple[tuple[str, ...], Iterable[Waiver]]]) -> tuple[Waiver, ...]:
    """Equal waivers as one, with all of the hosts; used where one of them uses it."""
    hosts: dict[Waiver, list[str]] = {}
    used: set[Waiver] = set()
    hidden: dict[Waiver, list[tuple[tuple[str, ...], Sequence[Finding]]]] = {}
    for names, waivers in reported:
        for waiver in waivers:
            unused = replace(waiver, used=False)
            hosts.setdefault(unused, []).extend(names)
            used.update([unused] if waiver.used else [])
            hidden.setdefault(unused, []).append((names, waiver.hides))
    merged = [
        replace(waiver, used=waiver in used, hosts=tuple(names), hides=_merged(hidden[waiver]))
        for waiver, names in hosts.items()
    ]
    return tuple(sorted(merged, key=lambda waiver: (waiver.file or "", waiver.line or 0, waiver.column or 0)))


def _coverage(coverages: Iterable[Mapping[str, Mapping[str, JSON]]]) -> dict[str, Mapping[str, JSON]]:
    """What becomes of each leaf, once for each version of each target; `waived` of all hosts together."""
    merged: dict[str, Mapping[str, JSON]] = {}
    for coverage in coverages:
        for covered in coverage.values():
            name = f"{covered['target']} {covered['version']}" if covered["version"] else str(covered["target"])
            known = cast("Sequence[str]", merged.get(name, {}).get("waived") or ())
            waived = sorted({*known, *cast("Sequence[str]", covered["waived"])})
            merged[name] = {**covered, "waived": waived}
    return dict(sorted(merged.items()))


def _environments(
    hosts: Sequence[HostVariables], errors: Sequence[Finding], warnings: Sequence[Finding]
) -> tuple[Environment, ...]:
    members: dict[str, list[HostVariables]] = {}
    for host in hosts:
        members.setdefault(host.environment, []).append(host)
    return tuple(
        Environment(
            name=name,
            hosts=len(inside),
            targets=sum(_length(host.values.get("email_targets")) for host in inside),
            errors=_concerning(errors, inside),
            warnings=_concerning([warning for warning in warnings if not warning.acknowledged], inside),
        )
        for name, inside in sorted(members.items())
    )


def _length(targets: JSON) -> int:
    return len(targets) if isinstance(targets, list) else 0


def _concerning(findings: Sequence[Finding], hosts: Sequence[HostVariables]) -> int:
    names = {host.host for host in hosts}
    return sum(1 for finding in findings if not names.isdisjoint(finding.hosts))
