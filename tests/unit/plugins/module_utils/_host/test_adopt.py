# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked for on a host: files that may not be read, that are none, and what an application says of itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._host.adopt import adopt
from ansible_collections.appmail.settings.plugins.module_utils._secrets.sealing import SealBroken, seal, unseal
from tests.servers.leaks import leaks

KEY = bytes(range(32))
PASSWORD = "S3cret/W\u00f6rd+42"


def seen(path: Path, *dumps: dict[str, Any]) -> dict[str, Any]:
    files = [{"target": "postfix", "name": "main.cf", "paths": [str(path)]}]
    result = adopt({"key": KEY.hex(), "files": files, "dumps": list(dumps)}, check_mode=False)  # type: ignore[typeddict-item]
    assert result["changed"] is False
    answer: dict[str, Any] = json.loads(unseal(KEY, result["sealed"]))
    return answer


def as_nobody(path: Path) -> dict[str, Any]:
    """The same by a user who may read nothing of root's: a process of its own, which ends as that user."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setuid(65534)
        os.write(writing, json.dumps(seen(path)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return dict(json.loads(text))


def test_a_file_that_may_not_be_read_names_who_and_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "main.cf"
    path.write_text("relayhost =\n")
    path.chmod(0)
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(0o755)
    answer = as_nobody(path) if os.geteuid() == 0 else seen(path)
    assert "may not be read by" in answer["files"][0]["fault"]
    assert "adopt with become" in answer["files"][0]["fault"]


def test_a_file_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert seen(tmp_path / "none")["files"] == []


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("pipe", "is a pipe and no file"),
        ("folder", "is a folder and no file"),
        ("device", "is a device"),
        ("loop", "cannot be read: Too many levels of symbolic links"),
    ],
)
def test_what_is_no_file_is_not_opened(kind: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "main.cf"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    else:
        path.symlink_to("/dev/zero")
    assert said in seen(path)["files"][0]["fault"]


def test_a_program_speaks_for_the_folder_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("relayhost =\n")
    dump = {"target": "postfix", "name": "main.cf", "command": ["echo", "{dir}"]}
    assert seen(tmp_path / "main.cf", dump)["dumps"][0]["output"] == f"{tmp_path}\n"


def test_a_program_that_is_missing_is_told(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("relayhost =\n")
    dump = {"target": "postfix", "name": "main.cf", "command": ["no-such-program"]}
    assert seen(tmp_path / "main.cf", dump)["dumps"][0]["fault"] == "no-such-program is not installed on this host"


def test_what_is_sealed_shows_nothing_and_comes_back() -> None:
    sealed = seal(KEY, f"password = {PASSWORD}\n" * 100)
    assert leaks(sealed, "nobody", PASSWORD) == []
    assert unseal(KEY, sealed) == f"password = {PASSWORD}\n" * 100


@pytest.mark.parametrize("change", ["another key", "a changed octet", "cut off", "no base64"])
def test_what_was_changed_is_refused(change: str) -> None:
    sealed = seal(KEY, PASSWORD)
    key = bytes(32) if change == "another key" else KEY
    changed = {"a changed octet": "AAAA" + sealed[4:], "cut off": sealed[:8], "no base64": "%"}.get(change, sealed)
    with pytest.raises(SealBroken):
        unseal(key, changed)
