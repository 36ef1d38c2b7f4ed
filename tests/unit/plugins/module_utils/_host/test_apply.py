# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's half of apply: what it warns of, and that a Python that cannot check writes nothing before it says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import FAILING_CATEGORIES, WARNINGS
from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileMapping
from ansible_collections.appmail.settings.plugins.module_utils._host.apply import apply
from ansible_collections.appmail.settings.plugins.module_utils._host.half import HostError
from ansible_collections.appmail.settings.plugins.module_utils._host.payload import (
    ApplyPayload,
    CheckPayload,
    EndpointPayload,
)
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
    "another host logs in": ("before", {**SENDER, "login": "elsewhere"}, ["login_elsewhere"]),
    "another host logs in, without a sender": (
        "before",
        {"login": "elsewhere"},
        ["sender_not_tried", "login_elsewhere"],
    ),
    "another host logs in, both": (
        "both",
        {**SENDER, "login": "elsewhere"},
        ["login_elsewhere", "login_elsewhere"],
    ),
    "no host logs in": ("before", {**SENDER, "login": "never"}, ["login_left_out"]),
}


def payload_of(when: str, endpoint: dict[str, object], *files: FileMapping, **more: object) -> ApplyPayload:
    options = {name: value for name, value in endpoint.items() if name != "login"}
    server: EndpointPayload = {"protocol": "smtp", "options": options, "login": str(endpoint.get("login", "try"))}
    check: CheckPayload = {
        "endpoints": [server],
        "on_failure": "fail",
        "fail_on": list(FAILING_CATEGORIES),
        "max_parallel": 1,
        **more,  # type: ignore[typeddict-item]
    }
    return {
        "when": when,
        "check": check,
        "files": list(files),
        "backup": False,
        "takeover": "backup",
        "diff": False,
        "reloads": [],
        "dest_root": None,
        "scope": "",
        "removed": "ignore",
        "remember_reloads": False,
    }


@pytest.mark.parametrize(("check", "more", "expected"), CASES.values(), ids=CASES)
def test_warnings(check: str, more: dict[str, object], expected: list[str], server: MailServer) -> None:
    endpoint = {
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
    result = apply(payload_of(check, endpoint), check_mode=False)
    ours = {f"relay: {WARNINGS[name]}": name for name in ("sender_not_tried", "login_elsewhere", "login_left_out")}
    assert [ours[each] for each in result["warnings"] if each in ours] == expected
    assert result["reason"] == "ok"


CLOSED = {"host": "127.0.0.1", "encryption": "none"}


def test_without_a_fail_on_every_failure_fails(server: MailServer) -> None:
    with pytest.raises(HostError, match="connection_refused"):
        apply(payload_of("before", {**CLOSED, "port": server.ports["closed"]}), check_mode=False)


def test_a_category_that_fail_on_leaves_out_does_not_fail(server: MailServer) -> None:
    payload = payload_of("before", {**CLOSED, "port": server.ports["closed"]}, fail_on=["login_failed"])
    result = apply(payload, check_mode=False)
    assert result["reason"] == "connection_refused"


# As a Python that was built without OpenSSL.
WITHOUT_SSL = """
import json, sys
sys.modules["_ssl"] = None
from ansible_collections.appmail.settings.plugins.module_utils._host.apply import apply
from ansible_collections.appmail.settings.plugins.module_utils._host.half import HostError
try:
    apply(json.load(sys.stdin), check_mode=False)
except HostError as error:
    print(error)
"""


def said_without_ssl(check: str, destination: Path) -> str:
    endpoint = {"host": "127.0.0.1", "port": 9, "encryption": "none"}
    file = {"path": str(destination), "target": "demo", "name": "demo.conf", "content": "new\n"}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SSL],
        input=json.dumps(payload_of(check, endpoint, file)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("check", ["before", "after", "both"])
def test_a_python_that_cannot_check_says_so_before_anything_is_written(check: str, tmp_path: Path) -> None:
    said = said_without_ssl(check, tmp_path / "demo.conf")
    assert "_ssl" in said
    assert sys.executable in said
    assert "check: never" in said
    assert not list(tmp_path.iterdir())


def test_a_python_that_cannot_check_need_not_where_nothing_is_checked(tmp_path: Path) -> None:
    assert said_without_ssl("never", tmp_path / "demo.conf") == ""
    assert (tmp_path / "demo.conf").read_text() == "new\n"
