# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Versions of applications: dotted numbers, compared number by number."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from itertools import zip_longest
from typing import TypeAlias

Numbers: TypeAlias = tuple[int, ...]

_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")
_COMPARISON = re.compile(r"\s*(>=|<=|==|>|<)\s*([0-9]+(?:\.[0-9]+)*)\s*")
_OPERATORS: dict[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}


def is_version(text: str) -> bool:
    """Whether the text is a version at all: numbers joined by dots, such as `0.31.1`."""
    return _VERSION.fullmatch(text) is not None


def compare(left: str, right: str) -> int:
    """-1, 0 or 1; a missing part counts as zero, so `1` equals `1.0`."""
    for one, other in zip_longest(_numbers(left), _numbers(right), fillvalue=0):
        if one != other:
            return -1 if one < other else 1
    return 0


def satisfies(version: str | None, requirement: str | None) -> bool:
    """Whether the version meets every comparison of a requirement such as `>=0.28,<0.31`.

    No requirement is met by every version, and one that is there is never met by an unknown version.
    """
    if requirement is None:
        return True
    if version is None:
        return False
    return all(_meets(version, part) for part in requirement.split(","))


def _meets(version: str, comparison: str) -> bool:
    found = _COMPARISON.fullmatch(comparison)
    if found is None:
        raise ValueError(f"{comparison!r} is not a comparison such as >=0.31")
    return _OPERATORS[found[1]](compare(version, found[2]), 0)


def _numbers(version: str) -> Numbers:
    return tuple(int(part) for part in version.split("."))
