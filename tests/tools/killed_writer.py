# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write files in a process of their own, and die at a step, as on a power cut or by the kernel's out-of-memory killer.

As a program it has the writer loaded, and forks for each line `[STEP, FILES]` on standard input a process that writes
the files and ends by SIGKILL before the step of that number (from 1); it answers with how that process ended.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import (
    FileMapping,
    file_spec_from_mapping,
)
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import write_files


def killed_run(mappings: Sequence[FileMapping], number: int) -> int:
    """Write the files and die before the step of that `number`; the status as subprocess has it: negative is a signal.

    There are hundreds of such runs, so that the processes are forked from one: loading the writer takes far longer.
    """
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps([number, mappings]) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())


@functools.lru_cache(maxsize=1)
def _server() -> subprocess.Popen[str]:
    """It ends when its standard input does, which is when the tests' process has ended."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, __file__]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, universal_newlines=True
    )


def _write_until(mappings: Sequence[FileMapping], left: int) -> None:
    def die(_name: str, _path: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    files = [file_spec_from_mapping(mapping) for mapping in mappings]
    write_files(files, check_mode=False, backup=True, diff=True, _step=die)


def _forked(mappings: Sequence[FileMapping], number: int) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _write_until(mappings, number)
            status = 0
        finally:
            os._exit(status)
    status = os.waitpid(child, 0)[1]
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


# What the writer loads only where something is to be changed, which is in every process here.
LATE = ("locked_write", "masked_diff")


def main() -> None:
    room = write_files.__module__.rpartition(".")[0]
    for name in LATE:
        importlib.import_module(f"{room}.{name}")
    for line in sys.stdin:
        number, mappings = json.loads(line)
        sys.stdout.write(f"{_forked(mappings, number)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
