# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Time and memory for what others wrote: a regular expression or a template must not stop the whole gate."""

from __future__ import annotations

import contextlib
import resource
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import cast

# One entry's policies and one file's template take milliseconds; these are for what would never end.
SECONDS = 3.0
_OCTETS = 512 * 2**20
# Templates of a user's own may start programs, which inherit the limit: all of one's data is to have room in it.
_OCTETS_OF_DATA = 2**30
# Pages in use: all of them, and those of data (proc(5), /proc/pid/statm); it is there on Linux alone.
_PAGES = Path("/proc/self/statm")
_IN_USE = {resource.RLIMIT_AS: 0, resource.RLIMIT_DATA: 5}


# A power of far more bits than any number that means something: Python neither ends it soon nor can be interrupted.
_MOST_BITS = 100_000


def power(base: object, exponent: object) -> object:
    """`base ** exponent` of a template; raises OverflowError where that would never end."""
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * exponent > _MOST_BITS:
        raise OverflowError
    return cast("int", base) ** cast("int", exponent)


class StoppedError(Exception):
    """What was run did not come to its end; the text says why, after `it`."""


class OverdueError(BaseException):
    """What was run took longer than it may. Nothing on the way takes it for a failure of its own, and goes on."""


@contextlib.contextmanager
def bounded(octets: int = _OCTETS) -> Iterator[None]:
    """A deadline, and a limit of memory beyond what is in use: StoppedError ends what runs inside."""
    with _stopped(SECONDS), _lost_errors(), deadline(), _little_memory(resource.RLIMIT_AS, octets):
        yield


@contextlib.contextmanager
def bounded_work(seconds: float = SECONDS, octets: int = _OCTETS_OF_DATA) -> Iterator[None]:
    """As `bounded`, for what may wait for others, as a lookup does: only its own work counts, and its own data."""
    with _stopped(seconds), _lost_errors(), deadline(seconds, _WORK), _little_memory(resource.RLIMIT_DATA, octets):
        yield


@contextlib.contextmanager
def _stopped(seconds: float) -> Iterator[None]:
    try:
        yield
    except OverdueError:
        raise StoppedError(f"takes more than {seconds:g} seconds") from None
    except MemoryError:
        raise StoppedError("takes too much memory") from None
    except RecursionError:
        raise StoppedError("leads back to itself") from None


# What the limits end work by.
_BY_LIMITS = (OverdueError, MemoryError, RecursionError)


@contextlib.contextmanager
def _lost_errors() -> Iterator[None]:
    """What ends the clearing away of what was stopped, as of a generator, cannot be raised: Python would print it with
    its traceback (sys.unraisablehook). An error of the limits is dropped, any other is told when the stack has room.
    """
    tell = sys.unraisablehook
    lost: deque[sys.UnraisableHookArgs] = deque()
    # A function of Python's own: one of ours could not be called where the stack is full.
    sys.unraisablehook = lost.append
    try:
        yield
    finally:
        sys.unraisablehook = tell
        while lost:
            error = lost.popleft()
            if not issubclass(error.exc_type, _BY_LIMITS):
                tell(error)


@contextlib.contextmanager
def _little_memory(kind: int, octets: int) -> Iterator[None]:
    try:
        used = int(_PAGES.read_bytes().split()[_IN_USE[kind]]) * resource.getpagesize()
    except OSError:
        yield
        return
    soft, hard = resource.getrlimit(kind)
    least = min(limit for limit in (used + octets, soft, hard) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(kind, (least, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


# A timer, and the signal that it sends: by the clock, or by the processor's time of this process (setitimer(2)).
_CLOCK = (signal.ITIMER_REAL, signal.SIGALRM)
_WORK = (signal.ITIMER_PROF, signal.SIGPROF)


@contextlib.contextmanager
def deadline(seconds: float = SECONDS, by: tuple[int, signal.Signals] = _CLOCK) -> Iterator[None]:
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

    timer, number = by
    began = time.monotonic()
    handler = signal.signal(number, overdue)
    # Once more after as long again: an error that was lost (see above) has ended nothing.
    left, _interval = signal.setitimer(timer, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(number, handler)
        if left:
            signal.setitimer(timer, max(left - (time.monotonic() - began), 0.001))
