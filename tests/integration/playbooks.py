# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-playbook as a user would, and read what it prints."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.tools.tree import COLLECTIONS

# The Python of the managed host: an older one than the controller's where `make managed-host` says so.
MANAGED_PYTHON = os.environ.get("MANAGED_PYTHON") or sys.executable

VAULT_PASSWORD = Path(__file__).parent / "vault-password"


@dataclass(frozen=True)
class Run:
    """One run: its exit status, and everything that it printed."""

    status: int
    output: str

    def finding_lines(self) -> list[str]:
        """The lines below `email settings are not valid`, as they were printed for a person."""
        lines = iter(self.output.splitlines())
        found = []
        for line in lines:
            if "email settings are not valid:" in line and line.startswith("[ERROR]"):
                for below in lines:
                    if not below.startswith("  "):
                        break
                    found.append(below.strip())
                break
        return found

    def printed(self, marker: str) -> object:
        """What a task printed as `marker=JSON` through debug's msg."""
        decoder = json.JSONDecoder()
        quoted = self.output.split(f'"msg": "{marker}=', 1)[1]
        text, _end = decoder.raw_decode(f'"{quoted}')
        return json.loads(text)


def run_playbook(
    folder: Path, *arguments: str, playbook: str = "play.yml", environment: Mapping[str, str] | None = None
) -> Run:
    """Run a playbook in a folder against localhost, with the vault password of the tests."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), playbook]
    if "-i" not in arguments:
        command += ["-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={MANAGED_PYTHON}"]
    command += ["--vault-password-file", str(VAULT_PASSWORD), *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "10000",
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        },
    )
    return Run(done.returncode, done.stdout + done.stderr)


def forms_of(secret: str) -> Iterable[str]:
    """The forms in which a secret could get out: itself, base64 at each alignment, percent-encoded, as JSON."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield urllib.parse.quote(secret, safe="")
    for skipped in range(3):
        encoded = base64.b64encode(b"\0" * skipped + secret.encode()).decode()
        # The first and the last characters depend on what stands beside the secret.
        yield encoded[4 if skipped else 0 : -4]


def assert_no_secret(output: str, *secrets: str) -> None:
    """No form of any secret stands in the output."""
    for secret in secrets:
        for form in forms_of(secret):
            assert form not in output, f"a form of {secret!r} was printed"
