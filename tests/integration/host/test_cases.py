# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Situations on a managed host, each a file in `cases`: what is there, what the role is run with, what comes of it.

A case has `situation` (a sentence), where wanted `needs` (root, chattr, unshare, programs), `variables` (laid over
those below), `play` (in place of the one with the role alone), and `steps`. A step is `shell`, which must end well, and
print `prints` where that is given; or `role`, the arguments of ansible-playbook, with `status` (0 where left out), and
what must be, or must not be, in its output: `says`, `says_not`. In all of them {root} is the folder that the role
writes below, {here} the one above it. With `inside` a step runs below a command, such as one that
makes a mount of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.playbooks import MANAGED_PYTHON, VAULT_PASSWORD, assert_no_secret
from tests.tools.tree import COLLECTIONS

pytestmark = pytest.mark.once

CASES = sorted((Path(__file__).parent / "cases").glob("*.yml"))
PASSWORD = "Example-Passw0rd/42"
VARIABLES: Mapping[str, object] = {
    "vault_smtp_password": PASSWORD,
    "email_settings": {
        "schema_version": 1,
        "smtp": {
            "host": "smtp.example.edu",
            "encryption": "starttls",
            "auth": {"username": "svc-mail", "password": "{{ vault_smtp_password }}"},
        },
        "sender": {"address": "noreply@example.edu"},
        "contacts": {"administrator": "ops@example.edu"},
    },
    "email_targets": [{"app": "postfix"}],
    "email_check": "never",
    "email_dest_root": "{{ playbook_dir }}/root",
}
PLAY = [{"hosts": "all", "gather_facts": False, "roles": ["appmail.settings.email"]}]


def missing(needs: list[str]) -> str | None:
    """What the case needs and this machine does not have."""
    for need in needs:
        if need == "root":
            if os.geteuid() != 0:
                return "only root can do that"
        elif shutil.which(need, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            return f"{need} is not installed"
    if "chattr" in needs and not flags_are_known():
        return "this file system knows no flags of files"
    if (
        "unshare" in needs
        and subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode
    ):
        return "no mount namespace can be made here"
    return None


def flags_are_known() -> bool:
    probe = Path(os.environ.get("TMPDIR", "/tmp")) / f"appmail-chattr-{os.getpid()}"
    probe.touch()
    try:
        return subprocess.run(["chattr", "+i", str(probe)], capture_output=True, check=False).returncode == 0
    finally:
        subprocess.run(["chattr", "-i", str(probe)], capture_output=True, check=False)
        probe.unlink()


class Host:
    """The folder of one case, and what is done in it."""

    def __init__(self, folder: Path, case: Mapping[str, Any]) -> None:
        self.folder = folder
        self.printed = ""
        (folder / "group_vars").mkdir()
        text = yaml.safe_dump({**VARIABLES, **case.get("variables", {})}).replace("{here}", str(folder))
        (folder / "group_vars" / "all.yml").write_text(text, encoding="utf-8")
        (folder / "play.yml").write_text(yaml.safe_dump(case.get("play", PLAY)), encoding="utf-8")

    def placed(self, text: str) -> str:
        return text.replace("{root}", str(self.folder / "root")).replace("{here}", str(self.folder))

    def run(self, command: list[str]) -> tuple[int, str]:
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "10000",
        }
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout

    def shell(self, step: Mapping[str, Any]) -> None:
        status, output = self.run(["sh", "-euc", self.placed(step["shell"])])
        assert status == 0, output
        if "prints" in step:
            assert output.strip() == self.placed(step["prints"]).strip()

    def role(self, step: Mapping[str, Any]) -> None:
        playbook = str(Path(sys.executable).parent / "ansible-playbook")
        command = [playbook, "play.yml", "-i", "localhost,", "-c", "local", "-vv"]
        command += ["-e", f"ansible_python_interpreter={MANAGED_PYTHON}", "--vault-password-file", str(VAULT_PASSWORD)]
        command += [self.placed(argument) for argument in step["role"]]
        inside = step.get("inside")
        if inside:
            command = ["sh", "-euc", self.placed(inside) + ' "$@"', "sh", *command]
        status, output = self.run(command)
        self.printed += output
        assert status == step.get("status", 0), output
        for text in step.get("says", []):
            assert self.placed(text) in output, output
        for text in step.get("says_not", []):
            assert self.placed(text) not in output, output


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(tmp_path: Path, path: Path) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    lack = missing(case.get("needs", []))
    if lack is not None:
        pytest.skip(lack)
    tmp_path.chmod(0o755)
    host = Host(tmp_path, case)
    try:
        for step in case["steps"]:
            host.shell(step) if "shell" in step else host.role(step)
    finally:
        host.run(["sh", "-c", host.placed(case.get("afterwards", "true"))])
    assert_no_secret(host.printed, PASSWORD)
