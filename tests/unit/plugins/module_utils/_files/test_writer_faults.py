# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever fails, and wherever the writer is killed: each file is whole, old or new, and the next run finishes."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import (
    FileMapping,
    file_spec_from_mapping,
)
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import WriteOutcome, write_files
from tests.tools.killed_writer import killed_run

OLD = {
    "a.conf": b"old a \xe9\n" * 9000,
    "real/b.conf": b"old b\n",
    "shared": b"theirs \xff\n",
}
# Longer than one write, so that a run can die in the middle of it.
NEW_A = "new a\n" * 20000
BLOCK = (
    b"# BEGIN appmail.settings demo (managed by appmail.settings; changes here are overwritten)\n"
    b"ours\n# END appmail.settings demo\n"
)
NEW = {
    "a.conf": NEW_A.encode(),
    "real/b.conf": b"new b\n",
    "shared": OLD["shared"] + BLOCK,
    "missing/folder/c.conf": b"new c\n",
}
MODES = {"a.conf": (0o604, 0o600), "real/b.conf": (0o644, 0o644), "shared": (0o640, 0o640)}


def prepare(folder: Path) -> list[FileMapping]:
    """Old files of every kind, and what should replace them: a file, a link, a block, a file in a missing folder."""
    (folder / "real").mkdir()
    (folder / "b.conf").symlink_to("real/b.conf")
    for name, content in OLD.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(MODES[name][0])

    def mapping(name: str, content: str) -> FileMapping:
        return {"path": str(folder / name), "target": "demo", "name": name, "content": content, "known": True}

    return [
        {**mapping("a.conf", NEW_A), "mode": "0600", "verify": {"command": ["grep", "-q", "new", "{file}"]}},
        mapping("b.conf", "new b\n"),
        {**mapping("shared", "ours\n"), "block": {"marker": "appmail.settings demo"}},
        mapping("missing/folder/c.conf", "new c\n"),
    ]


class Steps:
    """Notes every step of a run, and fails at some of them, by number from 1 or by name and the path's last part."""

    def __init__(self, *, at: int | tuple[str, str] | None = None, error: BaseException | None = None) -> None:
        self.seen: list[tuple[str, str]] = []
        self.faults: dict[int | tuple[str, str], BaseException] = {}
        if at is not None and error is not None:
            self.faults[at] = error

    def __call__(self, name: str, path: str) -> None:
        step = (name, Path(path).name)
        self.seen.append(step)
        fault = self.faults.pop(len(self.seen), None) or self.faults.pop(step, None)
        if fault is not None:
            raise fault


def run(mappings: list[FileMapping], steps: Steps | None = None) -> WriteOutcome:
    files = [file_spec_from_mapping(mapping) for mapping in mappings]
    return write_files(files, check_mode=False, backup=True, diff=True, _step=steps or Steps())


def steps_of_a_run() -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as name:
        steps = Steps()
        run(prepare(Path(name)), steps)
        return steps.seen


STEPS = steps_of_a_run()
NUMBERS = range(1, len(STEPS) + 1)
NAMES = [f"{number:02} {name}" for number, (name, _path) in enumerate(STEPS, 1)]
CLEANING = {"remove", "remove marker", "remove folder"}


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything there is: inode, mode, content."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_ino,
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


def assert_whole(folder: Path) -> None:
    """Each file is all old or all new, content and mode together; a backup is all old."""
    for name, content in NEW.items():
        path = folder / name
        if path.exists():
            old, new = MODES.get(name, (None, 0o644))
            assert (path.read_bytes(), path.stat().st_mode & 0o7777) in [(OLD.get(name), old), (content, new)], name
        else:
            assert name not in OLD
    assert (folder / "b.conf").is_symlink()
    for path in folder.rglob("*~"):
        if not is_staged(path, folder):
            assert path.read_bytes() in OLD.values(), path


def is_staged(path: Path, folder: Path) -> bool:
    return any(part.startswith(".appmail-") for part in path.relative_to(folder).parts)


def assert_done(folder: Path) -> None:
    """All files are new, and nothing is left over but backups and the link."""
    there = {name: content for name, content in files_in(folder).items() if not name.endswith("~")}
    there.pop("b.conf")
    assert there == NEW
    assert list(folder.rglob(".appmail-*")) == []


def test_a_run_without_faults_takes_every_kind_of_step() -> None:
    kinds = {name for name, _path in STEPS}
    assert kinds >= {"parent", "lock", "staging", "create", "write", "permit", "sync", "verify", "keep"}
    assert kinds >= {"backup", "place backup", "swap", "swapped", "sync folder", *CLEANING}


@pytest.mark.parametrize("number", NUMBERS, ids=NAMES)
def test_killed_at_any_step_each_file_is_whole_and_the_next_run_finishes(tmp_path: Path, number: int) -> None:
    mappings = prepare(tmp_path)
    assert killed_run(mappings, number) == -signal.SIGKILL
    assert_whole(tmp_path)
    for staging in tmp_path.rglob(".appmail-????????????????"):
        assert staging.stat().st_mode & 0o077 == 0
    run(mappings)
    assert_done(tmp_path)
    assert not run(mappings).changed


