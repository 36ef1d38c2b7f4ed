# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Files of variables that Ansible passes over, because another file or folder of the same name is read in their place.

Of `group_vars/prod`, `prod.yml`, `prod.yaml` and `prod.json` it reads the first that is there, be that an empty folder
(ansible-core, DataLoader.find_vars_files; https://github.com/ansible/ansible/issues/81182).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .variables import known_variables

# In the order that Ansible looks for them.
_ENDINGS = ("", ".yml", ".yaml", ".json")
_FOLDERS = ("group_vars", "host_vars")
# At the outermost level: in YAML at the beginning of a line, in JSON in quotes.
_SET = re.compile(r"""^(?:\s*["'])?(email_[a-z0-9_]+)["']?\s*:""")


@dataclass(frozen=True)
class Shadowed:
    """A variable of ours in a file that is not read, with its line, and what is read in its place."""

    variable: str
    file: Path
    line: int
    read: Path

    @property
    def message(self) -> str:
        """Why it has no effect, and what to do."""
        kind, cure = ("folder", "move the file into it") if self.read.is_dir() else ("file", "make one file of both")
        return f"is not read: Ansible reads the {kind} {self.read.name} beside this file in its place; {cure}"


def shadowed_variables(folders: Iterable[Path]) -> list[Shadowed]:
    """Our variables in the files below `group_vars` and `host_vars` of the folders that Ansible passes over."""
    known = dict.fromkeys(folder.resolve() / name for folder in folders for name in _FOLDERS)
    return [found for folder in known for file, read in _passed_over(folder) for found in _ours(file, read)]


def _passed_over(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Each file that is not read, and what is read in its place."""
    try:
        names = {entry.name for entry in folder.iterdir()}
    except OSError:
        return
    for name in sorted(
        {name.removesuffix(ending) for name in names for ending in _ENDINGS[1:] if name.endswith(ending)}
    ):
        there = [f"{name}{ending}" for ending in _ENDINGS if f"{name}{ending}" in names]
        yield from ((folder / passed, folder / there[0]) for passed in there[1:])


def _ours(file: Path, read: Path) -> Sequence[Shadowed]:
    """The variables of ours that stand at a file's outermost level; none where it cannot be read, as in a vault."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    told = [(number, _SET.match(line)) for number, line in enumerate(lines, 1)]
    return [Shadowed(set_[1], file, number, read) for number, set_ in told if set_ and set_[1] in known_variables()]
