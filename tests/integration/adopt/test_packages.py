# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that Debian's packages install, as nobody has touched them: adopt finds what they say, and nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._host.adopt import adopt
from ansible_collections.appmail.settings.plugins.module_utils._secrets.sealing import seal, unseal
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.host import letter, read_answer, wanted_targets
from tests.tools.packages import FOLDER, PACKAGES

pytestmark = pytest.mark.once

# A package, and the applications that are found with the settings that are carried of each.
FOUND: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "dma": {"dma": {}},
    "exim4-config": {"exim4": {}},
    "fail2ban": {},
    "monit": {},
    "opensmtpd": {"opensmtpd": {}},
    "prometheus-alertmanager": {
        "alertmanager": {
            "smtp.host": "localhost",
            "smtp.port": 25,
            "smtp.encryption": "starttls",
            "smtp.auth.username": "alertmanager",
            "sender.address": "alertmanager@example.org",
        }
    },
    "s-nail": {"s_nail": {}},
    "smartmontools": {"smartmontools": {}},
    "ssmtp": {"ssmtp": {}},
}


def unpacked(package: str) -> Path:
    """Where a package is unpacked; it and nothing that it stands on."""
    if not (FOLDER / package).is_dir():
        pytest.skip(f"packages are not unpacked, {package} among them (make packages)")
    return FOLDER / package


def adopted(root: Path) -> list[Adopted]:
    """All known applications below a folder, as if it were the host's root."""
    wanted = wanted_targets([], [], [])
    payload, key = letter(wanted)
    for file in payload["files"]:
        file["paths"] = [f"{root}{path}" for path in file["paths"]]
    payload["dumps"] = []
    answer: dict[str, Any] = json.loads(unseal(key, adopt(payload, check_mode=False)["sealed"]))
    for seen in answer["files"]:
        seen["path"] = seen["path"].removeprefix(str(root))
    return read_answer(wanted, seal(key, json.dumps(answer)), key)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_as_it_comes(package: str) -> None:
    found = {application.app: application for application in adopted(unpacked(package))}
    assert set(found) == set(FOUND[package])
    for app, settings in FOUND[package].items():
        values = found[app].values()
        assert {leaf: values.get(leaf) for leaf in settings} == settings
        assert settings or not values
        assert not [remark for remark in found[app].remarks if remark.rule == "unreadable"]


def test_what_a_package_says_in_a_way_of_its_own_is_told() -> None:
    """smartd's own file has a program to tell by, which apply would not write, and names root, who has no address."""
    (smartd,) = adopted(unpacked("smartmontools"))
    told = [(remark.rule, remark.file) for remark in smartd.remarks]
    assert told == [("beyond_a_spec", "/etc/smartd.conf"), ("not_understood", "/etc/smartd.conf")]
