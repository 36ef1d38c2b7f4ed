# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A private folder beside the destinations, where new files are made ready and old ones are kept until all is done.

A rename is atomic only within one file system, so everything happens beside the destination. The destination's folder
is locked while it holds a staging folder: a staging folder that is found under that lock was left by a run that died.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import time
from dataclasses import dataclass
from typing import Collection, Iterator

from .filesystem import (
    STAGING_PREFIX,
    Existing,
    ExplainedError,
    Step,
    explain,
    group_name,
    leftovers,
    user_name,
)

# Made first and removed last: a folder with this file in it is a staging folder, and nothing in it is anybody else's.
_MARKER = ".appmail-staging"
_KEPT = "kept"
_CHUNK = 64 * 1024
_LOCK_POLL_SECONDS = 0.05
_PASS_THROUGH = getattr(os, "O_PATH", os.O_RDONLY)

# Some file systems cannot lock a folder (EBADF: NFS wants it opened for writing), or cannot sync one.
_NO_LOCK = frozenset([errno.EBADF, errno.ENOLCK, errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
_NO_SYNC = frozenset([errno.EINVAL, errno.ENOTSUP, errno.EBADF])

_ACL = "system.posix_acl_access"
_SELINUX = "security.selinux"


@dataclass(frozen=True)
class Folder:
    """A folder with destinations, opened; `locked` is False where its file system knows no locks."""

    path: str
    opened: int
    locked: bool

    def is_there(self) -> bool:
        """Whether its path still leads to it: it may have been removed while we waited for its lock."""
        try:
            return os.path.samestat(os.stat(self.path, follow_symlinks=False), os.fstat(self.opened))
        except FileNotFoundError:
            return False


@contextlib.contextmanager
def locked_folder(path: str, wait: float) -> Iterator[Folder]:
    """The folder, locked against other runs; BlockingIOError if another run holds it for longer than `wait` seconds."""
    opened = _open_folder(path)
    try:
        deadline = time.monotonic() + wait
        locked = _try_lock(opened)
        while locked is None:
            if time.monotonic() >= deadline:
                raise BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK))
            time.sleep(_LOCK_POLL_SECONDS)
            locked = _try_lock(opened)
        yield Folder(path, opened, locked)
    finally:
        # Closing it unlocks it, and so does the end of the process, whichever way it ends.
        os.close(opened)


def _open_folder(path: str) -> int:
    """Open a folder by its real path: a link that somebody has put into the path since is not followed."""
    flags = os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
    # A folder that may be passed through need not be readable.
    opened = os.open("/", flags | _PASS_THROUGH)
    *parents, last = [name for name in path.split("/") if name] or ["."]
    for name, access in [*((parent, _PASS_THROUGH) for parent in parents), (last, os.O_RDONLY)]:
        try:
            entered = os.open(name, flags | access, dir_fd=opened)
        finally:
            os.close(opened)
        opened = entered
    return opened


