# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory with forty faults: where they are, and the same inventory with each of them mended.

Behind each fault stands `# fault PATH... | THE LINE AS IT SHOULD BE`. Lines that should follow stand behind `;;`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SEEDED = Path(__file__).parent / "seeded"
_FAULT = re.compile(r"^(?P<indent> *)(?P<wrong>.*?)  # fault (?P<paths>[^|]*) \| (?P<right>.*)$")


@dataclass(frozen=True, order=True)
class Fault:
    """One fault: its file below the inventory, its line, and the setting."""

    file: str
    line: int
    path: str


def faults() -> list[Fault]:
    """Every fault, by file and line."""
    return sorted(
        Fault(str(file.relative_to(SEEDED)), number, path)
        for file in _files()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (found := _FAULT.match(line))
        for path in found["paths"].split()
    )


def copy_seeded(folder: Path) -> Path:
    """The faulty inventory in a repository of its own; its folder, which is `mail` below the repository's top."""
    (folder / ".git").mkdir(parents=True)
    return Path(shutil.copytree(SEEDED, folder / "mail"))


def copy_mended(folder: Path) -> Path:
    """The inventory with every fault mended."""
    copied = copy_seeded(folder)
    for file in _files():
        lines = file.read_text(encoding="utf-8").splitlines()
        (copied / file.relative_to(SEEDED)).write_text("\n".join(_mended(lines)) + "\n", encoding="utf-8")
    return copied


def _files() -> list[Path]:
    return sorted(SEEDED.rglob("*.yml"))


def _mended(lines: list[str]) -> Iterator[str]:
    in_vault = False
    for line in lines:
        if in_vault and line.startswith("          "):
            continue
        found = _FAULT.match(line)
        in_vault = found is not None and found["wrong"].endswith("!vault |")
        if found is None:
            yield line
            continue
        first, *following = found["right"].split(" ;; ")
        yield found["indent"] + first
        # What follows the first line of a list's entry stands below its first key.
        deeper = "  " if first.startswith("- ") else ""
        yield from (found["indent"] + deeper + more for more in following)
