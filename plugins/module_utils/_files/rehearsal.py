# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Check mode: the files are staged in a private folder of their own, and verified there; nothing else is touched."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from typing import Sequence

from .filesystem import STAGING_PREFIX, Step, WriteError, explain
from .plan import Done, Plan
from .staging import Folder
from .transaction import Transaction

# In memory where the system has such a place: what is staged holds secrets.
_MEMORY = "/dev/shm"  # noqa: S108 - the folder made in it is private

_PREFIX = f"{STAGING_PREFIX}check-"
# A run that began just now may not have locked its folder yet.
_BEGUN_SECONDS = 60


def rehearse(plans: Sequence[Plan], done: Done, step: Step) -> None:
    """Verify what would be written. Raises WriteError for what a verifier refuses."""
    changing = [plan for plan in plans if plan.changed]
    try:
        place = _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else tempfile.gettempdir()
        _clean(place)
        path = tempfile.mkdtemp(prefix=_PREFIX, dir=place)
        opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        done.warnings.append(f"nothing was verified in check mode, for want of a private folder: {explain(error)}")
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder = Folder(path, opened, locked=True)
        Transaction({plan.folder: folder for plan in changing}, done, step, backup=False).rehearse(changing)
    except WriteError as error:
        if error.step != "stage":
            raise
        # It is the private folder that could not take it, and a run that writes does not use that.
        done.warnings.append(f"not all was verified in check mode: {path} could not take a copy: {error.cause}")
    finally:
        os.close(opened)
        shutil.rmtree(path, ignore_errors=True)


def _clean(place: str) -> None:
    """Remove the folders of runs that were killed: nobody holds their locks any more, and what is in them is secret."""
    with os.scandir(place) as entries:
        own = [entry.path for entry in entries if entry.name.startswith(_PREFIX) and _is_old(entry)]
    for path in own:
        with contextlib.suppress(OSError):
            opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path)
            finally:
                os.close(opened)


def _is_old(entry: os.DirEntry[str]) -> bool:
    try:
        if not entry.is_dir(follow_symlinks=False):
            return False
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return status.st_uid == os.geteuid() and abs(time.time() - status.st_mtime) > _BEGUN_SECONDS
