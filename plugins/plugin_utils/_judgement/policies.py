# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Policies: an organisation's own rules, each a JSON Schema with a few annotations of ours.

A policy is judged on the settings as they take effect: defaults filled in, what is not set left out. What the spec's
own schema finds wrong is left out too, so that one mistake is one finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.bounds import StoppedError, bounded
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.faults import Fault
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES, Spec

from .findings import Findings, Source
from .policy import Policy

# Judging


def in_effect(spec: Spec) -> dict[str, JSON]:
    """The settings as policies see them: without what is faulty, defaults filled in, what is not set left out."""
    return _set(spec.effective)


def _set(tree: Tree) -> dict[str, JSON]:
    return {
        key: _set(value) if isinstance(value, Mapping) else value for key, value in tree.items() if value is not None
    }


def judge_policies(
    policies: Sequence[Policy],
    source: Source,
    settings: Tree,
    findings: Findings,
    *,
    target: str | None = None,
    known: Sequence[Fault] = (),
) -> list[Fault]:
    """Judge settings, as `in_effect` gives them; answers what was found, less what is `known` already."""
    broken: list[Fault] = []
    written = source.layers.merged()
    for policy in policies:
        faults = [_by_default(fault, written) for fault in _faults(policy, settings, findings)]
        new = [fault for fault in faults if fault not in known]
        findings.add(source, new, severity=policy.severity, target=target, policy=policy.name)
        broken += new
    return broken


def _faults(policy: Policy, settings: Tree, findings: Findings) -> list[Fault]:
    """What breaks the policy; where it does not come to an end, that is a finding at its own place."""
    try:
        with bounded():
            return policy.faults(settings, findings.secrets)
    except StoppedError as stopped:
        message = f"was not judged to the end: it {stopped}; look at its references and regular expressions"
        findings.add_at(policy.place, policy.path, message, rule="policy", policy=policy.name)
        return []


def _by_default(fault: Fault, written: Tree) -> Fault:
    """A fault of a value that nobody wrote says so, and points to where it would be written."""
    dotted = ".".join(str(step) for step in fault.path)
    if fault.at == "value" and dotted in LEAVES and get(written, dotted) is None:
        # Nobody misspelt what nobody wrote.
        message = fault.message.removesuffix(fault.suggestion)
        return Fault(fault.path, fault.rule, f"{message}; it is not written, and that is its default", "missing")
    return fault


def judge_secret_options(
    policies: Sequence[Policy], source: Source, secret_options: Tree, findings: Findings, *, target: str
) -> None:
    """Judge a target's secret options; `source` is its entry in `email_targets`."""
    for policy in policies:
        faults = policy.option_faults(secret_options)
        findings.add(source, faults, severity=policy.severity, target=target, policy=policy.name)


@dataclass(frozen=True)
class HostSettings:
    """One host's settings, as `in_effect` gives them, for what holds between environments.

    `findings` are the host's own: what is found is added to them.
    """

    environment: str
    host: str
    source: Source
    settings: Tree
    policies: Sequence[Policy]
    findings: Findings


def judge_shared(hosts: Sequence[HostSettings]) -> None:
    """Find what environments share although a policy wants it distinct: one finding a place where it is written."""
    for policy in dict.fromkeys(policy for host in hosts for policy in host.policies if policy.distinct):
        concerned = [host for host in hosts if policy in host.policies]
        for leaves in policy.distinct:
            for sharing in _sharing(leaves, concerned):
                environments = sorted({host.environment for host in sharing})
                fault = policy.sharing_fault(leaves[-1], environments)
                for host in sharing:
                    host.findings.add(host.source, [fault], severity=policy.severity, policy=policy.name)


def _sharing(leaves: Sequence[str], hosts: Sequence[HostSettings]) -> Iterator[list[HostSettings]]:
    """The hosts that have the same values, for each set of values that more than one environment has."""
    alike: dict[tuple[str, ...], list[HostSettings]] = {}
    for host in hosts:
        values = [get(host.settings, leaf) for leaf in leaves]
        if None not in values:
            alike.setdefault(tuple(map(str, values)), []).append(host)
    return (same for same in alike.values() if len({host.environment for host in same}) > 1)
