# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What the writer asks of the file system before it changes anything, and how it says what went wrong there."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import grp
import os
import pwd
import re
import stat
import struct
from dataclasses import dataclass, field
from typing import Callable, Iterator, Sequence

# Called before each step with its name and the path concerned; a test makes it raise, or die.
Step = Callable[[str, str], None]

STAGING_PREFIX = ".appmail-"
_NAME = re.compile(re.escape(STAGING_PREFIX) + "[0-9a-f]{16}")

UNTOUCHED = "every file is as it was"

# FS_IOC_GETFLAGS and its answer, as linux/fs.h has them; where the number is another one, no flag is seen.
_LONG = struct.Struct("l")
_GET_FLAGS = 2 << 30 | _LONG.size << 16 | ord("f") << 8 | 1
_FLAGS = ((0x10, "immutable", "i"), (0x20, "append-only", "a"))

# A run that was refused has given back by now what it took: fewer than these do for no run.
_FEW_INODES = 16
# The numbers that chown(2) takes; the one behind them means "leave it".
_MOST_IDS = 2**32 - 1

# A file is held in memory, several times where it changes.
_MOST_BYTES = 64 * 1024 * 1024

# How a step reads in a sentence; the keys are the values of WriteError.step.
_STEPS: dict[str, str] = {
    "plan": "cannot write",
    "lock": "could not lock the folder of",
    "stage": "could not stage",
    "verify": "verification failed for",
    "backup": "could not back up",
    "swap": "could not swap in",
    "command": "could not set the values of",
    "rollback": "could not put back",
}

