# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A judgement on the terminal: findings, figures, waivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding, headline
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import Environment, GateJudgement
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.waivers import Waiver
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import one_line
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted, shortened

from .judged import Judged, waiver_text


def gate_report(judgement: GateJudgement, seconds: float) -> str:
    """What a person reads: the findings by the hosts that they are for, then the sum and what it is made of."""
    return "\n".join([headline(judgement.errors), *by_hosts(judgement), *summary_lines(judgement, seconds)])


def by_hosts(judgement: GateJudgement) -> list[str]:
    """The errors below the hosts that they are for, those of the most hosts first; without hosts, first of all."""
    members: dict[str, list[str]] = {}
    for host, environment in judgement.hosts.items():
        members.setdefault(environment, []).append(host)
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for error in judgement.errors:
        groups.setdefault(error.hosts, []).append(error)
    lines = []
    for hosts, errors in sorted(groups.items(), key=lambda group: (bool(group[0]), -len(group[0]), group[0])):
        lines += [f"  {one_line(host_group(hosts, members))}:"] if hosts else []
        lines += [f"{'    ' if hosts else '  '}{replace(error, hosts=()).sentence()}" for error in errors]
    return lines


def host_group(hosts: Sequence[str], members: Mapping[str, Sequence[str]]) -> str:
    """Hosts by the environments that they are all of, then those that are some of one: `dev, production (6 hosts)`.

    `members` has the hosts of each environment.
    """
    whole = [name for name, inside in members.items() if set(inside) <= set(hosts)]
    others = [host for host in hosts if not any(host in members[name] for name in whole)]
    named = ", ".join([*whole, *([shortened(others)] if others else [])])
    return f"{named} ({counted(len(hosts), 'host')})" if whole else named


def summary_lines(judgement: GateJudgement, seconds: float) -> list[str]:
    """The sum, a line for each environment, what was skipped, and the waivers."""
    equal = f" ({judgement.distinct} different)" if judgement.distinct < len(judgement.hosts) else ""
    figures = [
        counted(len(judgement.environments), "environment"),
        counted(len(judgement.hosts), "host") + equal,
        counted(sum(environment.targets for environment in judgement.environments), "target"),
        counted(len(judgement.errors), "error"),
        counted(len(judgement.warnings) - judgement.acknowledged, "warning")
        + (f" ({judgement.acknowledged} more acknowledged)" if judgement.acknowledged else ""),
        f"{seconds:.1f} s",
    ]
    lines = [", ".join(figures), *(_table(judgement.environments) if judgement.environments else [])]
    if judgement.not_judged:
        lines.append(f"  not judged, for their variables cannot be read: {counted(judgement.not_judged, 'host')}")
    if judgement.skipped:
        lines.append(f"  skipped, for they have no email_settings: {one_line(shortened(judgement.skipped, most=8))}")
    lines += [
        f"  {line}"
        for line in Judged(judgement.hosts, judgement.policies, judgement.targets, judgement.waivers).lines()[:2]
    ]
    return lines + [f"  waived: {one_line(_waived(waiver))}" for waiver in judgement.waivers]


def _waived(waiver: Waiver) -> str:
    place = ":".join(str(part) for part in (waiver.file, waiver.line, waiver.column) if part is not None)
    return f"{place}: {waiver_text(waiver)} [{shortened(waiver.hosts)}]"


def _table(environments: Sequence[Environment]) -> list[str]:
    titles = ("environment", "hosts", "targets", "errors", "warnings")
    rows = [titles, *(tuple(map(one_line, vars(environment).values())) for environment in environments)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(titles))]
    return [
        "  "
        + "  ".join(
            [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        )
        for row in rows
    ]
