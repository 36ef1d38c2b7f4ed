# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of troubleshooting is what its tables make of it, and knows every reason and warning."""

from __future__ import annotations

import re

from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import REASONS, WARNINGS
from tests.tools.troubleshooting_page import PAGE, page


def test_the_page_is_what_make_troubleshooting_page_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make troubleshooting-page`"


def test_every_way_for_a_check_to_fail_has_its_row() -> None:
    named = set(re.findall(r"^\| `(\w+)` \|", page(), re.MULTILINE))
    assert {reason.name for reason in REASONS.values() if reason.category != "complete"} | set(WARNINGS) <= named


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    anchors = {heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.+)$", page(), re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", page())) <= {re.sub(r"[^\w-]", "", anchor) for anchor in anchors}
