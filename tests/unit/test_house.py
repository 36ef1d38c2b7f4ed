# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house: what may be where, and what may know of what."""

from __future__ import annotations

import ast
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
            assert node.level == 0, f"{path}: siblings are imported by their full name"
            yield from (f"{node.module}.{name.name}" for name in node.names)


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
KNOW_ANSIBLE = ("_origins.py", "_judging.py")


@pytest.mark.parametrize(
    "path", [path for path in python_files("plugins/plugin_utils") if Path(path).name not in KNOW_ANSIBLE]
)
def test_controller_logic_knows_no_ansible(path: str) -> None:
    assert [name for name in imports(path) if is_within(name, "ansible")] == []


@pytest.mark.parametrize("path", python_files("plugins/module_utils", "plugins/plugin_utils"))
def test_utils_say_twice_that_they_are_private(path: str) -> None:
    assert Path(path).name.startswith("_")
    assert PRIVATE in (ROOT / path).read_text(encoding="utf-8").splitlines()[:6]


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
    released = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    assert version in released
    assert f'<a id="v{version.replace(".", "-")}"></a>' in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "DEVELOPING.md"])
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
