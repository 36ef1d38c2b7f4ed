# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A deadline for what others wrote: a regular expression or a template must not stop the whole gate."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

# One entry's policies and one file's template take milliseconds; these are for what would never end.
SECONDS = 3.0


class OverdueError(Exception):
    """What was run took longer than it may."""


@contextlib.contextmanager
def deadline(seconds: float = SECONDS) -> Iterator[None]:
    """End what runs inside after this many seconds, by OverdueError.

    Python's regular expressions look for signals while they search. An alarm that was set already, such as a task's own
    `timeout`, goes on with what is left of it. Only a process's first thread gets signals: there is no deadline in any
    other.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def overdue(_number: int, _frame: FrameType | None) -> None:
        raise OverdueError

    began = time.monotonic()
    handler = signal.signal(signal.SIGALRM, overdue)
    left, _interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), 0.001))
