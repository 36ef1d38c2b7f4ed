# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions compare number by number, and a requirement holds only for a version that is known."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._targets.versions import compare, is_version, satisfies


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("0.9", "0.31", -1),
        ("0.31", "0.31", 0),
        ("1", "1.0.0", 0),
        ("1.0.1", "1", 1),
        ("10", "9.9", 1),
    ],
)
def test_compare(left: str, right: str, expected: int) -> None:
    assert compare(left, right) == expected


def test_compare_is_the_other_way_round_backwards() -> None:
    assert compare("0.31", "0.9") == -compare("0.9", "0.31")


@pytest.mark.parametrize(
    ("version", "requirement", "expected"),
    [
        ("0.31", ">=0.31", True),
        ("0.30.9", ">=0.31", False),
        ("0.30", ">=0.28,<0.31", True),
        ("0.31.0", ">=0.28 , <0.31", False),
        ("0.31", "==0.31.0", True),
        ("0.32", ">0.31", True),
        ("0.31", "<=0.31", True),
        ("0.31", None, True),
        (None, None, True),
        (None, ">=0.31", False),
    ],
)
def test_satisfies(version: str | None, requirement: str | None, expected: bool) -> None:
    assert satisfies(version, requirement) is expected


@pytest.mark.parametrize(("text", "expected"), [("0.31", True), ("3", True), ("", False), ("v1", False), ("1.", False)])
def test_is_version(text: str, expected: bool) -> None:
    assert is_version(text) is expected


def test_requirement_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="is not a comparison"):
        satisfies("1", "~=1")
