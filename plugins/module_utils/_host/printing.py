# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What is printed of a host's result: without control characters, and without what cannot be seen.

The names of links, files and users are the host's own, and so is what its programs print; Ansible prints sentences and
differences as they are, to terminals and CI services that obey them.
"""

from __future__ import annotations

import json
import re
from typing import Any

# Line ends and tabs are what differences and programs' output are laid out with.
_LAYOUT = "\n\t"
# A line that a CI service takes for a command (GitHub: `::error::`, `##[group]`; Azure: `##vso[`).
_COMMAND = re.compile(r"(?m)^([ \t]*)(?=::|##\[|##vso\[)")


def visible(text: str) -> str:
    """A sentence with what cannot be seen as JSON writes it; no line of it begins as a command does."""
    return _COMMAND.sub(r"\1\\", _escaped(text))


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign in _LAYOUT else json.dumps(sign)[1:-1] for sign in text)


def printable(value: Any) -> Any:  # noqa: ANN401 - a part of a result, whatever is in it
    """Differences with what cannot be seen as JSON writes it: Ansible puts a sign before each of their lines."""
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, dict):
        return {key: printable(below) for key, below in value.items()}
    return [printable(below) for below in value] if isinstance(value, list) else value
