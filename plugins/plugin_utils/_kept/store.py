# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What was made of the collection's own files, kept from run to run: each under the digest of what it was made of.

Compiled code, packed sources and read YAML are in it, nothing of any user. It is one file, read as a whole where it is
asked, and written as a whole or not at all. What is not in it, or in a file that cannot be trusted, is made again.

Who can write a folder in Ansible's home can already have Ansible run anything, for it looks for plugins there.
"""

from __future__ import annotations

import hashlib
import marshal
import mmap
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

#: A file that was kept for so many other states of the collection is begun anew.
MOST_OCTETS = 16_000_000
_DIGEST = hashlib.sha256
# Compiled code is of one Python, and has its assertions or not.
_PYTHON = f"{sys.implementation.cache_tag}-{sys.hexversion:x}-{sys.flags.optimize}"
_STRANGERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Store:
    """Octets by the digest of what they were made of; empty, and written nowhere, until it is opened."""

    def __init__(self) -> None:
        self._file: Path | None = None
        self._process = 0
        self._kept: dict[bytes, bytes | memoryview] = {}
        self._is_read = True
        self._new = False

    def open(self, folder: Path) -> None:
        """Take what is kept in this folder, and keep there what is new."""
        self._file = folder / f"{_PYTHON}.kept"
        self._process = os.getpid()
        self._is_read = False

    def find(self, *made_of: str | bytes) -> bytes | None:
        """What was made of these texts, None where it has yet to be made."""
        if not self._is_read:
            self._read()
        found = self._kept.get(key(*made_of))
        return None if found is None else bytes(found)

    def keep(self, *made_of: str | bytes, made: bytes) -> bytes:
        """Keep what was made of these texts."""
        self._kept[key(*made_of)] = made
        self._new = True
        return made

    def get(self, *made_of: str | bytes, make: Callable[[], bytes]) -> bytes:
        """What was made of these texts, or is made of them now; errors of making it are not kept."""
        found = self.find(*made_of)
        return self.keep(*made_of, made=make()) if found is None else found

    def close(self) -> None:
        """Write the file if anything is new, and forget what is in it: it is read again when it is asked again.

        Where it cannot be written, or Python is told to write no compiled code, the next run makes all of it again.
        """
        if self._file is None or os.getpid() != self._process:
            return
        if self._new and not sys.dont_write_bytecode:
            with suppress(OSError):
                _write(self._file, self._kept)
        self._new = self._is_read = False
        self._kept = {}

    def _read(self) -> None:
        self._is_read = True
        # A process of a host, which was forked from this one, has less to make than there is to read.
        if self._file is not None and os.getpid() == self._process:
            self._kept = {**_read(self._file), **self._kept}


STORE = Store()


@cache
def maker(file: str) -> bytes:
    """The source of a module that makes what is kept: it is made of that, too, and is made again where it changes."""
    return Path(file).read_bytes()


def key(*made_of: str | bytes) -> bytes:
    """The digest of some texts: of each one's length, too, so that no two lists of texts have the same."""
    digest = _DIGEST()
    for text in made_of:
        octets = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        digest.update(b"%d:" % len(octets))
        digest.update(octets)
    return digest.digest()


def _read(file: Path) -> dict[bytes, bytes | memoryview]:
    """What a file holds; nothing where it is missing or damaged, or where another user could have written it."""
    try:
        content = _content_of_our_own(file)
    except (OSError, ValueError):
        return {}
    digest, body = content[: _DIGEST().digest_size], content[_DIGEST().digest_size :]
    # Python may crash on damaged code.
    if _seal(body) != digest:
        return {}
    lengths: dict[bytes, int] = marshal.loads(body)  # noqa: S302 - only what this user wrote, and whole
    ends = list(accumulate(lengths.values(), initial=len(body) - sum(lengths.values())))
    return {name: body[start:end] for name, (start, end) in zip(lengths, pairwise(ends), strict=True)}


def _seal(body: bytes | memoryview) -> bytes:
    """The digest of what a file holds, and of this module, which knows how that is laid out."""
    digest = _DIGEST(maker(__file__))
    digest.update(body)
    return digest.digest()


def _content_of_our_own(file: Path) -> memoryview:
    """The file in memory that the kernel takes back: of 3 MB a run needs each piece once.

    Raises OSError where it cannot be read or is not ours alone, ValueError where it is empty.
    """
    with _opened(file.parent, os.O_DIRECTORY) as folder, _opened(Path(file.name), dir_fd=folder) as descriptor:
        return memoryview(mmap.mmap(descriptor, 0, prot=mmap.PROT_READ))


@contextmanager
def _opened(path: Path, flags: int = 0, dir_fd: int | None = None) -> Iterator[int]:
    """A file or folder that no other user can write, nor is one led to by a link; else OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=dir_fd)
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid() or status.st_mode & _STRANGERS_WRITE:
            raise PermissionError(f"{path} could have been written by another user")
        yield descriptor
    finally:
        os.close(descriptor)


def _write(file: Path, kept: Mapping[bytes, bytes | memoryview]) -> None:
    """A digest of the rest; the length of each piece by its name, as Python writes it; the pieces."""
    body = marshal.dumps({name: len(piece) for name, piece in kept.items()}) + b"".join(kept.values())
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = f".{file.name}.{os.getpid()}"
    with _opened(file.parent, os.O_DIRECTORY) as folder:
        if len(body) > MOST_OCTETS:
            os.unlink(file.name, dir_fd=folder)
            return
        try:
            descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(_seal(body) + body)
            os.replace(staged, file.name, src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(staged, dir_fd=folder)
