# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Run an application's own parser on a staged file, before the file goes into place."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from typing import IO, TYPE_CHECKING, Sequence

from ansible_collections.appmail.settings.plugins.module_utils._secrets.file_secrets import Secrets

from .descendants import descendants_ended
from .file_spec import Verify

# Parsers stand where a service account's PATH doesn't look.
_FOLDERS_OF_TOOLS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_READ_AT_MOST = 64 * 1024
_SHOWN_AT_MOST = 2000
_POLL_SECONDS = 0.01


class VerifyError(Exception):
    """The verifier refused the file; the text is a clause that says what it said, without secrets."""


def run_verifier(verify: Verify, staged: str, destination: str, secrets: Secrets) -> str | None:
    """None when the staged file was verified, else a clause saying why it could not be; VerifyError if it is bad."""
    folder = os.path.dirname(staged)
    places = {"{file}": staged, "{dir}": folder, "{dest}": destination}
    command = [re.sub(r"\{(?:file|dir|dest)\}", lambda match: places[match.group()], part) for part in verify.command]
    path = _search_path()
    program = shutil.which(command[0], path=path) if command else None
    if program is None:
        name = command[0] if command else "an empty command"
        return f"{name} is not installed on this host"
    # A home and a place for temporary files of its own: whatever it leaves goes when the staging folder goes.
    environment = {"PATH": path, "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder}
    try:
        status, output = _run([program, *command[1:]], environment, folder, verify.timeout)
    except OSError as error:
        raise VerifyError(f"{program} could not be started: {error.strerror}") from error
    quote = _quoted(output.replace(staged, destination).replace(folder, os.path.dirname(destination)), secrets)
    cure = f"; {verify.hint}" if verify.hint else ""
    if status is None:
        raise VerifyError(f"{program} did not end within {verify.timeout:g} s and was stopped{quote}")
    if status != 0:
        raise VerifyError(f"{program} refused it ({_ending(status)}){quote}{cure}")
    if verify.fails_on is not None and re.search(verify.fails_on, output, re.MULTILINE):
        raise VerifyError(f"{program} reported a fault (its output has {verify.fails_on!r}){quote}{cure}")
    return None


def output_of(command: Sequence[str], staged: str, timeout: float) -> str | None:
    """What a command prints of a staged file; None where it is not installed, fails, or does not end in time."""
    folder = os.path.dirname(staged)
    path = _search_path()
    program = shutil.which(command[0], path=path)
    if program is None:
        return None
    places = {"{file}": staged, "{dir}": folder, "{dest}": staged}
    words = [re.sub(r"\{(?:file|dir|dest)\}", lambda match: places[match.group()], part) for part in command[1:]]
    environment = {"PATH": path, "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder}
    with contextlib.suppress(OSError):
        status, output = _run([program, *words], environment, folder, timeout)
        return output if status == 0 else None
    return None


def _search_path() -> str:
    own = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(folder)]
    return os.pathsep.join(own + [folder for folder in _FOLDERS_OF_TOOLS if folder not in own])


def _ending(status: int) -> str:
    return f"exit status {status}" if status > 0 else f"ended by signal {-status}"


def _quoted(output: str, secrets: Secrets) -> str:
    text = secrets.removed_from(output, is_cut=len(output) >= _READ_AT_MOST).strip()
    if not text:
        return ", and said nothing"
    return ": " + (text if len(text) <= _SHOWN_AT_MOST else text[:_SHOWN_AT_MOST] + " [...]")


def _run(command: Sequence[str], environment: dict[str, str], folder: str, timeout: float) -> tuple[int | None, str]:
    """The exit status (None: stopped at the deadline) and the beginning of what the command wrote."""
    deadline = time.monotonic() + timeout
    with descendants_ended(), _Program(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=folder,
        start_new_session=True,
    ) as program:
        try:
            output, closed = _listen(program.stdout, deadline)
            ended = closed and program.ends_before(deadline)
        finally:
            program.end_group()
        status = program.wait()
    return status if ended else None, output.decode("utf-8", "replace")


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
                piece = os.read(key.fd, _READ_AT_MOST)
                output += piece[: _READ_AT_MOST - len(output)]
                if not piece:
                    selector.unregister(key.fileobj)
        return output, not selector.get_map()
