# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commits are told, and how often their files are judged."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.differences import HostFacts, Value
from ansible_collections.appmail.settings.plugins.plugin_utils._record.history import State, history
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.git_log import LoggedCommit


def state(host: str) -> State:
    return State([HostFacts("app1", "production", {"smtp.host": Value(host, host)})], "valid")


def logged(number: int, content: str) -> LoggedCommit:
    return LoggedCommit(f"{number:040}", "Ada", "2026-01-01", f"Change {number}", (), content)


def test_equal_files_are_judged_once() -> None:
    judged: list[str] = []

    def state_of(commit: LoggedCommit) -> State:
        judged.append(commit.name)
        return state(commit.content)

    commits = [logged(number, "relay" if number % 2 else "smtp") for number in range(500)]
    rows = history(commits, state("relay"), state_of, lambda _commit: "none", authors=True)
    assert (len(rows), len(judged)) == (500, 2)
    assert [row["subject"] for row in (rows[0], rows[-1])] == ["Change 499", "Change 0"]


def test_a_commit_that_changes_nothing_is_not_told() -> None:
    commits = [logged(1, "relay"), logged(2, "relay with a comment"), logged(3, "other")]
    states = {"relay": state("relay"), "relay with a comment": state("relay"), "other": state("other")}
    rows = history(
        commits, state("relay"), lambda commit: states[commit.content], lambda _commit: "none", authors=False
    )
    assert [(row["subject"], row["author"]) for row in rows] == [("Change 3", None)]
