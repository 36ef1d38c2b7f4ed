# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Findings in the forms that code reviews show on the line that caused them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._findings import Finding


def _escaped(text: str, *, in_property: bool) -> str:
    """Text in a GitHub workflow command: percent, line ends, and in a property colon and comma, are escaped."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def github(errors: Sequence[Finding], warnings: Sequence[Finding]) -> str:
    """One workflow command a finding: ``::error file=F,line=1,col=2,title=smtp.port::message``."""
    lines = []
    for command, findings in (("error", errors), ("warning", warnings)):
        for found in findings:
            named = {"file": found.file, "line": found.line, "col": found.column, "title": found.path}
            properties = ",".join(
                f"{name}={_escaped(str(value), in_property=True)}" for name, value in named.items() if value is not None
            )
            lines.append(f"::{command} {properties}::{_escaped(_message(found), in_property=False)}")
    return "\n".join(lines)


def gitlab(errors: Sequence[Finding], warnings: Sequence[Finding]) -> str:
    """A GitLab Code Quality report. Its fingerprints are the same for the same finding at the same setting."""
    issues = [
        {
            "description": f"{found.path}: {_message(found)}",
            "check_name": found.rule,
            "fingerprint": hashlib.sha256("\0".join(_identity(found)).encode()).hexdigest(),
            "severity": severity,
            "location": {"path": found.file or "", "lines": {"begin": found.line or 1}},
        }
        for severity, findings in (("major", errors), ("minor", warnings))
        for found in findings
    ]
    return json.dumps(issues, indent=2)


def _message(found: Finding) -> str:
    return f"{found.target}: {found.message}" if found.target else found.message


def _identity(found: Finding) -> list[str]:
    return [found.file or "", found.pointer, found.rule, found.target or "", found.policy or "", found.message]


FORMATS: Mapping[str, Callable[[Sequence[Finding], Sequence[Finding]], str]] = {"github": github, "gitlab": gitlab}
