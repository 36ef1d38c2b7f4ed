# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Findings as SARIF 2.1.0 (OASIS standard), which code scanning services read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

from .finding_text import fingerprints, told


def sarif(errors: Sequence[Finding], warnings: Sequence[Finding]) -> str:
    """One run with a result for each finding; file names are relative to the repository's top (`%SRCROOT%`)."""
    graded = [("error", found) for found in errors] + [("warning", found) for found in warnings]
    findings = [found for _severity, found in graded]
    rules = sorted({_rule(found) for found in findings})
    results = [
        _result(level, found, rules.index(_rule(found)), fingerprint)
        for (level, found), fingerprint in zip(graded, fingerprints(findings), strict=True)
    ]
    driver = {"name": "appmail.settings", "rules": [{"id": rule} for rule in rules]}
    log = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _rule(found: Finding) -> str:
    """`schema/maximum`, `policy/encryption-required/enum` or `tegrity/refused`."""
    return "/".join(part for part in (found.policy and f"policy/{found.policy}", found.target, found.rule) if part)


def _result(level: str, found: Finding, rule: int, fingerprint: str) -> dict[str, JSON]:
    properties = {
        "path": found.path,
        "pointer": found.pointer,
        "target": found.target,
        "policy": found.policy,
        "documentation": found.documentation,
        "hosts": list(found.hosts),
    }
    return {
        "ruleId": _rule(found),
        "ruleIndex": rule,
        "level": level,
        "message": {"text": f"{found.path}: {told(found)}"},
        "locations": [_location(found)] if found.written_in else [],
        "partialFingerprints": {"appmailSettings/v1": fingerprint},
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _location(found: Finding) -> dict[str, JSON]:
    region = {"startLine": found.line, "startColumn": found.column}
    known = {name: number for name, number in region.items() if number is not None}
    artifact: dict[str, JSON] = {"uri": quote(found.file or "")}
    if not (found.file or "").startswith("/"):
        artifact["uriBaseId"] = "%SRCROOT%"
    physical: dict[str, JSON] = {"artifactLocation": artifact}
    return {"physicalLocation": {**physical, "region": known} if "startLine" in known else physical}
