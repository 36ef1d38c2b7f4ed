# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a proof needs installed, in folders of its own under build/: Debian's packages unpacked, Python's and Node's.

Nothing outside of the folder is written, and what is there is not fetched again. `NotInstalled` says what could not be
had, in the words of the tool that was asked.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.applications.proof import Proof
from tests.applications.world import merge
from tests.tools.mail_servers import NotUnpacked, Server, unpack

FOLDER = Path(__file__).resolve().parents[2] / "build" / "applications"
# The variables by which a proof in its machine finds its libraries.
PYTHON, NODE = "PROOF_PYTHON", "PROOF_NODE"


class NotInstalled(Exception):
    """Something that a proof needs could not be had."""


def install(proof: Proof) -> dict[str, str]:
    """Fetch what is missing; the environment in which the proof finds it. `unpacked` tells where the packages are."""
    if proof.pip:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]
        _fetch(proof.app, "python", command, proof.pip)
    if proof.npm:
        command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix"]
        _fetch(proof.app, "node", command, proof.npm)
    folders = {PYTHON: FOLDER / proof.app / "python", NODE: FOLDER / proof.app / "node" / "node_modules"}
    return {name: str(folder) for name, folder in folders.items() if folder.is_dir()}


def unpacked(proof: Proof) -> Path | None:
    """Where the proof's packages of Debian lie unpacked; None if the system has them all, or it needs none."""
    if all(_is_installed(package) for package in proof.packages):
        return None
    folder = FOLDER / proof.app / "debian"
    _only_if(folder, proof.packages)
    if not folder.exists():
        first, *others = proof.packages
        try:
            unpack(Server(first, beside=tuple(others), alone=proof.alone), folder)
        except NotUnpacked as error:
            raise NotInstalled(str(error)) from None
        merge(folder)
    return folder


def packaged_version(package: str) -> str:
    """A package's version without the distribution's own part, as the first line of its changelog has it."""
    with gzip.open(f"/usr/share/doc/{package}/changelog.Debian.gz", "rt", encoding="utf-8") as changelog:
        (version,) = re.findall(r"^\S+ \((?:\d+:)?([^-)]+)", changelog.readline())
    return str(version)


def python_environment() -> dict[str, str]:
    """The environment of a program in Python that finds the proof's packages."""
    return {**os.environ, "PYTHONPATH": os.environ.get(PYTHON, "")}


def node_environment() -> dict[str, str]:
    """The environment of a program in Node that finds the proof's packages, and trusts whom the system trusts."""
    return {**os.environ, "NODE_PATH": os.environ.get(NODE, ""), "NODE_OPTIONS": "--use-openssl-ca"}


def _is_installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    command = ["dpkg-query", "-W", "-f", "${Status}", package]
    return "ok installed" in subprocess.run(command, capture_output=True, check=False, text=True).stdout


def _only_if(folder: Path, wanted: Sequence[str]) -> None:
    """Throw a folder away that was made of other packages than are wanted today."""
    said, words = folder.with_suffix(".wanted"), " ".join(wanted)
    if folder.exists() and (not said.exists() or said.read_text(encoding="utf-8") != words):
        shutil.rmtree(folder)
    said.parent.mkdir(parents=True, exist_ok=True)
    said.write_text(words, encoding="utf-8")


def _fetch(app: str, kind: str, command: Sequence[str], wanted: Sequence[str]) -> None:
    """Install into a folder that gets its name when all of it is there."""
    folder = FOLDER / app / kind
    _only_if(folder, wanted)
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        try:
            subprocess.run([*command, made, *wanted], capture_output=True, check=True, text=True)
        except FileNotFoundError:
            raise NotInstalled(f"{command[0]} is not installed") from None
        except subprocess.CalledProcessError as failure:
            raise NotInstalled(f"{command[0]}: {failure.stderr.strip()[-300:]}") from None
        shutil.copytree(made, folder, symlinks=True)
