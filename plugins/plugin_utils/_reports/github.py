# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Findings as workflow commands of GitHub Actions."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import one_line

from .finding_text import sentence_beside
from .judged import Judged


def _escaped(text: str, *, in_property: bool) -> str:
    """Text in a GitHub workflow command: percent, line ends, and in a property colon and comma, are escaped."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def github(errors: Sequence[Finding], warnings: Sequence[Finding], judged: Judged | None = None) -> str:
    """One workflow command a finding: `::error file=F,line=1,col=2,title=smtp.port::message`.

    And a line for the log of what was judged, where that is an inventory.
    """
    displayed = [warning for warning in warnings if not warning.acknowledged]
    lines = []
    for command, findings in (("error", errors), ("warning", displayed)):
        for finding in findings:
            named = {
                "file": finding.file if finding.written_in else None,
                "line": finding.line,
                "col": finding.column,
                "title": finding.path or None,
            }
            properties = ",".join(
                f"{name}={_escaped(one_line(value), in_property=True)}"
                for name, value in named.items()
                if value is not None
            )
            lines.append(f"::{command} {properties}::{_escaped(sentence_beside(finding), in_property=False)}")
    if judged and judged.hosts:
        lines.append(f"judged: {'; '.join(judged.lines())}")
    return "\n".join(lines)
