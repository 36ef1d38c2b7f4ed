# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others wrote ends in time and memory, and what was set before is set afterwards."""

from __future__ import annotations

import contextlib
import re
import resource
import signal
import sys
from collections.abc import Callable

import jinja2
import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.bounds import (
    OverdueError,
    StoppedError,
    bounded,
    bounded_work,
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


class _Breaking:
    """What breaks while Python clears it away."""

    def __init__(self, error: type[BaseException]) -> None:
        self._error = error

    def __del__(self) -> None:
        raise self._error


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """The errors that Python would print, since it cannot raise them."""
    errors: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda error: errors.append(error.exc_type))
    return errors


@pytest.mark.parametrize(
    "error", [OverdueError, MemoryError, RecursionError, ValueError], ids=lambda error: error.__name__
)
def test_of_what_cannot_be_raised_only_what_no_limit_ended_is_told(
    error: type[BaseException], told: list[type[BaseException]]
) -> None:
    hook = sys.unraisablehook
    with bounded_work():
        _Breaking(error)
    assert told == ([ValueError] if error is ValueError else [])
    assert sys.unraisablehook is hook


def _parse_at(frames: int) -> None:
    if frames:
        _parse_at(frames - 1)
    else:
        jinja2.Environment().parse("{{ a | b(1, 'c') }} {% if d %}{{ e }}{% endif %}")


# Python 3.12 closes the generators of Jinja's lexer with no room left, at some depths of the stack.
def test_a_template_at_the_end_of_the_stack_prints_nothing(told: list[type[BaseException]]) -> None:
    for frames in range(700, 1000):
        with contextlib.suppress(StoppedError), bounded_work():
            _parse_at(frames)
    assert told == []


class _Clearing:
    """What never ends while Python clears it away."""

    def __del__(self) -> None:
        _search()


def _search_after_clearing() -> None:
    _Clearing()
    _search()


def test_a_deadline_whose_error_was_lost_comes_again() -> None:
    with pytest.raises(StoppedError, match=r"takes more than 0.1 seconds"), bounded_work(0.1):
        _search_after_clearing()
