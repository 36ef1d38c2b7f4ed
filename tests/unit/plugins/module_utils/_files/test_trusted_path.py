# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No other user leads a write astray: links, folders and files that he could change are refused with the reason."""

from __future__ import annotations

import os
import stat
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import write_files

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's files")

NOBODY = 65534


@pytest.fixture
def top() -> Iterator[Path]:
    """A folder of root's, below one that everybody may add to, as /tmp is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def spec(path: Path, root: Path | None = None, owner: str | None = None, group: str | None = None) -> FileSpec:
    text, masked, bound = "password x\n", "password ********\n", None if root is None else str(root)
    return FileSpec(str(path), "demo", "a", text, masked, mode="0600", owner=owner, group=group, root=bound)


def write(file: FileSpec) -> None:
    write_files([file], check_mode=False, backup=False, diff=False)


def folder(path: Path, uid: int = 0, mode: int = 0o755, gid: int = 0) -> Path:
    path.mkdir(parents=True)
    os.chown(path, uid, gid)
    path.chmod(mode)
    return path


def file(path: Path, uid: int = 0) -> Path:
    path.write_text("theirs\n")
    os.chown(path, uid, uid)
    return path


def link(path: Path, to: Path, uid: int = 0) -> Path:
    path.symlink_to(to)
    os.chown(path, uid, uid, follow_symlinks=False)
    return path


def listed(path: Path) -> Path:
    """A folder whose access list lets nobody write: owner, that user, group, mask and others; acl(5)."""
    whole = 0xFFFFFFFF
    entries = [(0x01, 7, whole), (0x02, 7, NOBODY), (0x04, 5, whole), (0x10, 7, whole), (0x20, 5, whole)]
    listing = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(path, "system.posix_acl_access", listing)
    except OSError:
        pytest.skip("this file system knows no access lists")
    return path


STICKY = 0o1777
REFUSED: dict[str, tuple[Callable[[Path], FileSpec], str]] = {
    "another's folder": (
        lambda top: spec(folder(top / "f", NOBODY) / "a"),
        "f belongs to nobody, who could replace it",
    ),
    "below another's folder": (
        lambda top: spec(folder(folder(top / "f", NOBODY) / "g") / "a"),
        "f belongs to nobody, who could replace it",
    ),
    "a folder to be made in another's": (
        lambda top: spec(folder(top / "f", NOBODY) / "g" / "a"),
        "f belongs to nobody",
    ),
    "a folder that all may change": (lambda top: spec(folder(top / "f", mode=0o777) / "a"), "every user may change"),
    "a folder that a group may change": (
        lambda top: spec(folder(top / "f", mode=0o775, gid=NOBODY) / "a"),
        "by its group or its access list",
    ),
    "a folder whose access list lets another": (
        lambda top: spec(listed(folder(top / "f")) / "a"),
        "nobody may change",
    ),
    "another's file where all may add": (
        lambda top: spec(file(folder(top / "f", mode=STICKY) / "a", NOBODY)),
        "a belongs to nobody, who could replace it",
    ),
    "another's link where all may add": (
        lambda top: spec(link(folder(top / "f", mode=STICKY) / "a", file(top / "x"), NOBODY)),
        "a is a link nobody's; remove it",
    ),
    "another's folder where all may add": (
        lambda top: spec(folder(folder(top / "f", mode=STICKY) / "g", NOBODY) / "a"),
        "g belongs to nobody",
    ),
    "a link in a folder of the one whom the file is given to": (
        lambda top: spec(link(folder(top / "f", NOBODY) / "a", file(top / "x"), NOBODY), owner="nobody"),
        "a is a link in a folder that other users may change",
    ),
    "a link out of the root": (
        lambda top: spec(link(folder(top / "root") / "a", file(top / "x")), top / "root"),
        "a link leads out of",
    ),
    "a link out of the root, to nothing": (
        lambda top: spec(link(folder(top / "root") / "a", top / "made" / "x"), top / "root"),
        "a link leads out of",
    ),
    "a linked folder out of the root": (
        lambda top: spec(link(folder(top / "root") / "etc", folder(top / "etc")) / "a", top / "root"),
        "a link leads out of",
    ),
    "a link by steps out of the root": (
        lambda top: spec(link(folder(top / "root") / "a", Path("../x")), top / "root"),
        "a link leads out of",
    ),
    "another's file in the root": (
        lambda top: spec(file(folder(top / "root") / "a", NOBODY), top / "root"),
        "it belongs to nobody; remove it",
    ),
    "another's root": (lambda top: spec(folder(top / "root", NOBODY) / "a", top / "root"), "root belongs to nobody"),
}


def everything(top: Path) -> dict[Path, tuple[tuple[float, ...], str]]:
    """Each file with what a write would change: not when it was read, for looking does that."""
    return {path: (unread(path.lstat()), path.read_text() if path.is_file() else "") for path in top.rglob("*")}


def unread(status: os.stat_result) -> tuple[float, ...]:
    return tuple(value for number, value in enumerate(status) if number != stat.ST_ATIME)


@pytest.mark.parametrize(("make", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_another_user_could_lead_astray_is_refused(
    top: Path, make: Callable[[Path], FileSpec], expected: str
) -> None:
    bad = make(top)
    before = everything(top)
    with pytest.raises(WriteError) as raised:
        write(bad)
    assert expected in str(raised.value)
    assert str(raised.value).startswith(f"cannot write {bad.path} (demo): ")
    assert str(raised.value).endswith("; every file is as it was")
    assert everything(top) == before


WRITTEN: dict[str, tuple[Callable[[Path], FileSpec], str]] = {
    "where all may add": (lambda top: spec(folder(top / "f", mode=STICKY) / "a"), "f/a"),
    "our own file where all may add": (lambda top: spec(file(folder(top / "f", mode=STICKY) / "a")), "f/a"),
    "our own link where all may add": (
        lambda top: spec(link(folder(top / "f", mode=STICKY) / "a", file(top / "x"))),
        "x",
    ),
    "a link of ours to what all may add to": (
        lambda top: spec(link(top / "a", folder(top / "f", mode=STICKY) / "x")),
        "f/x",
    ),
    "a file of another's where only we may change": (lambda top: spec(file(folder(top / "f") / "a", NOBODY)), "f/a"),
    "a folder of the one whom the file is given to": (
        lambda top: spec(folder(top / "f", NOBODY) / "g" / "a", owner="nobody"),
        "f/g/a",
    ),
    "a folder that the file's own group may change": (
        lambda top: spec(folder(top / "f", mode=0o770, gid=NOBODY) / "a", group=str(NOBODY)),
        "f/a",
    ),
    "a folder whose group has nobody in it": (lambda top: spec(folder(top / "f", mode=0o775, gid=54321) / "a"), "f/a"),
    "a link that stays in the root": (
        lambda top: spec(link(folder(top / "root") / "a", folder(top / "root" / "srv") / "x"), top / "root"),
        "root/srv/x",
    ),
    "a root that is a link of ours": (
        lambda top: spec(link(top / "root", folder(top / "real")) / "etc" / "a", top / "root"),
        "real/etc/a",
    ),
    "a file in the root of the one whom it is given to": (
        lambda top: spec(file(folder(top / "root") / "a", NOBODY), top / "root", owner="nobody"),
        "root/a",
    ),
}


@pytest.mark.parametrize(("make", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_what_only_trusted_users_could_change_is_written(
    top: Path, make: Callable[[Path], FileSpec], expected: str
) -> None:
    write(make(top))
    assert (top / expected).read_text() == "password x\n"


def test_a_folder_that_is_exchanged_for_a_link_is_not_followed(top: Path) -> None:
    """The one whom the file is given to owns the folder: he moves it away after we looked, and puts a link there."""
    theirs, ours = folder(top / "f", NOBODY), folder(top / "ours")

    def exchange(name: str, _path: str) -> None:
        if name == "lock":
            theirs.rename(top / "moved")
            link(theirs, ours, NOBODY)

    with pytest.raises(WriteError, match="could not lock the folder of"):
        write_files([spec(theirs / "a", owner="nobody")], check_mode=False, backup=False, diff=False, _step=exchange)
    assert list(ours.iterdir()) == []
