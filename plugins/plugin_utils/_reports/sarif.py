# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Findings as SARIF 2.1.0 (OASIS standard), which code scanning services read."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.collection import (
    NAME,
    REPOSITORY,
    VERSION,
    page,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import json_text, one_line

from .finding_text import USUAL_FILE, file_of, fingerprints, titled_sentence
from .judged import Judged


def sarif(
    errors: Sequence[Finding],
    warnings: Sequence[Finding],
    otherwise: str = USUAL_FILE,
    judged: Judged | None = None,
) -> str:
    """One run with a result for each finding; file names are relative to the repository's top (`%SRCROOT%`).

    A finding without a file is shown at the file `otherwise`: code scanning refuses a whole report for one without.
    """
    graded = [("error", finding) for finding in errors] + [
        ("note" if finding.acknowledged else "warning", finding) for finding in warnings
    ]
    findings = [finding for _severity, finding in graded]
    pages = {_rule(finding): _page(finding) for finding in findings}
    rules = sorted(pages)
    results = [
        _result(level, finding, rules.index(_rule(finding)), fingerprint, otherwise)
        for (level, finding), fingerprint in zip(graded, fingerprints(findings), strict=True)
    ]
    driver = {
        "name": NAME,
        "version": VERSION,
        "informationUri": REPOSITORY,
        "rules": [{"id": rule, "helpUri": pages[rule]} for rule in rules],
    }
    log = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": results,
                "properties": (judged or Judged()).to_mapping(),
            }
        ],
    }
    return json_text(log)


def _rule(finding: Finding) -> str:
    """`schema/maximum`, `policy/encryption-required/enum` or `tegrity/refused`."""
    parts = (finding.policy and f"policy/{finding.policy}", finding.target, finding.rule)
    return one_line("/".join(part for part in parts if part))


def _page(finding: Finding) -> str:
    """The page on a rule: ours on policies, the vendor's on a target's rule if it is known, else ours on the gate."""
    if finding.policy:
        return page("policies.md")
    is_address = (finding.documentation or "").startswith(("https://", "http://"))
    return finding.documentation if is_address and finding.documentation else page("gate.md")


def _result(level: str, finding: Finding, rule: int, fingerprint: str, otherwise: str) -> dict[str, JSON]:
    properties = {
        "path": finding.path,
        "pointer": finding.pointer,
        "target": finding.target,
        "policy": finding.policy,
        "documentation": finding.documentation,
        "hosts": list(finding.hosts),
    }
    return {
        "ruleId": _rule(finding),
        "ruleIndex": rule,
        "level": level,
        "message": {"text": titled_sentence(finding)},
        "locations": [_location(finding, otherwise)],
        "partialFingerprints": {"appmailSettings/v1": fingerprint},
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _location(finding: Finding, otherwise: str) -> dict[str, JSON]:
    # Code scanning wants a line; a place without one is shown at the file's beginning.
    region = {"startLine": finding.line or 1, "startColumn": finding.column}
    file = file_of(finding, otherwise)
    known = {name: number for name, number in region.items() if number is not None}
    artifact: dict[str, JSON] = {"uri": quote(file, errors="replace")}
    if not file.startswith("/"):
        artifact["uriBaseId"] = "%SRCROOT%"
    physical: dict[str, JSON] = {"artifactLocation": artifact}
    return {"physicalLocation": {**physical, "region": known}}
