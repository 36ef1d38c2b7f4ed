# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of what templates see is the code's own tables, and these are what templates are given."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.inputs import Inputs
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.template_names import RULE_VARIABLES, VARIABLES
from tests.tools.templates_page import PAGE, page


def test_the_page_is_made_of_the_tables_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.tools.templates_page"


def test_templates_and_rules_are_given_these_variables() -> None:
    at = find_target("msmtp").at(None)
    assert set(Inputs(at, Spec.of({}), {}, {}, {}, []).context()) == set(VARIABLES)
    assert set(at.context(Spec.of({}), {})) == set(RULE_VARIABLES)
