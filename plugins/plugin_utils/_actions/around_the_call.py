# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What stands around a module call: the process that Ansible forks, and a module that gave no answer."""

from __future__ import annotations

import gc
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._bundle.bundle import TOO_OLD
from ansible_collections.appmail.settings.plugins.plugin_utils._kept.store import STORE


@contextmanager
def loading_what_is_kept() -> Iterator[None]:
    """Look for no garbage while what lives as long as the run is loaded, nor afterwards in it: there is none."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        keep_what_is_loaded()
        if searching:
            gc.enable()


def keep_what_is_loaded() -> None:
    """Spare the next run the making of what is loaded, and forks the search for garbage in it.

    A fork that looks through it copies its pages, and takes half as long again to pack a module
    (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    STORE.close()
    gc.freeze()


class Unsent(dict[str, Any]):
    """A task's arguments where they are used; wherever they are sent they are none."""

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[()]]:
        return dict, ()


class KeepsArguments:
    """For an action: its arguments, passwords among them, go no further than the process that works with them.

    Ansible sends a task's arguments back with its result, hands them to callbacks, and keeps them until the task is
    done on all hosts: several times as much as the result itself.
    """

    _task: Any

    def cleanup(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - as Ansible has it
        """Ansible calls it after each attempt; one more attempt finds the arguments where they were."""
        super().cleanup(force)  # type: ignore[misc]  # ActionBase's
        self._task.args = Unsent(self._task.args)


# What a shell ends with where a command may not be run, and where there is none (POSIX, Shell Command Language, 2.8.2).
_NOT_EXECUTABLE = 126
_NOT_FOUND = 127
# And what it adds to the number of the signal that ended a command, as most shells do.
_SIGNALLED = 128

_CURES = {
    "SIGKILL": "most often because memory ran out (see journalctl -k there): give it more, or run fewer hosts at once",
    "SIGSEGV": "its Python crashed: name another in ansible_python_interpreter",
    "SIGTERM": "somebody or something ended it, such as a limit of time: run it again",
}
# What programs print that begin another one as another user, and what that means.
_REFUSALS = (
    ("account is currently not available", "the shell of {user} is one that lets nobody in: become somebody else, or by"
     " another become_method"),
    ("No module named 'encodings'", "{user} may not read the library of {python}: {cure}"),
    ("failed to get the Python codec", "{user} may not read the library of {python}: {cure}"),
    ("can't open file", "{user} may not read the module that Ansible left in its remote_tmp: set pipelining, or"
     " install acl on this host (Ansible, Understanding privilege escalation)"),
)  # fmt: skip


def why_no_answer(done: Mapping[str, object], interpreter: str | None, user: str | None = None) -> str:
    """Why the module gave no answer, and what to do, in one sentence.

    `interpreter` is the Python that was tried, as a shebang, `user` the one that Ansible became, None without become.
    What Python printed is left out: it can hold lines of the program that Ansible sent, and with them the payload.
    """
    printed = str(done.get("module_stderr", "")) + str(done.get("module_stdout", ""))
    python = interpreter.lstrip("#!") if interpreter else "its Python"
    if "SyntaxError" in printed or "minimum of Python version" in printed:
        return TOO_OLD
    who = user or "the user that Ansible logs in as"
    cure = f"let {who} read and run it, and enter each folder above it, or name another in ansible_python_interpreter"
    status = done.get("rc")
    if status == _NOT_EXECUTABLE:
        return f"{who} may not run {python} on this host (exit status 126): {cure}"
    if status == _NOT_FOUND:
        tried = f" at {python}" if interpreter else ""
        return f"the Python of this host was not found{tried}: name it in ansible_python_interpreter"
    refusals = (text.format(user=who, python=python, cure=cure) for sign, text in _REFUSALS if sign in printed)
    return next(refusals, None) or _other_end(printed, status)


def _other_end(printed: str, status: object) -> str:
    """What is said of an end by a signal, by an error of Python, or without any word."""
    signalled = _signal(status)
    if signalled is not None:
        ended = f"the module was ended on this host by {signalled}"
        return f"{ended} (exit status {status}): {_CURES.get(signalled, 'run it again, with -vvv to see where')}"
    error = re.search(r"^([A-Z]\w*(?:Error|Exception|Exit|Interrupt))\b", printed, re.MULTILINE)
    if error:
        return f"the module ended on this host without an answer ({error.group(1)}), exit status {status}"
    return (
        f"this host gave no answer at all (exit status {status}): see what `ansible HOST -m ansible.builtin.ping` says"
        " as the same user; a login shell or a become_method that runs nothing ends so"
    )


def _signal(status: object) -> str | None:
    """The name of the signal that a status stands for: a shell's, or Python's own for a child of this machine."""
    if not isinstance(status, int):
        return None
    with suppress(ValueError):
        return signal.Signals(-status if status < 0 else status - _SIGNALLED).name
    return None


# Whoever imports this is about to load much, and Ansible has loaded much: a search through that takes 35 ms.
keep_what_is_loaded()
