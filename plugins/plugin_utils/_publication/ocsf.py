# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Compliance findings of the Open Cybersecurity Schema Framework (OCSF 1.3, class 2003), one JSON object a line."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator

from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import FindingRow, PolicyStatus, Record
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

from .views import finding_ids, place_text, row_ids

# https://schema.ocsf.io/1.3.0/classes/compliance_finding
_CLASS, _CATEGORY, _CREATE = 2003, 2, 1
_STATUS: dict[str, tuple[int, str]] = {
    "pass": (1, "Pass"),
    "waived": (2, "Warning"),
    "fail": (3, "Fail"),
    "waiver ended": (3, "Fail"),
}
_INFORMATIONAL, _MEDIUM, _HIGH = (1, "Informational"), (3, "Medium"), (4, "High")


def ocsf(record: Record) -> str:
    """A line for each policy in each environment, and for each finding that breaks none; less the last line's end."""
    return "\n".join(json.dumps(event, sort_keys=True, ensure_ascii=False) for event in _events(record))


def _events(record: Record) -> Iterator[dict[str, JSON]]:
    policies = record["summary"]["policies"]
    for number, one in zip(
        row_ids("policy", ((p["policy"], p["environment"]) for p in policies)), policies, strict=True
    ):
        yield _of_policy(number, one, record)
    findings = record["intended"]["findings"]
    for number, row in zip(finding_ids(findings), findings, strict=True):
        if row["policy"] is None:
            yield _of_finding(number, row, record)


def _of_policy(number: str, one: PolicyStatus, record: Record) -> dict[str, JSON]:
    row = next(row for row in record["intended"]["policies"] if row["name"] == one["policy"])
    compliance: dict[str, JSON] = {
        "standards": ["organisation's own policies"],
        "control": one["policy"],
        "requirements": list(row["controls"]),
    }
    title = f"{one['policy']} in {one['environment']}"
    about = f"{one['status']}: {one['failing']} of {one['hosts']} hosts break it"
    severity = _HIGH if one["status"] in ("fail", "waiver ended") else _INFORMATIONAL
    resources = [{"name": one["environment"], "type": "environment"}]
    return _event(number, title, about, one["status"], severity, compliance, resources, record)


def _of_finding(number: str, row: FindingRow, record: Record) -> dict[str, JSON]:
    status, severity = ("fail", _HIGH) if row["severity"] == "error" else ("waived", _MEDIUM)
    compliance: dict[str, JSON] = {"standards": ["appmail.settings"], "control": row["rule"], "requirements": []}
    about = f"{place_text(row['origin'])}: {row['message']}" if row["origin"] else row["message"]
    resources = [{"name": host, "type": "host"} for host in row["hosts"]]
    return _event(number, f"{row['path']}: {row['rule']}", about, status, severity, compliance, resources, record)


def _event(
    number: str,
    title: str,
    about: str,
    status: str,
    severity: tuple[int, str],
    compliance: dict[str, JSON],
    resources: list[dict[str, str]],
    record: Record,
) -> dict[str, JSON]:
    status_id, word = _STATUS.get(status, (99, "Other"))
    day = datetime.datetime.fromisoformat(f"{record['observed']['as_of']}T00:00:00+00:00")
    return {
        "activity_id": _CREATE,
        "activity_name": "Create",
        "category_name": "Findings",
        "category_uid": _CATEGORY,
        "class_name": "Compliance Finding",
        "class_uid": _CLASS,
        "compliance": {**compliance, "status": word, "status_id": status_id},
        "finding_info": {"desc": about, "title": title, "types": ["email settings"], "uid": number},
        "message": f"{title}: {about}",
        "metadata": {"product": {"name": "appmail.settings", "vendor_name": "appmail"}, "version": "1.3.0"},
        "resources": resources,
        "severity": severity[1],
        "severity_id": severity[0],
        "time": int(day.timestamp() * 1000),
        "type_name": "Compliance Finding: Create",
        "type_uid": _CLASS * 100 + _CREATE,
    }
