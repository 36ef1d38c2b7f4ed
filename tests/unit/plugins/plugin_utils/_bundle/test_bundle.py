# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's half as one program: made of the sources as they are, read by every Python, sent unchanged by Ansible."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from ansible.executor import module_common

from ansible_collections.appmail.settings.plugins.module_utils._host.standalone import packed
from ansible_collections.appmail.settings.plugins.plugin_utils._bundle.bundle import (
    MODULE_UTILS,
    TOO_OLD,
    host_half,
)
from tests.letters import NOTHING_TO_WRITE
from tests.servers.leaks import leaks
from tests.tools.pythons import VERSIONS, find_python

PASSWORD = "S3cret'\"\\\u2028/Wörd+42"


def sources(program: bytes) -> dict[str, str]:
    """What the program holds, by module."""
    coded = re.search(rb'a2b_base64\(b"([^"]+)"\)', program)
    assert coded is not None
    unpacked: dict[str, str] = json.loads(zlib.decompress(base64.b64decode(coded.group(1))))
    return unpacked


def filled_in(arguments: dict[str, object]) -> bytes:
    """The program with its arguments, as Ansible itself puts them in."""
    data = json.dumps(arguments).encode()
    program = host_half().replace(module_common.REPLACER_COMPLEX, repr(data).encode())
    return program.replace(module_common.REPLACER_JSONARGS, data)


def answer(
    python: str | Path, arguments: dict[str, object], *, piped: bool = False, cwd: Path | None = None
) -> dict[str, object]:
    """What the program prints; `piped` as with pipelining."""
    program = filled_in(arguments)
    command = [str(python)] if piped else [str(python), str(_written(program, cwd))]
    done = subprocess.run(command, input=program if piped else None, capture_output=True, cwd=cwd, check=False)
    assert done.stderr == b""
    printed: dict[str, object] = json.loads(done.stdout)
    return printed


def _written(program: bytes, folder: Path | None) -> Path:
    assert folder is not None
    path = folder / "program.py"
    path.write_bytes(program)
    return path


def test_the_same_bytes_for_the_same_sources(tmp_path: Path) -> None:
    copy = shutil.copytree(MODULE_UTILS, tmp_path / "elsewhere", ignore=shutil.ignore_patterns("__pycache__"))
    assert host_half(copy) == host_half()


def test_holds_every_source_as_it_is_but_for_dataclasses() -> None:
    held = sources(host_half())
    for path in MODULE_UTILS.glob("_*/*.py"):
        name = f"ansible_collections.appmail.settings.plugins.module_utils.{path.parent.name}.{path.stem}"
        ours = "from ansible_collections.appmail.settings.plugins.module_utils._plain.dataclass import "
        assert held.pop(name).replace(ours, "from dataclasses import ") == path.read_text(encoding="utf-8")
    assert held == {}


def test_ansible_takes_it_for_a_program_that_wants_json() -> None:
    assert module_common.NEW_STYLE_PYTHON_MODULE_RE.search(host_half()) is None
    for marker in (module_common.REPLACER_COMPLEX, module_common.REPLACER_JSONARGS):
        assert host_half().count(marker) == 1


@pytest.mark.parametrize("piped", [False, True], ids=["as a file", "piped"])
@pytest.mark.parametrize("version", [version for version in VERSIONS if find_python(version)])
def test_runs_on_every_python_of_managed_hosts(version: str, piped: bool, tmp_path: Path) -> None:
    python = find_python(version)
    assert python is not None
    done = answer(
        python, {"half": "render", "payload": packed(json.dumps(NOTHING_TO_WRITE))}, piped=piped, cwd=tmp_path
    )
    assert done["msg"] == "0 of 0 files changed"


@pytest.mark.parametrize("version", [version for version in ("2.7", "3.6", "3.7") if find_python(version)])
def test_says_that_a_python_is_too_old(version: str, tmp_path: Path) -> None:
    python = find_python(version)
    assert python is not None
    assert answer(python, {"half": "render"}, cwd=tmp_path) == {"failed": True, "msg": TOO_OLD}


def test_a_file_beside_it_does_not_stand_in_for_pythons_own(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not yours')\n", encoding="utf-8")
    for piped in (False, True):
        done = answer(
            sys.executable,
            {"half": "render", "payload": packed(json.dumps(NOTHING_TO_WRITE))},
            piped=piped,
            cwd=tmp_path,
        )
        assert done["msg"] == "0 of 0 files changed"


def test_check_mode_comes_from_ansible(tmp_path: Path) -> None:
    arguments = {"half": "render", "payload": packed(json.dumps(NOTHING_TO_WRITE)), "_ansible_check_mode": True}
    assert answer(sys.executable, arguments, cwd=tmp_path)["msg"] == "0 of 0 files would change"


def test_any_character_arrives(tmp_path: Path) -> None:
    """The letter as it was, whatever stands in it; a half that stumbles says where, without the value."""
    broken = {**NOTHING_TO_WRITE, "files": [{"secret": PASSWORD}]}
    done = answer(sys.executable, {"half": "render", "payload": packed(json.dumps(broken))}, cwd=tmp_path)
    assert done["failed"] is True
    assert str(done["msg"]).startswith("a fault of the collection: render ended with ")
    assert leaks(json.dumps(done, ensure_ascii=False), "nobody", PASSWORD) == []


def test_without_a_letter_it_says_why(tmp_path: Path) -> None:
    done = answer(sys.executable, {"half": "render"}, cwd=tmp_path)
    assert done["msg"] == "the settings are rendered on the controller: the action plugin was not found"


def test_packed_texts_hold_no_secret() -> None:
    assert leaks(packed(json.dumps({"password": PASSWORD})), "nobody", PASSWORD) == []
