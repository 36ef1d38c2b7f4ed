# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Running git: nothing of a hook's environment reaches it, and what goes wrong is one sentence."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError


class RevisionError(SentenceError):
    """A revision cannot be read; the sentence says which and why."""


def repository_at(path: Path) -> Path:
    """The top folder of the repository that a path is in; the path itself need not exist. Raises RevisionError."""
    folder = next(above for above in (path, *path.parents) if above.is_dir())
    try:
        return Path(git(["rev-parse", "--show-toplevel"], folder).strip()).resolve()
    except RevisionError as error:
        raise RevisionError(f"{folder} is in no git repository that can be read") from error


def git(arguments: Sequence[str], folder: Path, more: Mapping[str, str] | None = None) -> str:
    """What a git command prints. `more` are variables for git itself. Raises RevisionError."""
    # Within a hook, git's variables lead to the repository and the index that the hook is for.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in _SETTINGS_OF_GIT}
    kept.update(more or {}, LC_ALL="C")
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and git from the PATH is what a user means
            ["git", *arguments],  # noqa: S607
            cwd=folder,
            env=kept,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as missing:
        raise RevisionError("git is not installed, and a revision cannot be read without it") from missing
    if done.returncode != 0:
        raise RevisionError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


_SETTINGS_OF_GIT = {"GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"} | {
    f"GIT_CONFIG_{part}_{number}" for part in ("KEY", "VALUE") for number in range(10)
}
