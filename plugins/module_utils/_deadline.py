# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One deadline for a whole endpoint: every wait takes what is left of it, and nothing starts its own clock."""

from __future__ import annotations

import threading
import time
from typing import Callable, TypeVar

T = TypeVar("T")


class DeadlineExpired(Exception):
    """The time is up."""


class Deadline:
    """A moment on the monotonic clock, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

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
        earlier = Deadline(seconds)
        earlier.end = min(earlier.end, self.end)
        return earlier


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
    if not done.wait(deadline.remaining()):
        raise DeadlineExpired
    if faults:
        raise faults[0]
    return results[0]
