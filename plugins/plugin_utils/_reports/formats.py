# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The forms that a judgement is reported in: a table of them, and the files that they are written to.

The same judgement gives the same bytes: no time of day and no duration stands in any of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import JudgedPolicy, JudgedTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.waivers import Waiver
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import json_text
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

from .finding_text import USUAL_FILE
from .github import github
from .gitlab import gitlab
from .judged import Judged
from .junit import junit
from .sarif import sarif


class ReportError(SentenceError):
    """A report cannot be written; the sentence says which and why."""


@dataclass(frozen=True)
class Report:
    """What is reported. `hosts` maps each judged host to its environment; `summary` holds the figures.

    `otherwise` is the file of findings that have none, for services that refuse a finding without a file.
    """

    errors: Sequence[Finding]
    warnings: Sequence[Finding]
    waivers: Sequence[Waiver] = ()
    hosts: Mapping[str, str] = field(default_factory=dict)
    policies: Sequence[JudgedPolicy] = ()
    targets: Sequence[JudgedTarget] = ()
    skipped: Sequence[str] = ()
    summary: Mapping[str, JSON] = field(default_factory=dict)
    otherwise: str = USUAL_FILE

    @property
    def judged(self) -> Judged:
        """What was judged."""
        return Judged(self.hosts, self.policies, self.targets, self.waivers)


def _as_json(report: Report) -> str:
    """As `schemas/findings.schema.json` describes."""
    tree = {
        "schema_version": 1,
        "valid": not report.errors,
        "errors": [finding.to_mapping() for finding in report.errors],
        "warnings": [finding.to_mapping() for finding in report.warnings],
        **report.judged.to_mapping(),
        "skipped": list(report.skipped),
        "summary": dict(report.summary),
    }
    return json_text(tree)


@dataclass(frozen=True)
class Format:
    """One form of a report, and the name of its file; one without a file is printed."""

    write: Callable[[Report], str]
    file: str | None = None


FORMATS: Mapping[str, Format] = {
    "github": Format(lambda report: github(report.errors, report.warnings, report.judged)),
    "gitlab": Format(
        lambda report: gitlab(report.errors, report.warnings, report.otherwise, report.judged),
        "gl-code-quality-report.json",
    ),
    "sarif": Format(
        lambda report: sarif(report.errors, report.warnings, report.otherwise, report.judged), "email-settings.sarif"
    ),
    "junit": Format(
        lambda report: junit(report.errors, report.warnings, report.hosts, report.skipped, report.judged),
        "email-settings.junit.xml",
    ),
    "json": Format(_as_json, "email-settings.json"),
}


def printed(report: Report, formats: Sequence[str]) -> list[str]:
    """What belongs on standard output, where a CI service reads it."""
    return [text for name in formats if not FORMATS[name].file for text in [FORMATS[name].write(report)] if text]


def write_reports(report: Report, formats: Sequence[str], folder: str | None) -> list[str]:
    """Write the forms that have a file, each file whole or not at all; the files' names. Raises ReportError."""
    files = {file: FORMATS[name].write(report) for name in formats for file in [FORMATS[name].file] if file}
    if files and not folder:
        raise ReportError(
            f"report_dest is missing: the folder for {', '.join(files)} (of a playbook: email_report_dest)"
        )
    return [write_report(Path(folder or "", file), text) for file, text in files.items()]


def write_report(file: Path, text: str) -> str:
    """Write one file whole or not at all; its name. Raises ReportError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, prefix=".", delete=False) as staged:
            staged.write(f"{text}\n")
        # Readable for those who collect it, as any file would be: no secret is in it.
        Path(staged.name).chmod(0o644)
        Path(staged.name).replace(file)
    except OSError as error:
        raise ReportError(f"{file} cannot be written: {error.strerror}") from error
    return str(file)
