# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A revision of a git repository as files in a folder of its own: no working tree, index or branch is touched."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .git import RevisionError, git, repository_at


@dataclass(frozen=True)
class Revision:
    """A revision as files. `commit` is its full name, `tree` holds its files as `repository` would."""

    name: str
    commit: str
    repository: Path
    tree: Path

    def path_of(self, path: Path) -> Path:
        """Where a path of the working tree stands in the revision; raises RevisionError for one outside."""
        try:
            return self.tree / path.relative_to(self.repository)
        except ValueError as outside:
            raise RevisionError(f"{path} is not in the git repository {self.repository}") from outside


@contextlib.contextmanager
def revision_files(name: str, beside: Path) -> Iterator[Revision]:
    """The files of a revision, such as `main`, `HEAD~3` or `v1.2`, for as long as they are wanted.

    `beside` is a path in the repository; it need not exist. The files are in a folder that only this user can read.
    Raises RevisionError.
    """
    repository = repository_at(beside)
    commit = _commit(name, repository)
    folder = Path(tempfile.mkdtemp(prefix="appmail-"))
    try:
        tree = folder / "tree"
        tree.mkdir()
        # An index of its own: git's own one, and with it the working tree, stays as it is.
        own_index = {"GIT_INDEX_FILE": str(folder / "index")}
        git(["-c", "core.sparseCheckout=false", "read-tree", commit], repository, own_index)
        git(["checkout-index", "--all", "--quiet", f"--prefix={tree}/"], repository, own_index)
        yield Revision(name, commit, repository, tree)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _commit(name: str, repository: Path) -> str:
    try:
        # Without the option, a name that begins with a dash would be an option of git's.
        commit = git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"], repository)
    except RevisionError as error:
        raise RevisionError(f"the git repository {repository} has no revision {name}") from error
    return commit.strip()
