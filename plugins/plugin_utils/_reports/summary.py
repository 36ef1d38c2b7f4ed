# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A judgement on the terminal: findings, figures, waivers."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import report
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import Environment, GateJudgement
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.waivers import Waiver
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import one_line
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted, shortened


def gate_report(judgement: GateJudgement, seconds: float) -> str:
    """What a person reads: the findings, then the sum and what it is made of."""
    return "\n".join([report(judgement.errors), *summary_lines(judgement, seconds)])


def summary_lines(judgement: GateJudgement, seconds: float) -> list[str]:
    """The sum, a line for each environment, what was skipped, and the waivers."""
    equal = f" ({judgement.distinct} different)" if judgement.distinct < len(judgement.hosts) else ""
    figures = [
        counted(len(judgement.environments), "environment"),
        counted(len(judgement.hosts), "host") + equal,
        counted(sum(environment.targets for environment in judgement.environments), "target"),
        counted(len(judgement.errors), "error"),
        counted(len(judgement.warnings), "warning"),
        f"{seconds:.1f} s",
    ]
    lines = [", ".join(figures), *(_table(judgement.environments) if judgement.environments else [])]
    if judgement.not_judged:
        lines.append(f"  not judged, for their variables cannot be read: {counted(judgement.not_judged, 'host')}")
    if judgement.skipped:
        lines.append(f"  skipped, for they have no email_settings: {one_line(shortened(judgement.skipped, most=8))}")
    return lines + [f"  waived: {one_line(_waived(waiver))}" for waiver in judgement.waivers]


def _waived(waiver: Waiver) -> str:
    place = ":".join(str(part) for part in (waiver.file, waiver.line, waiver.column) if part is not None)
    until = f"{'ended on' if waiver.ended else 'until'} {waiver.until}"
    return f"{place}: {waiver.policy} for {waiver.path} {until}: {waiver.reason} [{shortened(waiver.hosts)}]"


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
