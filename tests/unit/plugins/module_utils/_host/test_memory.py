# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host remembers: what is wanted no more is named or taken away whole, and no reload is forgotten."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._host.half import HostError
from ansible_collections.appmail.settings.plugins.module_utils._host.services import is_missing
from ansible_collections.appmail.settings.plugins.module_utils._host.write import write

SECRET = "S3cret/Wörd+42"
RELOADS = [{"target": "a", "command": ["true"]}, {"target": "b", "command": ["true"]}]


def file(root: Path, name: str, target: str, **others: object) -> dict[str, object]:
    path = str(root / "etc" / name)
    return {"path": path, "target": target, "name": name, "content": f"{SECRET}\n", "root": str(root), **others}


def payload(root: Path, *files: dict[str, object], **others: object) -> dict[str, Any]:
    return {
        "files": list(files),
        "backup": False,
        "takeover": "backup",
        "diff": True,
        "reloads": RELOADS,
        "dest_root": str(root),
        "scope": "host/1",
        "removed": "warn",
        "remember_reloads": False,
        **others,
    }


def block(target: str) -> dict[str, object]:
    return {"block": {"marker": f"appmail.settings {target}"}}


def names(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and "lib" not in path.parts
    )


def test_what_is_listed_no_more_is_named_then_taken_away(tmp_path: Path) -> None:
    shared = tmp_path / "etc" / "shared"
    shared.parent.mkdir()
    shared.write_text("theirs above\n")
    first = [file(tmp_path, "shared", "a", **block("a")), file(tmp_path, "own", "a"), file(tmp_path, "other", "b")]
    write(payload(tmp_path, *first), check_mode=False)
    with shared.open("a") as opened:
        opened.write("theirs below\n")
    result = write(payload(tmp_path, first[2]), check_mode=False)
    assert (result["changed"], result["left"]) == (False, [first[1]["path"], first[0]["path"]])
    assert names(tmp_path) == ["etc/other", "etc/own", "etc/shared"]
    foreseen = write(payload(tmp_path, first[2], removed="remove"), check_mode=True)
    assert (foreseen["changed"], foreseen["removed"]) == (True, [first[1]["path"], first[0]["path"]])
    assert names(tmp_path) == ["etc/other", "etc/own", "etc/shared"]
    result = write(payload(tmp_path, first[2], removed="remove"), check_mode=False)
    assert (result["changed"], result["removed"]) == (True, [first[1]["path"], first[0]["path"]])
    assert [entry["path"] for entry in result["files"]] == [first[2]["path"]]
    assert result["reloads"] == [RELOADS[0]]
    assert SECRET not in str(result["diff"])
    assert names(tmp_path) == ["etc/other", "etc/shared"]
    assert shared.read_text() == "theirs above\ntheirs below\n"
    again = write(payload(tmp_path, first[2], removed="remove"), check_mode=False)
    assert (again["changed"], again["removed"], again["warnings"]) == (False, [], [])


def test_a_file_that_was_made_for_our_block_goes_with_it(tmp_path: Path) -> None:
    write(payload(tmp_path, file(tmp_path, "shared", "a", **block("a"))), check_mode=False)
    write(payload(tmp_path, removed="remove"), check_mode=False)
    assert names(tmp_path) == []


def test_one_block_of_two_goes(tmp_path: Path) -> None:
    both = [file(tmp_path, "shared", name, **block(name)) for name in ("a", "b")]
    write(payload(tmp_path, *both), check_mode=False)
    write(payload(tmp_path, both[1], removed="remove"), check_mode=False)
    text = (tmp_path / "etc" / "shared").read_text()
    assert ("appmail.settings a" in text, "appmail.settings b" in text) == (False, True)


def test_what_others_took_away_is_not_left(tmp_path: Path) -> None:
    write(payload(tmp_path, file(tmp_path, "own", "a")), check_mode=False)
    (tmp_path / "etc" / "own").unlink()
    assert write(payload(tmp_path), check_mode=False)["left"] == []


SIGNED = "# Written by appmail.settings.\n"


@pytest.mark.parametrize("removed", ["warn", "remove"])
def test_a_file_that_somebody_put_in_the_place_of_ours_stays(tmp_path: Path, removed: str) -> None:
    own = file(tmp_path, "own", "a", content=f"{SIGNED}{SECRET}\n")
    write(payload(tmp_path, own), check_mode=False)
    write(payload(tmp_path), check_mode=False)  # it is remembered though it is listed no more
    path = tmp_path / "etc" / "own"
    path.write_text("his\n")
    result = write(payload(tmp_path, removed=removed), check_mode=False)
    assert path.read_text() == "his\n"
    assert (result["changed"], result["left"], result["removed"]) == (False, [], [])
    assert result["warnings"] == [
        f"a: listed no more, and {path} is not what an earlier run wrote: somebody has put a file of his own in its "
        "place, which stays"
    ]
    assert write(payload(tmp_path, removed=removed), check_mode=False)["warnings"] == []