def test_killed_again_and_again_the_next_run_finishes(tmp_path: Path) -> None:
    """Each run dies one step later than the one before, so that dying while cleaning up is among it."""
    mappings = prepare(tmp_path)
    for number in range(1, len(STEPS) + 40, 3):
        status = killed_run(mappings, number)
        assert status in (0, -signal.SIGKILL)
        assert_whole(tmp_path)
    run(mappings)
    assert_done(tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES], ids=["no space left", "permission denied"])
@pytest.mark.parametrize("number", NUMBERS, ids=NAMES)
def test_an_error_at_any_step_leaves_every_file_as_it_was(tmp_path: Path, number: int, code: int) -> None:
    mappings = prepare(tmp_path)
    before = snapshot(tmp_path)
    steps = Steps(at=number, error=OSError(code, os.strerror(code)))
    if STEPS[number - 1][0] in CLEANING:
        # All is written by then; what stays is told, and the next run removes it.
        outcome = run(mappings, steps)
        assert [warning for warning in outcome.warnings if "could not be removed" in warning]
        assert not run(mappings).changed
        assert_done(tmp_path)
        return
    with pytest.raises(WriteError) as raised:
        run(mappings, steps)
    assert snapshot(tmp_path) == before
    message = str(raised.value)
    assert message.endswith("; every file is as it was")
    assert {errno.ENOSPC: "no space is left there; free some", errno.EACCES: "permission denied; run as"}[
        code
    ] in message
    assert raised.value.path in [mapping["path"] for mapping in mappings]


@pytest.mark.parametrize("number", NUMBERS, ids=NAMES)
def test_an_interruption_leaves_every_file_as_it_was(tmp_path: Path, number: int) -> None:
    mappings = prepare(tmp_path)
    before = snapshot(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(mappings, Steps(at=number, error=KeyboardInterrupt()))
    if STEPS[number - 1][0] not in CLEANING:
        assert snapshot(tmp_path) == before
    run(mappings)
    assert_done(tmp_path)


def no_space() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("name", ["missing/folder/c.conf", "shared"], ids=["in another folder", "beside it"])
def test_what_cannot_be_put_back_is_told_and_kept(tmp_path: Path, name: str) -> None:
    mappings = prepare(tmp_path)
    steps = Steps(at=("swap", Path(name).name), error=no_space())
    steps.faults["restore", "a.conf"] = OSError(errno.EIO, os.strerror(errno.EIO))
    with pytest.raises(WriteError) as raised:
        run(mappings, steps)
    message = str(raised.value)
    (kept,) = [
        path
        for path in tmp_path.rglob(".appmail-*/kept/*")
        if path.read_bytes() == OLD["a.conf"] and str(path) in message
    ]
    assert message == (
        f"could not put back {tmp_path}/a.conf (demo): "
        "the disk reports an input/output error; look into the host's disk; "
        f"before that, swap of {tmp_path}/{name} failed: "
        "no space is left there; free some space, then run again; "
        f"{tmp_path}/a.conf has its new content, the old file is kept as {kept}; every other file is as it was"
    )
    assert raised.value.step == "rollback"
    assert (tmp_path / "a.conf").read_bytes() == NEW["a.conf"]
    assert (tmp_path / "shared").read_bytes() == OLD["shared"]
    # Nothing else is left of the run: no copy of another file, no new login.
    left = [path for path in tmp_path.rglob("*") if is_staged(path, tmp_path) and path.is_file()]
    assert left == [kept]
    # No later run removes what a person has to look at.
    outcome = run(mappings)
    assert kept.read_bytes() == OLD["a.conf"]
    assert [warning for warning in outcome.warnings if "holds files that a failed run could not put back" in warning]


REFUSED_SWAPS = {
    "by a flag that no ioctl shows": (errno.EPERM, "not permitted; run as a user who may write there"),
    "as it is a mount point": (errno.EBUSY, "it is a mount point of its own"),
    "by a security module": (errno.EACCES, "permission denied"),
}


@pytest.mark.parametrize("name", ["a.conf", "b.conf", "shared", "c.conf"])
@pytest.mark.parametrize(("code", "cause"), REFUSED_SWAPS.values(), ids=REFUSED_SWAPS)
def test_a_swap_that_is_refused_did_not_happen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, cause: str, name: str
) -> None:
    """What is refused once is refused again when it is put back; there is nothing to put back."""
    mappings = prepare(tmp_path)
    before = snapshot(tmp_path)
    replace = os.replace

    def refuse(source: str, destination: str, **folders: int) -> None:
        if destination == name:
            raise OSError(code, os.strerror(code))
        replace(source, destination, **folders)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(WriteError) as raised:
        run(mappings)
    assert raised.value.step == "swap"
    assert cause in str(raised.value)
    assert str(raised.value).endswith("; every file is as it was")
    assert snapshot(tmp_path) == before


