# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From a destination as it is named to its real path, by a walk that only trusted users can have led astray.

Who may write into a folder decides what every name in it means: he replaces a file by a link, and what we write lands
where the link leads. Trusted are root, the user that we run as, and whom the file is given to. The last may own the
folders above his file, but no link of his is followed.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
import struct
from dataclasses import dataclass

from .filesystem import user_name

_MOST_LINKS = 40  # as many as Linux follows: path_resolution(7)
_ACL = "system.posix_acl_access"
# An access list as an extended attribute: a version, then tag, permissions and id of each entry; acl(5).
_ACL_ENTRY = struct.Struct("<HHI")
_ACL_USER, _ACL_GROUP, _ACL_WRITE = 0x02, 0x08, 0o2


class UntrustedPathError(ValueError):
    """Another user could change where a path leads; the text is a clause with who, where, and the cure."""


@dataclass(frozen=True)
class Trust:
    """Whom a file is given to, beside root and the user that we run as; None where it is nobody else."""

    uid: int | None = None
    gid: int | None = None

    def is_ours(self, uid: int) -> bool:
        """Whether this is root or ourselves."""
        return uid in (0, os.geteuid())

    def is_trusted(self, uid: int) -> bool:
        """Whether this user may change what leads to the file."""
        return self.is_ours(uid) or uid == self.uid


def real_path(path: str, trust: Trust, root: str | None = None) -> str:
    """The path of a file with all its links followed, also one to nothing yet, that leads out of `root` nowhere.

    Raises OSError where it cannot be followed, UntrustedPathError where another user could change where it leads.
    """
    real = _Walk(trust).follow(path)
    if root is None:
        return real
    real_root = _Walk(trust).follow(root)
    if os.path.commonpath([real, real_root]) != real_root:
        raise UntrustedPathError(f"a link leads out of {root}, to {real}; remove the link, or choose another folder")
    owner = _owner(real)
    if owner is not None and not trust.is_trusted(owner):
        raise UntrustedPathError(f"it belongs to {user_name(owner)}; remove it, or choose another folder than {root}")
    return real


def _owner(path: str) -> int | None:
    return os.lstat(path).st_uid if os.path.lexists(path) else None


class _Walk:
    """One walk along a path, from / to its last name."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._place = "/"
        # Anyone may add a name here, but nobody may change another's: only what is there already has to be trusted.
        self._shared = False
        # Somebody beside root and ourselves may change what is here, though it is whom the file is given to.
        self._given = False

    def follow(self, path: str) -> str:
        rest = _names(path)
        links = 0
        while rest:
            name = rest.pop()
            if name == "..":
                self._leave()
                continue
            entry = os.path.join(self._place, name)
            try:
                status = os.lstat(entry)
            except FileNotFoundError:
                return os.path.normpath(os.path.join(entry, *reversed(rest)))
            if not stat.S_ISLNK(status.st_mode):
                self._enter(entry, status)
                continue
            links += 1
            if links > _MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            rest += self._read_link(entry, status)
        return self._place

    def _leave(self) -> None:
        self._place = os.path.dirname(self._place)
        self._shared = bool(os.lstat(self._place).st_mode & stat.S_ISVTX)

    def _read_link(self, entry: str, status: os.stat_result) -> list[str]:
        if self._given or (self._shared and not self._trust.is_ours(status.st_uid)):
            whose = f"{user_name(status.st_uid)}'s" if self._shared else "in a folder that other users may change"
            raise UntrustedPathError(f"{entry} is a link {whose}; remove it, or name the file that it leads to")
        target = os.readlink(entry)
        if target.startswith("/"):
            self._place, self._shared = "/", False
        return _names(target)

    def _enter(self, entry: str, status: os.stat_result) -> None:
        if self._shared and not self._trust.is_trusted(status.st_uid):
            raise UntrustedPathError(_belongs(entry, status.st_uid))
        self._place = entry
        if not stat.S_ISDIR(status.st_mode):
            return
        if not self._trust.is_trusted(status.st_uid):
            raise UntrustedPathError(_belongs(entry, status.st_uid))
        self._shared = bool(status.st_mode & stat.S_ISVTX)
        self._given = self._given or not self._trust.is_ours(status.st_uid)
        if not self._shared:
            self._require_closed(entry, status)

    def _require_closed(self, folder: str, status: os.stat_result) -> None:
        """Refuse a folder that others may write to."""
        if status.st_mode & stat.S_IWOTH:
            raise UntrustedPathError(f"every user may change {folder}; take that away (chmod o-w {folder})")
        if not status.st_mode & stat.S_IWGRP:
            return
        uids, gids = _listed_writers(folder)
        for gid in {status.st_gid, *gids}:
            uids |= _members(gid) if gid != self._trust.gid else set()
            self._given = self._given or gid == self._trust.gid
        for uid in sorted(uids):
            if not self._trust.is_trusted(uid):
                who = f"{user_name(uid)} may change {folder} by its group or its access list"
                raise UntrustedPathError(f"{who}; take that away (chmod g-w {folder}), or name its group as the file's")
            self._given = self._given or not self._trust.is_ours(uid)


def _names(path: str) -> list[str]:
    """The names of a path, the first one last."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]


def _belongs(entry: str, uid: int) -> str:
    name = user_name(uid)
    return f"{entry} belongs to {name}, who could replace it; give it to root, or name {name} as the file's owner"


def _members(gid: int) -> set[int]:
    """The users that are in a group by its own list, or by theirs."""
    users = {user.pw_name: user for user in pwd.getpwall()}
    try:
        listed = grp.getgrgid(gid).gr_mem
    except KeyError:
        listed = []
    own = {user.pw_uid for user in users.values() if user.pw_gid == gid}
    return own | {users[name].pw_uid for name in listed if name in users}


def _listed_writers(folder: str) -> tuple[set[int], set[int]]:
    """The users and groups that an access list lets write into a folder, by number."""
    try:
        listing = os.getxattr(folder, _ACL)[4:]
    except (AttributeError, OSError):
        return set(), set()
    entries = [(tag, number) for tag, allowed, number in _ACL_ENTRY.iter_unpack(listing) if allowed & _ACL_WRITE]
    named = {tag: {number for other, number in entries if other == tag} for tag in (_ACL_USER, _ACL_GROUP)}
    return named[_ACL_USER], named[_ACL_GROUP]
