# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The changes to files, as one: all made ready, all verified, all swapped in; and the way back."""

from __future__ import annotations

import contextlib
import functools
import operator
import os
import stat
import time
from dataclasses import dataclass
from typing import Callable, Sequence

from ansible_collections.appmail.settings.plugins.module_utils._secrets.file_secrets import (
    Secrets,
    hidden_parts,
    likely_secrets,
    values,
    words,
)

from .file_spec import FileSpec, Verify
from .filesystem import Existing, Step, WriteError, explain, naming, read_existing
from .managed_block import without_block
from .plan import Done, Plan
from .staging import Content, Folder, Staging, make_file, sync_folder
from .verifier import VerifyError, line_named, output_of, run_verifier

# How old a file is for its verifier: Postfix reads one again and again until it is two seconds old, as it may be half
# written (dict_load_file_xact in its source). Ours are whole.
_SETTLED_SECONDS = 10
# What is read of a neighbour to know its secrets, which the verifier might repeat.
_NEIGHBOUR_READ = 1024 * 1024
_ASKED_SECONDS = 30


@dataclass(frozen=True)
class _Staged:
    """A plan whose new file is ready: where it is, and its inode, None where the old one is only to go."""

    plan: Plan
    staging: Staging
    shelf: int
    path: str
    inode: int | None

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    @property
    def final_name(self) -> str:
        return os.path.basename(self.plan.destination)


