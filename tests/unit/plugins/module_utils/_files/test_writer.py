# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are written whole or not at all, and whatever was there is respected."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import (
    FileSpec,
    Verify,
    file_spec_from_mapping,
)
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.managed_block import Block
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import WriteOutcome, write_files

IS_ROOT = os.geteuid() == 0
BLOCK = Block(marker="appmail.settings demo")

FILES = "ansible_collections.appmail.settings.plugins.module_utils._files"


def spec(path: Path, content: str = "new\n", **others: object) -> FileSpec:
    return replace(FileSpec(str(path), "demo", path.name, content, known=True), **others)  # type: ignore[arg-type]


def write(*files: FileSpec, check_mode: bool = False, backup: bool = False) -> WriteOutcome:
    return write_files(files, check_mode=check_mode, backup=backup, diff=True)


def raising(code: int) -> Callable[..., None]:
    def refuse(*_arguments: object) -> None:
        raise OSError(code, os.strerror(code))

    return refuse


def mode_of(path: Path) -> str:
    return f"{stat.S_IMODE(path.lstat().st_mode):04o}"


def tree(folder: Path) -> dict[str, tuple[str, str]]:
    """Everything below a folder: its mode and what is in it, a slash for a folder."""
    return {str(path.relative_to(folder)): (mode_of(path), content_of(path)) for path in sorted(folder.rglob("*"))}


def content_of(path: Path) -> str:
    if path.lstat().st_size > 1024**3:
        return "huge"
    if path.is_symlink():
        return os.readlink(path)  # Path.readlink came with Python 3.9
    return path.read_bytes().decode("latin-1") if path.is_file() else "/"


def test_a_new_file_and_the_same_again(tmp_path: Path) -> None:
    file = spec(tmp_path / "a.conf", mode="0640")
    first, second = write(file), write(file)
    assert (tmp_path / "a.conf").read_text() == "new\n"
    assert first.files == [
        {
            "path": str(tmp_path / "a.conf"),
            "target": "demo",
            "changed": True,
            "mode": "0640",
            "owner": (tmp_path / "a.conf").owner(),
            "group": (tmp_path / "a.conf").group(),
            "backup_file": None,
            "verified": None,
        }
    ]
    assert (first.changed, second.changed) == (True, False)
    assert second.diffs == []
    assert tree(tmp_path) == {"a.conf": ("0640", "new\n")}


def test_a_second_run_does_not_touch_the_file(tmp_path: Path) -> None:
    file = spec(tmp_path / "a.conf", mode="0640")
    write(file)
    before = (tmp_path / "a.conf").stat()
    write(file, backup=True)
    after = (tmp_path / "a.conf").stat()
    assert (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns)
    assert list(tmp_path.iterdir()) == [tmp_path / "a.conf"]


MODES = {
    "a new file without a secret": (None, None, None, "0644"),
    "a new file with a secret": (None, None, "********\n", "0600"),
    "a new file with a mode": (None, "0640", "********\n", "0640"),
    "an old file keeps its mode": (0o604, None, None, "0604"),
    "an old file gets a mode": (0o644, "0600", None, "0600"),
    "three digits": (None, "640", None, "0640"),
}


@pytest.mark.parametrize(("old", "mode", "masked", "expected"), MODES.values(), ids=MODES)
def test_modes(tmp_path: Path, old: int | None, mode: str | None, masked: str | None, expected: str) -> None:
    path = tmp_path / "a.conf"
    if old is not None:
        path.write_text("old\n")
        path.chmod(old)
    outcome = write(spec(path, mode=mode, masked=masked))
    assert mode_of(path) == expected
    assert outcome.files[0]["mode"] == expected


@pytest.mark.parametrize("umask", [0o077, 0o000], ids=["strict", "none"])
def test_the_umask_makes_no_difference(tmp_path: Path, umask: int) -> None:
    old = os.umask(umask)
    try:
        write(spec(tmp_path / "b" / "a.conf", mode="0644"))
    finally:
        os.umask(old)
    assert tree(tmp_path) == {"b": ("0755", "/"), "b/a.conf": ("0644", "new\n")}


def test_another_mode_alone_is_a_change_that_the_diff_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_text("new\n")
    path.chmod(0o644)
    outcome = write(spec(path, mode="0600"), backup=True)
    assert outcome.changed
    assert outcome.files[0]["backup_file"] is None
    assert [(entry["before"].split("\n")[0], entry["after"].split("\n")[0]) for entry in outcome.diffs] == [
        ("mode: 0644", "mode: 0600")
    ]
    assert tree(tmp_path) == {"a.conf": ("0600", "new\n")}


@pytest.mark.skipif(not IS_ROOT, reason="only root can give files away")
def test_owner_and_group_are_set_by_name_or_number_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    outcome = write(spec(path, owner="nobody", group="12345"))
    assert (outcome.files[0]["owner"], outcome.files[0]["group"]) == ("nobody", "12345")
    assert not write(spec(path, owner="nobody", group="12345")).changed
    write(spec(path, "newer\n"))
    assert (path.owner(), path.stat().st_gid) == ("nobody", 12345)
    assert write(spec(path, "newer\n", owner="0")).changed
    assert (path.stat().st_uid, path.stat().st_gid) == (0, 12345)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes here")
