# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One login an account and run: who tries it, and what the others do with its verdict."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._servers.login_claims import (
    LoginClaims,
    LoginRefusedElsewhere,
    Server,
    account,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

SECRET = "hunter2-of-the-relay"
A: Server = ("smtp", {"host": "a.example.edu", "port": 587, "username": "svc", "password": SECRET, "name": "a"})
B: Server = ("smtp", {"host": "b.example.edu", "port": 587, "username": "svc", "password": SECRET, "name": "b"})
OPEN: Server = ("smtp", {"host": "a.example.edu", "port": 25})
OTHER_PASSWORD: Server = ("smtp", {**A[1], "password": "another"})


def result(category: str, reason: str, mechanism: str | None = "PLAIN") -> Mapping[str, JSON]:
    return {"category": category, "reason": reason, "stage": "auth", "auth": {"mechanism": mechanism}}


ACCEPTED = result("complete", "ok")
REFUSED = result("login_failed", "auth_rejected")
UNTRIED = result("connection_failed", "timeout_connect", None)


def test_the_first_host_tries_and_the_next_has_its_verdict(tmp_path: Path) -> None:
    first, second = LoginClaims(tmp_path, "app1"), LoginClaims(tmp_path, "app2")
    assert first.arrange([A, OPEN]) == [True, True]
    first.publish([ACCEPTED, ACCEPTED], [A, OPEN])
    assert second.arrange([A, OPEN]) == [False, True]


def test_a_refusal_is_one_for_all_and_names_who_tried(tmp_path: Path) -> None:
    first = LoginClaims(tmp_path, "app1")
    first.arrange([A])
    first.publish([REFUSED], [A])
    with pytest.raises(LoginRefusedElsewhere) as refused:
        LoginClaims(tmp_path, "app2").arrange([A])
    assert str(refused.value) == (
        "SMTP login failed. Check server login or password. a: app1 tried this login for all hosts of the run, and it "
        "was refused (auth_rejected); it is not tried again"
    )


@pytest.mark.parametrize("results", [[UNTRIED], []], ids=["the server was not reached", "the check came to nothing"])
def test_a_login_that_was_not_tried_is_the_next_hosts(tmp_path: Path, results: list[Mapping[str, JSON]]) -> None:
    first = LoginClaims(tmp_path, "app1")
    first.arrange([A])
    first.publish(results, [A])
    assert LoginClaims(tmp_path, "app2").arrange([A]) == [True]


def test_a_host_that_comes_back_leaves_its_login_to_nobody(tmp_path: Path) -> None:
    claims = LoginClaims(tmp_path, "app1")
    for _task in range(2):
        assert claims.arrange([A, A]) == [True, True]
        claims.publish([ACCEPTED, ACCEPTED], [A, A])


def test_another_password_is_another_login(tmp_path: Path) -> None:
    LoginClaims(tmp_path, "app1").arrange([A])
    assert LoginClaims(tmp_path, "app2").arrange([OTHER_PASSWORD]) == [True]


def test_a_worker_that_died_holds_nobody_up(tmp_path: Path) -> None:
    worker = os.fork()
    if worker == 0:
        LoginClaims(tmp_path, "app1").arrange([A])
        os._exit(0)
    os.waitpid(worker, 0)
    assert LoginClaims(tmp_path, "app2").arrange([A]) == [True]


def test_hosts_that_share_two_logins_never_wait_for_each_other(tmp_path: Path) -> None:
    """Each names them in another order; both are done, and each login was tried by one of them."""
    tried: list[str] = []

    def host(name: str, folder: Path, servers: list[Server]) -> None:
        claims = LoginClaims(folder, name)
        arranged = claims.arrange(servers)
        tried.extend(account(*server) for server, tries in zip(servers, arranged, strict=True) if tries)
        claims.publish([ACCEPTED] * len(servers), servers)

    for run in range(20):
        folder = tmp_path / f"run{run}"
        orders = {"app1": [A, B], "app2": [B, A]}
        hosts = [threading.Thread(target=host, args=(name, folder, order)) for name, order in orders.items()]
        for thread in hosts:
            thread.start()
        for thread in hosts:
            thread.join(timeout=30)
            assert not thread.is_alive()
    assert sorted(tried) == sorted([account(*A), account(*B)] * 20)


def test_nothing_in_the_folder_tells_a_login(tmp_path: Path) -> None:
    claims = LoginClaims(tmp_path, "app1")
    claims.arrange([A])
    claims.publish([REFUSED], [A])
    written = "".join(path.name + path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    assert SECRET not in written
    assert "svc" not in written
