# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is ended from outside leaves no daemon and no folder behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.real.daemons import Log, has_members, open_folder, running, wait_until

ROOT = Path(__file__).resolve().parents[3]

# A test that has a daemon and never ends; `{told}` gets the daemon's folder and its number.
ENDLESS = """
import os, signal
from pathlib import Path
from tests.integration.real.daemons import Log, open_folder, running

# Whoever is started in the background by a shell is told to ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)

def test_one():
    with open_folder() as folder:
        number = folder / "number"
        command = ["sh", "-c", 'echo $$ > "$0.new"; mv "$0.new" "$0"; exec sleep 60', str(number)]
        with running(command, Log(folder / "log"), number.exists):
            made = Path({told!r})
            made.with_suffix(".new").write_text(str(folder) + " " + number.read_text())
            made.with_suffix(".new").rename(made)
            signal.pause()
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=lambda ending: str(ending.name))
def test_what_is_left_when_a_run_is_ended(ending: signal.Signals, tmp_path: Path) -> None:
    told = tmp_path / "told"
    (tmp_path / "test_endless.py").write_text(ENDLESS.format(told=str(told)), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.integration.real.conftest", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTEST_ADDOPTS": ""}
    with subprocess.Popen([*command, "test_endless.py"], cwd=tmp_path, env=environment) as run:
        wait_until("the endless test to start", lambda: told.exists() or run.poll() is not None)
        folder, number = told.read_text(encoding="utf-8").split()
        run.send_signal(ending)
    assert run.returncode == pytest.ExitCode.INTERRUPTED
    assert not Path(folder).exists()
    assert not has_members(int(number))


def test_a_daemon_that_will_not_end_is_killed_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.integration.real.daemons.PATIENCE", 1.0)
    with open_folder() as folder:
        number = folder / "number"
        stubborn = 'trap "" TERM; echo $$ > "$0.new"; mv "$0.new" "$0"; while :; do sleep 60; done'
        with running(["sh", "-c", stubborn, str(number)], Log(folder / "log"), number.exists):
            daemon = int(number.read_text(encoding="utf-8"))
    assert not has_members(daemon)