class Transaction:
    """All changes to files, and the way back."""

    def __init__(
        self,
        folders: dict[str, Folder],
        done: Done,
        step: Step,
        *,
        backup: bool,
        then: Callable[[], None] | None = None,
    ) -> None:
        self._folders = folders
        self._done = done
        self._step = step
        self._backup = backup
        self._then = then
        self._stagings: dict[int, Staging] = {}
        self._kept: dict[str, str] = {}
        self._tried: list[_Staged] = []
        self._backups: list[tuple[Folder, str]] = []
        # The kept copies of files that could not be put back, by staging folder.
        self._needed: dict[int, set[str]] = {}

    def run(self, plans: Sequence[Plan]) -> None:
        try:
            self._write_or_roll_back(plans)
        except WriteError as error:
            stays = self._close()
            if stays:
                raise error.adding(stays) from error
            raise
        except BaseException:
            self._close()
            raise
        self._done.warnings.extend(self._close())

    def rehearse(self, plans: Sequence[Plan]) -> None:
        """Stage and verify, and change nothing. Raises WriteError as `run` does."""
        try:
            self._verify([self._stage(plan) for plan in plans], "would be")
        finally:
            self._done.warnings.extend(self._close())

    def _write_or_roll_back(self, plans: Sequence[Plan]) -> None:
        try:
            self._write(plans)
        except BaseException as error:
            self._roll_back(error)
            raise

    def _write(self, plans: Sequence[Plan]) -> None:
        staged = [self._stage(plan) for plan in plans]
        self._verify(staged, "was")
        for file in staged:
            self._keep(file)
        for file in staged:
            self._back_up(file)
        for file in staged:
            self._swap(file)
        for file in staged:
            with naming("swap", file.plan.path, file.plan.target):
                self._step("sync folder", file.plan.folder)
                sync_folder(file.staging.folder.opened)
        if self._then is not None:
            self._then()

    def _stage(self, plan: Plan) -> _Staged:
        with naming("stage", plan.path, plan.target):
            staging = self._staging(self._folders[plan.folder])
            shelf_path, shelf = staging.shelf(plan.named_folder)
            name = os.path.basename(plan.path)
            if plan.removes:
                return _Staged(plan, staging, shelf, os.path.join(shelf_path, name), None)
            attributes_of = None if plan.old is None else plan.destination
            content = Content(plan.data, plan.mode, plan.uid, plan.gid, attributes_of)
            self._done.warnings.extend(make_file(shelf, name, content, self._step, plan.path))
            inode = os.stat(name, dir_fd=shelf, follow_symlinks=False).st_ino
        return _Staged(plan, staging, shelf, os.path.join(shelf_path, name), inode)

    def _staging(self, folder: Folder) -> Staging:
        if folder.opened not in self._stagings:
            self._stagings[folder.opened] = Staging(folder, self._step)
        return self._stagings[folder.opened]

    def _verify(self, staged: Sequence[_Staged], tense: str) -> None:
        verifying = [
            (file, part.spec, part.spec.verify)
            for file in staged
            for part in file.plan.parts
            if part.spec.verify is not None
        ]
        if not verifying and not any(file.plan.is_read_by_programs for file in staged):
            return
        by_name = {file.plan.path: file.path for file in staged}
        secrets = functools.reduce(operator.or_, (_secrets_of(file.plan) for file in staged), Secrets())
        # Every neighbour is in its place before the first verifier looks.
        for file, spec, verify in verifying:
            with naming("verify", spec.path, spec.target):
                for neighbour in verify.beside:
                    secrets |= _link_neighbour(file, neighbour, by_name)
        now = time.time()
        _set_times(staged, now - _SETTLED_SECONDS)
        for file, spec, verify in verifying:
            self._verify_file(file, spec, verify, secrets, tense)
            _require_untouched(staged, spec)
        self._ask(staged)
        _set_times(staged, now)

    def _ask(self, staged: Sequence[_Staged]) -> None:
        """Ask the applications that can tell what of a staged file takes effect."""
        for file in staged:
            for spec in (part.spec for part in file.plan.parts):
                if spec.effective is not None and spec.effective.command:
                    self._done.effective[id(spec)] = output_of(spec.effective.command, file.path, _ASKED_SECONDS)
                    _require_untouched(staged, spec)

    def _verify_file(self, file: _Staged, spec: FileSpec, verify: Verify, secrets: Secrets, tense: str) -> None:
        with naming("verify", spec.path, spec.target):
            self._step("verify", spec.path)
        try:
            reason = run_verifier(verify, file.path, spec.path, secrets)
        except VerifyError as error:
            said = f"{error}{line_named(str(error), spec)}"
            raise WriteError("verify", spec.path, spec.target, said) from error
        if reason is None:
            self._done.verified[id(spec)] = True
        else:
            self._done.warnings.append(f"{spec.path} {tense} written without being verified: {reason}")

    def _keep(self, file: _Staged) -> None:
        """Keep the old file itself, by a second link, or a copy where that cannot be."""
        if file.plan.old is None:
            return
        name = file.staging.next_kept()
        with naming("stage", file.plan.path, file.plan.target):
            self._step("keep", file.plan.path)
            folder, kept = file.staging.folder.opened, file.staging.kept
            try:
                os.link(file.final_name, name, src_dir_fd=folder, dst_dir_fd=kept, follow_symlinks=False)
            except OSError:
                self._copy_old(file, name)
        self._kept[file.plan.destination] = name

    def _copy_old(self, file: _Staged, name: str) -> None:
        if file.plan.old is not None:
            content = Content.of(file.plan.old, file.plan.destination)
            make_file(file.staging.kept, name, content, self._step, file.plan.path)

    def _back_up(self, file: _Staged) -> None:
        """A copy of its own, made ready in the staging folder: a backup is whole or not there, too."""
        old = file.plan.old
        if not (self._backup or file.plan.takes_over) or old is None or not file.plan.content_differs:
            return
        with naming("backup", file.plan.path, file.plan.target):
            name = file.staging.next_kept()
            self._step("backup", file.plan.path)
            # Of the same people as the new file, and open to no more of them: what it holds may be as secret. What
            # somebody else wrote may hold a secret where ours holds none: a copy of that is not for everybody.
            mode = old.mode & file.plan.mode & (0o770 if file.plan.takes_over else 0o777)
            content = Content(old.data, mode, file.plan.uid, file.plan.gid, file.plan.destination)
            make_file(file.staging.kept, name, content, self._step, file.plan.path)
            final = _backup_name(file.plan.destination)
            folder = file.staging.folder
            self._backups.append((folder, os.path.basename(final)))
            self._step("place backup", final)
            os.rename(name, os.path.basename(final), src_dir_fd=file.staging.kept, dst_dir_fd=folder.opened)
            self._done.backups[file.plan.destination] = final

    def _swap(self, file: _Staged) -> None:
        folder = file.staging.folder.opened
        with naming("swap", file.plan.path, file.plan.target):
            self._step("swap", file.plan.path)
            _require_in_place(file)
            _require_same(file)
            self._tried.append(file)
            if file.plan.removes:
                os.unlink(file.final_name, dir_fd=folder)
            else:
                os.replace(file.name, file.final_name, src_dir_fd=file.shelf, dst_dir_fd=folder)
            self._step("swapped", file.plan.path)

    def _roll_back(self, error: BaseException) -> None:
        """Put back what was swapped; where that fails too, the old file stays where it is kept, as the error says."""
        failures = [failure for failure in map(self._restore, reversed(self._tried)) if failure is not None]
        for folder, name in self._backups:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=folder.opened)
        if not failures:
            return
        first, cause, _state = failures[0]
        if isinstance(error, WriteError):
            cause += f"; before that, {error.step} of {error.path} failed: {error.cause}"
        states = [state for _plan, _cause, state in failures]
        state = "; ".join([*states, "every other file is as it was"])
        raise WriteError("rollback", first.path, first.target, cause, state=state) from error

    def _restore(self, file: _Staged) -> tuple[Plan, str, str] | None:
        """Put one file back; if that fails, its plan, the cause, and the state in which the file is now."""
        try:
            self._step("restore", file.plan.path)
            self._put_back(file)
        except OSError as error:
            return file.plan, explain(error), self._state(file)
        return None

    def _put_back(self, file: _Staged) -> None:
        folder = file.staging.folder.opened
        # The swap may have been refused, or somebody may have put a file of his own there since.
        if _inode(file.final_name, folder) != file.inode:
            return
        if file.plan.old is not None:
            kept = self._kept[file.plan.destination]
            os.replace(kept, file.final_name, src_dir_fd=file.staging.kept, dst_dir_fd=folder)
        else:
            os.unlink(file.final_name, dir_fd=folder)
        with contextlib.suppress(OSError):
            sync_folder(folder)

    def _state(self, file: _Staged) -> str:
        if file.plan.old is None:
            return f"{file.plan.path} is new and stays; delete it by hand"
        name = self._kept[file.plan.destination]
        self._needed.setdefault(file.staging.folder.opened, set()).add(name)
        return f"{file.plan.path} has its new content, the old file is kept as {file.staging.kept_path(name)}"

    def _close(self) -> list[str]:
        """Remove what is not needed any more; a sentence for each folder that stays."""
        return [sentence for sentence in map(self._close_staging, self._stagings.values()) if sentence is not None]

    def _close_staging(self, staging: Staging) -> str | None:
        try:
            staging.close(self._needed.get(staging.folder.opened, ()))
        except FileNotFoundError:
            return None  # somebody else removed it
        except OSError as error:
            return f"{staging.path} holds copies of the files and could not be removed: {explain(error)}"
        return None


