# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the collection is at home: galaxy.yml says it, and this writes another address into every file that repeats it.

python3 -m tests.tools.address https://github.com/OWNER/REPOSITORY
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.tools.tree import ROOT

HOST = "https://github.com/"
ADDRESS = re.compile(rf"{re.escape(HOST)}[\w.-]+/[\w.-]+")


def repository(root: Path = ROOT) -> str:
    """The address in galaxy.yml."""
    match = re.search(r"^repository: (\S+)$", (root / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise SystemExit("galaxy.yml has no repository")
    return match[1]


def texts(root: Path = ROOT) -> dict[Path, str]:
    """Every text that git knows or would know."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    found = {}
    for file in (root / name for name in names if name):
        try:
            found[file] = file.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    return found


def replaced(text: str, old: str, new: str) -> str:
    """A text with the new address, and `OWNER/REPOSITORY` where links.yml has that alone."""
    owner_and_name = old.removeprefix(HOST)
    pattern = re.compile(rf"(?<![\w/.-])((?:{re.escape(HOST)})?){re.escape(owner_and_name)}(?![\w-])")
    return pattern.sub(rf"\g<1>{new.removeprefix(HOST)}", text)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not ADDRESS.fullmatch(arguments[0]):
        print(__doc__, file=sys.stderr)
        return 2
    old = repository()
    for file, text in texts().items():
        new = replaced(text, old, arguments[0])
        if new != text:
            # Bytes as they are: no line end is turned into another.
            file.write_bytes(new.encode())
            print(file.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