def _try_lock(opened: int) -> bool | None:
    """Whether the folder is locked now; None while another run holds it, False where there are no such locks."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    except OSError as error:
        if error.errno in _NO_LOCK:
            return False
        raise
    return True


def sync_folder(opened: int) -> None:
    """Make what was renamed in a folder last, also through a power cut, where the file system can do that."""
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


@dataclass(frozen=True)
class Content:
    """A file to be made: its bytes, its permissions, and the file whose extended attributes it takes over."""

    data: bytes
    mode: int
    uid: int
    gid: int
    attributes_of: str | None

    @staticmethod
    def of(old: Existing, path: str) -> Content:
        """The same as the file that is there."""
        return Content(old.data, old.mode, old.status.st_uid, old.status.st_gid, path)


def make_file(folder: int, name: str, content: Content, step: Step, path: str) -> list[str]:
    """Make a new file in an opened folder and sync it; gives warnings. It is private until it has its final mode."""
    step("create", path)
    # With O_EXCL no link is followed either (open(2)).
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    opened = os.open(name, flags, 0o600, dir_fd=folder)
    try:
        rest = memoryview(content.data)
        while rest:
            step("write", path)
            count = os.write(opened, rest[:_CHUNK])
            rest = rest[count:]
        step("permit", path)
        status = os.fstat(opened)
        if (status.st_uid, status.st_gid) != (content.uid, content.gid):
            _give(opened, content)
        warnings = [] if content.attributes_of is None else _copy_attributes(content.attributes_of, opened)
        # Last, for both a change of owner and an access list alter the mode.
        os.fchmod(opened, content.mode)
        _require_permissions(opened, content)
        step("sync", path)
        os.fsync(opened)
    finally:
        os.close(opened)
    return warnings


def _give(opened: int, content: Content) -> None:
    try:
        os.fchown(opened, content.uid, content.gid)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EINVAL):
            raise
        owner = f"{user_name(content.uid)}:{group_name(content.gid)}"
        cause = f"no file can be given to {owner} there, as on NFS with root_squash, or in a container of a user's own"
        raise ExplainedError(cause, "name an owner and a group that it can be given to") from error


def _require_permissions(opened: int, content: Content) -> None:
    """Refuse a file system that has permissions of its own and says yes to others, as vfat and CIFS do."""
    status = os.fstat(opened)
    there = (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
    if there != (content.mode, content.uid, content.gid):
        mode, uid, gid = there
        kept = f"{mode:04o} of {user_name(uid)}:{group_name(gid)}"
        wanted = f"{content.mode:04o} of {user_name(content.uid)}:{group_name(content.gid)}"
        cause = f"its file system keeps no permissions: {kept} came of {wanted}"
        raise ExplainedError(cause, "mount it with those, give the file these, or choose another destination")


def _copy_attributes(path: str, opened: int) -> list[str]:
    """Give a new file the access list, the SELinux context and the user attributes of the one it replaces."""
    if not hasattr(os, "listxattr"):
        return []
    try:
        names = [name for name in os.listxattr(path) if name in (_ACL, _SELINUX) or name.startswith("user.")]
        # A folder's default access list would open a file that had none.
        if _ACL not in names and _ACL in os.listxattr(opened):
            os.removexattr(opened, _ACL)
    except OSError:
        return []
    return [warning for warning in (_copy_attribute(path, opened, name) for name in names) if warning is not None]


def _copy_attribute(path: str, opened: int, name: str) -> str | None:
    try:
        os.setxattr(opened, name, os.getxattr(path, name))
    except OSError as error:
        return f"the attribute {name} of {path} could not be kept: {explain(error)}"
    return None


class Staging:
    """A staging folder that exists: shelves for new files, and a place for copies of the old ones."""

    def __init__(self, folder: Folder, step: Step) -> None:
        self.folder = folder
        self._step = step
        self._name = STAGING_PREFIX + os.urandom(8).hex()
        self._shelves: dict[str, tuple[str, int]] = {}
        self._kept = 0
        self.path = os.path.join(folder.path, self._name)
        step("staging", folder.path)
        with contextlib.ExitStack() as opened:
            os.mkdir(self._name, 0o700, dir_fd=folder.opened)
            opened.callback(remove_staging, self.path, _no_step)
            step("marker", folder.path)
            self._opened = os.open(self._name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder.opened)
            opened.callback(os.close, self._opened)
            os.close(os.open(_MARKER, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=self._opened))
            self.kept = self._make_folder(_KEPT)
            opened.pop_all()

    def shelf(self, named_folder: str) -> tuple[str, int]:
        """Path and descriptor of the shelf for files of one folder, by the folder's name: neighbours share a shelf."""
        if named_folder not in self._shelves:
            name = str(len(self._shelves))
            self._step("shelf", self.path)
            self._shelves[named_folder] = (os.path.join(self.path, name), self._make_folder(name))
        return self._shelves[named_folder]

    def next_kept(self) -> str:
        """A free name among the kept copies."""
        self._kept += 1
        return str(self._kept)

    def kept_path(self, name: str) -> str:
        """The path of a kept copy."""
        return os.path.join(self.path, _KEPT, name)

    def _make_folder(self, name: str) -> int:
        os.mkdir(name, 0o700, dir_fd=self._opened)
        return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self._opened)

    def close(self, needed: Collection[str]) -> None:
        """Remove the folder with everything in it, but for the kept copies that a person needs, by name.

        Those stay where they are: a folder without its marker is removed by no run.
        """
        self._follow()
        for _path, opened in self._shelves.values():
            os.close(opened)
        os.close(self.kept)
        if needed:
            os.unlink(_MARKER, dir_fd=self._opened)
        os.close(self._opened)
        if not needed:
            remove_staging(self.path, self._step)
            return
        for name in map(str, range(len(self._shelves))):
            shutil.rmtree(os.path.join(self.path, name))
        for name in set(os.listdir(os.path.join(self.path, _KEPT))) - set(needed):
            os.unlink(self.kept_path(name))

    def _follow(self) -> None:
        """Find the folder again where somebody has moved the one that it is in; proc_pid_fd(5)."""
        with contextlib.suppress(OSError):
            place = os.readlink(f"/proc/self/fd/{self._opened}")
            if os.path.samestat(os.stat(place, follow_symlinks=False), os.fstat(self._opened)):
                self.path = place


def _no_step(_name: str, _path: str) -> None:
    """Nothing happens here outside tests."""


def remove_staging(path: str, step: Step) -> None:
    """Remove a staging folder, the marker last, so that a run which dies here leaves one that the next run knows."""
    step("remove", path)
    with os.scandir(path) as entries:
        inner = [entry.path for entry in entries if entry.name != _MARKER]
    for folder in inner:
        shutil.rmtree(folder)
    step("remove marker", path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(path, _MARKER))
    step("remove folder", path)
    os.rmdir(path)


def clean(folder: Folder, step: Step) -> list[str]:
    """Remove what runs that died have left in a locked folder; gives a warning for what stays."""
    if not folder.locked:
        return []
    return [
        warning for warning in (_clean_staging(path, step) for path in leftovers(folder.path)) if warning is not None
    ]


def _clean_staging(path: str, step: Step) -> str | None:
    try:
        content = os.listdir(path)
        if content and _MARKER not in content:
            return f"{path} holds files that a failed run could not put back; look at them, then delete it"
        remove_staging(path, step)
    except OSError as error:
        return f"{path}, left by a run that died, could not be removed: {explain(error)}"
    return None
