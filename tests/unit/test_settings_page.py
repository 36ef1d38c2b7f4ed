# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/settings.md says what the schemas say: every setting, its default, and an example that is accepted."""

from __future__ import annotations

import json
import re

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import settings_schema
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAF_SCHEMAS
from tests.tools.settings_page import PAGE, SHARED, page


def test_the_page_is_what_make_settings_page_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make settings-page`"


def rows(section: str) -> dict[str, list[str]]:
    """The cells of each row of a section, by the setting that it is about."""
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    cells = (
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text.splitlines()
        if line[:3] in ("| `", "| *")
    )
    return {row[0].strip("*`| "): row for row in cells}


def test_every_setting_stands_there_with_its_default() -> None:
    for leaf, schema in LEAF_SCHEMAS.items():
        section, _dot, key = leaf.rpartition(".")
        # What both servers have alike stands there once.
        section = re.sub(rf"^imap\.({'|'.join(SHARED)})$", r"smtp.\1", section)
        default = f"`{json.dumps(schema['default'])}`" if "default" in schema else ""
        assert rows(section)[key][2] == (default if key != "port" else "by `encryption`"), leaf


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    text = PAGE.read_text(encoding="utf-8")
    anchors = {heading.replace(".", "").lower() for heading in re.findall(r"^#+ (\S+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


def test_every_example_is_accepted() -> None:
    for leaf in LEAF_SCHEMAS:
        section, _dot, key = leaf.rpartition(".")
        section = re.sub(rf"^imap\.({'|'.join(SHARED)})$", r"smtp.\1", section)
        spec = json.loads(rows(section)[key][3].strip("`"))
        for step in reversed(leaf.split(".")):
            spec = {step: spec}
        faults = settings_schema().faults(spec, Secrets())
        assert [fault.message for fault in faults if ".".join(map(str, fault.path)).startswith(leaf)] == [], leaf
