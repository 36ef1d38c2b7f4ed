# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a virtual environment and install what requirements files name.

    python3 -m tests.tools.venv FOLDER REQUIREMENTS... [--python INTERPRETER] [--core ==2.20.*] [--managed-host]

Runs on any Python from 3.8 on and looks for one that is new enough. A sound environment is kept.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.tools.pythons import VERSIONS, find_python

OLDEST_CONTROLLER = "3.11"
OLDEST_MANAGED_HOST = "3.8"


class UnusableError(Exception):
    """No environment can be made; the sentence says why and what helps."""


def choose_python(wanted: str | None, oldest: str) -> str:
    """Choose the interpreter: the one asked for, the one that runs this, or the newest there is."""
    if wanted:
        if not _is_at_least(wanted, oldest):
            raise UnusableError(f"{wanted} is no Python {oldest} or newer, which is needed here.")
        return wanted
    if _is_at_least(sys.executable, oldest):
        return sys.executable
    for version in reversed(VERSIONS):
        found = find_python(version)
        if found is not None and _is_at_least(str(found), oldest):
            return str(found)
    mine = "{}.{}".format(*sys.version_info)
    raise UnusableError(
        f"Python {oldest} or newer is needed, and python3 is {mine}. "
        "Install a newer one, or name it: make PYTHON=/path/to/python3.12 ..."
    )


def make_environment(folder: Path, wanted: str | None, oldest: str) -> Path:
    """Make the environment unless a sound one is there; answer its interpreter."""
    python = folder / "bin" / "python"
    if _is_at_least(str(python), oldest) and _succeeds(str(python), "import pip"):
        return python
    base = choose_python(wanted, oldest)
    if not _succeeds(base, "import venv, ensurepip"):
        raise UnusableError(f"{base} cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv")
    subprocess.run([base, "-m", "venv", "--clear", str(folder)], check=True)
    return python


def install(python: Path, requirements: list[str], packages: list[str]) -> None:
    # A fault of the package index for a moment must not cost the whole run.
    command = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--retries", "5"]
    parts = [*(["-r", file] for file in requirements), *([package] for package in packages)]
    for number, part in enumerate(parts, 1):
        print(f"  {number} of {len(parts)}: {part[-1]}", end="", flush=True)
        began = time.monotonic()
        subprocess.run([*command, *part], check=True)
        print(f", {time.monotonic() - began:.0f} s", flush=True)


def _is_at_least(python: str, oldest: str) -> bool:
    major, minor = oldest.split(".")
    return _succeeds(python, f"import sys; sys.exit(sys.version_info < ({major}, {minor}))")


def _succeeds(python: str, code: str) -> bool:
    try:
        return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("requirements", nargs="+")
    parser.add_argument("--python", help="the interpreter to make it with")
    parser.add_argument("--core", help="another version of ansible-core than requirements/core.txt names")
    parser.add_argument("--managed-host", action="store_true", help="for the managed hosts' half: no ansible-core")
    options = parser.parse_args()
    # What a user's shell says of other Pythons must not leak into this one.
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        os.environ.pop(name, None)
    requirements, packages = list(options.requirements), []
    if options.core:
        packages.append("ansible-core" + options.core)
    elif not options.managed_host:
        requirements.append("requirements/core.txt")
    try:
        oldest = OLDEST_MANAGED_HOST if options.managed_host else OLDEST_CONTROLLER
        install(make_environment(options.folder, options.python, oldest), requirements, packages)
    except UnusableError as fault:
        print(fault, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as fault:
        print(f"The virtual environment {options.folder} could not be made: see above.", file=sys.stderr)
        return fault.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
