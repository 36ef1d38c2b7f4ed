# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The record's findings for the services that the gate reports to as well: JUnit and SARIF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import DriftRow, FindingRow, Record
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.junit import junit
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.sarif import sarif


def findings(record: Record, severity: str) -> list[Finding]:
    """The errors or the warnings as the gate has them."""
    drift = record["observed"].get("drift", ()) if severity == "error" else ()
    return [
        *(_finding(row) for row in record["intended"]["findings"] if row["severity"] == severity),
        *map(_drifting, drift),
    ]


def _drifting(row: DriftRow) -> Finding:
    """A setting that a host has otherwise; its place is on the host, and in the message."""
    path = row["setting"] or ""
    return Finding(
        path=path,
        pointer="/" + path.replace(".", "/"),
        message=row["message"].removeprefix(f"{path}: "),
        rule="drift",
        target=row["application"],
        policy=None,
        documentation=None,
        file=None,
        line=None,
        column=None,
        hosts=(row["host"],),
    )


def _finding(row: FindingRow) -> Finding:
    origin = row["origin"]
    at_a_line = origin is not None and origin["line"] is not None
    return Finding(
        path=row["path"],
        pointer="/" + row["path"].replace("~", "~0").replace("/", "~1").replace(".", "/"),
        message=row["message"],
        rule=row["rule"],
        target=row["target"],
        policy=row["policy"],
        documentation=row["documentation"],
        file=origin and origin["file"],
        line=origin and origin["line"],
        column=origin and origin["column"],
        hosts=tuple(row["hosts"]),
        written_in=origin["file"] if origin and at_a_line else None,
    )


def as_junit(record: Record) -> str:
    """A failed case for each error, a case for each host that passed, and a skipped one for each not judged."""
    states: Mapping[str, Sequence[str]] = {
        state: [
            host["name"] for host in record["intended"]["hosts"] if (host["state"] == "judged") == (state == "judged")
        ]
        for state in ("judged", "other")
    }
    environments = {host["name"]: host["environment"] for host in record["intended"]["hosts"]}
    judged = {name: environments[name] for name in states["judged"]}
    return junit(findings(record, "error"), findings(record, "warning"), judged, states["other"])


def as_sarif(record: Record) -> str:
    """A result for each finding."""
    return sarif(findings(record, "error"), findings(record, "warning"))
