# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Run a program of the host: within a time, without our environment, and with all that it started ended with it."""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING, Callable, Iterator, Sequence

from .descendants import descendants_ended

# Programs stand where a service account's PATH doesn't look.
_FOLDERS_OF_TOOLS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
READ_AT_MOST = 64 * 1024
_POLL_SECONDS = 0.01


def find_program(name: str) -> str | None:
    """The path of a program; None where it is not installed."""
    return shutil.which(name, path=_search_path())


def _search_path() -> str:
    own = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(folder)]
    return os.pathsep.join(own + [folder for folder in _FOLDERS_OF_TOOLS if folder not in own])


def run_program(
    command: Sequence[str], folder: str, timeout: float, data: bytes | None = None, user: str | None = None
) -> tuple[int | None, str]:
    """The exit status (None: stopped at the deadline) and the beginning of what the command wrote.

    `folder` is where it runs, its home, and where its temporary files go, so that whatever it leaves goes with the
    folder; `data` is what it reads from its standard input, nothing where that is None; `user` is who runs it, where we
    are root. Raises OSError, also for a user that there is not.
    """
    environment = {"PATH": _search_path(), "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder}
    deadline = time.monotonic() + timeout
    with _standard_input(data, folder) as given, descendants_ended(), _Program(
        command,
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=folder,
        start_new_session=True,
        preexec_fn=None if user is None or os.geteuid() != 0 else _becoming(user),
    ) as program:
        try:
            output, closed = _listen(program.stdout, deadline)
            ended = closed and program.ends_before(deadline)
        finally:
            program.end_group()
        status = program.wait()
    return status if ended else None, output.decode("utf-8", "replace")


def _becoming(user: str) -> Callable[[], None]:
    """What makes a new process this user's. Popen's own way to do so came with Python 3.9."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise OSError(errno.ENOENT, f"there is no user {user}") from None

    def become() -> None:
        os.setgid(entry.pw_gid)
        os.initgroups(entry.pw_name, entry.pw_gid)
        os.setuid(entry.pw_uid)

    return become


@contextlib.contextmanager
def _standard_input(data: bytes | None, folder: str) -> Iterator[int | IO[bytes]]:
    """What a program reads; a file that has no name, so that no program that does not read it is waited for."""
    if data is None:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(data)
        file.seek(0)
        yield file


if TYPE_CHECKING:
    _Popen = subprocess.Popen[bytes]
else:
    _Popen = subprocess.Popen


class _Program(_Popen):
    """A program in a session of its own, so that what it started ends with it.

    AnsibleModule.run_command knows neither a deadline nor an environment without our own, and cannot end a group.
    """

    def ends_before(self, deadline: float) -> bool:
        """Whether it ended; its number stays its own until `wait`, so that no signal meets somebody else."""
        while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def end_group(self) -> None:
        """End it and all of its session that stayed there."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def _listen(pipe: IO[bytes] | None, deadline: float) -> tuple[bytes, bool]:
    """The beginning of what comes through the pipe, and whether the pipe was closed before the deadline."""
    output = b""
    with selectors.DefaultSelector() as selector:
        if pipe is not None:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map() and time.monotonic() < deadline:
            for key, _events in selector.select(deadline - time.monotonic()):
                piece = os.read(key.fd, READ_AT_MOST)
                output += piece[: READ_AT_MOST - len(output)]
                if not piece:
                    selector.unregister(key.fileobj)
        return output, not selector.get_map()
