# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What stands around a module call: the process that Ansible forks, and a module that gave no answer."""

from __future__ import annotations

import gc
import re
from collections.abc import Mapping


def keep_what_is_loaded() -> None:
    """Spare forks the search for garbage in what lives as long as the run.

    A fork that looks through it copies its pages, and takes half as long again to pack a module
    (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.freeze()


# What a shell ends with where there is no such command (POSIX, Shell Command Language, 2.8.2).
_NOT_FOUND = 127


def why_no_answer(done: Mapping[str, object], interpreter: str | None) -> str:
    """Why the module gave no answer, in one sentence. `interpreter` is the Python that was tried, as a shebang.

    What Python printed is left out: it can hold lines of the program that Ansible sent, and with them the payload.
    """
    printed = str(done.get("module_stderr", "")) + str(done.get("module_stdout", ""))
    if "SyntaxError" in printed or "minimum of Python version" in printed:
        return (
            "the Python of this host is too old: Python 3.8 or newer is needed there (see ansible_python_interpreter)"
        )
    if done.get("rc") == _NOT_FOUND:
        tried = f" at {interpreter.lstrip('#!')}" if interpreter else ""
        return f"the Python of this host was not found{tried}: name it in ansible_python_interpreter"
    error = re.search(r"^([A-Z]\w*(?:Error|Exception|Exit|Interrupt))\b", printed, re.MULTILINE)
    cause = f" ({error.group(1)})" if error else ""
    return f"the module ended on this host without an answer{cause}, exit status {done.get('rc')}"
