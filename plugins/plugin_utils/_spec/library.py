# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The one library that the controller needs beside ansible-core, and what is said where it cannot be used."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

# As requirements.txt has it. 4.17 and older have no registry of schemas; distributions of 2023 and 2024 bring 4.10.
WANTED = "jsonschema>=4.18,<5"


def library_fault(missing: ImportError) -> str:
    """What is wrong with the library, of what could not be imported, with the version wanted and the cure."""
    return f"{_what_is_wrong(missing)} Install it there: {sys.executable} -m pip install '{WANTED}'"


def _what_is_wrong(missing: ImportError) -> str:
    try:
        there = version("jsonschema")
    except PackageNotFoundError:
        return f"The controller's Python has no jsonschema; {WANTED} is needed."
    if _is_too_old(there):
        return f"The controller's Python has jsonschema {there}, which is too old; {WANTED} is needed."
    return f"The controller's Python has jsonschema {there}, which cannot be used ({missing}); {WANTED} is needed."


def _is_too_old(there: str) -> bool:
    numbers = [int(number) for number in there.split(".")[:2] if number.isdecimal()]
    return numbers < [4, 18]
