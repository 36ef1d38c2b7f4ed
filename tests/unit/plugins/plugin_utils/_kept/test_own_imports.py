# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's own modules are imported as they are, with code that is kept; nobody else's are touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.tree import COLLECTIONS

# As ansible-playbook does: its own loader finds collections. Then one room is imported, and what was imported is told.
PROGRAM = """
import json, sys, traceback, warnings
warnings.simplefilter("ignore")
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
_AnsibleCollectionFinder(paths=[sys.argv[1]])._install()
from ansible_collections.appmail.settings.plugins.plugin_utils._kept import own_imports
class Watcher:
    @staticmethod
    def find_spec(name, path=None, target=None):
        seen.append(name)
seen = []
class OfOldPythons:
    @staticmethod
    def find_module(name, path=None):
        return None
sys.meta_path[:0] = [Watcher, OfOldPythons]
own_imports.keep_own_code(sys.argv[2])
own_imports.keep_own_code(sys.argv[2])
from ansible_collections.appmail.settings.plugins.plugin_utils._wording import words
from ansible_collections.appmail.settings.plugins.module_utils._check import reasons
import ansible_collections.appmail.settings.plugins.plugin_utils._wording as room
own_imports.STORE.close()
try:
    words.nearest(None, 5)
except Exception:
    raised = traceback.format_exc()
print(json.dumps({
    "finders": [type(finder).__module__ for finder in sys.meta_path].count(own_imports.__name__),
    "loaders": [type(module.__spec__.loader).__module__ for module in (words, reasons)],
    "room": type(room.__spec__.loader).__module__,
    "first": sys.meta_path[0] is Watcher and words.__name__ in seen,
    "file": words.__file__,
    "package": words.__package__,
    "raised": raised,
}))
"""
ROOM = "ansible_collections.appmail.settings.plugins.plugin_utils._wording"


@pytest.fixture
def collections(tmp_path: Path) -> Path:
    """A folder with the rooms that are imported, as files of its own."""
    for room in ("plugin_utils/_kept", "plugin_utils/_wording", "module_utils/_check"):
        source = COLLECTIONS / "ansible_collections/appmail/settings/plugins" / room
        copy = tmp_path / "ansible_collections/appmail/settings/plugins" / room
        copy.mkdir(parents=True)
        for file in source.glob("*.py"):
            (copy / file.name).write_bytes(file.read_bytes())
    return tmp_path


def imported(collections: Path) -> dict[str, object]:
    command = [sys.executable, "-c", PROGRAM, str(collections), str(collections / "kept")]
    environment = {"LC_ALL": "C.UTF-8", "ANSIBLE_HOME": str(collections / "home")}
    done = subprocess.run(command, env=environment, cwd=collections, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_modules_are_what_they_are_without(collections: Path) -> None:
    file = collections / "ansible_collections/appmail/settings/plugins/plugin_utils/_wording/words.py"
    for told in (imported(collections), imported(collections)):
        assert (told["file"], told["package"], told["finders"]) == (str(file), ROOM, 1)
        assert told["first"], "who watches imports still sees ours"
        assert set(map(str, told["loaders"])) == {ROOM.replace("_wording", "_kept.own_imports")}  # type: ignore[call-overload]
        assert "ansible.utils" in str(told["room"]), "rooms are found by Ansible"
        # A traceback shows the lines of the file, whether the code was compiled or kept.
        assert f'File "{file}", line' in str(told["raised"])
        assert "def " not in str(told["raised"]).splitlines()[-2]


def test_a_changed_module_is_compiled_again_though_size_and_time_are_the_same(collections: Path) -> None:
    imported(collections)
    file = collections / "ansible_collections/appmail/settings/plugins/plugin_utils/_wording/words.py"
    before = file.stat()
    source = file.read_text(encoding="utf-8")
    file.write_text(source.replace("def nearest(", "def nearesT(", 1), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert "has no attribute 'nearest'" in str(imported(collections)["raised"])
