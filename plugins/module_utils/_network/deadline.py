# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One deadline for a whole endpoint: every wait takes what is left of it, and nothing starts its own clock.

Of many threads one works while the others wait. Python runs one at a time anyway, but would change between those that
could go on at each call into the system, some eighty times a conversation; this way it is a third of that.
"""

from __future__ import annotations

import threading
import time
from typing import Callable, TypeVar

T = TypeVar("T")


class DeadlineExpired(Exception):
    """The time is up."""


class Turn:
    """One thread's turn among those that share a lock. Whoever waits gives it away meanwhile."""

    # In seconds. One who waits without giving it away slows the others down, and does not stop them.
    PATIENCE = 0.05

    def __init__(self, shared: threading.Lock) -> None:
        self._shared = shared
        self._held = False

    def take(self) -> None:
        """Wait for the turn, and go on without it where that takes too long."""
        self._held = self._shared.acquire(timeout=self.PATIENCE)

    def give(self) -> None:
        """Let another one work."""
        if self._held:
            self._held = False
            self._shared.release()


class Deadline:
    """A moment on the monotonic clock, `seconds` from now, for one thread; with the thread's turn where it is one of
    many."""

    def __init__(self, seconds: float, turn: Turn | None = None) -> None:
        self.end = time.monotonic() + seconds
        self._turn = turn

    def remaining(self) -> float:
        """Seconds left, more than 0. Raises DeadlineExpired when none are."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise DeadlineExpired
        return left

    def allows(self, seconds: float) -> bool:
        """Whether more than `seconds` are left."""
        return self.end - time.monotonic() > seconds

    def sooner(self, seconds: float) -> Deadline:
        """A deadline `seconds` from now, and never later than this one."""
        earlier = Deadline(seconds, self._turn)
        earlier.end = min(earlier.end, self.end)
        return earlier

    def give_way(self) -> None:
        """Let others work from now on: the thread's own work is done, or goes on with its next wait."""
        if self._turn is not None:
            self._turn.give()

    def wait(self, call: Callable[[float], T]) -> T:
        """What `call` returns, which waits for at most the seconds that it is given. Raises DeadlineExpired when none
        are left."""
        seconds = self.remaining()
        if self._turn is None:
            return call(seconds)
        self._turn.give()
        try:
            return call(seconds)
        finally:
            self._turn.take()


def run_within(deadline: Deadline, call: Callable[[], T]) -> T:
    """What `call` returns or raises, unless the deadline comes first: then DeadlineExpired.

    For calls that obey no timeout of their own (getaddrinfo, a key derivation). The thread is a daemon, so that one
    that hangs keeps nobody waiting.
    """
    results: list[T] = []
    faults: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append(call())
        except BaseException as fault:  # noqa: BLE001  # raised again in the caller's thread
            faults.append(fault)
        finally:
            done.set()

    threading.Thread(target=run, daemon=True).start()
    if not deadline.wait(done.wait):
        raise DeadlineExpired
    if faults:
        raise faults[0]
    return results[0]
