# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The small programs that read and send for the proofs, in the application's own language and with its libraries."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.installed import node_environment, python_environment
from tests.applications.world import SYSTEM_CA_FILE

HERE = Path(__file__).parent
READERS, SENDERS = HERE / "readers", HERE / "senders"
PYTHON = sys.executable
_PATIENCE = 60  # seconds; only a program that hangs needs as long


def environment() -> dict[str, str]:
    """Python and Node find the proof's packages, and OpenSSL whom the system trusts, wherever it is built in."""
    return {**node_environment(), **python_environment(), "SSL_CERT_FILE": str(SYSTEM_CA_FILE)}


def said(command: Sequence[str | Path]) -> str:
    """What a program prints; one that fails raises with what it says of that."""
    done = _run(command)
    assert done.returncode == 0, done.stderr[-500:] + done.stdout[-500:]
    return done.stdout


def read(command: Sequence[str | Path]) -> dict[str, JSON]:
    """The JSON that a program prints."""
    values: dict[str, JSON] = json.loads(said(command))
    return values


def package_version(name: str) -> str:
    """The version of a package of Debian that is installed or can be had, without what Debian adds to it."""
    policy = said(["apt-cache", "policy", name])
    return re.search(r"Candidate: (?:\d+:)?([0-9.]+)", policy)[1]  # type: ignore[index]


def failure(command: Sequence[str | Path]) -> str | None:
    """Send by a program; what it says if it could not."""
    done = _run(command)
    return None if done.returncode == 0 else f"status {done.returncode}: {done.stderr}{done.stdout}"


def _run(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=_PATIENCE,
    )
