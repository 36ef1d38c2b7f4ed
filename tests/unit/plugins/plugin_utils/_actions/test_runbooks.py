# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbooks on the controller: staged, put in their places, left as they were."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.runbooks import (
    RunbookError,
    Runbooks,
    host_folder,
    merged,
)
from tests.integration.playbooks import assert_no_secret

HEAD = "# TeamConnect\n\nIt was made by appmail.settings.\n"
SECRET = "hunter2&of the page"


def runbook(text: str = HEAD, masked: str | None = None, path: str = "/etc/appmail/teamconnect.runbook.md") -> FileSpec:
    return FileSpec(path, "teamconnect", "teamconnect.runbook.md", text, masked=masked)


def write(folder: Path, *specs: FileSpec, removed: str = "ignore", check_mode: bool = False) -> dict[str, Any]:
    runbooks = Runbooks(folder, specs, removed)
    try:
        runbooks.stage(check_mode=check_mode)
        return runbooks.publish(check_mode=check_mode, diff=True)
    finally:
        runbooks.discard()


def contents(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in folder.rglob("*") if file.is_file()
    }


MODES = {
    "nothing secret": (None, 0o644),
    "a secret that is not in it": (HEAD, 0o644),
    "a secret in it": ("# TeamConnect\n\nIt was made by appmail.settings. ********\n", 0o600),
}


@pytest.mark.parametrize(("masked", "mode"), MODES.values(), ids=MODES)
def test_is_readable_unless_there_is_a_secret_in_it(tmp_path: Path, masked: str | None, mode: int) -> None:
    done = write(tmp_path / "runbooks" / "app1", runbook(masked=masked))
    file = tmp_path / "runbooks" / "app1" / "teamconnect.runbook.md"
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert done["runbooks"] == [{"path": str(file), "target": "teamconnect", "changed": True, "mode": f"{mode:04o}"}]
    assert bool(done["warnings"]) is (mode == 0o600)
    assert write(tmp_path / "runbooks" / "app1", runbook(masked=masked))["runbooks"][0]["changed"] is False


def test_the_difference_shows_no_secret_of_before_and_none_of_after(tmp_path: Path) -> None:
    text = f"{HEAD}| Password | `{SECRET}` |  |\n"
    masked = f"{HEAD}| Password | `********` |  |\n"
    first = write(tmp_path, runbook(text, masked))
    assert "# TeamConnect" in str(first["diff"])
    second = write(tmp_path, runbook(HEAD))
    assert "-" not in second["diff"][0]["after"]
    assert second["runbooks"][0]["mode"] == "0644"
    assert_no_secret(str([first, second]), SECRET)


def test_check_mode_says_what_would_be_and_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "runbooks" / "app1"
    done = write(folder, runbook(), check_mode=True)
    assert (done["runbooks"][0]["changed"], len(done["diff"])) == (True, 1)
    assert list(tmp_path.iterdir()) == []
    write(folder, runbook())
    before = contents(tmp_path)
    done = write(folder, removed="remove", check_mode=True)
    assert done["removed"] == [str(folder / "teamconnect.runbook.md")]
    assert contents(tmp_path) == before


@pytest.mark.parametrize("check_mode", [True, False], ids=["check mode", "for real"])
def test_a_folder_that_cannot_be_is_told_before_the_host_is_touched(tmp_path: Path, *, check_mode: bool) -> None:
    (tmp_path / "runbooks").write_text("a file\n", encoding="utf-8")
    runbooks = Runbooks(tmp_path / "runbooks" / "app1", [runbook()], "warn")
    with pytest.raises(RunbookError, match=r"teamconnect\.runbook\.md cannot be written: Not a directory"):
        runbooks.stage(check_mode=check_mode)


def test_what_is_not_published_leaves_no_trace(tmp_path: Path) -> None:
    runbooks = Runbooks(tmp_path / "runbooks" / "app1", [runbook()], "warn")
    runbooks.stage(check_mode=False)
    assert list(tmp_path.rglob("*")) != []
    runbooks.discard()
    assert list(tmp_path.rglob("*")) == []


def test_a_file_of_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "teamconnect.runbook.md").write_text("# My own notes\n", encoding="utf-8")
    with pytest.raises(RunbookError, match=r"was not made by appmail\.settings"):
        write(tmp_path, runbook())
    assert contents(tmp_path) == {"teamconnect.runbook.md": "# My own notes\n"}


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.md"
    elsewhere.write_text(HEAD, encoding="utf-8")
    folder = tmp_path / "app1"
    folder.mkdir()
    (folder / "teamconnect.runbook.md").symlink_to(elsewhere)
    assert write(folder, runbook(f"{HEAD}new\n"))["runbooks"][0]["changed"] is True
    assert elsewhere.read_text(encoding="utf-8") == HEAD
    assert not (folder / "teamconnect.runbook.md").is_symlink()


def test_two_of_one_name_lie_where_their_dest_says(tmp_path: Path) -> None:
    folder = tmp_path / "runbooks" / "app1"
    second = runbook(path="/srv/eu/teamconnect.runbook.md")
    write(folder, runbook(), second)
    assert set(contents(folder)) == {"teamconnect.runbook.md", "srv/eu/teamconnect.runbook.md"}
    done = write(folder, runbook(), removed="remove")
    assert done["removed"] == [str(folder / "srv/eu/teamconnect.runbook.md")]
    assert [path.name for path in folder.iterdir()] == ["teamconnect.runbook.md"]
    write(folder, removed="remove")
    assert not folder.exists()


LEFT = {"ignore": ([], [], True), "warn": (["left"], [], True), "remove": ([], ["left"], False)}


@pytest.mark.parametrize(("removed", "expected"), LEFT.items(), ids=LEFT)
def test_a_runbook_of_an_application_that_is_listed_no_more(tmp_path: Path, removed: str, expected: Any) -> None:  # noqa: ANN401
    write(tmp_path, runbook())
    (tmp_path / "notes.md").write_text("mine\n", encoding="utf-8")
    done = write(tmp_path, removed=removed)
    left, gone, stays = expected
    file = tmp_path / "teamconnect.runbook.md"
    assert (done["left"], done["removed"]) == ([str(file)] * len(left), [str(file)] * len(gone))
    assert [str(file) in warning for warning in done["warnings"]] == [True] * len(left)
    assert (file.exists(), (tmp_path / "notes.md").exists()) == (stays, True)


@pytest.mark.parametrize("host", ["app1", "a/b", "..", ".", "ü 1", "[2001:db8::1]"])
def test_the_folder_of_a_host_is_one_step(host: str) -> None:
    folder = host_folder(Path("/srv/runbooks"), host)
    assert folder.parent == Path("/srv/runbooks")
    assert folder.name not in ("", ".", "..")


def test_what_the_host_answered_is_kept_beside() -> None:
    published: dict[str, Any] = {"runbooks": [], "diff": [], "left": [], "removed": [], "warnings": ["mine"]}
    done = merged({"changed": False, "diff": [{"after": "a"}], "warnings": ["its"]}, published)
    assert done == {"changed": False, "diff": [{"after": "a"}], "warnings": ["its", "mine"], "runbooks": []}
