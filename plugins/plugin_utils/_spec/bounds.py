# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Time and memory for what others wrote: a regular expression or a template must not stop the whole gate."""

from __future__ import annotations

import contextlib
import resource
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

# One entry's policies and one file's template take milliseconds; these are for what would never end.
SECONDS = 3.0
_OCTETS = 512 * 2**20
# Pages in use come first (proc(5), /proc/pid/statm); it is there on Linux alone.
_PAGES = Path("/proc/self/statm")


class StoppedError(Exception):
    """What was run did not come to its end; the text says why, after `it`."""


class OverdueError(Exception):
    """What was run took longer than it may."""


@contextlib.contextmanager
def bounded(octets: int = _OCTETS) -> Iterator[None]:
    """A deadline, and a limit of memory beyond what is in use: StoppedError ends what runs inside."""
    try:
        with deadline(), _little_memory(octets):
            yield
    except OverdueError:
        raise StoppedError(f"takes more than {SECONDS:g} seconds") from None
    except MemoryError:
        raise StoppedError("takes too much memory") from None
    except RecursionError:
        raise StoppedError("leads back to itself") from None


@contextlib.contextmanager
def _little_memory(octets: int) -> Iterator[None]:
    try:
        used = int(_PAGES.read_bytes().split()[0]) * resource.getpagesize()
    except OSError:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    least = min(limit for limit in (used + octets, soft, hard) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (least, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


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
