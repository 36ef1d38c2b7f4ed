# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who waits gives its turn away, and has it again when the wait is over."""

from __future__ import annotations

import threading
from typing import Callable

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import (
    Deadline,
    DeadlineExpired,
    Turn,
    run_within,
)

LONG = 20.0


class Worker:
    """A turn that was taken, and a deadline with it."""

    def __init__(self, seconds: float = LONG) -> None:
        self.lock = threading.Lock()
        self.turn = Turn(self.lock)
        self.turn.take()
        self.deadline = Deadline(seconds, self.turn)

    def is_free(self) -> bool:
        """Whether another one could work now."""
        return not self.lock.locked()


WAITS: dict[str, Callable[[Worker], bool]] = {
    "a wait": lambda worker: worker.deadline.wait(lambda _left: worker.is_free()),
    "a wait until a sooner deadline": lambda worker: worker.deadline.sooner(1).wait(lambda _left: worker.is_free()),
    "a call in a thread": lambda worker: run_within(worker.deadline, worker.is_free),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_who_waits_gives_its_turn_away_meanwhile(
    wait: Callable[[Worker], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker()
    given = threading.Event()
    give = worker.turn.give
    monkeypatch.setattr(worker.turn, "give", lambda: (give(), given.set()))
    # A thread that is started for a call may be there before its starter waits.
    monkeypatch.setattr(worker, "is_free", lambda: given.wait(LONG) and not worker.lock.locked())
    assert wait(worker)
    assert worker.lock.locked()
    give()
    assert not worker.lock.locked()


def test_a_wait_is_given_the_seconds_that_are_left() -> None:
    assert 0 < Worker().deadline.wait(lambda seconds: seconds) <= LONG


def test_a_wait_that_fails_has_its_turn_again() -> None:
    worker = Worker()

    def fail(_left: float) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        worker.deadline.wait(fail)
    assert not worker.is_free()


def test_no_wait_without_time() -> None:
    worker = Worker(seconds=0)
    waited: list[float] = []
    with pytest.raises(DeadlineExpired):
        worker.deadline.wait(waited.append)
    assert waited == []
    assert not worker.is_free()


def test_one_who_keeps_its_turn_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Turn, "PATIENCE", 0.01)
    worker = Worker()
    other = Turn(worker.lock)
    other.take()
    other.give()
    assert not worker.is_free()  # it was not the other one's to give
    worker.turn.give()
    assert worker.is_free()
