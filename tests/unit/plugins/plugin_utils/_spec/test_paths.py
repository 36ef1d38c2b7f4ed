# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One number is one value, however a template or YAML came to it."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import plain
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Layers

PLAIN = {
    "a whole float": (25.0, "25"),
    "a float that an exponent wrote": (1e1, "10"),
    "a whole float that Python writes with an exponent": (1e16, "10000000000000000"),
    "zero with a sign": (-0.0, "0"),
    "a fraction": (1.3, "1.3"),
    "an integer": (587, "587"),
    "true, which is no 1": (True, "True"),
    "text that looks like a number": ("25.0", "'25.0'"),
    "nothing": (None, "None"),
    "whole floats in a list in a mapping": ({"a": [1.0, {"b": 2.0}]}, "{'a': [1, {'b': 2}]}"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_whole_float_is_its_integer(name: str) -> None:
    value, written = PLAIN[name]
    assert repr(plain(value)) == written  # type: ignore[arg-type]


def test_layers_are_plain_when_they_are_merged() -> None:
    layers = Layers(({"smtp": {"port": 587.0, "timeout": 30}}, {"smtp": {"timeout": 60.0}}))
    assert repr(layers.merged()) == "{'smtp': {'port': 587, 'timeout': 60}}"
