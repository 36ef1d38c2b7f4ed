# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories as users have them: files, vaulted values, commits."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ansible.parsing.vault import VaultLib, VaultSecret

from tests.integration.playbooks import VAULT_PASSWORD

VAULT = VaultLib([("default", VaultSecret(VAULT_PASSWORD.read_bytes().strip()))])
STRANGE_VAULT = VaultLib([("default", VaultSecret(b"nobody knows it"))])


def encrypted(text: str, vault: VaultLib = VAULT) -> str:
    """A text as a vault holds it."""
    return str(vault.encrypt(text).decode())


def vaulted(secret: str, vault: VaultLib = VAULT) -> str:
    """A text as a vaulted scalar."""
    return "!vault |\n  " + encrypted(secret, vault).strip().replace("\n", "\n  ")


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=test", "-c", "user.email=test@example.edu", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path, message: str = "Change") -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
