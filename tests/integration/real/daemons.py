# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the real servers share here: a folder that their own users can enter, ports, a log, a start and an end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

Server = TypeVar("Server")

PATIENCE = 30.0  # seconds; only a broken daemon needs as long


class DaemonError(Exception):
    """A real server could not be started or did not do what it always does; the sentence has its own words."""


class PortTaken(DaemonError):
    """Another process was quicker to take a port that was free a moment ago."""


@dataclass(frozen=True)
class Tally:
    """What a server's own log says that it saw."""

    connections: int
    logins: int
    failed_logins: int


@dataclass(frozen=True)
class Log:
    """A daemon's log file, read from a place that was marked before something happened."""

    path: Path

    def mark(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def since(self, mark: int) -> str:
        with self.path.open(encoding="utf-8", errors="replace") as log:
            log.seek(mark)
            return log.read()


def wait_until(what: str, condition: Callable[[], bool]) -> None:
    """Wait for another process, as shortly as it takes."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise DaemonError(f"waited {PATIENCE:g} s in vain: {what}")
        time.sleep(0.01)


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Choose ports that nobody listens on; all are held until all are found, so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _place in range(count)]
        for each in sockets:
            each.bind((host, 0))
        return [int(each.getsockname()[1]) for each in sockets]


def listens(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def all_listen(ports: Mapping[str, int], host: str = "127.0.0.1") -> bool:
    """Whether every service does, by its port."""
    return all(listens(host, port) for port in ports.values())


@contextlib.contextmanager
def trying_again(start: Callable[[], AbstractContextManager[Server]], attempts: int = 3) -> Iterator[Server]:
    """Start a server, again with other ports if one of its own was taken meanwhile."""
    for left in reversed(range(attempts)):
        with contextlib.ExitStack() as stack:
            try:
                server = stack.enter_context(start())
            except PortTaken:
                if not left:
                    raise
                continue
            yield server
            return


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A new folder that every user may enter, with a short name: sockets in it have room for 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix="appmail-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(command: list[str], log: Log, ready: Callable[[], bool], *, logs_to_output: bool = False) -> Iterator[None]:
    """Run a daemon in the foreground, in a process group of its own, until the block ends."""
    with contextlib.ExitStack() as stack:
        output: int | IO[bytes] = stack.enter_context(log.path.open("ab")) if logs_to_output else subprocess.PIPE
        process = stack.enter_context(
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        )
        try:
            wait_until(f"{command[0]} to start", lambda: process.poll() is not None or ready())
            if process.poll() is not None:
                said = process.stdout.read().decode(errors="replace") if process.stdout else ""
                said += log.since(0) if log.path.exists() else ""
                kind = PortTaken if "already in use" in said else DaemonError
                raise kind(f"{command[0]} ended with status {process.returncode}: {said}")
            yield
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a daemon and wait for its children too, which may still write into its folder."""

    def ended() -> bool:
        return process.poll() is not None and not has_members(process.pid)

    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            wait_until("all of a daemon to end", ended)
        except DaemonError:
            os.killpg(process.pid, signal.SIGKILL)
            wait_until("all of a daemon to end that was killed", ended)


def has_members(group: int) -> bool:
    """Whether a process group has a process that is alive; a dead one may stay for long until init takes note of it."""
    for process in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # ended meanwhile
            # After the name, which may have spaces and brackets in it (proc(5)).
            state, _parent, its_group = process.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if its_group == str(group) and state != "Z":
                return True
    return False
