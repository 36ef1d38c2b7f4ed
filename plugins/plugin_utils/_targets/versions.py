# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Versions of applications: dotted numbers, compared as `packaging` compares them (a dependency of ansible-core)."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

# ansible-test imports every file in a place without it.
with suppress(ImportError):
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")
_REQUIREMENT = re.compile(r"\s*(>=|<=|==|>|<)\s*([0-9]+(?:\.[0-9]+)*)\s*")


def is_version(text: str) -> bool:
    """Whether the text is a version at all: numbers joined by dots, such as `0.31.1`."""
    return _VERSION.fullmatch(text) is not None


def compare(left: str, right: str) -> int:
    """-1, 0 or 1; a missing part counts as zero, so `1` equals `1.0`."""
    first, second = Version(left), Version(right)
    return (first > second) - (first < second)


@lru_cache(maxsize=1024)
def satisfies(version: str | None, requirement: str | None) -> bool:
    """Whether the version meets every comparison of a requirement such as `>=0.28,<0.31`.

    No requirement is met by every version, and one that is there is never met by an unknown version. Raises ValueError.
    """
    if requirement is None:
        return True
    if version is None:
        return False
    for comparison in requirement.split(","):
        if not _REQUIREMENT.fullmatch(comparison):
            raise ValueError(f"{comparison!r} is not a comparison such as >=0.31")
    return version in SpecifierSet(requirement)