# What an error number means here, and what helps.
_CAUSES: dict[int, tuple[str, str]] = {
    errno.EACCES: ("permission denied", "run as a user who may write there (become)"),
    errno.EPERM: (
        "not permitted",
        "run as a user who may write there (become), and look for an immutable flag (lsattr)",
    ),
    errno.ENOSPC: ("no space is left there", "free some space, then run again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, then run again"),
    errno.EROFS: ("the file system is read-only", "mount it writable, or choose another destination"),
    errno.EBUSY: (
        "it is a mount point of its own, as a single file bound into a container is",
        "mount its folder in its place",
    ),
    errno.ENOENT: ("something else removed it, or its folder, during this run", "see what, then run again"),
    errno.EISDIR: ("it is a folder", "name a file as the destination"),
    errno.ENXIO: ("it is a device, a pipe or a socket", "name a file as the destination"),
    errno.ELOOP: ("its symbolic links lead in a circle", "repair the links"),
    errno.EFBIG: ("it is larger than any file of settings", "look what it is, and name another destination"),
    errno.ENOTDIR: ("a part of its path is a file, not a folder", "correct the destination"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter destination"),
    errno.EIO: ("the disk reports an input/output error", "look into the host's disk"),
}


class WriteError(Exception):
    """Nothing was written, or it could not be put back; the text is one sentence with step, path, cause and cure.

    `step` is plan, lock, stage, verify, backup, swap, command or rollback; `path` and `target` say which file it is.
    """

    def __init__(self, step: str, path: str, target: str, cause: str, *, state: str = UNTOUCHED) -> None:
        super().__init__(f"{_STEPS[step]} {path} ({target}): {cause}; {state}")
        self.step = step
        self.path = path
        self.target = target
        self.cause = cause
        self.state = state

    def adding(self, sentences: Sequence[str]) -> WriteError:
        """The same error, which also says what stays behind."""
        return WriteError(self.step, self.path, self.target, self.cause, state="; ".join([self.state, *sentences]))


class ExplainedError(PermissionError):
    """What a file system forbids, to root as well; `cause` and `cure` are clauses."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(errno.EPERM, cause)
        self.cause = cause
        self.cure = cure


def _flagged(path: str, flag: str, letter: str) -> ExplainedError:
    cause = f"not permitted: {path} has the {flag} flag, so it cannot be replaced"
    return ExplainedError(cause, f"take the flag away (chattr -{letter} {path}), then run again")


@contextlib.contextmanager
def naming(step: str, path: str, target: str) -> Iterator[None]:
    """Turn what the operating system refuses into a WriteError that names the step and the file."""
    try:
        yield
    except OSError as error:
        raise WriteError(step, path, target, explain(error, path)) from error


def explain(error: OSError, path: str | None = None) -> str:
    """Cause and cure of an error, as a clause; `path` is the file that it is about."""
    if isinstance(error, ExplainedError):
        return f"{error.cause}; {error.cure}"
    if error.errno == errno.ENOSPC and path is not None and _lacks_inodes(path):
        return "no inode is left there, though space is; delete files (df -i counts them), then run again"
    cause, cure = _CAUSES.get(error.errno or 0, (error.strerror or "input/output error", "see to that, then run again"))
    return f"{cause}; {cure}"


def _lacks_inodes(path: str) -> bool:
    """Whether a file system has hardly an inode left and more blocks than that; some count no inodes at all."""
    try:
        status = os.statvfs(os.path.dirname([path, *missing_folders(path)[:1]][-1]))
    except OSError:
        return False
    return status.f_files > 0 and status.f_favail < min(_FEW_INODES, status.f_bavail)


@dataclass(frozen=True)
class Existing:
    """A regular file that is there, its content and its status as they were read together."""

    data: bytes = field(repr=False)
    status: os.stat_result

    @property
    def mode(self) -> int:
        """Its permission bits."""
        return stat.S_IMODE(self.status.st_mode)

    @property
    def permissions(self) -> tuple[int, int, int]:
        """Its permission bits, its user and its group, by number."""
        return self.mode, self.status.st_uid, self.status.st_gid

    def is_same(self, now: os.stat_result) -> bool:
        """Whether the file has not been changed or replaced since; a new link to it is no change."""
        return _identity(self.status) == _identity(now)


def _identity(status: os.stat_result) -> tuple[int, ...]:
    place = (status.st_dev, status.st_ino, status.st_mode, status.st_uid, status.st_gid)
    return (*place, status.st_size, status.st_mtime_ns)


def read_existing(path: str) -> Existing | None:
    """The regular file at a resolved path, None if there is nothing; OSError if there is something else."""
    try:
        _require_regular(os.lstat(path))
        # It may have been replaced by a named pipe since; to open one without O_NONBLOCK would wait for ever.
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(opened, "rb") as file:
        status = os.fstat(file.fileno())
        _require_regular(status)
        if status.st_size > _MOST_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return Existing(file.read(), status)


def _require_regular(status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    number = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.ENXIO
    raise OSError(number, os.strerror(number))


def require_replaceable(path: str) -> None:
    """OSError with the cause where a file could not be replaced, or its folder not be changed, even by root."""
    folder = os.path.dirname(path)
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))
    for name in (folder, path):
        flag = _flag_of(name) if os.path.lexists(name) else None
        if flag is not None:
            raise _flagged(name, *flag)
    if path in _mount_points():
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def _flag_of(path: str) -> tuple[str, str] | None:
    """A flag that forbids to replace what is there, and chattr's letter for it; None also where there are no flags."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        (flags,) = _LONG.unpack(fcntl.ioctl(opened, _GET_FLAGS, bytes(_LONG.size)))
    except OSError:
        return None
    finally:
        os.close(opened)
    return next(((name, letter) for bit, name, letter in _FLAGS if flags & bit), None)


def _mount_points() -> frozenset[str]:
    """Where something is mounted: the fifth field of /proc/self/mountinfo, its blanks as octal numbers; proc(5)."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
            places = [line.split(" ")[4] for line in lines]
    except (OSError, IndexError):
        return frozenset()
    return frozenset(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), place) for place in places)


def missing_folders(path: str) -> list[str]:
    """The folders above `path` that do not exist, the outermost first."""
    missing: list[str] = []
    folder = os.path.dirname(path)
    while not os.path.lexists(folder):
        missing.insert(0, folder)
        folder = os.path.dirname(folder)
    return missing


def inherited_group(folder: str) -> int:
    """The group that a new file in `folder` gets; the folder may be missing, as those that are made pass it on."""
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    status = os.stat(folder)
    return status.st_gid if status.st_mode & stat.S_ISGID else os.getegid()


def user_id(owner: str) -> int | None:
    """The number of a user given by name or number, None if there is no such user."""
    if owner.isdecimal():
        return _number(owner)
    try:
        return pwd.getpwnam(owner).pw_uid
    except (KeyError, ValueError):  # the latter for a name that none can have
        return None


def group_id(group: str) -> int | None:
    """The number of a group given by name or number, None if there is no such group."""
    if group.isdecimal():
        return _number(group)
    try:
        return grp.getgrnam(group).gr_gid
    except (KeyError, ValueError):
        return None


def _number(text: str) -> int | None:
    number = int(text)
    return number if number < _MOST_IDS else None


def user_name(uid: int) -> str:
    """The name of a user, the number as text where there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """The name of a group, the number as text where there is none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def leftovers(path: str) -> list[str]:
    """The staging folders of this user in a folder; none where the folder cannot be looked into."""
    try:
        with os.scandir(path) as entries:
            return [entry.path for entry in entries if _NAME.fullmatch(entry.name) and _is_own_folder(entry)]
    except OSError:
        return []


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.geteuid()
