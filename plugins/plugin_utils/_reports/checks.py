# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What checks of servers saw, in the forms that the gate's findings have: a table of them, and their files.

A host that was not checked is in each of them, with the reason why: nothing is claimed of it, and it is not left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias
from xml.etree import ElementTree

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding, sort_key
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import json_text

from .finding_text import USUAL_FILE
from .formats import ReportError, write_report
from .github import github
from .gitlab import gitlab
from .junit import cleaned, counted_suites
from .sarif import sarif

Level: TypeAlias = Literal["pass", "warning", "error"]


@dataclass(frozen=True)
class CheckedServer:
    """One server as one host saw it. `level` is `error` where that fails the check."""

    protocol: str
    server: str
    level: Level
    category: str
    reason: str
    stage: str
    message: str
    checked_from: str


@dataclass(frozen=True)
class HostChecks:
    """What is known of one host: its servers and its findings; `not_checked` says why there are none."""

    host: str
    environment: str
    servers: tuple[CheckedServer, ...] = ()
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    not_checked: str | None = None

    def to_mapping(self) -> dict[str, JSON]:
        """The host as `schemas/checks.schema.json` describes it."""
        return {
            "environment": self.environment,
            "not_checked": self.not_checked,
            "servers": [asdict(server) for server in self.servers],
        }


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that say the same at the same place are one, with the hosts of all."""
    hosts: dict[Finding, list[str]] = {}
    for finding in findings:
        hosts.setdefault(replace(finding, hosts=()), []).extend(finding.hosts)
    alike = (replace(finding, hosts=tuple(sorted(set(named)))) for finding, named in hosts.items())
    return sorted(alike, key=sort_key)


@dataclass(frozen=True)
class CheckReport:
    """What is reported of a run; `otherwise` is the file of findings that have none."""

    hosts: Sequence[HostChecks]
    otherwise: str = USUAL_FILE

    @property
    def errors(self) -> list[Finding]:
        return merged(finding for host in self.hosts for finding in host.errors)

    @property
    def warnings(self) -> list[Finding]:
        return merged(finding for host in self.hosts for finding in host.warnings)


def _as_json(report: CheckReport) -> str:
    """As `schemas/checks.schema.json` describes."""
    errors = report.errors
    return json_text(
        {
            "schema_version": 1,
            "passed": not errors and all(host.not_checked is None for host in report.hosts),
            "errors": [finding.to_mapping() for finding in errors],
            "warnings": [finding.to_mapping() for finding in report.warnings],
            "hosts": {host.host: host.to_mapping() for host in report.hosts},
        }
    )


def _as_junit(report: CheckReport) -> str:
    """A suite an environment, with a case for each server of each host, always under the same name."""
    root = ElementTree.Element("testsuites", name="appmail.settings.check")
    suites: dict[str, ElementTree.Element] = {}
    for host in report.hosts:
        if host.environment not in suites:
            suites[host.environment] = ElementTree.SubElement(root, "testsuite", name=host.environment)
        _add_cases(suites[host.environment], host)
    counted_suites((*suites.values(), root))
    return cleaned(root)


def _add_cases(suite: ElementTree.Element, host: HostChecks) -> None:
    for server in host.servers:
        case = ElementTree.SubElement(
            suite, "testcase", name=f"{server.protocol} {server.server}", classname=f"{host.environment}.{host.host}"
        )
        if server.level == "error":
            failure = ElementTree.SubElement(case, "failure", type=server.reason, message=server.message)
            failure.text = f"{server.category}: {server.reason} at {server.stage}\n{server.message}"
        else:
            ElementTree.SubElement(case, "system-out").text = server.message
    other = [finding for finding in host.errors if finding.rule not in {server.reason for server in host.servers}]
    if not host.servers or other:
        case = ElementTree.SubElement(suite, "testcase", name="settings", classname=f"{host.environment}.{host.host}")
        for finding in other:
            failure = ElementTree.SubElement(case, "failure", type=finding.rule, message=finding.message)
            failure.text = finding.sentence()
        if not other and host.not_checked is not None:
            ElementTree.SubElement(case, "skipped", message=host.not_checked)


@dataclass(frozen=True)
class CheckFormat:
    """One form of a report, and the name of its file; one without a file is printed, a host at a time."""

    write: Callable[[CheckReport], str]
    file: str | None = None


CHECK_FORMATS: Mapping[str, CheckFormat] = {
    "github": CheckFormat(lambda report: github(report.errors, report.warnings)),
    "gitlab": CheckFormat(
        lambda report: gitlab(report.errors, report.warnings, report.otherwise), "email-check.code-quality.json"
    ),
    "json": CheckFormat(_as_json, "email-check.json"),
    "junit": CheckFormat(_as_junit, "email-check.junit.xml"),
    "sarif": CheckFormat(lambda report: sarif(report.errors, report.warnings, report.otherwise), "email-check.sarif"),
}


def require_folder(formats: Sequence[str], folder: str | None) -> None:
    """Raise ReportError where a form has a file and nothing says in which folder."""
    files = [file for name in formats for file in [CHECK_FORMATS[name].file] if file]
    if files and not folder:
        raise ReportError(f"report_dest is missing: the folder for {', '.join(files)}")


def write_check_reports(report: CheckReport, formats: Sequence[str], folder: str) -> None:
    """Write the forms that have a file, each file whole or not at all. Raises ReportError."""
    for name in formats:
        form = CHECK_FORMATS[name]
        if form.file:
            write_report(Path(folder, form.file), form.write(report))
