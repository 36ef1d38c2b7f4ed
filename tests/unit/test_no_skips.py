# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""--no-skips: which reasons for skipping a test are no fault, on any machine and on one that says what it lacks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OPENSMTPD = "opensmtpd is not unpacked"
EXIM = "exim is not unpacked"


@pytest.mark.parametrize(
    ("reason", "options", "status"),
    [
        pytest.param(OPENSMTPD, [], 0, id="not asked"),
        pytest.param(OPENSMTPD, ["--no-skips"], 1, id="could have been run"),
        pytest.param("no Python 3.8 here", ["--no-skips"], 0, id="missing on many machines"),
        pytest.param("no Pythonic way", ["--no-skips"], 1, id="a longer word"),
        pytest.param(OPENSMTPD, ["--no-skips", "--may-be-missing=opensmtpd"], 0, id="said to be missing"),
        pytest.param(EXIM, ["--no-skips", "--may-be-missing=opensmtpd"], 1, id="another is said to be missing"),
        pytest.param(
            EXIM, ["--no-skips", "--may-be-missing=opensmtpd", "--may-be-missing=exim"], 0, id="two are missing"
        ),
    ],
)
def test_no_skips(reason: str, options: Sequence[str], status: int, tmp_path: Path) -> None:
    test = tmp_path / "test_skipped.py"
    test.write_text(f"import pytest\n\ndef test_one():\n    pytest.skip({reason!r})\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", *options, str(test)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
