# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record's page in a real Chromium: searched, filtered and read by keyboard, in both themes, without a request."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._publication.page import page
from ansible_collections.appmail.settings.plugins.plugin_utils._record.merging import record_of
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import HostRow, Record, ValueRow
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES
from tests.records import HOSTILE, hostile
from tests.tools.tree import ROOT

pytestmark = pytest.mark.once

MODULES = ROOT / "build" / "browser" / "node_modules"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
ENVIRONMENTS = ("dev", "staging", "production")


def university(hosts: int, applications: int) -> Record:
    """A record of many hosts that differ in their name for HELO, with every setting set in each environment."""
    record = hostile("plain")
    apps = [f"application{number:02}" for number in range(applications)]
    rows: list[HostRow] = [
        {
            "name": f"{ENVIRONMENTS[number % 3]}-host{number:04}",
            "environment": ENVIRONMENTS[number % 3],
            "state": "judged",
            "applications": [{"name": app, "kind": "config_file", "coverage": app} for app in apps],
        }
        for number in range(hosts)
    ]
    values: list[ValueRow] = []
    for environment in ENVIRONMENTS:
        names = [row["name"] for row in rows if row["environment"] == environment]
        values += [_value(environment, names, None, leaf, f"{leaf} of {environment}") for leaf in LEAVES]
        values += [_value(environment, names, app, f"options.option{n}", n) for app in apps for n in range(4)]
        values += [_value(environment, [name], None, "smtp.helo_name", f"{name}.example.edu") for name in names]
    coverage = {app: {"label": app, "carried": list(LEAVES), "refused": [], "not_carried": []} for app in apps}
    made: Any = {**record["intended"], "hosts": rows, "values": values, "coverage": coverage, "findings": []}
    checks: Any = [{**record["observed"]["checks"][0], "host": row["name"], "applications": apps} for row in rows]
    return record_of([made], [{**record["observed"], "checks": checks}])


def _value(environment: str, hosts: list[str], application: str | None, setting: str, value: str | int) -> ValueRow:
    return {
        "environment": environment,
        "hosts": hosts,
        "application": application,
        "setting": setting,
        "value": value,
        "secret": None,
        "source": "environment",
        "origin": {
            "file": f"inventories/{environment}/group_vars/{environment}/email.yml",
            "line": 7,
            "column": 5,
            "commit": "a" * 40,
            "author": "Ada Lovelace",
            "date": "2026-05-01",
        },
    }


def look(record: Record, folder: Path, *, barriers: bool = True) -> dict[str, Any]:
    """What a reader of the page sees; `barriers` looks for what keeps people out, which takes long on a large page."""
    if shutil.which("node") is None or not (MODULES / "playwright-core").is_dir():
        pytest.skip("playwright-core is not there: node, and make browser, install it")
    if BROWSER is None:
        pytest.skip("chromium is not installed")
    file = folder / "email-record.html"
    file.write_text(page(record), encoding="utf-8")
    command = ["node", str(Path(__file__).with_name("look.js")), str(MODULES), BROWSER, str(file)]
    command += ["barriers"] if barriers else []
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return look(university(hosts=12, applications=3), tmp_path_factory.mktemp("page"))


def test_nothing_is_asked_for_and_nothing_fails(seen: dict[str, Any]) -> None:
    assert len(seen["widths"]) == 6
    for width in seen["widths"]:
        assert (width["requests"], width["errors"], width["scrolls"]) == ([], [], False)


def test_it_can_be_read_by_everyone(seen: dict[str, Any]) -> None:
    assert seen["axe"] == []
    assert seen["axe_passes"] > 30


def test_it_is_searched_and_filtered_by_keyboard(seen: dict[str, Any]) -> None:
    assert seen["searched"] == 3
    assert seen["count"] == f"3 of {seen['rows']} rows"
    assert seen["chosen"] == "dev"
    assert seen["filtered"] == 1


def test_what_is_filtered_is_saved(seen: dict[str, Any]) -> None:
    lines = seen["csv"].split("\r\n")
    assert lines[0].startswith("Environment,Application,Setting,Value")
    assert lines[1].startswith("dev,all,smtp.host,smtp.host of dev,environment,")
    assert lines[2:] == [""]


def test_the_address_keeps_what_was_chosen(seen: dict[str, Any]) -> None:
    assert "values.q=smtp.host" in seen["fragment"]
    assert seen["sorted"] == "ascending"
    assert seen["kept"] == seen["filtered"]
    assert seen["kept_theme"] == seen["theme"][0]
    assert seen["linked"] == seen["row"]


def test_it_is_complete_without_scripts_and_prints_on_white(seen: dict[str, Any]) -> None:
    assert seen["without_script"] == seen["rows"]
    assert seen["tools_without_script"] is False
    assert seen["print"] == ["rgb(255, 255, 255)", "none"]
    assert seen["pdf"] == "%PDF-"


def test_hostile_values_are_words(tmp_path: Path) -> None:
    found = look(hostile("".join(HOSTILE)), tmp_path)
    assert [width["errors"] + width["requests"] for width in found["widths"]] == [[]] * 6
    assert found["axe"] == []
    assert found["rows"] == found["without_script"] == 6
    assert "\r\n=" not in found["csv"]
    assert ",=" not in found["csv"]


def test_a_thousand_hosts_with_twenty_applications(tmp_path: Path) -> None:
    record = university(hosts=1000, applications=20)
    text = page(record)
    assert len(text.encode()) < 5_000_000
    found = look(record, tmp_path, barriers=False)
    assert found["rows"] == len(record["intended"]["values"]) == found["without_script"]
    assert found["searched"] == 3
    assert 0 < found["waiting"] < found["rows"]
    assert found["laid_out"] == found["rows"]
    assert [width["errors"] + width["requests"] for width in found["widths"]] == [[]] * 6
