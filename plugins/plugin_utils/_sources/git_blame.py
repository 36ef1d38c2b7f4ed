# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Who wrote a line, in which commit and when, as git knows it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .git import RevisionError, git, repository_at


@dataclass(frozen=True)
class Commit:
    """One commit: its full name, its author, and the author's day (UTC, ISO 8601)."""

    name: str
    author: str
    date: str


@dataclass(frozen=True)
class WorkTree:
    """The commit that a working tree stands on, and whether the tree is that commit.

    `shallow` says that the history is cut off, so that nothing is known of who wrote a line.
    """

    repository: Path
    commit: str
    date: str
    clean: bool
    shallow: bool


_RUNBOOKS = ":(exclude,glob)**/*.runbook.md"


def work_tree(folder: Path, *, less: Collection[Path] = ()) -> WorkTree | None:
    """The working tree that a folder is in; None where there is none, or no commit yet.

    `less` are files and folders that don't count, nor do runbooks: what is written into the repository makes it no less
    clean.
    """
    try:
        repository = repository_at(folder)
        commit, date = git(["log", "-1", "--format=%H %cI"], repository).split()
        within = [path.resolve() for path in less if path.resolve().is_relative_to(repository)]
        paths = [f":(exclude,literal){path.relative_to(repository)}" for path in within if path != repository]
        changed = git(["status", "--porcelain", "--untracked-files=all", "--", ".", _RUNBOOKS, *paths], repository)
        shallow = git(["rev-parse", "--is-shallow-repository"], repository).strip() == "true"
    except RevisionError:
        return None
    return WorkTree(repository, commit, day_of(date), not changed.strip(), shallow)


def day_of(time: str) -> str:
    """The day in UTC of a time in ISO 8601."""
    return datetime.datetime.fromisoformat(time).astimezone(datetime.UTC).date().isoformat()


_HEADER = re.compile(r"([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?")
_NOT_COMMITTED = re.compile(r"0+")


def blame(files: Iterable[Path]) -> dict[str, dict[int, Commit]]:
    """file -> line -> the commit that wrote it. What is not committed is left out: a line, or a file as a whole."""
    wanted = list(files)
    # Each is a process of its own that mostly waits.
    with ThreadPoolExecutor(max_workers=4) as workers:
        return dict(zip(map(str, wanted), workers.map(_blame, wanted), strict=True))


def _blame(file: Path) -> dict[int, Commit]:
    try:
        printed = git(["blame", "--porcelain", "--", file.name], file.parent)
    except RevisionError:
        return {}
    commits: dict[str, dict[str, str]] = {}
    lines: dict[int, str] = {}
    name = ""
    for line in printed.split("\n"):
        header = _HEADER.fullmatch(line)
        if header:
            name = header[1]
            lines[int(header[2])] = name
            commits.setdefault(name, {})
        elif name and not line.startswith("\t"):
            key, _blank, value = line.partition(" ")
            commits[name][key] = value
    return {line: _commit(name, commits[name]) for line, name in lines.items() if not _NOT_COMMITTED.fullmatch(name)}


def _commit(name: str, about: dict[str, str]) -> Commit:
    at = datetime.datetime.fromtimestamp(int(about.get("author-time", "0")), tz=datetime.UTC)
    return Commit(name, about.get("author", ""), at.date().isoformat())
