# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Findings in the forms that code reviews show on the line that caused them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._findings import Finding, shortened
from ansible_collections.appmail.settings.plugins.plugin_utils._settings import JSON


def _escaped(text: str, *, in_property: bool) -> str:
    """Text in a GitHub workflow command: percent, line ends, and in a property colon and comma, are escaped."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def github(errors: Sequence[Finding], warnings: Sequence[Finding]) -> str:
    """One workflow command a finding: ``::error file=F,line=1,col=2,title=smtp.port::message``."""
    lines = []
    for command, findings in (("error", errors), ("warning", warnings)):
        for found in findings:
            named = {
                "file": found.file if found.written_in else None,
                "line": found.line,
                "col": found.column,
                "title": found.path,
            }
            properties = ",".join(
                f"{name}={_escaped(str(value), in_property=True)}" for name, value in named.items() if value is not None
            )
            lines.append(f"::{command} {properties}::{_escaped(told(found), in_property=False)}")
    return "\n".join(lines)


def gitlab(errors: Sequence[Finding], warnings: Sequence[Finding]) -> str:
    """A GitLab Code Quality report. Its fingerprints are the same for the same finding at the same setting.

    GitLab reads the line from ``lines``; ``positions`` has the column as well (both as in Code Climate's format).
    """
    graded = [("major", found) for found in errors] + [("minor", found) for found in warnings]
    prints = fingerprints([found for _severity, found in graded])
    issues = [
        {
            "description": f"{found.path}: {told(found)}",
            "check_name": found.rule,
            "fingerprint": fingerprint,
            "severity": severity,
            "location": _location(found),
        }
        for (severity, found), fingerprint in zip(graded, prints, strict=True)
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False)


def _location(found: Finding) -> dict[str, JSON]:
    line = found.line or 1
    location: dict[str, JSON] = {"path": found.file or "", "lines": {"begin": line}}
    if found.column is not None:
        begin = {"line": line, "column": found.column}
        location["positions"] = {"begin": begin, "end": begin}
    return location


def told(found: Finding) -> str:
    """The finding's sentence, where its place and its path are shown beside it."""
    target = f"{found.target}: " if found.target and not found.message.startswith(found.target) else ""
    policy = f" (policy: {found.policy})" if found.policy else ""
    hosts = f" [{shortened(found.hosts)}]" if found.hosts else ""
    return f"{target}{found.message}{policy}{hosts}"


def fingerprints(findings: Sequence[Finding]) -> Iterator[str]:
    """For each finding what it is known by from one run to the next: not its line, which moves with every edit."""
    seen: dict[str, int] = {}
    for found in findings:
        known_by = [found.file, found.pointer, found.rule, found.target, found.policy, found.message]
        text = "\0".join(part or "" for part in known_by)
        seen[text] = seen.get(text, 0) + 1
        yield hashlib.sha256(f"{text}\0{seen[text]}".encode()).hexdigest()
