# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Numbers that YAML read as others than were written: `0465` to base 8, `9:47` to base 60.

Ansible's YAML is 1.1, where both are numbers (yaml.org/type/int.html); YAML 1.2 and editors read 465 and a text. So
what takes effect is another number than people and other tools see.
"""

from __future__ import annotations

import re

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import line_from, place_of
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.faults import Fault
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, placed_scalars

# What may stand between a value's place and the number: an anchor, a tag.
_PROPERTIES = r"(?:[&!]\S*\s+)*"
_END = r"(?=\s|[,\]}]|\Z)"
_BASE_8 = re.compile(rf"{_PROPERTIES}([-+]?)0+([0-7_]*[1-7][0-7_]*){_END}")
_BASE_60 = re.compile(rf"{_PROPERTIES}[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?{_END}")


def number_faults(tree: JSON) -> list[Fault]:
    """A fault for each number in a tree that stands in its file as something else."""
    return [
        Fault(path, "yaml_number", message)
        for path, number in placed_scalars(tree)
        if isinstance(number, (int, float)) and not isinstance(number, bool)
        for message in [_message(number, _written(number))]
        if message
    ]


def _written(number: float) -> str:
    place = place_of(number)
    return "" if place is None else line_from(place)


def _message(number: float, text: str) -> str:
    octal = _BASE_8.match(text)
    if octal and isinstance(number, int):
        plain = f"{octal[1].strip('+')}{octal[2].replace('_', '')}"
        # 07 is 7 in both.
        same = int(plain) == number
        return "" if same else f"is {number}, for YAML reads a number with a 0 before it to base 8: write {plain}"
    if _BASE_60.match(text):
        number = int(number) if float(number).is_integer() else number
        return f"is {number}, for YAML reads a number with colons to base 60: write {number}, if that is meant"
    return ""
