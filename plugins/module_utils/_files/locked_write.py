# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Carry out what was planned: folders made and locked, what dead runs left removed, the files changed as one."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Callable, Iterator, Sequence

from .file_spec import FileSpec
from .filesystem import Step, WriteError, missing_folders, naming
from .plan import Done, Plan, make_plans
from .staging import Folder, clean, locked_folder
from .transaction import Transaction

_PARENT_MODE = 0o755
_ATTEMPTS = 10


def carry_out(
    files: Sequence[FileSpec],
    plans: Sequence[Plan],
    step: Step,
    lock_wait: float,
    *,
    backup: bool,
    then: Callable[[], None] | None = None,
) -> tuple[list[Plan], Done]:
    """The plans as they were once the folders were locked, and what was done; WriteError leaves all as it was.

    `then` is called once all is in place; what it raises puts everything back.
    """
    done = Done(created=[])
    try:
        with contextlib.ExitStack() as locks:
            folders = _make_and_lock(plans, done.created, locks, lock_wait, step)
            # What was read before the lock may have been changed by the run that held it.
            plans = make_plans(files)
            _require_locked(plans, folders)
            done.warnings.extend(_lock_warnings(folders))
            for folder in folders.values():
                done.warnings.extend(clean(folder, step))
            changing = [plan for plan in plans if plan.changed]
            Transaction(folders, done, step, backup=backup, then=then).run(changing)
    except BaseException:
        _remove_folders(done.created)
        raise
    return list(plans), done


class _RemovedError(Exception):
    """A folder that was there has been removed by a run beside this one, which failed."""


def _make_and_lock(
    plans: Sequence[Plan], created: list[str], locks: contextlib.ExitStack, wait: float, step: Step
) -> dict[str, Folder]:
    """Make the folders that are missing and lock all; what a run beside this one removes meanwhile is made again."""
    for _attempt in range(_ATTEMPTS):
        with contextlib.suppress(_RemovedError), contextlib.ExitStack() as attempt:
            _make_parents(plans, created, step)
            folders = _lock_folders(plans, attempt, wait, step)
            if all(folder.is_there() for folder in folders.values()):
                locks.push(attempt.pop_all())
                return folders
    first = plans[0]
    raise WriteError("lock", first.path, first.target, "other runs remove its folder again and again; wait for them")


@contextlib.contextmanager
def _noticing_removal() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise _RemovedError from error


def _make_parents(plans: Sequence[Plan], created: list[str], step: Step) -> None:
    for plan in plans:
        for folder in missing_folders(plan.destination) if plan.changed else ():
            with naming("stage", plan.path, plan.target), _noticing_removal():
                step("parent", folder)
                # A run beside this one may have made it just now.
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, _PARENT_MODE)
                    created.extend([folder] if folder not in created else [])
                    _open_to_all(folder)


def _open_to_all(folder: str) -> None:
    """Give a folder that was made the mode of a parent whatever the umask; a set-group-id bit it inherited stays."""
    mode = stat.S_IMODE(os.stat(folder).st_mode)
    if mode & _PARENT_MODE != _PARENT_MODE:
        os.chmod(folder, mode | _PARENT_MODE)


def _remove_folders(created: Sequence[str]) -> None:
    for folder in reversed(created):
        # Locked or not empty: somebody else has begun to use it.
        with contextlib.suppress(OSError), locked_folder(folder, 0):
            os.rmdir(folder)


def _lock_folders(plans: Sequence[Plan], locks: contextlib.ExitStack, wait: float, step: Step) -> dict[str, Folder]:
    """Lock the folders of all destinations, in an order that is the same for every run: so no two wait for each other.

    Two paths may name one folder (a bind mount), which is locked once.
    """
    by_identity: dict[tuple[int, int], list[Plan]] = {}
    for plan in plans:
        with naming("lock", plan.path, plan.target), _noticing_removal():
            status = os.stat(plan.folder)
        by_identity.setdefault((status.st_dev, status.st_ino), []).append(plan)
    folders: dict[str, Folder] = {}
    for _identity, neighbours in sorted(by_identity.items(), key=lambda item: item[0]):
        first = neighbours[0]
        with naming("lock", first.path, first.target), _noticing_removal():
            step("lock", first.folder)
            folder = _lock_folder(first, locks, wait)
        folders.update({plan.folder: folder for plan in neighbours})
    return folders


def _lock_folder(plan: Plan, locks: contextlib.ExitStack, wait: float) -> Folder:
    try:
        return locks.enter_context(locked_folder(plan.folder, wait))
    except BlockingIOError as error:
        cause = f"another run has held {plan.folder} for {wait:g} s; wait until it has ended, then run again"
        raise WriteError("lock", plan.path, plan.target, cause) from error


def _require_locked(plans: Sequence[Plan], folders: dict[str, Folder]) -> None:
    for plan in plans:
        if plan.folder not in folders:
            cause = "its symbolic link was changed while the run waited; run again"
            raise WriteError("lock", plan.path, plan.target, cause)


def _lock_warnings(folders: dict[str, Folder]) -> list[str]:
    return [
        f"{path} is on a file system that knows no locks for folders: never let two runs write there at once"
        for path, folder in folders.items()
        if not folder.locked
    ]
