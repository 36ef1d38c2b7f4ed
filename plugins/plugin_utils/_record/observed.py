# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a check or an apply of one host leaves for the record: a small file on the controller, without secrets."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from ansible_collections.appmail.settings.plugins.plugin_utils._reports.formats import write_report
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

from .shape import SCHEMA_VERSION, ApplyRow, Certificate, CheckRow, DriftRow, Observed


@dataclass(frozen=True)
class Occasion:
    """When, where and by whom it happened. `time` is in UTC, such as `2026-11-28T06:15:00Z`; `dry` is check mode.

    `commit` is that of the working tree, None where the tree is not that commit. `writes` says whether it was an apply.
    """

    host: str
    time: str
    user: str
    commit: str | None
    dry: bool
    writes: bool


def observation(answer: Mapping[str, Any], endpoints: Sequence[Mapping[str, Any]], at: Occasion) -> Observed:
    """What is seen in a task's answer; `endpoints` are the servers that were to be checked, in the results' order."""
    results = cast("Sequence[Mapping[str, Any]]", answer.get("results") or ())
    # Where a check was made twice, or was not made at all, there are no endpoints for them.
    asked = endpoints if len(endpoints) == len(results) else [{"protocol": "smtp", "options": {}}] * len(results)
    seen: Observed = {
        "as_of": at.time[:10],
        "stale_after_days": 1,
        "checks": [_check(result, endpoint, at) for result, endpoint in zip(results, asked, strict=True)],
        "applies": [_apply(answer, at)] if at.writes else [],
    }
    if "drift" in answer:
        seen["drift"] = [_drift(row, at) for row in answer["drift"]]
    return seen


def _drift(row: Mapping[str, Any], at: Occasion) -> DriftRow:
    return {
        "host": at.host,
        "time": at.time,
        "commit": at.commit,
        "application": str(row["target"]),
        "setting": row["path"],
        "key": row["key"],
        "wanted": row["wanted"],
        "in_effect": row["in_effect"],
        "secret": bool(row["secret"]),
        "file": str(row["file"]),
        "line": row["line"],
        "message": str(row["message"]),
    }


_APPLICATIONS = re.compile(r"(.*) \(([^()]*)\)")


def _check(result: Mapping[str, Any], endpoint: Mapping[str, Any], at: Occasion) -> CheckRow:
    named = _APPLICATIONS.fullmatch(str(result["name"]))
    tls, auth = result["tls"] or {}, result["auth"] or {}
    certificate = tls.get("certificate")
    asked = cast("Mapping[str, Any]", endpoint["options"].get("tls") or {})
    return {
        "host": at.host,
        "applications": named[2].split(", ") if named else [],
        "server": f"{result['host']}:{result['port']}",
        "protocol": str(endpoint["protocol"]),
        "time": at.time,
        "checked_from": str(result["checked_from"]),
        "category": str(result["category"]),
        "reason": str(result["reason"]),
        "stage": str(result["stage"]),
        "message": str(result["msg"]),
        "encryption": str(result["encryption"]),
        "tls": tls.get("version"),
        "certificate": _certificate(certificate) if certificate else None,
        "trusted": bool(tls) and asked.get("verify") is not False,
        "login_verified": auth.get("verified") if auth.get("mechanism") else None,
        "commit": at.commit,
    }


def _certificate(seen: Mapping[str, Any]) -> Certificate:
    return {
        "subject": str(seen["subject"]),
        "issuer": str(seen["issuer"]),
        "not_after": str(seen["not_after"]),
        "sha256": str(seen["sha256"]),
    }


def _apply(answer: Mapping[str, Any], at: Occasion) -> ApplyRow:
    files: list[dict[str, JSON]] = [
        {"path": str(file["path"]), "target": str(file["target"]), "changed": bool(file["changed"])}
        for file in answer.get("files") or ()
    ]
    return {
        "host": at.host,
        "time": at.time,
        "user": at.user,
        "commit": at.commit,
        "dry": at.dry,
        "ok": not answer.get("failed"),
        "message": str(answer.get("msg", "")),
        "files": files,
    }


def keep(seen: Observed, at: Occasion, folder: Path) -> str:
    """Write what was seen into the folder; the file's name. Each apply has a file of its own. Raises ReportError."""
    mine = folder / quote(at.host, safe="")
    names = (f"apply-{at.time.replace(':', '')}-{number}.json" for number in itertools.count(1))
    file = next(mine / name for name in names if not (mine / name).exists()) if at.writes else mine / "check.json"
    text = json.dumps(
        {"schema_version": SCHEMA_VERSION, "observed": seen}, indent=1, ensure_ascii=False, sort_keys=True
    )
    return write_report(file, text)
