# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What took effect when: the commits that changed the effective settings, with the gate's verdict at each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.differences import HostFacts, compare
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import GateJudgement
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.git_log import LoggedCommit
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted

from .redaction import Redaction
from .shape import Change, HistoryRow


@dataclass(frozen=True)
class State:
    """What is set at one revision: `facts` of the hosts that can be read, None where the inventory cannot be."""

    facts: Sequence[HostFacts] | None
    verdict: str
    unreadable: frozenset[str] = frozenset()


def verdict_of(judgement: GateJudgement) -> str:
    """What the gate says, in a few words."""
    if not judgement.hosts:
        return "not judged: no host has settings"
    warnings = f", {counted(len(judgement.warnings), 'warning')}" if judgement.warnings else ""
    return f"{'valid' if judgement.valid else counted(len(judgement.errors), 'error')}{warnings}"


def history(
    commits: Sequence[LoggedCommit],
    before: State,
    state_of: Callable[[LoggedCommit], State],
    signature_of: Callable[[str], str],
    *,
    authors: bool,
) -> list[HistoryRow]:
    """The commits that changed what takes effect, the newest first. Equal files are judged once.

    A commit whose inventory cannot be read is told as such; what it changed is told with the next that can be.
    """
    known: dict[str, State] = {}
    rows: list[HistoryRow] = []
    secrets = {text for facts in before.facts or () for text in facts.secrets}
    for commit in commits:
        after = known.get(commit.content) or known.setdefault(commit.content, state_of(commit))
        secrets |= {text for facts in after.facts or () for text in facts.secrets}
        changes = [] if after.facts is None or before.facts is None else _changes(before, after)
        if changes or after.facts is None:
            rows.append(
                {
                    "commit": commit.name,
                    "author": commit.author if authors else None,
                    "date": commit.date,
                    "subject": commit.subject,
                    "signature": signature_of(commit.name),
                    "trailers": list(commit.trailers),
                    "verdict": after.verdict,
                    "changes": changes,
                }
            )
        before = before if after.facts is None else after
    return Redaction(secrets).clean(rows[::-1])


def _changes(before: State, after: State) -> list[Change]:
    # A host that cannot be read on one side is compared on neither: it would look as if it were new or gone.
    unknown = before.unreadable | after.unreadable
    sides = [[facts for facts in state.facts or () if facts.host not in unknown] for state in (before, after)]
    return [
        {
            "environment": environment.name,
            "path": difference.path,
            "change": difference.change,
            "secret": difference.secret,
            "before": None if difference.before is None else list(difference.before),
            "after": None if difference.after is None else list(difference.after),
            "hosts": list(difference.hosts),
        }
        for environment in compare(sides[0], sides[1])
        for difference in environment.differences
    ]
