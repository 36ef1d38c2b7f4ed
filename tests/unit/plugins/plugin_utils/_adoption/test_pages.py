# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Admin pages that a person wrote down: what is read is what the sheet was made from, or said to be open."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.pages import adopt_sheets
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.sheet import SheetError
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import Tree, get
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import effective
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names

SPECS = Path(__file__).parents[4] / "specs" / "targets"
PAGES = [app for app in target_names() if find_target(app).kind == "admin_page"]


def sheet(app: str, folder: Path) -> tuple[Path, Tree]:
    """The sheet of the application's own spec, and the spec."""
    spec: Tree = yaml.safe_load((SPECS / f"{app}.yml").read_text(encoding="utf-8"))
    judgement = judge(Request(settings=spec, targets=[{"app": app}]))
    text = next(file.content for file in judgement.targets[0].files if file.name.endswith("settings.yml"))
    path = folder / f"{app}.settings.yml"
    path.write_text(text, encoding="utf-8")
    return path, effective(spec)


@pytest.mark.parametrize("app", PAGES)
def test_what_is_read_is_what_the_sheet_was_made_from(app: str, tmp_path: Path) -> None:
    path, spec = sheet(app, tmp_path)
    (adopted,) = adopt_sheets({path.name: str(path)}, [])
    assert adopted.app == app
    assert {leaf: value for leaf, value in adopted.values().items() if value != get(spec, leaf)} == {}
    assert adopted.values()["smtp.host"] == get(spec, "smtp.host")
    assert "smtp.encryption" in {*adopted.values(), *(remark.leaf for remark in adopted.remarks)} or app == "tegrity"
    for setting in adopted.settings.values():
        assert setting.line is not None
        assert setting.line > 1


def test_a_box_that_stands_for_several_values_is_said_to_be_open(tmp_path: Path) -> None:
    path, _spec = sheet("infinite_campus", tmp_path)
    (adopted,) = adopt_sheets({path.name: str(path)}, [])
    (remark,) = [remark for remark in adopted.remarks if remark.leaf == "smtp.encryption"]
    assert remark.rule == "left_open"
    assert "smtp.encryption" not in adopted.settings


def test_a_sheet_with_a_secret_is_refused_at_its_place(tmp_path: Path) -> None:
    path, _spec = sheet("tegrity", tmp_path)
    text = path.read_text()
    at = text.index("SMTP User password")
    path.write_text(text[:at] + text[at:].replace("secret:", "value:", 1))
    with pytest.raises(SheetError, match=r"settings\.yml:[0-9]+:[0-9]+: SMTP User password holds a text"):
        adopt_sheets({path.name: str(path)}, [])
