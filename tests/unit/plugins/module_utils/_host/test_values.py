# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that a command reads and sets one by one: by standard input or a private file, put back where one fails."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._host.half import HostError
from ansible_collections.appmail.settings.plugins.module_utils._host.write import write

SECRET = 'S3cret/W\u00f6rd+"42'
# A store of one file for each key; `set` fails for the key that a file named `broken` holds, and where there is a file
# named `mortal` for all keys from then on.
TOOL = """#!/bin/sh
cd {store} || exit 2
echo "$@" >> ../calls
case $1 in
get) cat "$2" 2>/dev/null && echo ;;
set) [ -e ../dead ] && exit 4
     if [ "$2" = "$(cat ../broken 2>/dev/null)" ]; then
         [ -e ../mortal ] && touch ../dead
         echo "no: $(cat "${{3:-/dev/stdin}}")"; exit 3
     fi
     [ -n "$3" ] && ls -l "$3" | cut -c1-10 >> ../modes
     cat "${{3:-/dev/stdin}}" > "$2" ;;
delete) rm "$2" ;;
whoami) id -un > ../user; echo {{}} ;;
esac
"""


@pytest.fixture(name="tool")
def tool_fixture(tmp_path: Path) -> Path:
    """The tool; its store is the folder beside it."""
    store = tmp_path / "store"
    store.mkdir()
    tool = tmp_path / "tool"
    tool.write_text(TOOL.format(store=store))
    tool.chmod(0o755)
    (store / "theirs").write_text("kept")
    (store / "host").write_text("old.example.edu")
    (store / "gone").write_text("a value")
    return tool


def store(tool: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in (tool.parent / "store").iterdir()}


def payload(tool: Path, *write_more: str, **others: Any) -> Any:  # noqa: ANN401
    values = {"host": "smtp.example.edu", "port": 587, "tls": True, "password": SECRET}
    content = json.dumps(values, indent=2, ensure_ascii=False)
    commands = {
        "read": [str(tool), "get", "{key}"],
        "write": [str(tool), "set", "{key}", *write_more],
        "delete": [str(tool), "delete", "{key}"],
    }
    file = {
        "path": "demo options",
        "target": "demo",
        "name": "options",
        "content": content,
        "masked": content.replace(json.dumps(SECRET, ensure_ascii=False), '"********"'),
        "keys": {"format": "json", "dialect": "flat", "names": [*values, "gone"]},
        "commands": {**commands, **others.pop("commands", {})},
    }
    common = {"backup": False, "takeover": "backup", "diff": True, "dest_root": None, "scope": "h", "removed": "ignore"}
    reloads = [{"target": "demo", "command": ["true"]}]
    return {**common, "files": [file], "reloads": reloads, "remember_reloads": False, **others}


EXPECTED = {"theirs": "kept", "host": "smtp.example.edu", "port": "587", "tls": "true", "password": SECRET}


@pytest.mark.parametrize("further", [(), ("{file}",)], ids=["by standard input", "in a file"])
def test_each_value_is_set_where_it_differs(tool: Path, further: tuple[str, ...]) -> None:
    done, again = (write(payload(tool, *further), check_mode=False) for _time in range(2))
    assert store(tool) == EXPECTED
    assert (done["changed"], again["changed"]) == (True, False)
    assert done["reloads"] == [{"target": "demo", "command": ["true"]}]
    assert again["reloads"] == []
    assert sorted(done["set_values"][0]["names"]) == ["gone", "host", "password", "port", "tls"]
    assert SECRET not in (tool.parent / "calls").read_text()
    assert SECRET not in json.dumps(done, ensure_ascii=False)
    if further:
        assert set((tool.parent / "modes").read_text().split()) == {"-rw-------"}


def test_check_mode_before_the_program_is_installed_ends_well(tool: Path) -> None:
    """A play that installs the application first would fail in check mode for what it has not installed."""
    before = store(tool)
    missing = payload(tool, commands={"read": ["appmail-no-such-program", "get", "{key}"]})
    foreseen = write(missing, check_mode=True)
    assert foreseen["changed"] is True
    assert sorted(foreseen["set_values"][0]["names"]) == ["host", "password", "port", "tls"]
    assert foreseen["warnings"] == [
        "options of demo: appmail-no-such-program is not installed on this host; a run that is no check would fail"
    ]
    assert foreseen["reloads"] == [{"target": "demo", "command": ["true"]}]
    assert SECRET not in json.dumps(foreseen, ensure_ascii=False)
    with pytest.raises(HostError, match="appmail-no-such-program is not installed on this host"):
        write(missing, check_mode=False)
    assert store(tool) == before


def test_what_was_set_before_one_failed_is_put_back(tool: Path) -> None:
    before = store(tool)
    (tool.parent / "broken").write_text("tls")
    with pytest.raises(HostError) as raised:
        write(payload(tool), check_mode=False)
    said = str(raised.value)
    assert "set tls failed (exit status 3): no: true; " in said
    assert "may have new values, for they could not be put back" not in said
    assert store(tool) == before
    assert raised.value.result == {"step": "command", "path": "options", "target": "demo"}


def test_what_cannot_be_put_back_is_said(tool: Path) -> None:
    (tool.parent / "broken").write_text("tls")
    (tool.parent / "mortal").touch()
    with pytest.raises(HostError) as raised:
        write(payload(tool), check_mode=False)
    assert "may have new values, for they could not be put back" in str(raised.value)


def test_a_command_that_is_not_there(tool: Path) -> None:
    with pytest.raises(HostError, match=r"could not set the values of options \(demo\): no-such-tool is not installed"):
        write(payload(tool, commands={"read": ["no-such-tool", "get", "{key}"]}), check_mode=False)


@pytest.fixture(name="public_folder")
def public_folder_fixture() -> Iterator[Path]:
    """A folder that every user reaches; those of pytest are root's alone."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_the_command_is_run_by_its_user(tool: Path, public_folder: Path) -> None:
    shutil.copytree(tool.parent, public_folder, dirs_exist_ok=True)
    public_folder.chmod(0o777)
    tool = public_folder / "tool"
    tool.write_text(TOOL.format(store=public_folder / "store"))
    asked = payload(tool, commands={"read": [str(tool), "whoami"], "write": ["true"], "user": "nobody"})
    asked["files"][0].update(content="{}", masked=None)
    write(asked, check_mode=True)
    assert (tool.parent / "user").read_text() == "nobody\n"
