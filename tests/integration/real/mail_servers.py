# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that `make mail-servers` unpacks: where they are, and how they are run as if they were installed.

They have names of users built in, and OpenSMTPD its folders too. In a mount namespace of its own each finds there what
it wants, and the system stays as it is.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.real.certificates import Certificate, Certificates
from tests.integration.real.daemons import Server, trying_again
from tests.tools.mail_servers import FOLDER

# Pairs of "what" and "where" up to `--`, then the command.
_BIND = 'while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done; shift; exec "$@"'


@dataclass(frozen=True)
class User:
    """A user that a program knows by name, with a group of the same name and number."""

    name: str
    number: int
    home: str = "/nonexistent"


def why_not(server: str) -> str | None:
    """Say why an unpacked server cannot be started here, or nothing."""
    if not (FOLDER / server).exists():
        return f"{server} is not unpacked (make mail-servers, on Debian or Ubuntu)"
    if os.geteuid() != 0:
        return f"{server} can only be started by root"
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True, check=False)
    return f"{server} needs mounts of its own: {tried.stderr.strip()}" if tried.returncode else None


@contextlib.contextmanager
def started(reason: str | None, start: Callable[[], AbstractContextManager[Server]]) -> Iterator[Server]:
    """A server that runs for a module's tests, which are skipped where there is a reason not to start it."""
    if reason is not None:
        pytest.skip(reason)
    with trying_again(start) as running:
        yield running


def seeing(mounts: Mapping[str, Path], server: str, command: list[str]) -> list[str]:
    """The command that runs `command` with these files and folders mounted in the places named."""
    libraries = os.pathsep.join(str(folder) for folder in sorted(FOLDER.joinpath(server).glob("usr/lib/*-linux-*")))
    pairs = [part for where, what in mounts.items() for part in (str(what), where)]
    with_libraries = ["env", f"LD_LIBRARY_PATH={libraries}", *command] if libraries else command
    return ["unshare", "--mount", "--", "sh", "-euc", _BIND, "sh", *pairs, "--", *with_libraries]


def with_users(folder: Path, users: tuple[User, ...]) -> dict[str, Path]:
    """The system's users and groups and these, as files in `folder`, by where they belong."""
    added = {
        "/etc/passwd": [
            f"{user.name}:x:{user.number}:{user.number}::{user.home}:/usr/sbin/nologin\n" for user in users
        ],
        "/etc/group": [f"{user.name}:x:{user.number}:\n" for user in users],
    }
    for where, lines in added.items():
        # Before those that are there: a system with such a user has it under another number.
        (folder / Path(where).name).write_text("".join(lines) + Path(where).read_text(encoding="utf-8"), "utf-8")
    return {where: folder / Path(where).name for where in added}


def certificate(certificates: Certificates, service: str) -> Certificate:
    """The certificate of the service's name, or the good one."""
    own = getattr(certificates, service, None)
    return own if isinstance(own, Certificate) else certificates.good


def copied(source: Certificate, folder: Path, owner: int) -> Certificate:
    """A certificate and its key where a user other than root can read them."""
    copy = Certificate(folder / source.chain.name, folder / source.key.name)
    for original, path in ((source.chain, copy.chain), (source.key, copy.key)):
        shutil.copy(original, path)
        os.chown(path, owner, -1)
    return copy
