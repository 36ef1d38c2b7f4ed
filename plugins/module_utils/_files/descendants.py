# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""End what a program started, also where it left the program's session: such a child would outlive its verdict."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import Iterator

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
# A child may start another while it is ended; one that never stops doing so is left to the system.
_ROUNDS = 100


@contextlib.contextmanager
def descendants_ended() -> Iterator[None]:
    """End whatever is started within and stays; children that were there before are not touched.

    Where the system knows no such adoption (it came with Linux 3.4), a child that left its session stays.
    """
    before = _children()
    adopting = _adopt_orphans(on=True)
    try:
        yield
    finally:
        if adopting:
            _end_all_but(before)
            _adopt_orphans(on=False)


def _adopt_orphans(*, on: bool) -> bool:
    """Whether a process whose parent ends becomes a child of ours from now on."""
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError, TypeError):
        return False


def _end_all_but(before: frozenset[int]) -> None:
    for _round in range(_ROUNDS):
        children = _children() - before
        if not children:
            return
        for child in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def _children() -> frozenset[int]:
    """Our children, by the parent that each process names: the second field behind its name in brackets; proc(5)."""
    try:
        numbers = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return frozenset()
    return frozenset(number for number in numbers if _parent_of(number) == os.getpid())


def _parent_of(number: int) -> int | None:
    try:
        with open(f"/proc/{number}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None
