# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's half of apply: what it warns of where it left the login out by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._apply import apply
from ansible_collections.appmail.settings.plugins.module_utils._reasons import FAILING_CATEGORIES, WARNINGS
from tests.servers.mail_server import MailServer

USERNAME, PASSWORD = "svc-mail@example.edu", "S3cret/Wörd+42"
SENDER = {"sender": "app@example.edu"}


@pytest.fixture(scope="module", name="server")
def server_fixture() -> Iterator[MailServer]:
    with MailServer({USERNAME: PASSWORD}) as server:
        yield server


CASES = {
    "both, with a sender": ("both", SENDER, []),
    "both, without a sender": ("both", {}, ["sender_not_tried", "sender_not_tried"]),
    "before, without a sender": ("before", {}, ["sender_not_tried"]),
    "another host logs in": ("before", {**SENDER, "login_elsewhere": True}, ["login_elsewhere"]),
    "another host logs in, without a sender": (
        "before",
        {"login_elsewhere": True},
        ["sender_not_tried", "login_elsewhere"],
    ),
    "another host logs in, both": (
        "both",
        {**SENDER, "login_elsewhere": True},
        ["login_elsewhere", "login_elsewhere"],
    ),
}


@pytest.mark.parametrize(("check", "more", "expected"), CASES.values(), ids=CASES)
def test_warnings(check: str, more: dict[str, object], expected: list[str], server: MailServer) -> None:
    endpoint = {
        "protocol": "smtp",
        "name": "relay",
        "host": "127.0.0.1",
        "port": server.ports["smtp_starttls"],
        "encryption": "starttls",
        "timeout": 20,
        "tls": {"ca_file": str(server.ca_file)},
        "username": USERNAME,
        "password": PASSWORD,
        **more,
    }
    payload = {
        "endpoints": [endpoint],
        "check": check,
        "check_on_failure": "fail",
        "max_parallel": 2,
        "fail_on": list(FAILING_CATEGORIES),
        "files": [],
        "backup": False,
        "diff": False,
        "reloads": [],
    }
    result = apply(payload, check_mode=False)
    ours = {f"relay: {WARNINGS[name]}": name for name in ("sender_not_tried", "login_elsewhere")}
    assert [ours[each] for each in result["warnings"] if each in ours] == expected
    assert result["reason"] == "ok"