def test_what_a_later_version_remembers_is_understood(tmp_path: Path) -> None:
    write(payload(tmp_path, file(tmp_path, "own", "a")), check_mode=False)
    memory = tmp_path / "var" / "lib" / "appmail.settings" / "written-host%2f1.json"
    content = json.loads(memory.read_text())
    for entries in content["files"].values():
        entries[0]["invented later"] = 5
    memory.write_text(json.dumps(content))
    assert write(payload(tmp_path), check_mode=False)["left"] == [str(tmp_path / "etc" / "own")]


def test_each_host_of_the_inventory_is_remembered_by_itself(tmp_path: Path) -> None:
    write(payload(tmp_path, file(tmp_path, "own", "a")), check_mode=False)
    assert write(payload(tmp_path, scope="host2"), check_mode=False)["left"] == []
    assert write(payload(tmp_path), check_mode=False)["left"] == [str(tmp_path / "etc" / "own")]


def test_a_failed_run_takes_nothing_away_and_remembers_nothing(tmp_path: Path) -> None:
    write(payload(tmp_path, file(tmp_path, "own", "a")), check_mode=False)
    bad = file(tmp_path, "bad", "b", verify={"command": ["false"]})
    with pytest.raises(HostError, match="every file is as it was"):
        write(payload(tmp_path, bad, removed="remove", remember_reloads=True), check_mode=False)
    assert names(tmp_path) == ["etc/own"]
    assert list(tmp_path.rglob("reload-*")) == []
    assert write(payload(tmp_path), check_mode=False)["left"] == [str(tmp_path / "etc" / "own")]


