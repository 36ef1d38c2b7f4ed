# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept from run to run: found again where it is whole, ours and made of the same; else made again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._kept import store as module
from ansible_collections.appmail.settings.plugins.plugin_utils._kept.store import Store, maker


@pytest.fixture(autouse=True)
def writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python is where nothing tells it to write no compiled code."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def run(folder: Path, *made_of: str | bytes) -> bool:
    """One run, which asks for one thing; whether it had to be made."""
    made = []

    def make() -> bytes:
        made.append(True)
        return b"made"

    store = Store()
    store.open(folder)
    assert store.get(*made_of, make=make) == b"made"
    store.close()
    return bool(made)


def kept_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_the_second_run_finds_what_the_first_one_made(folder: Path) -> None:
    assert [run(folder, "text"), run(folder, "text")] == [True, False]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(("code", "file.py", "x = 2"), id="another source"),
        pytest.param(("code", "other.py", "x = 1"), id="another file"),
        pytest.param(("text", "file.py", "x = 1"), id="another kind"),
        pytest.param(("code", "file.p", "yx = 1"), id="the same characters, parted otherwise"),
        pytest.param(("code", "file.py"), id="less"),
        pytest.param(("code", "file.py", "x = 1", ""), id="more"),
    ],
)
def test_what_is_made_of_something_else_is_made(folder: Path, other: tuple[str, ...]) -> None:
    assert run(folder, "code", "file.py", "x = 1")
    assert run(folder, *other)


def test_a_maker_is_a_part_of_what_it_makes() -> None:
    assert maker(__file__) == Path(__file__).read_bytes()


def test_runs_that_make_different_things_keep_each_others(folder: Path) -> None:
    assert [run(folder, "one"), run(folder, "other")] == [True, True]
    assert [run(folder, "one"), run(folder, "other")] == [False, False]


def test_nothing_is_kept_where_making_fails(folder: Path) -> None:
    store = Store()
    store.open(folder)
    with pytest.raises(ZeroDivisionError):
        store.get("text", make=lambda: bytes(1 // 0))
    store.close()
    assert not folder.exists()


def test_a_store_that_was_closed_is_read_again_where_it_is_asked_again(folder: Path) -> None:
    store = Store()
    store.open(folder)
    store.keep("one", made=b"1")
    store.close()
    assert store.find("one") == b"1"
    store.keep("other", made=b"2")
    store.close()
    assert [run_found(folder, text) for text in ("one", "other")] == [b"1", b"2"]


def run_found(folder: Path, text: str) -> bytes | None:
    store = Store()
    store.open(folder)
    return store.find(text)


def _flipped(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def _behind_a_link(file: Path) -> None:
    file.rename(file.parent.parent / "elsewhere")
    file.symlink_to(file.parent.parent / "elsewhere")


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DISTRUSTED: dict[str, Callable[[Path], object]] = {
    "a bit of the digest": lambda file: _flipped(file, 0),
    "a bit of what it holds": lambda file: _flipped(file, -1),
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "shorter than a digest": lambda file: file.write_bytes(b"x"),
    "empty": lambda file: file.write_bytes(b""),
    "more at its end": lambda file: file.write_bytes(file.read_bytes() + b"x"),
    "a group may write it": lambda file: file.chmod(0o620),
    "anybody may write it": lambda file: file.chmod(0o602),
    "a group may write its folder": lambda file: file.parent.chmod(0o720),
    "anybody may write its folder": lambda file: file.parent.chmod(0o702),
    "a symbolic link": _behind_a_link,
    "a folder": _a_folder,
}


@pytest.mark.parametrize("happened", DISTRUSTED.values(), ids=DISTRUSTED)
def test_a_file_that_cannot_be_trusted_is_not_read(folder: Path, happened: Callable[[Path], object]) -> None:
    run(folder, "text")
    happened(kept_file(folder))
    assert run(folder, "text")


def _folder_behind_a_link(folder: Path) -> None:
    folder.with_name("elsewhere").mkdir(mode=0o700)
    folder.symlink_to(folder.with_name("elsewhere"))


def _folder_open_to_all(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


NOT_OURS: dict[str, Callable[[Path], object]] = {
    "a folder behind a link": _folder_behind_a_link,
    "a folder that anybody may write": _folder_open_to_all,
}


@pytest.mark.parametrize("prepared", NOT_OURS.values(), ids=NOT_OURS)
def test_nothing_is_written_where_another_user_has_a_hand_in_it(
    folder: Path, prepared: Callable[[Path], object]
) -> None:
    prepared(folder)
    assert run(folder, "text")
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
@pytest.mark.parametrize("given", ["file", "folder"])
def test_what_belongs_to_another_user_is_not_read(folder: Path, given: str) -> None:
    run(folder, "text")
    os.chown(kept_file(folder) if given == "file" else folder, 12345, -1)
    assert run(folder, "text")


def test_a_damaged_file_is_replaced(folder: Path) -> None:
    run(folder, "text")
    _flipped(kept_file(folder), -1)
    assert [run(folder, "text"), run(folder, "text")] == [True, False]


def test_code_of_one_python_is_not_read_by_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder, "text")
    monkeypatch.setattr(module, "_PYTHON", "cpython-399")
    assert run(folder, "text")
    assert len(list(folder.iterdir())) == 2


def test_what_another_layout_of_the_file_holds_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "maker", lambda _file: b"the module as it was")
    run(folder, "text")
    monkeypatch.undo()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert run(folder, "text")


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert [run(tmp_path / "file" / "kept", "text") for _run in range(2)] == [True, True]


def test_a_disk_that_is_full_leaves_what_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder, "text")

    def full(*_paths: object, **_folders: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert run(folder, "other")
    assert len(list(folder.iterdir())) == 1
    assert not run(folder, "text")


def test_nothing_is_written_where_python_is_to_write_no_compiled_code(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    run(folder, "text")
    assert not folder.exists()


def test_nothing_is_written_where_nothing_is_new(folder: Path) -> None:
    run(folder, "text")
    before = kept_file(folder).stat()
    run(folder, "text")
    assert kept_file(folder).stat().st_ino == before.st_ino


def test_a_file_that_grew_too_large_is_begun_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder, "text")
    monkeypatch.setattr(module, "MOST_OCTETS", kept_file(folder).stat().st_size + 10)
    run(folder, "other")
    assert list(folder.iterdir()) == []


def test_only_its_user_may_read_it(folder: Path) -> None:
    run(folder, "text")
    assert [path.stat().st_mode & 0o777 for path in (folder, kept_file(folder))] == [0o700, 0o600]


def test_a_forked_process_neither_reads_nor_writes_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder, "text")
    before = kept_file(folder).read_bytes()
    store = Store()
    store.open(folder)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert store.find("text") is None
    store.keep("other", made=b"made")
    store.close()
    assert kept_file(folder).read_bytes() == before


def test_a_store_that_was_not_opened_keeps_for_its_own_process(folder: Path) -> None:
    store = Store()
    store.keep("text", made=b"made")
    store.close()
    assert store.find("text") == b"made"
    assert not folder.exists()
