# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The commits between two revisions, as the main line of history has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .git import git
from .git_blame import day_of


@dataclass(frozen=True)
class LoggedCommit:
    """A commit: `content` is equal for commits whose files are equal, as far as they were asked for."""

    name: str
    author: str
    date: str
    subject: str
    trailers: tuple[str, ...]
    content: str


_FORMAT = "%H%x1f%an%x1f%aI%x1f%s%x1f%(trailers:only=true,unfold=true,separator=%x1e)%x1d"


def main_line(since: str, until: str, repository: Path, paths: Sequence[str]) -> list[LoggedCommit]:
    """The commits after `since` up to `until` that touch the paths, the oldest first; without paths, all of them.

    Of a merge only the merge itself is told, for that is when its changes took effect. Raises RevisionError.
    """
    # Without the option, a name that begins with a dash would be an option of git's.
    span = ["--end-of-options", f"{since}..{until}"]
    printed = git(["log", "--first-parent", "--reverse", f"--format={_FORMAT}", *span, "--", *paths], repository)
    return [_logged(text, repository, paths) for text in printed.split("\x1d") if text.strip()]


def _logged(text: str, repository: Path, paths: Sequence[str]) -> LoggedCommit:
    name, author, time, subject, trailers = text.strip("\n").split("\x1f")
    return LoggedCommit(
        name=name,
        author=author,
        date=day_of(time),
        subject=subject,
        trailers=tuple(part for part in trailers.split("\x1e") if part),
        content=git(["ls-tree", name, "--", *paths], repository),
    )


# What git's %G? says (git-log, PRETTY FORMATS).
_SIGNATURES: Mapping[str, str] = {"G": "good", "U": "good", "N": "none", "B": "bad", "R": "bad"}


def signature(commit: str, repository: Path) -> str:
    """`none`, `good`, `bad`, or `unknown` where it cannot be checked here. Raises RevisionError."""
    said = git(["log", "-1", "--format=%G?", "--end-of-options", commit], repository).strip()
    return _SIGNATURES.get(said, "unknown")