def test_a_first_run_that_fails_leaves_no_folder_behind(tmp_path: Path) -> None:
    bad = file(tmp_path, "own", "a", verify={"command": ["false"]})
    with pytest.raises(HostError, match="every file is as it was"):
        write(payload(tmp_path, bad, remember_reloads=True), check_mode=False)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_remembered_does_not_say_that_nothing_was_written(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    result = write(payload(tmp_path, file(tmp_path, "own", "a"), remember_reloads=True), check_mode=False)
    folder = tmp_path / "var" / "lib" / "appmail.settings"
    cause = "cannot be written: a part of its path is a file, not a folder; correct the destination"
    lost = "what earlier runs wrote cannot be read, so nothing that is listed no more can be named or taken away"
    assert [warning for warning in result["warnings"] if lost not in warning] == [
        f"what was written is not remembered: {folder}/written-host%2f1.json {cause}",
        f"the reload of a is not remembered should this play fail: {folder}/reload-host%2f1-a.json {cause}",
    ]
    assert names(tmp_path) == ["etc/own", "var"]


def test_no_secret_is_remembered_and_only_we_may_read_it(tmp_path: Path) -> None:
    write(payload(tmp_path, file(tmp_path, "own", "a", masked="********\n"), remember_reloads=True), check_mode=False)
    kept = list((tmp_path / "var" / "lib" / "appmail.settings").iterdir())
    assert sorted(path.name for path in kept) == ["reload-host%2f1-a.json", "written-host%2f1.json"]
    for path in kept:
        assert path.stat().st_mode & 0o7777 == 0o600
        assert "S3cret" not in path.read_text()


def test_a_reload_is_due_until_its_marker_is_gone(tmp_path: Path) -> None:
    own = file(tmp_path, "own", "a")
    (due,) = write(payload(tmp_path, own, remember_reloads=True), check_mode=False)["reloads"]
    again = write(payload(tmp_path, own, remember_reloads=True), check_mode=False)
    assert (again["changed"], again["reloads"]) == (False, [due])
    assert write(payload(tmp_path, own, remember_reloads=True), check_mode=True)["reloads"] == [due]
    Path(due["marker"]).unlink()
    assert write(payload(tmp_path, own, remember_reloads=True), check_mode=False)["reloads"] == []


def test_the_reload_of_what_was_taken_away_is_due_until_its_marker_is_gone(tmp_path: Path) -> None:
    """A play that fails before its handlers: the application still has the settings that are no more."""
    both = [file(tmp_path, "own", "a"), file(tmp_path, "other", "b")]
    for due in write(payload(tmp_path, *both, remember_reloads=True), check_mode=False)["reloads"]:
        Path(due["marker"]).unlink()
    without = payload(tmp_path, both[1], remember_reloads=True, removed="remove", reloads=RELOADS[1:])
    (due,) = write(without, check_mode=False)["reloads"]
    assert due["target"] == "a"
    again = write(without, check_mode=False)
    assert (again["changed"], again["reloads"]) == (False, [due])
    Path(due["marker"]).unlink()
    assert write(without, check_mode=False)["reloads"] == []
    memory = tmp_path / "var" / "lib" / "appmail.settings" / "written-host%2f1.json"
    assert list(json.loads(memory.read_text())["reloads"]) == ["b"]


BROKEN = ["", "{", "[]", '{"files": 5}', '{"files": {"/a": [5]}, "reloads": {}}', '{"files": {"/a": [{"x": 1}]}}', "\0"]


@pytest.mark.parametrize("content", BROKEN)
def test_what_cannot_be_read_is_nothing_and_is_written_anew(tmp_path: Path, content: str) -> None:
    own = file(tmp_path, "own", "a")
    write(payload(tmp_path, own), check_mode=False)
    memory = tmp_path / "var" / "lib" / "appmail.settings" / "written-host%2f1.json"
    memory.write_text(content)
    result = write(payload(tmp_path, own), check_mode=False)
    assert result["changed"] is False
    lost = "what earlier runs wrote cannot be read, so nothing that is listed no more can be named or taken away"
    assert result["warnings"] == [f"{memory}: {lost}"]
    assert write(payload(tmp_path, own), check_mode=False)["warnings"] == []
    assert list(json.loads(memory.read_text())["files"]) == [own["path"]]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's files")
def test_what_another_user_could_have_written_is_not_believed(tmp_path: Path) -> None:
    """Below a folder of his he says that we wrote /etc/passwd, and that it may go."""
    victim = tmp_path / "victim"
    victim.write_text("as it was\n")
    root = tmp_path / "root"
    folder = root / "var" / "lib" / "appmail.settings"
    folder.mkdir(parents=True)
    entry = {"target": "a", "name": "victim"}
    (folder / "written-host%2f1.json").write_text(json.dumps({"files": {str(victim): [entry]}, "reloads": {}}))
    os.chown(folder, 65534, 65534)
    result = write(payload(root, removed="remove"), check_mode=False)
    assert (result["removed"], victim.read_text()) == ([], "as it was\n")
    # Nor does a file of our own lead out of the root.
    os.chown(folder, 0, 0)
    with pytest.raises(HostError, match="leads out of"):
        write(payload(root, removed="remove"), check_mode=False)
    assert victim.read_text() == "as it was\n"


def test_a_service_that_is_not_there_is_told_before_anything_is_written(tmp_path: Path) -> None:
    if not is_missing("appmail-no-such-service"):
        pytest.skip("this system keeps its services where we do not look")
    reloads = [{"target": "a", "service": "appmail-no-such-service", "state": "reloaded"}]
    mine = payload(tmp_path, file(tmp_path, "own", "a"), reloads=reloads, remember_reloads=True)
    foreseen = write(mine, check_mode=True)
    assert [
        warning for warning in foreseen["warnings"] if "this host has no service appmail-no-such-service" in warning
    ]
    with pytest.raises(HostError, match=r"no service appmail-no-such-service.*every file is as it was"):
        write(mine, check_mode=False)
    assert names(tmp_path) == []
    write(dict(mine, remember_reloads=False), check_mode=False)
    # Nothing changes any more, so nothing has to be reloaded.
    write(mine, check_mode=False)


def test_an_application_that_is_gone_with_its_service_is_taken_away_without_a_reload(tmp_path: Path) -> None:
    if not is_missing("appmail-no-such-service"):
        pytest.skip("this system keeps its services where we do not look")
    reloads = [{"target": "a", "service": "appmail-no-such-service", "state": "reloaded"}]
    write(payload(tmp_path, file(tmp_path, "own", "a"), reloads=reloads), check_mode=False)
    result = write(payload(tmp_path, removed="remove", reloads=[], remember_reloads=True), check_mode=False)
    assert (names(tmp_path), result["reloads"]) == ([], [])


MOVED = "its runbook is on the controller now"


@pytest.mark.parametrize("remembered", [True, False], ids=["remembered", "by a version that remembered nothing"])
def test_what_lies_on_the_controller_now_is_named_then_taken_away(tmp_path: Path, *, remembered: bool) -> None:
    old = {**file(tmp_path, "a.runbook.md", "a"), "content": "# A\n\nmade by appmail.settings\n"}
    superseded = [{name: old[name] for name in ("path", "target", "name")}]
    write(payload(tmp_path, old, removed="warn" if remembered else "ignore"), check_mode=False)
    named = write(payload(tmp_path, superseded=superseded), check_mode=False)
    assert (named["changed"], named["left"], [MOVED in text for text in named["warnings"]]) == (
        False,
        [old["path"]],
        [True],
    )
    gone = write(payload(tmp_path, superseded=superseded, removed="remove"), check_mode=False)
    assert (gone["changed"], gone["removed"], names(tmp_path)) == (True, [old["path"]], [])
    assert write(payload(tmp_path, superseded=superseded), check_mode=False)["left"] == []


def test_a_file_of_others_in_the_place_of_a_runbook_stays(tmp_path: Path) -> None:
    theirs = tmp_path / "etc" / "a.runbook.md"
    theirs.parent.mkdir()
    theirs.write_text("notes\n")
    superseded = [{"path": str(theirs), "target": "a", "name": theirs.name}]
    result = write(payload(tmp_path, superseded=superseded, removed="remove"), check_mode=False)
    assert (result["removed"], theirs.read_text()) == ([], "notes\n")
