# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SASLprep by the examples of RFC 4013."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._sasl.saslprep import Prohibited, saslprep

PREPARED = {
    "soft hyphen mapped to nothing": ("I\u00adX", "IX"),
    "no transformation": ("user", "user"),
    "case preserved": ("USER", "USER"),
    "feminine ordinal by NFKC": ("\u00aa", "a"),
    "Roman numeral nine by NFKC": ("\u2168", "IX"),
    "no-break space": ("a\u00a0b", "a b"),
    "written from the right": ("\u0627\u0628", "\u0627\u0628"),
    "unassigned in Unicode 3.2": ("\U0001f600", "\U0001f600"),
    "nothing": ("", ""),
}
PROHIBITED = {
    "control character": "\u0007",
    "from both sides": "\u0627a\u0628",
    "from the right, with a digit at the end": "\u06271",
    "private use": "\ue000",
    "change of direction": "a\u202eb",
}


@pytest.mark.parametrize(("text", "expected"), PREPARED.values(), ids=PREPARED)
def test_prepared(text: str, expected: str) -> None:
    assert saslprep(text) == expected


@pytest.mark.parametrize("text", PROHIBITED.values(), ids=PROHIBITED)
def test_prohibited(text: str) -> None:
    with pytest.raises(Prohibited) as refused:
        saslprep(text)
    assert text not in str(refused.value)
