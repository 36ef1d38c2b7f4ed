# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Write many files as one: staged, verified and swapped in by rename, or all left as they were.

The order is the safety. All files are made ready beside their destinations and all are verified before the first is
swapped, so that nearly everything that can go wrong goes wrong while nothing has changed. A process that is killed
between two swaps leaves each file whole, old or new; the next run finishes and cleans up.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple, TypedDict

from ansible_collections.appmail.settings.plugins.module_utils._block import Block
from ansible_collections.appmail.settings.plugins.module_utils._files import (
    WriteError,
    missing_folders,
    naming,
)
from ansible_collections.appmail.settings.plugins.module_utils._plan import (
    FileMapping,
    FileSpec,
    Part,
    Plan,
    file_spec_from_mapping,
    make_plans,
)
from ansible_collections.appmail.settings.plugins.module_utils._staging import (
    Folder,
    Step,
    clean,
    leftovers,
    locked_folder,
)
from ansible_collections.appmail.settings.plugins.module_utils._transaction import Done, Transaction
from ansible_collections.appmail.settings.plugins.module_utils._verify import Verify

__all__ = [
    "Block",
    "FileMapping",
    "FileResult",
    "FileSpec",
    "Verify",
    "WriteError",
    "WriteOutcome",
    "file_spec_from_mapping",
    "write_files",
]

_PARENT_MODE = 0o755
_LOCK_WAIT_SECONDS = 60.0


class FileResult(TypedDict):
    """What became of one spec. `verified` is None where nothing was verified: unchanged, check mode, no verifier."""

    path: str
    target: str
    changed: bool
    mode: str
    owner: str
    group: str
    backup_file: Optional[str]
    verified: Optional[bool]


@dataclass(frozen=True)
class WriteOutcome:
    """What was done, or in check mode would be: results in the order of the specs, diffs, warnings, folders made."""

    files: List[FileResult]
    diffs: List[Dict[str, str]]
    warnings: List[str]
    created: List[str]

    @property
    def changed(self) -> bool:
        """Whether any file changed."""
        return any(file["changed"] for file in self.files)


def _no_step(_name: str, _path: str) -> None:
    """Nothing happens between the steps outside tests."""


def write_files(
    files: Sequence[FileSpec],
    *,
    check_mode: bool,
    backup: bool,
    diff: bool,
    _step: Step = _no_step,
    _lock_wait: float = _LOCK_WAIT_SECONDS,
) -> WriteOutcome:
    """Bring all files to what their specs say, or none: WriteError then, and every file is as it was.

    In check mode nothing is created anywhere, and nothing is verified. `backup` keeps a copy of each file whose content
    changes beside it. `_step` and `_lock_wait` are for tests.
    """
    plans = make_plans(files)
    if check_mode or not _is_work(plans):
        created = sorted({folder for plan in plans if plan.changed for folder in missing_folders(plan.destination)})
        return _outcome(files, plans, Done(created=created), diff=diff)
    done = Done(created=[])
    try:
        _make_parents(plans, done.created, _step)
        with contextlib.ExitStack() as locks:
            folders = _lock_folders(plans, locks, _lock_wait, _step)
            # What was read before the lock may have been changed by the run that held it.
            plans = make_plans(files)
            _require_locked(plans, folders)
            done.warnings.extend(_lock_warnings(folders))
            for folder in folders.values():
                done.warnings.extend(clean(folder, _step))
            Transaction(folders, done, _step, backup=backup).run([plan for plan in plans if plan.changed])
    except BaseException:
        _remove_folders(done.created)
        raise
    return _outcome(files, plans, done, diff=diff)


def _is_work(plans: Sequence[Plan]) -> bool:
    return any(plan.changed for plan in plans) or any(leftovers(folder) for folder in {plan.folder for plan in plans})


def _make_parents(plans: Sequence[Plan], created: List[str], step: Step) -> None:
    for plan in plans:
        for folder in missing_folders(plan.destination) if plan.changed else ():
            with naming("stage", plan.path, plan.target):
                step("parent", folder)
                # A run beside this one may have made it just now.
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, _PARENT_MODE)
                    created.append(folder)
                    _open_to_all(folder)


