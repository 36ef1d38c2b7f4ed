# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each format beside the parser of those who read it: many values in one file, and each one compared.

A program that is not installed is named as the reason of the skip.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import Entry, NotExpressible
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import OwnKeys
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import find_format

pytestmark = pytest.mark.once

READERS = Path(__file__).parents[1] / "applications" / "readers"
GO_LIBRARY = Path("/usr/share/gocode/src/gopkg.in/ini.v1")

PIECES = [*" \t\n\r\0\x1b\"'\\$%#:=;!`{}[]<>&|*?~@,.()-_/", "{{", "}}", "%(K1)s", "${x}", "$(x)", "#{x}", "<%= 1 %>"]
PIECES += ["?>", "\\n", "\\'", '\\"', "é", "\u2028", "𝄞", *"abz019"]


def corpus() -> list[str]:
    """Each piece alone, within letters and around one, and 1500 mixtures, which are always the same ones."""
    chance = random.Random(13)
    mixtures = ["".join(chance.choices(PIECES, k=chance.randrange(9))) for _number in range(1500)]
    return [*PIECES, *(f"a{piece}b" for piece in PIECES), *(f"{piece}b{piece}" for piece in PIECES), *mixtures]


@dataclass(frozen=True)
class Program:
    """What reads a file named `file` in its folder and prints its keys as JSON.

    `key` is how a key is named there; `needs` is the program that has to be installed.
    """

    command: str
    key: str = "K{}"
    needs: str = ""

    def why_not(self) -> str | None:
        """What is missing, None if nothing is."""
        if self.needs and not shutil.which(self.needs):
            return f"{self.needs} is not installed"
        missing = self.needs == "go" and not GO_LIBRARY.is_dir()
        return "golang-gopkg-ini.v1-dev is not installed" if missing else None

    def read(self, text: str, folder: Path) -> dict[str, str]:
        (folder / "file").write_text(text, encoding="utf-8", newline="")
        command = self.command.format(readers=READERS, folder=folder)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, shell=True)
        assert done.returncode == 0, done.stderr
        read: dict[str, str] = json.loads(done.stdout)
        return read


GO = Program(
    "env GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE={folder}/cache go run {readers}/read.go", "s.K{}", "go"
)
SHELL = Program("set -a; . ./file; exec python3 {readers}/read_environment.py")
PROGRAMS: Mapping[tuple[str, str], Program] = {
    ("ini", "go"): GO,
    ("ini", "grafana"): GO,
    ("ini", "git"): Program("python3 {readers}/read_git.py", "s.K{}", "git"),
    ("dotenv", "shell"): SHELL,
    ("dotenv", "symfony"): SHELL,
    # systemd.exec(5): the same four letters follow a backslash in double quotes as in a shell, and nothing is expanded.
    ("dotenv", "systemd"): SHELL,
    ("properties", "java"): Program("java {readers}/Read.java", needs="java"),
    ("json", "flat"): Program("node {readers}/read.js", needs="node"),
    ("php", "php"): Program("php {readers}/read.php", "$K{}", "php"),
    ("ruby", "ruby"): Program("ruby -Ku {readers}/read.rb", "k{}", "ruby"),
    ("yaml", "erb"): Program("ruby -Ku {readers}/read_erb.rb", needs="ruby"),
}


def entries(name: str, dialect: str, key: str) -> list[Entry]:
    """All of the corpus that the format can write."""
    form = find_format(name, dialect)
    able: list[Entry] = []
    for value in corpus():
        entry: Entry = (key.format(len(able)), value)
        try:
            form.write([entry])
        except NotExpressible:
            continue
        able.append(entry)
    return able


@pytest.mark.parametrize("of", PROGRAMS, ids="-".join)
def test_the_program_reads_each_value_as_it_was(of: tuple[str, str], tmp_path: Path) -> None:
    program = PROGRAMS[of]
    why_not = program.why_not()
    if why_not:
        pytest.skip(why_not)
    form = find_format(*of)
    able = entries(*of, program.key)
    assert len(able) > 2 * len(PIECES)
    read = program.read(form.before + form.write(able), tmp_path)
    names = [key.lstrip("$").replace("k", "K") for key, _value in able]
    assert {
        value: read.get(name) for name, (_key, value) in zip(names, able, strict=True) if read.get(name) != value
    } == {}


# What stands in a file of others: comments, and each of our keys with a value that somebody gave it before.
THEIRS: Mapping[str, str] = {
    "ini": "; theirs\n[other]\nK1 = no key of ours\n[s]\n# note\nKEPT = kept\n{lines}\n[last]\na = b\n",
    "dotenv": "# theirs\nKEPT=kept\n{lines}LAST=y\n",
    "properties": "# theirs\n! note\nKEPT = kept\n{lines}LAST: y\n",
}


@pytest.mark.parametrize("of", [of for of in PROGRAMS if of[0] in THEIRS], ids="-".join)
def test_the_program_reads_our_keys_in_a_file_of_others(of: tuple[str, str], tmp_path: Path) -> None:
    program = PROGRAMS[of]
    why_not = program.why_not()
    if why_not:
        pytest.skip(why_not)
    able = entries(*of, program.key)
    names = [key for key, _value in able]
    there = "".join(f"{key.rpartition('.')[2]}=before\n" for key in names[::2])
    text = OwnKeys(*of, names).merged(THEIRS[of[0]].format(lines=there), find_format(*of).write(able))
    read = program.read(text, tmp_path)
    assert {value: read.get(key) for key, value in able if read.get(key) != value} == {}
    assert "kept" in read.values()
