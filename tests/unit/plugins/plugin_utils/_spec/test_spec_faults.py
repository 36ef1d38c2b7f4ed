# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a valid spec is warned about."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

LOGIN: dict[str, JSON] = {"username": "u", "password": "a-long-password"}
WARNINGS: dict[str, tuple[dict[str, JSON], list[tuple[str, str]]]] = {
    "encrypted": ({"encryption": "starttls", "tls": {"verify": True}, "auth": LOGIN}, []),
    "no TLS and nothing said of it": ({"encryption": "none"}, []),
    "no TLS, and TLS settings": (
        {"encryption": "none", "tls": {"verify": True, "ca_file": "/ca.pem"}},
        [("smtp.tls.ca_file", "no_effect"), ("smtp.tls.verify", "no_effect")],
    ),
    "no TLS, and a login": ({"encryption": "none", "auth": LOGIN}, [("smtp.encryption", "password_in_clear")]),
    "TLS if offered, and a login": (
        {"encryption": "starttls_opportunistic", "auth": LOGIN},
        [("smtp.encryption", "password_in_clear")],
    ),
}


@pytest.mark.parametrize(("smtp", "expected"), WARNINGS.values(), ids=WARNINGS)
def test_warnings(smtp: dict[str, JSON], expected: list[tuple[str, str]]) -> None:
    judgement = judge(Request(settings={"schema_version": 1, "smtp": {"host": "smtp.example.edu", **smtp}}))
    assert judgement.valid
    assert [(warning.path, warning.rule) for warning in judgement.warnings] == expected


def test_a_target_of_its_own_mind_is_warned_about_its_own_settings() -> None:
    smtp: dict[str, JSON] = {"host": "smtp.example.edu", "encryption": "starttls", "tls": {"verify": True}}
    targets: list[JSON] = [{"app": "postfix", "settings": {"smtp": {"encryption": "none"}}}, {"app": "postfix"}]
    judgement = judge(Request(settings={"schema_version": 1, "smtp": smtp}, targets=targets))
    found = [(warning.path, warning.target) for warning in judgement.warnings if warning.rule == "no_effect"]
    assert found == [("smtp.tls.verify", "postfix")]
