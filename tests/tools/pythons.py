# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Pythons does this machine have?

Run as a program with a version (`3.12`), it prints that interpreter's path, or nothing and exit status 1.
Runs on any Python from 3.8 on, for it is asked before there is a virtual environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# Every Python that may run a module on a managed host or the controller, oldest first.
VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")

# A virtual environment is answered for by the interpreter it was made with; a pyenv shim by the one it leads to.
_DESCRIBE = "import os, sys; print('%d.%d %s' % (sys.version_info[:2] + (os.path.realpath(sys.executable),)))"


def find_python(version: str) -> Path | None:
    """Find the real interpreter of a version such as `3.12`: first on PATH, then where pyenv keeps its own."""
    for candidate in _candidates(version):
        found = _real_interpreter(candidate, version)
        if found is not None:
            return found
    return None


def _candidates(version: str) -> list[Path]:
    folders = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    on_path = [folder / ("python" + version) for folder in folders]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    roots = [pyenv, *(folder.parent for folder in folders if folder.name == "shims")]
    kept = [
        path for root in roots for path in sorted(root.glob("versions/" + version + ".*/bin/python" + version))[::-1]
    ]
    # A shim may refuse a version that pyenv has, so pyenv's own interpreters are asked before it.
    return [path for path in [*kept, *on_path] if path.is_file() and os.access(path, os.X_OK)]


def _real_interpreter(path: Path, version: str) -> Path | None:
    answer = subprocess.run([str(path), "-c", _DESCRIBE], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        return None
    found, executable = answer.stdout.strip().split(" ", maxsplit=1)
    return Path(executable) if found == version else None


def main() -> int:
    found = find_python(sys.argv[1])
    if found is not None:
        print(found)
    return int(found is None)


if __name__ == "__main__":
    sys.exit(main())
