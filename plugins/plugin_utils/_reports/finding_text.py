# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A finding's sentence and its fingerprint, where its place is shown beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import lines
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import shortened


def told(found: Finding) -> str:
    """The finding's sentence, where its place and its path are shown beside it."""
    target = f"{found.target}: " if found.target and not found.subject else ""
    policy = f" (policy: {found.policy})" if found.policy else ""
    hosts = f" [{shortened(found.hosts)}]" if found.hosts else ""
    return lines(f"{target}{found.message}{policy}{hosts}")


# Where the settings of most projects stand: the last resort for a service that refuses a report of a fault without a
# file, and with it the faults that have one.
USUAL_FILE = "group_vars/all.yml"


def file_of(found: Finding, otherwise: str) -> str:
    """The file that a finding is shown at: its own, else the one that is given."""
    return (found.file if found.written_in else None) or otherwise


def fingerprints(findings: Sequence[Finding]) -> Iterator[str]:
    """For each finding what it is known by from one run to the next: not its line, which moves with every edit."""
    seen: dict[str, int] = {}
    for found in findings:
        known_by = [found.file, found.pointer, found.rule, found.target, found.policy, found.message]
        text = "\0".join(part or "" for part in known_by)
        seen[text] = seen.get(text, 0) + 1
        yield hashlib.sha256(f"{text}\0{seen[text]}".encode("utf-8", "surrogatepass")).hexdigest()
