# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A finding's sentence and its fingerprint, where its place is shown beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import lines, one_line
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import shortened


def sentence_beside(finding: Finding) -> str:
    """The finding's sentence, where its place and its path are shown beside it."""
    target = f"{finding.target}: " if finding.target and not _names_target(finding) else ""
    policy = f" (policy: {finding.policy})" if finding.policy else ""
    hosts = f" [{shortened(finding.hosts)}]" if finding.hosts else ""
    return lines(f"{target}{finding.message}{policy}{hosts}")


def titled_sentence(finding: Finding) -> str:
    """The finding's sentence behind its path, where its place is shown beside it; what has no path goes without."""
    path = one_line(finding.path)
    return f"{path}: {sentence_beside(finding)}" if path else sentence_beside(finding)


def _names_target(finding: Finding) -> bool:
    """Whether the message begins with the application's label or its name already."""
    beginnings = (f"{finding.target}:", f"{finding.target} ")
    return bool(finding.subject) or finding.message.startswith(beginnings)


# Where the settings of most projects stand: the last resort for a service that refuses a report of a fault without a
# file, and with it the faults that have one.
USUAL_FILE = "group_vars/all.yml"


def file_of(finding: Finding, otherwise: str) -> str:
    """The file that a finding is shown at: its own, else the one that is given."""
    return (finding.file if finding.written_in else None) or otherwise


def fingerprints(findings: Sequence[Finding]) -> Iterator[str]:
    """For each finding what it is known by from one run to the next: not its line, which moves with every edit."""
    seen: dict[str, int] = {}
    for finding in findings:
        known_by = [finding.file, finding.pointer, finding.rule, finding.target, finding.policy, finding.message]
        text = "\0".join(part or "" for part in known_by)
        seen[text] = seen.get(text, 0) + 1
        yield hashlib.sha256(f"{text}\0{seen[text]}".encode("utf-8", "surrogatepass")).hexdigest()
