# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said where jsonschema is missing, too old or broken; and that its range is the same wherever it stands."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._spec import library

ROOT = Path(__file__).resolve().parents[5]
RANGE = "jsonschema>=4.18,<5"

CASES = {
    "none": (None, "The controller's Python has no jsonschema;"),
    "Debian 12 and Ubuntu 24.04": ("4.10.3", "The controller's Python has jsonschema 4.10.3, which is too old;"),
    "the last without a registry": ("4.17.3", "The controller's Python has jsonschema 4.17.3, which is too old;"),
    "a version of old": ("3.2.0", "The controller's Python has jsonschema 3.2.0, which is too old;"),
    "a preview of what is too old": ("4.17.0a1", "The controller's Python has jsonschema 4.17.0a1, which is too old;"),
    "the first that is right, and broken": (
        "4.18.0",
        "The controller's Python has jsonschema 4.18.0, which cannot be used (No module named 'referencing');",
    ),
    "two digits are more than one": (
        "4.100.0",
        "The controller's Python has jsonschema 4.100.0, which cannot be used (No module named 'referencing');",
    ),
}


@pytest.mark.parametrize(("there", "said"), CASES.values(), ids=CASES)
def test_what_is_said(there: str | None, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(_name: str) -> str:
        if there is None:
            raise PackageNotFoundError
        return there

    monkeypatch.setattr(library, "version", version)
    sentence = library.library_fault(ModuleNotFoundError("No module named 'referencing'"))
    cure = f"{RANGE} is needed. Install it there: {sys.executable} -m pip install '{RANGE}'"
    assert sentence == f"{said} {cure}"


@pytest.mark.parametrize("file", ["requirements.txt", "README.md"])
def test_the_range_is_the_same_wherever_it_stands(file: str) -> None:
    assert library.WANTED == RANGE
    assert RANGE in (ROOT / file).read_text(encoding="utf-8")


def test_the_lowest_end_is_what_is_tested() -> None:
    lowest = (ROOT / "requirements/lowest.txt").read_text(encoding="utf-8")
    floor = re.match(r"jsonschema>=([\d.]+)", RANGE)
    assert floor is not None
    assert f"\njsonschema=={floor[1]}.0\n" in lowest


def test_what_the_tests_run_with_is_the_same_at_both_ends() -> None:
    pins = [(ROOT / "requirements" / name).read_text(encoding="utf-8") for name in ("constraints.txt", "lowest.txt")]
    both = {*pins[0].splitlines()} & {*pins[1].splitlines()}
    names = {pin.partition("==")[0] for pin in both if not pin.startswith("#")}
    assert names == {"PyYAML", "hypothesis", "jsonschema_rs", "pytest", "pytest-timeout", "pytest-xdist"}