def _set_times(staged: Sequence[_Staged], seconds: float) -> None:
    for file in (file for file in staged if not file.plan.removes):
        with naming("verify", file.plan.path, file.plan.target):
            # Where a verifier left a link in place of the file, what it leads to is none of ours.
            os.utime(file.path, (seconds, seconds), follow_symlinks=False)


def _require_untouched(staged: Sequence[_Staged], verified: FileSpec) -> None:
    """Refuse what a verifier has changed: what goes into place is what was staged, and nothing else."""
    for file in staged:
        with naming("verify", file.plan.path, file.plan.target):
            touched = "" if file.plan.removes else _touched(file)
        if touched:
            program = os.path.basename(verified.verify.command[0]) if verified.verify else "its verifier"
            cause = f"{program} changed the staged file ({touched}) in place of reading it"
            raise WriteError(
                "verify", file.plan.path, file.plan.target, f"{cause}; correct the target's verify command"
            )


def _touched(file: _Staged) -> str:
    """What of a staged file is not as it was made; empty where all of it is."""
    plan = file.plan
    status = os.stat(file.name, dir_fd=file.shelf, follow_symlinks=False) if _inode(file.name, file.shelf) else None
    if status is None or status.st_ino != file.inode or status.st_nlink != 1:
        return "another file is in its place"
    if (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) != (plan.mode, plan.uid, plan.gid):
        return "its permissions"
    opened = os.open(file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=file.shelf)
    with os.fdopen(opened, "rb") as content:
        return "" if content.read(len(plan.data) + 1) == plan.data else "its content"


