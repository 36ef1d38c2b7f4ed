# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house: what may be where, and what may know of what."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
COLLECTION = "ansible_collections.appmail.settings.plugins"
WINGS = ("module_utils", "plugin_utils")
PRIVATE = "# This module is private to the collection: it may change at any time."
HEADER = (
    "# Copyright (c) 2026, the appmail.settings authors\n"
    "# GNU General Public License v3.0+ "
    "(see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)\n"
    "# SPDX-License-Identifier: GPL-3.0-or-later\n"
)


def python_files(*rooms: str) -> list[str]:
    """The Python files of some rooms, as paths from the root; a room that is empty is a fault of the test."""
    found = {room: sorted(str(path.relative_to(ROOT)) for path in (ROOT / room).rglob("*.py")) for room in rooms}
    empty = [room for room, paths in found.items() if not paths]
    assert not empty, f"nothing to read in {empty}"
    return [path for paths in found.values() for path in paths]


def imports(path: str) -> Iterator[str]:
    """Every module that a file imports, wherever in the file, by its full name."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{_module(path, node)}.{name.name}" for name in node.names)


def _module(path: str, node: ast.ImportFrom) -> str | None:
    """The full name of the module that is imported from; siblings of one room are imported by `.` and their name."""
    if not is_room(path):
        assert node.level == 0, f"{path}: only within a room are imports relative"
        return node.module
    room = f"{COLLECTION}.{'.'.join(Path(path).parts[1:-1])}"
    assert node.level < 2, f"{path}: another room is imported from by its full name"
    assert node.level or not str(node.module).startswith(room + "."), f"{path}: siblings are imported by `.`"
    return f"{room}.{node.module}" if node.level else node.module


def is_room(path: str) -> bool:
    """Whether a file lies in a room of one of the two utils."""
    parts = Path(path).parts
    return len(parts) == 4 and parts[1] in WINGS


def is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def is_within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("path", python_files("plugins/module_utils"))
def test_managed_hosts_need_nothing_but_python(path: str) -> None:
    strange = [
        name for name in imports(path) if not is_standard(name) and not is_within(name, f"{COLLECTION}.module_utils")
    ]
    assert strange == []


@pytest.mark.parametrize("path", python_files("plugins/modules"))
def test_modules_know_ansible_and_our_own_utils_alone(path: str) -> None:
    allowed = (f"{COLLECTION}.module_utils", "ansible.module_utils")
    assert [name for name in imports(path) if not is_standard(name) and not is_within(name, *allowed)] == []


# Where values were written is known to Ansible alone; and the actions have a base.
KNOW_ANSIBLE = ("_sources/origins.py", "_actions/base.py")


@pytest.mark.parametrize(
    "path", [path for path in python_files("plugins/plugin_utils") if not path.endswith(KNOW_ANSIBLE)]
)
def test_controller_logic_knows_no_ansible(path: str) -> None:
    assert [name for name in imports(path) if is_within(name, "ansible")] == []


@pytest.mark.parametrize("path", python_files("plugins/module_utils", "plugins/plugin_utils"))
def test_utils_lie_in_rooms_and_say_twice_that_they_are_private(path: str) -> None:
    assert is_room(path)
    assert Path(path).parent.name.startswith("_")
    assert not Path(path).name.startswith("_")
    assert PRIVATE in (ROOT / path).read_text(encoding="utf-8").splitlines()[:6]


def _arrows_of(wing: str, below: dict[str, str]) -> dict[str, set[str]]:
    """Full names of rooms, from those that stand in their own wing without it."""
    return {
        f"{wing}/{room}": {name if "/" in name else f"{wing}/{name}" for name in names.split()}
        for room, names in below.items()
    }


# Which rooms a room may know: the arrows of the house, which go down only. CONTRIBUTING.md draws them for people.
ARROWS: dict[str, set[str]] = {
    **_arrows_of(
        "module_utils",
        {
            "_plain": "",
            "_secrets": "",
            "_formats": "",
            "_sasl": "_secrets",
            "_check": "_sasl",
            "_network": "_check",
            "_dialogue": "_check _network _sasl _secrets",
            "_own_keys": "_formats",
            "_files": "_own_keys _secrets",
            "_host": "_check _dialogue _files _own_keys _secrets",
        },
    ),
    **_arrows_of(
        "plugin_utils",
        {
            "_wording": "",
            "_kept": "",
            "_adoption": "module_utils/_files module_utils/_formats module_utils/_host module_utils/_own_keys"
            " module_utils/_secrets _formats _rendering _spec _targets _wording",
            "_bundle": "_kept",
            "_formats": "module_utils/_formats",
            "_tokens": "_wording module_utils/_secrets",
            "_spec": "_wording module_utils/_secrets",
            "_sources": "_spec _wording",
            "_targets": "module_utils/_check module_utils/_files _formats _kept _spec _wording module_utils/_formats"
            " module_utils/_own_keys",
            "_rendering": "module_utils/_files module_utils/_formats module_utils/_secrets"
            " _formats _kept _sources _spec _targets _wording",
            "_judgement": "module_utils/_files _rendering _sources _spec _targets _wording module_utils/_formats",
            "_drift": "module_utils/_files module_utils/_host module_utils/_secrets"
            " _adoption _judgement _rendering _sources _spec _targets _wording",
            "_reports": "_judgement _spec _wording",
            "_comparison": "_sources _spec _targets _wording",
            "_record": "_comparison _judgement _reports _sources _spec _targets _wording module_utils/_secrets",
            "_domains": "_record _wording module_utils/_check module_utils/_network",
            "_publication": "_judgement _record _reports _spec _wording",
            "_servers": "_judgement _spec _targets _wording module_utils/_check module_utils/_host",
            "_actions": "_bundle _kept module_utils/_check module_utils/_files module_utils/_host"
            " _judgement _publication _record _rendering _reports _servers _sources _spec _targets _wording",
        },
    ),
}


def imported_rooms() -> dict[str, set[str]]:
    """For each room the other rooms that its files import, late imports among them."""
    found: dict[str, set[str]] = {}
    for path in python_files("plugins/module_utils", "plugins/plugin_utils"):
        own = "/".join(Path(path).parts[1:3])
        named = [
            name.removeprefix(COLLECTION + ".").split(".") for name in imports(path) if is_within(name, COLLECTION)
        ]
        found.setdefault(own, set()).update({"/".join(parts[:2]) for parts in named} - {own})
    return found


def test_rooms_know_exactly_the_rooms_that_they_may() -> None:
    assert imported_rooms() == ARROWS


def test_arrows_go_down_only() -> None:
    """The rooms can be put in an order in which each one knows only rooms before it; TopologicalSorter finds it."""
    assert set(graphlib.TopologicalSorter(ARROWS).static_order()) == set(ARROWS)


def test_no_files_of_a_room_import_each_other_in_a_circle() -> None:
    """Neither where they begin nor late: who reads one of them must not have to read the other first."""
    paths = python_files(*(f"plugins/{wing}" for wing in WINGS))
    files = {path: {name.rpartition(".")[0] for name in imports(path)} for path in paths}
    names = {f"{COLLECTION}.{'.'.join(Path(path).with_suffix('').parts[1:])}": path for path in files}
    graph = {path: {names[name] for name in imported if name in names} for path, imported in files.items()}
    assert set(graphlib.TopologicalSorter(graph).static_order()) == set(graph)


def test_the_map_draws_the_arrows_that_there_are() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    drawn: dict[str, set[str]] = {}
    for wing, table in zip(WINGS, text.split("| room | stands on |")[1:], strict=True):
        for room, below in re.findall(r"^\| `(_\w+)` \| (.*?) ?\|", table.split("\n\n")[0], flags=re.MULTILINE):
            named = re.findall(r"(?:(\w+) )?`(_\w+)`", below)
            drawn[f"{wing}/{room}"] = {f"{other or wing}/{name}" for other, name in named}
    assert drawn == ARROWS


def test_unit_tests_mirror_the_rooms() -> None:
    """A test lies in the room of what it tests, so that whoever opens a room finds its tests by the same path."""
    rooms = {
        str(path.relative_to(PLUGINS))
        for wing in ("module_utils", "plugin_utils")
        for path in (PLUGINS / wing).iterdir()
    }
    tested = {
        str(path.parent.relative_to(ROOT / "tests/unit/plugins"))
        for wing in ("module_utils", "plugin_utils")
        for path in (ROOT / "tests/unit/plugins" / wing).rglob("test_*.py")
    }
    assert tested - rooms == set()
    assert rooms - tested <= {"plugin_utils/_actions"}, "tested through the actions, by tests/integration"


@pytest.mark.parametrize("path", python_files("plugins", "tests"))
def test_every_file_says_its_licence_and_postpones_annotations(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    without_shebang = text.split("\n", 1)[1] if text.startswith("#!") else text
    assert without_shebang.startswith(HEADER)
    assert Path(path).name == "__init__.py" or "from __future__ import annotations\n" in text


@pytest.mark.parametrize("path", python_files("plugins/action"))
def test_every_action_is_documented_by_a_module_of_its_name(path: str) -> None:
    assert (PLUGINS / "modules" / Path(path).name).is_file()


def test_the_action_group_holds_every_module() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    modules = {path.stem for path in (PLUGINS / "modules").glob("*.py")}
    assert set(runtime["action_groups"]["all"]) == modules


def test_the_changelog_knows_the_version() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    changelogs = ROOT / "changelogs"
    released = yaml.safe_load((changelogs / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    if version not in released:
        waiting = yaml.safe_load((changelogs / "fragments" / f"{version}.yml").read_text(encoding="utf-8"))
        assert waiting["release_summary"]
    else:
        assert f'<a id="v{version.replace(".", "-")}"></a>' in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_command_that_a_page_names_exists(page: str) -> None:
    named = set(re.findall(r"\bmake ([a-z-]+)\b", (ROOT / page).read_text(encoding="utf-8")))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert named
    assert named <= targets


def test_every_command_of_make_is_phony() -> None:
    """A file or a folder of its name, as build/ is one, would keep make from doing anything."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    targets = re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE)
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert sorted(phony.split()) == sorted(targets)


def tracked_files() -> list[Path]:
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_nothing_is_ignored_that_sanity_finds() -> None:
    assert [
        str(path) for path in tracked_files() if path.parent.name == "sanity" and path.name.startswith("ignore")
    ] == []


def test_no_file_knows_the_machine_that_it_was_written_on() -> None:
    # Written apart, so that this file doesn't name them either.
    places = re.compile("|".join("/" + name + "/" for name in ("root", "work", "home/[a-z]+")).encode())
    assert [str(path.relative_to(ROOT)) for path in tracked_files() if places.search(path.read_bytes())] == []
