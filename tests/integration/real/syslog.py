# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder in the place of /dev for a server that writes its log there, at /dev/log (syslog(3)), and what it wrote."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.integration.real.daemons import Log

_DEVICES = ("null", "zero", "random", "urandom", "tty")
# "<priority>Mmm dd hh:mm:ss ", which syslog(3) writes before each line
_STAMP = re.compile(rb"^<\d+>(?:\w{3} [ \d]\d \d\d:\d\d:\d\d )?")


@dataclass(frozen=True)
class Syslog:
    """The log as a file, and the folders and files that a server has to see, by where they belong, in their order."""

    log: Log
    mounts: dict[str, Path]


@contextlib.contextmanager
def syslog(folder: Path) -> Iterator[Syslog]:
    """Write down what arrives at /dev/log of a server that sees these mounts, a line each."""
    ours, theirs = folder / "dev", folder / "dev-of-the-system"
    ours.mkdir(mode=0o755)
    theirs.mkdir()
    for name in _DEVICES:
        (ours / name).touch()
    log = Log(folder / "syslog")
    log.path.touch()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(ours / "log"))
        (ours / "log").chmod(0o666)
        writer = threading.Thread(target=_write_down, args=(heard, log.path))
        writer.start()
        devices = {f"/dev/{name}": theirs / name for name in _DEVICES}
        try:
            yield Syslog(log, {str(theirs): Path("/dev"), "/dev": ours, **devices})
        finally:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"", str(ours / "log"))
            writer.join()


def _write_down(heard: socket.socket, path: Path) -> None:
    """Every message until an empty one."""
    with path.open("ab", buffering=0) as log:
        while message := heard.recv(65536):
            log.write(_STAMP.sub(b"", message).rstrip(b"\0\n").replace(b"\n", b"\\n") + b"\n")