def _secrets_of(plan: Plan) -> Secrets:
    """What of the old and the new file must not be repeated from what a program says about it.

    Known are the new secrets. Of our own old text every word that the new one doesn't show anyway counts, and of what
    others wrote into the file the values that look like secrets.
    """
    known: frozenset[str] = frozenset()
    likely: frozenset[str] = frozenset()
    rest = "" if plan.old is None else plan.old.data.decode("utf-8", "surrogateescape")
    for part in plan.parts:
        shown = frozenset(words(part.after if part.masked is None else part.masked))
        known |= hidden_parts(part.after, part.masked)
        likely |= values(part.before or "") - shown
        if part.spec.keys is None:
            rest = "" if part.spec.block is None else without_block(rest, part.spec.block)
    return Secrets(known, likely | likely_secrets(rest))


def _link_neighbour(file: _Staged, name: str, by_name: dict[str, str]) -> Secrets:
    """Let the verifier find a neighbour beside the staged file, the new one if there is one; its likely secrets."""
    path = os.path.join(file.plan.named_folder, name)
    source = by_name.get(path, path)
    if not os.path.lexists(source):
        return Secrets()
    with contextlib.suppress(FileExistsError):
        os.symlink(source, name, dir_fd=file.shelf)
    if not os.path.isfile(source):
        return Secrets()
    with open(source, "rb") as opened:
        text = opened.read(_NEIGHBOUR_READ).decode("utf-8", "surrogateescape")
    return Secrets(likely=likely_secrets(text))


def _require_same(file: _Staged) -> None:
    """Refuse to replace a file that somebody who takes no lock has changed since it was read."""
    folder, old = file.staging.folder.opened, file.plan.old
    try:
        now: os.stat_result | None = os.stat(file.final_name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        now = None
    if (now is None) if old is None else (now is not None and (old.is_same(now) or _reads_the_same(file, old))):
        return
    cause = "something else changed it during this run; see what, then run again"
    raise WriteError("swap", file.plan.path, file.plan.target, cause)


def _require_in_place(file: _Staged) -> None:
    """Refuse to write into a folder that its path leads to no more."""
    if not file.staging.folder.is_there():
        cause = "something else moved or removed its folder during this run; see what, then run again"
        raise WriteError("swap", file.plan.path, file.plan.target, cause)


def _reads_the_same(file: _Staged, old: Existing) -> bool:
    """Whether another file with the same content and permissions is there: overlayfs makes one of a lower layer's file.

    It does so for a second link, which is how the old file is kept.
    """
    try:
        now = read_existing(file.plan.destination)
    except OSError:  # it is no file any more
        return False
    return now is not None and now.data == old.data and now.permissions == old.permissions


def _inode(name: str, folder: int) -> int | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_ino
    except FileNotFoundError:
        return None


def _backup_name(path: str) -> str:
    """The name that Ansible's own modules give a backup, and a number before the date if that is taken."""
    date = time.strftime("%Y-%m-%d@%H:%M:%S")
    name, number = f"{path}.{os.getpid()}.{date}~", 1
    while os.path.lexists(name):
        number += 1
        name = f"{path}.{os.getpid()}-{number}.{date}~"
    return name
