# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example alerts speak of figures that a record has, and Prometheus' own tool reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._publication.prometheus import prometheus
from tests.records import hostile

ALERTS = Path(__file__).resolve().parents[2] / "examples" / "prometheus" / "email-alerts.yml"


def test_every_figure_that_an_alert_asks_for_is_there() -> None:
    rules = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"][0]["rules"]
    asked = {name for rule in rules for name in re.findall(r"\bemail_\w+", rule["expr"])}
    written = set(re.findall(r"^# TYPE (\w+)", prometheus(hostile("x")), flags=re.MULTILINE))
    assert asked
    assert asked <= written


def test_promtool_reads_the_alerts() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    checked = subprocess.run(["promtool", "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
