# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/targets.md says what the targets' folders say."""

from __future__ import annotations

import re

from tests.tools.targets_page import PAGE, page


def test_the_page_is_what_make_targets_page_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make targets-page`"


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    text = page()
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors
