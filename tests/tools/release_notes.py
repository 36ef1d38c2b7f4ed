# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the release notes of galaxy.yml's version will say, of the fragments, without releasing anything.

python -m tests.tools.release_notes FILE
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from tests.tools.archive import ArchiveError, copy_sources, run
from tests.tools.tree import ROOT

CHANGELOG = str(Path(sys.executable).parent / "antsibull-changelog")


def notes(root: Path) -> str:
    """The changelog as the release would write it; raises ArchiveError with what antsibull-changelog said."""
    with tempfile.TemporaryDirectory() as made:
        copy = Path(made) / "ansible_collections" / "appmail" / "settings"
        copy_sources(root, copy)
        run([CHANGELOG, "lint"], copy)
        # Without a fragment nothing waits, and the changelog is what it is.
        if list((copy / "changelogs/fragments").glob("*.yml")):
            run([CHANGELOG, "release"], copy)
        return (copy / "CHANGELOG.md").read_text(encoding="utf-8")


def main(arguments: list[str]) -> int:
    file = Path(arguments[0])
    try:
        text = notes(ROOT)
    except ArchiveError as fault:
        print(fault, file=sys.stderr)
        return 1
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    print(f"{file}: {len(re.findall('^[*] ', text, re.MULTILINE))} notes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
