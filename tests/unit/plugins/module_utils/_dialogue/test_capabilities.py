# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EHLO's answer says."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._dialogue.smtp import read_capabilities

ANSWERS = {
    "nothing": ([], {}, []),
    "keywords and parameters": (
        ["PIPELINING", "SIZE 10240000", "AUTH PLAIN LOGIN"],
        {"PIPELINING": "", "SIZE": "10240000"},
        ["PLAIN", "LOGIN"],
    ),
    "before RFC 2554": (["AUTH=LOGIN PLAIN"], {}, ["LOGIN", "PLAIN"]),
    "both forms, each mechanism once": (["AUTH LOGIN PLAIN", "AUTH=LOGIN"], {}, ["LOGIN", "PLAIN"]),
    "AUTH without a mechanism": (["AUTH"], {}, []),
    "lower case": (["starttls", "auth plain"], {"STARTTLS": ""}, ["PLAIN"]),
}


@pytest.mark.parametrize(("lines", "capabilities", "mechanisms"), ANSWERS.values(), ids=ANSWERS)
def test_capabilities(lines: list[str], capabilities: dict[str, str], mechanisms: list[str]) -> None:
    assert read_capabilities(lines) == (capabilities, mechanisms)
