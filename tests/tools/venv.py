# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a virtual environment and install what a requirements file names.

    python3 -m tests.tools.venv FOLDER REQUIREMENTS [--python INTERPRETER] [--core ==2.20.*] [--with PACKAGE]

Runs on any Python from 3.8 on and looks for one that ansible-core 2.19 can use. A sound environment is kept.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.tools.pythons import VERSIONS, find_python

OLDEST = (3, 11)
REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"


class UnusableError(Exception):
    """No environment can be made; the sentence says why and what helps."""


def controller_python(wanted: str | None) -> str:
    """Choose the interpreter: the one asked for, the one that runs this, or the newest there is."""
    if wanted:
        if not _succeeds(wanted, "import sys; sys.exit(sys.version_info < (3, 11))"):
            raise UnusableError(
                f"{wanted} is no Python 3.11 or newer, which ansible-core 2.19 needs on the controller."
            )
        return wanted
    if sys.version_info >= OLDEST:
        return sys.executable
    for version in reversed([name for name in VERSIONS if tuple(map(int, name.split("."))) >= OLDEST]):
        found = find_python(version)
        if found is not None:
            return str(found)
    mine = "{}.{}".format(*sys.version_info)
    raise UnusableError(
        f"Python 3.11 or newer is needed on the controller, and only {mine} was found. "
        "Install one, or name it: make PYTHON=/path/to/python3.12"
    )


def make_environment(folder: Path, wanted: str | None) -> Path:
    """Make the environment unless a sound one is there; answer its interpreter."""
    python = folder / "bin" / "python"
    if python.exists() and _succeeds(str(python), "import sys, pip; sys.exit(sys.version_info < (3, 11))"):
        return python
    base = controller_python(wanted)
    if not _succeeds(base, "import venv, ensurepip"):
        raise UnusableError(f"{base} cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv")
    subprocess.run([base, "-m", "venv", "--clear", str(folder)], check=True)
    return python


def install(python: Path, requirements: str, core: str | None, extra: list[str]) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
    command += [f"ansible-core{core}"] if core else ["-r", str(REQUIREMENTS / "core.txt")]
    # A fault of the package index for a moment must not cost the whole run.
    subprocess.run([*command, "--retries", "5", *extra], check=True)


def _succeeds(python: str, code: str) -> bool:
    try:
        return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("requirements")
    parser.add_argument("--python")
    parser.add_argument("--core")
    parser.add_argument("--with", dest="extra", action="append", default=[])
    options = parser.parse_args()
    # What a user's shell says of other Pythons must not leak into this one.
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        os.environ.pop(name, None)
    try:
        python = make_environment(options.folder, options.python)
        install(python, options.requirements, options.core, options.extra)
    except UnusableError as fault:
        print(fault, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as fault:
        print(f"The virtual environment {options.folder} could not be made: see above.", file=sys.stderr)
        return fault.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