def test_extended_attributes_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_text("old\n")
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system knows no extended attributes")
    write(spec(path))
    assert os.getxattr(path, "user.note") == b"mine"


def test_backup_is_a_copy_beside(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_bytes(b"old \xe9\n")
    path.chmod(0o604)
    outcome = write(spec(path, mode="0604"), spec(tmp_path / "b.conf"), backup=True)
    backup = Path(outcome.files[0]["backup_file"] or "")
    assert re.fullmatch(r"a\.conf\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~", backup.name)
    assert (backup.read_bytes(), mode_of(backup)) == (b"old \xe9\n", "0604")
    assert outcome.files[1]["backup_file"] is None
    again = write(spec(path, "newer\n"), backup=True)
    assert again.files[0]["backup_file"] not in (None, str(backup))
    assert len(list(tmp_path.iterdir())) == 4


# The old mode, the new one, and the copy's: of a file of ours, and of somebody else's, which is never for everybody.
COPIES: dict[str, tuple[int, str | None, tuple[str, str]]] = {
    "it was open to all": (0o644, "0600", ("0600", "0600")),
    "the new one is open to all": (0o600, "0644", ("0600", "0600")),
    "both are open to all": (0o644, "0644", ("0644", "0640")),
    "both are open to some": (0o640, "0604", ("0600", "0600")),
    "it stays as it is": (0o640, None, ("0640", "0640")),
}


@pytest.mark.parametrize(("old", "new", "expected"), COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("backup", [True, False], ids=["backup", "takeover"])
def test_a_copy_is_open_to_nobody_more_than_the_new_file(
    tmp_path: Path, old: int, new: str | None, expected: tuple[str, str], backup: bool
) -> None:
    path = tmp_path / "a.conf"
    path.write_text("password hunter2\n")
    path.chmod(old)
    if IS_ROOT:
        os.chown(path, 0, 12345)
    file = spec(path, mode=new, known=backup, group="0" if IS_ROOT else None)
    copy = Path(write(file, backup=backup).files[0]["backup_file"] or "")
    assert mode_of(copy) == expected[0 if backup else 1]
    assert copy.stat().st_gid == path.stat().st_gid


SIGNED = "# Written by appmail.settings; changes here are overwritten.\n"
TAKEN_OVER = {
    "somebody else's": ("theirs\nsame\n\nmore\n", False, "2 of its lines (1, 4)"),
    "bytes that are no text": ("th\xe9irs\n", False, "1 of its lines (1)"),
    "many lines": (
        "".join(f"{number}\n" for number in range(12)),
        False,
        "12 of its lines (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...)",
    ),
    "our name far below": ("a\nb\nc\n" + SIGNED, False, "3 of its lines (1, 2, 3)"),
    "in the place of what an earlier run wrote": ("theirs\n", True, "1 of its lines (1)"),
    "ours": (SIGNED + "old\n", False, None),
    "ours below a first line that its format demands": ("<?php\n" + SIGNED + "old\n", False, None),
    "empty": ("", False, None),
    "blank": ("\n \n", False, None),
    "nothing in it is lost": ("same\n", False, None),
}


@pytest.mark.parametrize(("old", "known", "lost"), TAKEN_OVER.values(), ids=TAKEN_OVER)
def test_a_file_that_is_not_ours_is_not_taken_over_without_a_word(
    tmp_path: Path, old: str, known: bool, lost: str | None
) -> None:
    path = tmp_path / "a.conf"
    path.write_bytes(old.encode("latin-1"))
    file = spec(path, SIGNED + "same\nnew\n", known=known)
    before = tree(tmp_path)
    foreseen = write(file, check_mode=True)
    assert tree(tmp_path) == before
    if lost is not None:
        with pytest.raises(WriteError) as raised:
            write_files([file], check_mode=False, backup=False, diff=False, takeover="refuse")
        assert f"it was not written by appmail.settings: {lost} would be lost" in str(raised.value)
        assert tree(tmp_path) == before
    outcome = write(file)
    copies = [path for path in tmp_path.iterdir() if path.name.endswith("~")]
    if lost is None:
        assert (outcome.warnings, foreseen.warnings, copies) == ([], [], [])
        return
    (warning,), (copy,) = outcome.warnings, copies
    taken = f"{path} was not written by appmail.settings and is taken over: {lost} stand in the new one no more; "
    assert warning == f"{taken}a copy of the old one is kept as {copy}"
    assert foreseen.warnings == [f"{taken}a copy of the old one is kept beside it"]
    assert copy.read_bytes() == old.encode("latin-1")
    assert outcome.files[0]["backup_file"] == str(copy)
    assert write(replace(file, content=SIGNED + "newer\n")).warnings == []


def test_a_file_without_comments_is_ours_beside_one_that_says_so(tmp_path: Path) -> None:
    files = [spec(tmp_path / "rc", SIGNED + "new\n", known=False), spec(tmp_path / "password", "new\n", known=False)]
    write(*files)
    assert write(files[0], replace(files[1], content="newer\n")).warnings == []
    other = replace(files[1], target="another", content="newest\n")
    assert len(write(files[0], other).warnings) == 1


def test_a_file_that_cannot_have_our_line_is_ours_where_an_earlier_run_wrote_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("old\n")
    assert write(spec(tmp_path / "password", "new\n", known=True)).warnings == []


def test_a_block_takes_nothing_over(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("theirs\n")
    assert write(spec(tmp_path / "a.conf", "ours\n", block=BLOCK, known=False)).warnings == []
    assert [path.name for path in tmp_path.iterdir()] == ["a.conf"]


def test_check_mode_says_the_same_and_creates_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("old\n")
    files = [
        spec(tmp_path / "a.conf", verify=Verify(["grep", "-q", "new", "{file}"])),
        spec(tmp_path / "x" / "y" / "b.conf", mode="0600"),
    ]
    before = tree(tmp_path)
    outcome = write(*files, check_mode=True, backup=True)
    assert tree(tmp_path) == before
    assert [file["changed"] for file in outcome.files] == [True, True]
    assert [file["verified"] for file in outcome.files] == [True, None]
    assert outcome.created == [str(tmp_path / "x"), str(tmp_path / "x" / "y")]
    real = write(*(replace(file, verify=None) for file in files))
    assert (real.diffs, real.created) == (outcome.diffs, outcome.created)


def link(path: Path, to: str) -> Path:
    path.symlink_to(to)
    return path


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "r.conf").write_text("old\n")
    (tmp_path / "real" / "r.conf").chmod(0o640)
    link(tmp_path / "middle", "real/r.conf")
    write(spec(link(tmp_path / "a.conf", str(tmp_path / "middle"))), backup=True)
    assert (tmp_path / "a.conf").is_symlink()
    assert (tmp_path / "middle").is_symlink()
    assert (tmp_path / "real" / "r.conf").read_text() == "new\n"
    assert mode_of(tmp_path / "real" / "r.conf") == "0640"
    assert len(list((tmp_path / "real").iterdir())) == 2


def test_a_link_to_nothing_gets_its_file(tmp_path: Path) -> None:
    outcome = write(spec(link(tmp_path / "a.conf", "../" + tmp_path.name + "/b/r.conf")))
    assert (tmp_path / "a.conf").is_symlink()
    assert (tmp_path / "b" / "r.conf").read_text() == "new\n"
    assert outcome.created == [str(tmp_path / "b")]


def test_a_linked_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    write(spec(link(tmp_path / "linked", "real") / "a.conf"))
    assert tree(tmp_path) == {"linked": ("0777", "real"), "real": ("0755", "/"), "real/a.conf": ("0644", "new\n")}


def test_other_names_of_the_file_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("old\n")
    os.link(tmp_path / "a.conf", tmp_path / "b.conf")
    outcome = write(spec(tmp_path / "a.conf"))
    assert outcome.warnings == [f"{tmp_path}/a.conf had 2 hard links; the other names keep the old content"]
    assert (tmp_path / "b.conf").read_text() == "old\n"


def test_a_block_keeps_the_rest_of_the_file_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_bytes(b"caf\xe9\r\n\xff\xfe last line")
    file = spec(path, "user bob\npassword hunter2\n", masked="user bob\npassword ********\n", block=BLOCK)
    outcome = write(file)
    begin, end = BLOCK.begin.encode(), BLOCK.end.encode()
    assert path.read_bytes() == (
        b"caf\xe9\r\n\xff\xfe last line\r\n" + begin + b"\r\nuser bob\r\npassword hunter2\r\n" + end + b"\r\n"
    )
    assert outcome.diffs == [
        {
            "before": "",
            "after": "user bob\npassword ********\n",
            "before_header": f"{path} (block appmail.settings demo)",
            "after_header": f"{path} (block appmail.settings demo)",
        }
    ]
    assert not write(file).changed


def test_a_block_whose_file_is_not_there_makes_it(tmp_path: Path) -> None:
    write(spec(tmp_path / "a.conf", "x\n", block=BLOCK, mode="0600"))
    assert tree(tmp_path) == {"a.conf": ("0600", f"{BLOCK.begin}\nx\n{BLOCK.end}\n")}


def test_two_blocks_share_a_file(tmp_path: Path) -> None:
    other = Block(marker="appmail.settings other")
    first, second = spec(tmp_path / "a.conf", "x\n", block=BLOCK), spec(tmp_path / "a.conf", "y\n", block=other)
    assert [file["changed"] for file in write(first, second).files] == [True, True]
    assert (tmp_path / "a.conf").read_text() == f"{BLOCK.begin}\nx\n{BLOCK.end}\n{other.begin}\ny\n{other.end}\n"
    outcome = write(first, replace(second, content="z\n"))
    assert [file["changed"] for file in outcome.files] == [False, True]
    assert [entry["after"] for entry in outcome.diffs] == ["z\n"]


def test_parents_are_made_and_named(tmp_path: Path) -> None:
    outcome = write(spec(tmp_path / "a" / "b" / "c.conf"), spec(tmp_path / "a" / "d.conf"))
    assert outcome.created == [str(tmp_path / "a"), str(tmp_path / "a" / "b")]
    assert mode_of(tmp_path / "a" / "b") == "0755"


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def huge(path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(1024**4)
    return path


def text(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


def octets(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


BROKEN_BLOCK = f"{BLOCK.begin}\nx\n"
REFUSED: dict[str, tuple[Callable[[Path], FileSpec], str]] = {
    "a relative path": (lambda _tmp: spec(Path("a.conf")), "must be an absolute path"),
    "a folder's path": (lambda tmp: replace(spec(tmp), path=f"{tmp}/"), "ends in a slash, so it names a folder"),
    "a folder": (spec, "it is a folder; name a file as the destination"),
    "a link to a folder": (lambda tmp: spec(link(tmp / "l", str(tmp))), "it is a folder"),
    "a pipe": (lambda tmp: spec(pipe(tmp / "p")), "it is a device, a pipe or a socket"),
    "a huge file": (lambda tmp: spec(huge(tmp / "h")), "it is larger than any file of settings; look what it is"),
    "a device": (lambda _: spec(Path("/dev/null")), "it is a device, a pipe or a socket"),
    "a circle of links": (lambda tmp: spec(link(link(tmp / "x", "y").parent / "y", "x")), "lead in a circle"),
    "below a file": (lambda tmp: spec(text(tmp / "f", "") / "a"), "is a file, not a folder"),
    "far below a file": (lambda tmp: spec(text(tmp / "f", "") / "a" / "b"), "is a file, not a folder"),
    **{
        f"a block in a file of {name}": (
            lambda tmp, data=data: spec(octets(tmp / "a", data), block=BLOCK),
            "UTF-16 or UTF-32, or zeros as a crash leaves them, and a part of it cannot be UTF-8; convert it (iconv)",
        )
        for name, data in {
            "UTF-16": "a = b\n".encode("utf-16"),
            "UTF-16 with its high bytes first": "\ufeffa = b\n".encode("utf-16-be"),
            "UTF-16 without its mark": "a = b\n".encode("utf-16-le"),
            "UTF-32": "a = b\n".encode("utf-32"),
            "UTF-32 with its high bytes first": "\ufeffa = b\n".encode("utf-32-be"),
            "zeros": b"\0" * 100,
        }.items()
    },
    "a mode with an 8": (lambda tmp: spec(tmp / "a", mode="0680"), "not octal; write it in quotes"),
    "a symbolic mode": (lambda tmp: spec(tmp / "a", mode="u=rw"), "not octal"),
    "a broken block": (
        lambda tmp: spec(text(tmp / "a", BROKEN_BLOCK), block=BLOCK),
        "is broken: BEGIN at line 1, END is missing",
    ),
    "an anchor that is none": (lambda tmp: spec(tmp / "a", block=Block("m", anchor="top")), "at begin or end"),
    "a neighbour elsewhere": (
        lambda tmp: spec(tmp / "a", verify=Verify(["true"], beside=["../b"])),
        "must be a plain file name",
    ),
    "a bad expression": (
        lambda tmp: spec(tmp / "a", verify=Verify(["true"], fails_on="(")),
        "not a regular expression",
    ),
    "text that is none": (lambda tmp: spec(tmp / "a", "\udc80"), "UTF-8 cannot hold"),
}


@pytest.mark.parametrize("check_mode", [False, True], ids=["real", "check mode"])
@pytest.mark.parametrize(("make", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_is_refused_before_anything_is_done(
    tmp_path: Path, make: Callable[[Path], FileSpec], expected: str, check_mode: bool
) -> None:
    bad = make(tmp_path)
    before = tree(tmp_path)
    with pytest.raises(WriteError) as raised:
        write(spec(tmp_path / "good" / "g.conf"), bad, check_mode=check_mode)
    assert str(raised.value).startswith(f"cannot write {bad.path} (demo): ")
    assert str(raised.value).endswith("; every file is as it was")
    assert expected in str(raised.value)
    assert (raised.value.step, raised.value.path, raised.value.target) == ("plan", bad.path, "demo")
    assert tree(tmp_path) == before


UNKNOWN: dict[str, tuple[dict[str, str], str]] = {
    "no such user": ({"owner": "no-such"}, "no user 'no-such'"),
    "no such group": ({"group": "no-such"}, "no group 'no-such'"),
    "a number that no user has": ({"owner": "4294967295"}, "no user '4294967295'"),
    "a number that no group has": ({"group": "99999999999999999999"}, "no group '99999999999999999999'"),
    "a name that no user can have": ({"owner": "a\0b"}, r"no user 'a\x00b'"),
}


@pytest.mark.parametrize(("owner", "expected"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_owner_that_is_not_there_is_refused_and_in_check_mode_foreseen(
    tmp_path: Path, owner: dict[str, str], expected: str
) -> None:
    """He comes with the application's package, and check mode may run before it is installed."""
    file = spec(tmp_path / "a", **owner)
    with pytest.raises(WriteError) as raised:
        write(file)
    assert f"cannot write {file.path} (demo): this host has {expected}; create the " in str(raised.value)
    foreseen = write(file, check_mode=True)
    assert foreseen.changed
    assert foreseen.warnings == [f"{file.path} (demo): this host has {expected}; a run that is no check would fail"]
    assert list(tmp_path.iterdir()) == []


def test_two_specs_for_one_file_are_refused(tmp_path: Path) -> None:
    for second in (spec(tmp_path / "a"), spec(link(tmp_path / "l", "a")), spec(tmp_path / "a", block=BLOCK)):
        with pytest.raises(WriteError, match="have the same destination; give one another"):
            write(spec(tmp_path / "a"), second)
    with pytest.raises(WriteError, match="different values of mode"):
        write(
            spec(tmp_path / "a", block=BLOCK, mode="0600"),
            spec(tmp_path / "a", block=Block(marker="other"), mode="0644"),
        )


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder that nobody may use, and a process that is nobody."""
    if not IS_ROOT:
        pytest.skip("only root can become nobody")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o1777)
        os.setegid(65534)
        os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(0)
            os.setegid(0)


def test_without_root_files_of_others_are_refused(as_nobody: Path) -> None:
    os.seteuid(0)
    (as_nobody / "roots").write_text("old\n")
    os.seteuid(65534)
    refused = {
        spec(as_nobody / "roots"): "only root can replace a file that belongs to root; become root, or give it to",
        spec(as_nobody / "roots", owner="nobody", group="nogroup"): "only root can replace a file that belongs to root",
        spec(as_nobody / "a", owner="root"): "only root can write a file that belongs to root",
        spec(as_nobody / "a", group="12345"): "is not in the group 12345",
    }
    for file, expected in refused.items():
        with pytest.raises(WriteError, match=expected):
            write(file)
    assert not write(spec(as_nobody / "roots", "old\n")).changed
    assert write(spec(as_nobody / "mine", owner="nobody")).changed
    assert sorted(path.name for path in as_nobody.iterdir()) == ["mine", "roots"]


def test_without_root_a_folder_passes_its_group_on(as_nobody: Path) -> None:
    os.seteuid(0)
    (as_nobody / "shared").mkdir()
    os.chown(as_nobody / "shared", 65534, 12345)
    (as_nobody / "shared").chmod(0o2775)
    os.seteuid(65534)
    file = spec(as_nobody / "shared" / "a" / "b", mode="0640")
    assert write(file).files[0]["group"] == "12345"
    assert (as_nobody / "shared" / "a" / "b").stat().st_gid == 12345
    assert not write(file).changed


def test_a_folder_that_is_not_writable_is_refused(as_nobody: Path) -> None:
    (as_nobody / "shut").mkdir(mode=0o555)
    with pytest.raises(WriteError, match=r"not writable for nobody|permission denied; run as a user"):
        write(spec(as_nobody / "a"), spec(as_nobody / "shut" / "b"))
    assert tree(as_nobody) == {"shut": ("0555", "/")}


# The verifiers are the shell's own parser and small programs.
READS_NEIGHBOUR = ["sh", "-c", 'cat "$1/$2"; exit 1', "sh", "{dir}"]


def test_verified_files_say_so(tmp_path: Path) -> None:
    good = Verify(["sh", "-n", "{file}"])
    missing = Verify(["appmail-no-such-program"])
    outcome = write(
        spec(tmp_path / "a.sh", "true\n", verify=good),
        spec(tmp_path / "b.sh", "true\n", verify=missing),
        spec(tmp_path / "c.sh", "true\n"),
    )
    assert [file["verified"] for file in outcome.files] == [True, None, None]
    assert outcome.warnings == [
        f"{tmp_path}/b.sh was written without being verified: appmail-no-such-program is not installed on this host"
    ]


def test_a_verifier_sees_the_file_as_it_will_be(tmp_path: Path) -> None:
    code = (
        "import os, sys; s = os.stat(sys.argv[1]); sys.exit(oct(s.st_mode & 0o7777) + ' ' + open(sys.argv[1]).read())"
    )
    verify = Verify([sys.executable, "-I", "-c", code, "{file}"])
    with pytest.raises(WriteError, match="0o604 new"):
        write(spec(tmp_path / "a.conf", mode="0604", verify=verify))


def test_a_failing_verifier_leaves_all_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("old\n")
    before = tree(tmp_path)
    with pytest.raises(WriteError) as raised:
        write(
            spec(tmp_path / "a.sh"),
            spec(tmp_path / "new" / "b.sh", "if true; then\n", verify=Verify(["sh", "-n", "{file}"])),
            backup=True,
        )
    message = str(raised.value)
    assert message.startswith(f"verification failed for {tmp_path}/new/b.sh (demo): ")
    assert f"{tmp_path}/new/b.sh: " in message.split("refused it", 1)[1]
    assert message.endswith("; every file is as it was")
    assert ".appmail-" not in message
    assert raised.value.step == "verify"
    assert tree(tmp_path) == before


def test_neighbours_are_beside_the_staged_file_the_new_ones_if_they_change(tmp_path: Path) -> None:
    for name in ("changed", "other", "master.cf"):
        (tmp_path / name).write_text(f"old {name}\n")
    code = "cat changed other master.cf; test -e missing && echo missing; exit 1"
    verify = Verify(["sh", "-c", code], beside=["changed", "other", "master.cf", "missing"])
    (tmp_path / "real").mkdir()
    with pytest.raises(WriteError) as raised:
        write(
            spec(tmp_path / "main.cf", verify=verify),
            spec(tmp_path / "changed", "new changed\n"),
            spec(link(tmp_path / "linked", "real/other"), "new other\n"),
        )
    assert ": new changed\nold other\nold master.cf; every file" in str(raised.value)


def test_a_neighbour_that_is_staged_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    verify = Verify(["sh", "-c", "cat secondary; exit 1"], beside=["secondary"])
    with pytest.raises(WriteError, match=": new secondary; every"):
        write(
            spec(tmp_path / "main.cf", verify=verify),
            spec(link(tmp_path / "secondary", "real/x"), "new secondary\n"),
        )


SECRETS = {
    "the new secret": "{dir}/a.conf",
    "the old file": "{dest}",
    "a neighbour": "{dir}/neighbour",
}


@pytest.mark.parametrize("read", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("block", [None, BLOCK], ids=["file", "block"])
def test_what_the_verifier_says_has_no_secret(tmp_path: Path, read: str, block: Block | None) -> None:
    (tmp_path / "a.conf").write_text("user bob\npassword hunter2-old\nurl = smtp://x:hunter2-url@h\n")
    (tmp_path / "neighbour").write_text("password hunter2-neighbour\n")
    verify = Verify(["sh", "-c", 'cat "$1"; base64 "$1"; exit 1', "sh", read], beside=["neighbour"])
    content = "user bob\npassword hunter2-new\n"
    masked = "user bob\npassword ********\n"
    with pytest.raises(WriteError) as raised:
        write(spec(tmp_path / "a.conf", content, masked=masked, block=block, verify=verify))
    assert "hunter2" not in str(raised.value)
    assert "********" in str(raised.value)


def test_diffs_are_masked_and_left_out_when_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("password hunter2-old\n")
    file = spec(tmp_path / "a.conf", "password hunter2-new\n", masked="password ********\n")
    assert write_files([file], check_mode=True, backup=False, diff=False).diffs == []
    diffs = write(file).diffs
    assert [(one["before"], one["after"]) for one in diffs] == [("********\n", "password ******** (changed)\n")]


def test_specs_do_not_show_their_content() -> None:
    assert "hunter2" not in repr(spec(Path("/a"), "password hunter2\n"))


def test_a_spec_from_a_mapping() -> None:
    minimal = file_spec_from_mapping({"path": "/a", "target": "demo", "name": "a", "content": "x\n"})
    assert minimal == FileSpec("/a", "demo", "a", "x\n")
    full = file_spec_from_mapping(
        {
            "path": "/a",
            "target": "demo",
            "name": "a",
            "content": "x\n",
            "masked": None,
            "mode": "0600",
            "owner": "root",
            "group": None,
            "block": {"marker": "m", "comment": ";"},
            "verify": {"command": ["true"], "fails_on": None, "beside": ["b"]},
        }
    )
    assert full.block == Block(marker="m", comment=";")
    assert full.verify == Verify(["true"], beside=["b"])


def test_a_folder_that_another_run_holds_is_waited_for_and_then_told(tmp_path: Path) -> None:
    opened = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        with pytest.raises(WriteError, match=r"another run has held .* wait until it has ended") as raised:
            write_files([spec(tmp_path / "a")], check_mode=False, backup=False, diff=False, _lock_wait=0.1)
    finally:
        os.close(opened)
    assert raised.value.step == "lock"
    assert tree(tmp_path) == {}


def test_a_folder_that_another_run_lets_go_in_time_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(opened, fcntl.LOCK_EX)
    monkeypatch.setattr(time, "sleep", lambda _seconds: fcntl.flock(opened, fcntl.LOCK_UN))
    try:
        write_files([spec(tmp_path / "a")], check_mode=False, backup=False, diff=False, _lock_wait=0.9)
    finally:
        os.close(opened)
    assert list(tree(tmp_path)) == ["a"]


def test_many_runs_at_once_lose_no_block(tmp_path: Path) -> None:
    """Each process adds a block of its own to one file: read, change and write must not be torn apart."""
    code = (
        f"import sys; from {FILES}.file_spec import FileSpec; from {FILES}.managed_block import Block\n"
        f"from {FILES}.writer import write_files\n"
        "for number in range(5):\n"
        "    block = Block(marker=f'run {sys.argv[2]} {number}')\n"
        "    spec = FileSpec(sys.argv[1], 'demo', 'a', 'x' * 100000 + '\\n', block=block)\n"
        "    write_files([spec], check_mode=False, backup=False, diff=False)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "a"), str(number)], env=environment)
        for number in range(4)
    ]
    assert [run.wait() for run in runs] == [0] * 4
    text = (tmp_path / "a").read_text()
    assert [text.count(f"# END run {run} {number}\n") for run in range(4) for number in range(5)] == [1] * 20
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_change_by_somebody_else_during_the_run_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old\n")
    (tmp_path / "b").write_text("old\n")

    def edit(name: str, path: str) -> None:
        if name == "swap" and path.endswith("b"):
            (tmp_path / "b").write_text("somebody's\n")

    with pytest.raises(WriteError, match="something else changed it during this run"):
        write_files([spec(tmp_path / "a"), spec(tmp_path / "b")], check_mode=False, backup=True, diff=False, _step=edit)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old\n", "b": "somebody's\n"}


# What somebody else does while a run is about to swap its file in: what is said, and what is in the folder then.
MEANWHILE: dict[str, tuple[Callable[[Path], object], str, dict[str, str]]] = {
    "removes the file": (lambda path: path.unlink(), "something else changed it", {}),
    "puts a link in its place": (
        lambda path: (path.unlink(), path.symlink_to("other")),
        "something else changed it during this run; see what",
        {"f/a": "other"},
    ),
    "puts a pipe in its place": (
        lambda path: (path.unlink(), os.mkfifo(path)),
        "something else changed it",
        {"f/a": "/"},
    ),
    "puts a folder in its place": (
        lambda path: (path.unlink(), path.mkdir()),
        "something else changed it",
        {"f/a": "/"},
    ),
    "moves its folder": (
        lambda path: path.parent.rename(path.parent.parent / "moved"),
        "something else moved or removed its folder during this run; see what, then run again; every file is as it was",
        {"moved": "/", "moved/a": "old\n"},
    ),
    "removes what is staged": (
        lambda path: [shutil.rmtree(staging) for staging in path.parent.glob(".appmail-*")],
        "something else removed it, or its folder, during this run; see what, then run again; every file is as it was",
        {"f/a": "old\n"},
    ),
}


@pytest.mark.parametrize(("change", "expected", "left"), MEANWHILE.values(), ids=MEANWHILE)
def test_what_others_do_meanwhile_is_said_and_kept(
    tmp_path: Path, change: Callable[[Path], object], expected: str, left: dict[str, str]
) -> None:
    path = tmp_path / "f" / "a"
    path.parent.mkdir()
    path.write_text("old\n")

    def meddle(name: str, _path: str) -> None:
        if name == "swap":
            change(path)

    with pytest.raises(WriteError) as raised:
        write_files([spec(path)], check_mode=False, backup=True, diff=False, _step=meddle)
    assert expected in str(raised.value)
    assert str(raised.value).endswith("; every file is as it was")
    there = {name: content for name, (_mode, content) in tree(tmp_path).items() if name != "f"}
    assert there == left


def test_the_same_file_in_another_place_is_no_change(tmp_path: Path) -> None:
    """As overlayfs makes one of a lower layer's file that has two names, when it gets a third one."""
    path = tmp_path / "a"
    path.write_text("old\n")

    def copy_up(name: str, _path: str) -> None:
        if name == "swap":
            (tmp_path / "copy").write_text("old\n")
            (tmp_path / "copy").replace(path)

    write_files([spec(path)], check_mode=False, backup=False, diff=False, _step=copy_up)
    assert tree(tmp_path) == {"a": ("0644", "new\n")}


def test_a_run_that_finds_nothing_to_do_does_without_the_code_for_changes(tmp_path: Path) -> None:
    """Every module call reads its code anew from Ansible's archive, so what is not needed is not read."""
    (tmp_path / "a").write_text("same\n")
    code = (
        f"import sys; from {FILES}.file_spec import FileSpec; from {FILES}.writer import write_files\n"
        "spec = FileSpec(sys.argv[1], 'demo', 'a', sys.argv[2])\n"
        "write_files([spec], check_mode=False, backup=False, diff=False)\n"
        "print(*(name.rpartition('.')[2] for name in sys.modules if '.module_utils._' in name))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def loaded(text: str) -> set[str]:
        command = [sys.executable, "-c", code, str(tmp_path / "a"), text]
        return set(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split())

    for_changes = {"locked_write", "file_secrets", "staging", "transaction", "verifier"}
    assert loaded("same\n") & for_changes == set()
    assert loaded("other\n") >= for_changes


def test_a_verifier_sees_a_file_that_nobody_is_writing_any_more(tmp_path: Path) -> None:
    """Postfix waits until a file is two seconds old; the file that goes into place is as new as it is."""
    told = tmp_path / "told"
    age = f"import os, sys, time; open({str(told)!r}, 'w').write(str(time.time() - os.stat(sys.argv[1]).st_mtime))"
    verify = Verify([sys.executable, "-c", age, "{file}"])
    before = time.time()
    write_files([spec(tmp_path / "a", verify=verify)], check_mode=False, backup=False, diff=False)
    assert float(told.read_text()) > 2
    assert (tmp_path / "a").stat().st_mtime >= before - 1


MEDDLING = {
    "rewrites it": ("echo other > {file}", "its content"),
    "adds to it": ("echo other >> {file}", "its content"),
    "cuts it": (": > {file}", "its content"),
    "opens it to all": ("chmod 666 {file}", "its permissions"),
    "replaces it by a copy": ("cp {file} {dir}/x; mv {dir}/x {file}", "another file is in its place"),
    "replaces it by a link": ("ln -sf {other} {file}", "another file is in its place"),
    "takes it away": ("rm {file}", "another file is in its place"),
    "keeps a second name of it": ("ln {file} {dir}/x", "another file is in its place"),
    "rewrites a neighbour": ("echo other > {dir}/b", "its content"),
}


@pytest.mark.parametrize("check_mode", [False, True], ids=["real", "check mode"])
@pytest.mark.parametrize(("script", "expected"), MEDDLING.values(), ids=MEDDLING)
def test_what_goes_into_place_is_what_was_verified(
    tmp_path: Path, script: str, expected: str, check_mode: bool
) -> None:
    other = tmp_path / "other"
    other.write_text("untouched\n")
    os.utime(other, (1_000_000_000, 1_000_000_000))
    before = tree(tmp_path)
    verify = Verify(["sh", "-c", script.replace("{other}", str(other))], beside=["b"])
    with pytest.raises(WriteError) as raised:
        write(spec(tmp_path / "a", verify=verify), spec(tmp_path / "b"), check_mode=check_mode)
    assert f"sh changed the staged file ({expected}) in place of reading it" in str(raised.value)
    assert raised.value.step == "verify"
    assert tree(tmp_path) == before
    assert other.stat().st_mtime == 1_000_000_000


def test_a_file_that_is_to_be_empty_stays_so(tmp_path: Path) -> None:
    verify = Verify(["sh", "-c", "echo other > {file}"])
    with pytest.raises(WriteError, match="its content"):
        write(spec(tmp_path / "a", "", verify=verify))
    assert tree(tmp_path) == {}


def test_check_mode_asks_the_verifier_and_says_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("old\n")
    (tmp_path / "beside").write_text("neighbour\n")
    before = tree(tmp_path)
    bad = spec(tmp_path / "a.sh", "if true; then\n", verify=Verify(["sh", "-n", "{file}"]))
    messages = []
    for check_mode in (True, False):
        with pytest.raises(WriteError) as raised:
            write(bad, check_mode=check_mode)
        messages.append(str(raised.value))
        assert tree(tmp_path) == before
    assert messages[0] == messages[1]
    reading = Verify(["grep", "-q", "neighbour", "{dir}/beside"], beside=["beside"])
    outcome = write(spec(tmp_path / "a.sh", verify=reading), check_mode=True)
    assert [file["verified"] for file in outcome.files] == [True]
    assert tree(tmp_path) == before


def test_check_mode_says_where_nothing_can_be_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = write(spec(tmp_path / "a", verify=Verify(["appmail-no-such-program"])), check_mode=True)
    assert missing.warnings == [
        f"{tmp_path}/a would be written without being verified: appmail-no-such-program is not installed on this host"
    ]

    def refuse(**_options: object) -> str:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    outcome = write(spec(tmp_path / "a", verify=Verify(["true"])), check_mode=True)
    assert [warning for warning in outcome.warnings if "nothing was verified in check mode" in warning]
    assert outcome.files[0]["verified"] is None


def test_check_mode_says_where_its_private_folder_is_full(tmp_path: Path) -> None:
    """It is not where the file will be, so a run that writes may well find room."""

    def refuse(name: str, path: str) -> None:
        if name == "write":
            raise OSError(errno.ENOSPC, "No space left on device", path)

    file = spec(tmp_path / "a", verify=Verify(["true"]))
    outcome = write_files([file], check_mode=True, backup=False, diff=False, _step=refuse)
    (warning,) = outcome.warnings
    assert re.fullmatch(
        r"not all was verified in check mode: \S+ could not take a copy: no space is left there; .*", warning
    )
    assert outcome.files[0]["changed"]
    assert list(tmp_path.iterdir()) == []


def test_check_mode_removes_what_one_that_was_killed_has_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = tmp_path / "memory"
    monkeypatch.setattr(f"{FILES}.rehearsal._MEMORY", str(memory))
    for name in ("dead", "running", "begun"):
        (memory / f".appmail-check-{name}").mkdir(parents=True)
        (memory / f".appmail-check-{name}" / "secret").write_text("S3cret")
    for name in ("dead", "running"):
        os.utime(memory / f".appmail-check-{name}", (1, 1))
    (memory / "another's").mkdir()
    held = os.open(memory / ".appmail-check-running", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert write(spec(tmp_path / "a", verify=Verify(["true"])), check_mode=True).warnings == []
    finally:
        os.close(held)
    left = sorted(path.name for path in memory.iterdir())
    assert left == [".appmail-check-begun", ".appmail-check-running", "another's"]


# What a file system does to a call, and what is said of it.
FILE_SYSTEMS: dict[str, tuple[str, Callable[..., None], str]] = {
    "gives files to nobody else": (
        "fchown",
        raising(errno.EPERM),
        "no file can be given to 4242:4242 there, as on NFS with root_squash, or in a container of a user's own; "
        "name an owner and a group that it can be given to",
    ),
    "does not know the owner": ("fchown", raising(errno.EINVAL), "no file can be given to 4242:4242 there"),
    "says yes to an owner and keeps its own": (
        "fchown",
        lambda *_arguments: None,
        "its file system keeps no permissions: 0600 of root:root came of 0600 of 4242:4242; mount it with those, give "
        "the file these, or choose another destination",
    ),
    "says yes to a mode and keeps its own": ("fchmod", lambda *_arguments: None, "0600 of 4242:4242 came of 0640 of"),
    "has no inode left": (
        "fsync",
        raising(errno.ENOSPC),
        "no inode is left there, though space is; delete files (df -i counts them)",
    ),
}


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a file to others")
@pytest.mark.parametrize(("call", "answer", "expected"), FILE_SYSTEMS.values(), ids=FILE_SYSTEMS)
def test_a_file_system_that_cannot_hold_the_file_says_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, answer: Callable[..., None], expected: str
) -> None:
    (tmp_path / "a").write_text("old\n")
    before = tree(tmp_path)
    full = os.statvfs_result((4096, 4096, 100, 90, 90, 100, 2, 2, 0, 255))
    if call == "fsync":
        monkeypatch.setattr(os, "statvfs", lambda _path: full)
    monkeypatch.setattr(os, call, answer)
    wanted = {"owner": "4242", "group": "4242", "mode": "0640" if call == "fchmod" else "0600"}
    with pytest.raises(WriteError) as raised:
        write(spec(tmp_path / "a", verify=Verify(["true"]), **wanted))
    assert raised.value.step == "stage"
    assert expected in str(raised.value)
    assert tree(tmp_path) == before
