# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Findings as a GitLab Code Quality report."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import json_text, one_line

from .finding_text import USUAL_FILE, file_of, fingerprints, titled_sentence
from .judged import Judged


def gitlab(
    errors: Sequence[Finding],
    warnings: Sequence[Finding],
    otherwise: str = USUAL_FILE,
    judged: Judged | None = None,
) -> str:
    """A GitLab Code Quality report. Its fingerprints are the same for the same finding at the same setting.

    A finding without a file is shown at the file `otherwise`. GitLab reads the line from `lines`; `positions` has the
    column as well (both as in Code Climate's format). What was judged is one more issue of the least severity, which is
    known again however much it changes, so that no review shows it as new.
    """
    graded = [("major", finding) for finding in errors] + [
        ("info" if finding.acknowledged else "minor", finding) for finding in warnings
    ]
    prints = fingerprints([finding for _severity, finding in graded])
    issues: list[dict[str, JSON]] = [
        {
            "description": titled_sentence(finding),
            "check_name": one_line(finding.rule),
            "fingerprint": fingerprint,
            "severity": severity,
            "location": _location(finding, otherwise),
        }
        for (severity, finding), fingerprint in zip(graded, prints, strict=True)
    ]
    if judged and judged.hosts:
        issues.append(
            {
                "description": f"judged: {'; '.join(judged.lines())}",
                "check_name": "judged",
                "fingerprint": hashlib.sha256(b"judged").hexdigest(),
                "severity": "info",
                "location": {"path": otherwise, "lines": {"begin": 1}},
            }
        )
    return json_text(issues)


def _location(finding: Finding, otherwise: str) -> dict[str, JSON]:
    line = finding.line or 1
    location: dict[str, JSON] = {"path": file_of(finding, otherwise), "lines": {"begin": line}}
    if finding.column is not None:
        begin = {"line": line, "column": finding.column}
        location["positions"] = {"begin": begin, "end": begin}
    return location
