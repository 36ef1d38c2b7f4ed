# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison's forms: whatever stands in it, no terminal and no CI service obeys it."""

from __future__ import annotations

import json

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.differences import (
    Difference,
    EnvironmentComparison,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.report import (
    FORMS,
    Comparison,
    Side,
    Unreadable,
)

EVIL = "x\x1b[2J\n::error::y\r\n::stop-commands::z\u202e\u2028\u2029\x85\x07\ud800 end"
COMPARISON = Comparison(
    Side((EVIL,), EVIL, EVIL),
    Side((EVIL,)),
    [EnvironmentComparison(EVIL, (EVIL,), (EVIL, "other"), (Difference(EVIL, "changed", (EVIL,), (EVIL,), (EVIL,)),))],
    [Unreadable("before", EVIL, EVIL)],
)


@pytest.mark.parametrize("name", FORMS)
def test_nothing_in_a_comparison_can_be_obeyed(name: str) -> None:
    lines = FORMS[name].write(COMPARISON).split("\n")
    assert [line for line in lines if not line.isprintable() or line.lstrip().startswith("::")] == []


def test_json_keeps_what_it_does_not_show() -> None:
    assert json.loads(FORMS["json"].write(COMPARISON))["environments"][0]["name"] == EVIL
