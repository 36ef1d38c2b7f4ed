# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small programs in Go that read and send for the proofs, compiled with the libraries of Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.applications.programs import SENDERS


def why_not() -> str | None:
    """Say why no Go can be compiled here, or nothing."""
    return None if shutil.which("go") else "golang-go is not installed"


@cache
def program(name: str, folder: Path = SENDERS) -> Path:
    """A program of `senders`, or of another folder, compiled."""
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": "/run/go"}
    compiled = Path("/run") / name
    subprocess.run(["go", "build", "-o", str(compiled), str(folder / f"{name}.go")], env=environment, check=True)
    return compiled