def _open_to_all(folder: str) -> None:
    """Give a folder that was made the mode of a parent whatever the umask; a set-group-id bit it inherited stays."""
    mode = stat.S_IMODE(os.stat(folder).st_mode)
    if mode & _PARENT_MODE != _PARENT_MODE:
        os.chmod(folder, mode | _PARENT_MODE)


def _remove_folders(created: Sequence[str]) -> None:
    for folder in reversed(created):
        # Not empty: somebody else has begun to use it.
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def _lock_folders(plans: Sequence[Plan], locks: contextlib.ExitStack, wait: float, step: Step) -> Dict[str, Folder]:
    """Lock the folders of all destinations, in an order that is the same for every run: so no two wait for each other.

    Two paths may name one folder (a bind mount), which is locked once.
    """
    by_identity: Dict[Tuple[int, int], List[Plan]] = {}
    for plan in plans:
        with naming("lock", plan.path, plan.target):
            status = os.stat(plan.folder)
        by_identity.setdefault((status.st_dev, status.st_ino), []).append(plan)
    folders: Dict[str, Folder] = {}
    for _identity, neighbours in sorted(by_identity.items(), key=lambda item: item[0]):
        first = neighbours[0]
        with naming("lock", first.path, first.target):
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


def _require_locked(plans: Sequence[Plan], folders: Dict[str, Folder]) -> None:
    for plan in plans:
        if plan.folder not in folders:
            cause = "its symbolic link was changed while the run waited; run again"
            raise WriteError("lock", plan.path, plan.target, cause)


def _lock_warnings(folders: Dict[str, Folder]) -> List[str]:
    return [
        f"{path} is on a file system that knows no locks for folders: never let two runs write there at once"
        for path, folder in folders.items()
        if not folder.locked
    ]


def _outcome(files: Sequence[FileSpec], plans: Sequence[Plan], done: Done, *, diff: bool) -> WriteOutcome:
    by_spec = {id(part.spec): (plan, part) for plan in plans for part in plan.parts}
    return WriteOutcome(
        files=[_result(*by_spec[id(spec)], done) for spec in files],
        diffs=[one for plan in plans for one in _diffs(plan)] if diff else [],
        warnings=[*done.warnings, *(warning for plan in plans for warning in _link_warnings(plan))],
        created=done.created,
    )


def _result(plan: Plan, part: Part, done: Done) -> FileResult:
    changed = plan.part_changed(part)
    return {
        "path": part.spec.path,
        "target": part.spec.target,
        "changed": changed,
        "mode": plan.permissions["mode"],
        "owner": plan.permissions["owner"],
        "group": plan.permissions["group"],
        "backup_file": done.backups.get(plan.destination) if changed else None,
        "verified": done.verified.get(id(part.spec)),
    }


def _diffs(plan: Plan) -> List[Dict[str, str]]:
    # Only a run with --diff reads this code.
    from ansible_collections.appmail.settings.plugins.module_utils._diff import file_diff

    diffs: List[Dict[str, str]] = []
    for part in plan.parts:
        if part.differs:
            block = part.spec.block
            label = part.spec.path if block is None else f"{part.spec.path} (block {block.marker})"
            diffs.append(file_diff(label, part.before, part.after, part.masked))
    if plan.permissions_differ and plan.old_permissions is not None:
        before, after = _as_lines(plan.old_permissions), _as_lines(plan.permissions)
        header = f"{plan.path} (permissions)"
        diffs.append({"before": before, "after": after, "before_header": header, "after_header": header})
    return diffs


def _as_lines(permissions: Dict[str, str]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in permissions.items())


def _link_warnings(plan: Plan) -> List[str]:
    """A file with several names is replaced under one of them only."""
    if plan.old is None or not plan.changed or plan.old.status.st_nlink == 1:
        return []
    return [f"{plan.path} had {plan.old.status.st_nlink} hard links; the other names keep the old content"]
