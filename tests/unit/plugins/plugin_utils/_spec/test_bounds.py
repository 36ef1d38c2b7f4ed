# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others wrote ends in time and memory, and what was set before is set afterwards."""

from __future__ import annotations

import re
import resource
import signal
from collections.abc import Callable

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.bounds import (
    OverdueError,
    StoppedError,
    bounded,
    deadline,
)


def _search() -> None:
    re.match("^(u+)+$", "u" * 60 + "!")


def _allocate() -> None:
    "a" * 10**12


def _recurse() -> None:
    _recurse()


RUNAWAY: dict[str, tuple[Callable[[], None], str]] = {
    "a regular expression": (_search, "takes more than 3 seconds"),
    "a text": (_allocate, "takes too much memory"),
    "a circle": (_recurse, "leads back to itself"),
}


@pytest.mark.parametrize(("runaway", "cause"), RUNAWAY.values(), ids=RUNAWAY)
def test_what_does_not_end_is_ended(runaway: Callable[[], None], cause: str) -> None:
    limits, handler = resource.getrlimit(resource.RLIMIT_AS), signal.getsignal(signal.SIGALRM)
    with pytest.raises(StoppedError, match=cause), bounded():
        runaway()
    assert (resource.getrlimit(resource.RLIMIT_AS), signal.getsignal(signal.SIGALRM)) == (limits, handler)


def test_an_alarm_that_was_set_before_goes_on() -> None:
    before = signal.getsignal(signal.SIGALRM)
    signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        with pytest.raises(OverdueError), deadline(0.01):
            _search()
        assert 0 < signal.setitimer(signal.ITIMER_REAL, 0)[0] < 1000
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