SYNCS = {"a file system that syncs no folders": errno.EINVAL, "a disk that fails": errno.EIO}


@pytest.mark.parametrize("code", SYNCS.values(), ids=SYNCS)
def test_a_folder_that_is_not_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    mappings = prepare(tmp_path)
    before = {name: entry[1:] for name, entry in snapshot(tmp_path).items()}
    fsync = os.fsync

    def refuse(opened: int) -> None:
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            raise OSError(code, os.strerror(code))
        fsync(opened)

    monkeypatch.setattr(os, "fsync", refuse)
    if code == errno.EINVAL:
        run(mappings)
        assert_done(tmp_path)
        return
    with pytest.raises(WriteError, match="the disk reports an input/output error"):
        run(mappings)
    assert {name: entry[1:] for name, entry in snapshot(tmp_path).items()} == before


def test_what_stays_behind_is_said_with_the_error(tmp_path: Path) -> None:
    mappings = prepare(tmp_path)
    steps = Steps(at=("swap", "c.conf"), error=no_space())

    def fail(name: str, path: str) -> None:
        steps(name, path)
        if name == "remove":
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    files = [file_spec_from_mapping(mapping) for mapping in mappings]
    with pytest.raises(WriteError) as raised:
        write_files(files, check_mode=False, backup=True, diff=True, _step=fail)
    (staging,) = tmp_path.glob(".appmail-*")
    assert f"every file is as it was; {staging} holds copies of the files and could not be removed: " in str(
        raised.value
    )


def test_a_parent_that_another_run_removes_is_made_again(tmp_path: Path) -> None:
    """It fails after it has made the folder, and takes it away while we are about to lock it."""
    mappings = prepare(tmp_path)
    removals = [tmp_path / "missing" / "folder", tmp_path / "missing"]

    def remove(name: str, path: str) -> None:
        if name == "lock" and removals and path == str(removals[0]):
            while removals:
                removals.pop(0).rmdir()

    files = [file_spec_from_mapping(mapping) for mapping in mappings]
    outcome = write_files(files, check_mode=False, backup=True, diff=True, _step=remove)
    assert outcome.created == [str(tmp_path / "missing"), str(tmp_path / "missing" / "folder")]
    assert_done(tmp_path)


def test_a_parent_that_is_removed_each_time_is_given_up(tmp_path: Path) -> None:
    mappings = prepare(tmp_path)
    before = snapshot(tmp_path)

    def remove(name: str, path: str) -> None:
        if name == "lock" and path.endswith("folder"):
            Path(path).rmdir()

    files = [file_spec_from_mapping(mapping) for mapping in mappings]
    with pytest.raises(WriteError, match="other runs remove its folder again and again"):
        write_files(files, check_mode=False, backup=True, diff=True, _step=remove)
    assert snapshot(tmp_path) == before


def test_without_hard_links_the_old_files_are_kept_as_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    mappings = prepare(tmp_path)
    before = {name: entry[1:] for name, entry in snapshot(tmp_path).items()}
    monkeypatch.setattr(os, "link", link)
    with pytest.raises(WriteError, match="could not swap in"):
        run(mappings, Steps(at=("swap", "c.conf"), error=no_space()))
    assert {name: entry[1:] for name, entry in snapshot(tmp_path).items()} == before
    run(mappings)
    assert_done(tmp_path)


def test_without_folder_locks_the_user_is_warned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_arguments: object) -> NoReturn:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    mappings = prepare(tmp_path)
    killed_run(mappings, NAMES.index(next(name for name in NAMES if name.endswith(" swap"))) + 1)
    monkeypatch.setattr(fcntl, "flock", flock)
    outcome = run(mappings)
    assert [warning for warning in outcome.warnings if "knows no locks" in warning]
    # What was left could belong to a run that is going on.
    assert list(tmp_path.glob(".appmail-*"))


def test_only_what_a_dead_run_has_left_is_removed(tmp_path: Path) -> None:
    mappings = prepare(tmp_path)
    name = ".appmail-0123456789abcde"
    (tmp_path / f"{name}0").mkdir()  # made, and killed before anything else
    (tmp_path / f"{name}1").mkdir()
    (tmp_path / f"{name}1" / "somebody's").touch()
    (tmp_path / f"{name}2").touch()
    (tmp_path / f"{name}3").symlink_to("real")
    (tmp_path / f"{name}4-other").mkdir()
    outcome = run(mappings)
    assert sorted(path.name[-1] for path in tmp_path.glob(".appmail-*")) == ["1", "2", "3", "r"]
    assert [warning for warning in outcome.warnings if f"{name}1" in warning]
    assert (tmp_path / "real" / "b.conf").read_bytes() == NEW["real/b.conf"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_what_another_user_has_left_is_not_removed(tmp_path: Path) -> None:
    mappings = prepare(tmp_path)
    theirs = tmp_path / ".appmail-0123456789abcdef"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)
    run(mappings)
    assert theirs.is_dir()
