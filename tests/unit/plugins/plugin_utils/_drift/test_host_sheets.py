# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filled sheets of an inventory's hosts: what is wrong with one is told at its place, and what differs by host."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._actions.inventory_request import read_host_request
from ansible_collections.appmail.settings.plugins.plugin_utils._drift.host_sheets import NamedSheets, with_host_sheets
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import judge_hosts
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import read_hosts, read_variable
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.variables import SHEETS
from tests.unit.plugins.plugin_utils._sources.test_inventory import hostvars_of

SECRET = "Sommer2026-x"
SPEC = Path(__file__).parents[4] / "specs" / "targets" / "flexicapture.yml"
VARIABLES = (
    f"email_settings: {json.dumps(yaml.safe_load(SPEC.read_text(encoding='utf-8')))}\n"
    "email_targets: [{app: flexicapture}]\n"
    f"{SHEETS}: "
)
SHEET = """\
app: flexicapture
sections:
  - title: SMTP settings
    fields:
      - label: SMTP server
        current: another.example.edu
"""
# What names the sheets, the sheet sheet.yml -> the first error, and the settings that differ.
CASES: dict[str, tuple[str, str, tuple[str, int, int, str] | None, list[str | None]]] = {
    "a sheet that says otherwise": ("[sheet.yml]", SHEET, None, ["smtp.host"]),
    "its name alone": ("sheet.yml", SHEET, None, ["smtp.host"]),
    "a name by a template": ("['{{ name }}.yml']", SHEET, ("group_vars/apps.yml", 3, 23, "there is no such file"), []),
    "a template that fails": ("['{{ nope }}.yml']", SHEET, ("group_vars/apps.yml", 3, 24, "uses nope, which is"), []),
    "no such file": ("[nope.yml]", SHEET, ("group_vars/apps.yml", 3, 23, "there is no such file"), []),
    "a page that the host does not have": (
        "[sheet.yml]",
        SHEET.replace("flexicapture", "tegrity"),
        ("sheet.yml", 1, 1, "is of no admin page that this host has"),
        [],
    ),
    "a secret": (
        "[sheet.yml]",
        f"{SHEET}      - label: Password\n        current: {SECRET}\n",
        ("sheet.yml", 8, 18, "a sheet is no place for a secret"),
        ["smtp.host"],
    ),
}


@pytest.mark.parametrize(("named", "sheet", "error", "differing"), CASES.values(), ids=CASES)
def test_sheets_are_read_where_an_inventory_is_judged(
    named: str, sheet: str, error: tuple[str, int, int, str] | None, differing: list[str | None], tmp_path: Path
) -> None:
    (tmp_path / "sheet.yml").write_text(sheet)
    hostvars = hostvars_of(tmp_path, f"{VARIABLES}{named}\n")
    hosts = read_hosts(hostvars, ["app1"])
    read = read_variable(hostvars, "app1", SHEETS)
    assert read is not None
    admitted, place = read
    names = [admitted.value] if isinstance(admitted.value, str) else admitted.value
    assert isinstance(names, list)
    sheets = NamedSheets([str(tmp_path / name) for name in names if isinstance(name, str)], admitted, place)
    judged, drifts = with_host_sheets(
        judge_hosts(hosts, lambda host: read_host_request(host, {}, {}, str(tmp_path))),
        hosts,
        {"app1": sheets},
        lambda host: read_host_request(host, {}, {}, str(tmp_path)),
    )
    found = [(each.file, each.line, each.column, each.hosts) for each in judged.errors]
    assert found == ([(*error[:3], ("app1",))] if error else [])
    assert all(error[3] in each.message for each in judged.errors if error)
    assert judged.environments[0].errors == len(found)
    assert [drift.path for drift in drifts.get("app1", ())] == differing
    assert SECRET not in repr((judged, drifts))


def test_a_host_without_the_variable_has_none(tmp_path: Path) -> None:
    assert read_variable(hostvars_of(tmp_path, "name: app\n"), "app1", SHEETS) is None
