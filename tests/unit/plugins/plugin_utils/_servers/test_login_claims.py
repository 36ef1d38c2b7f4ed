# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host of a run tries a login."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._servers.login_claims import claim

LOGIN = {"host": "mail.example.edu", "port": 587, "username": "svc", "password": "S3cret/Wort+42"}
# Who comes with which login, in turn, and whether each tries it.
RUNS = {
    "the first host": ([("app1", LOGIN), ("app2", LOGIN), ("app3", LOGIN)], [True, False, False]),
    "one host, one account at two endpoints": ([("app1", LOGIN), ("app1", {**LOGIN, "timeout": 9})], [True, True]),
    "a host that comes back": ([("app1", LOGIN), ("app2", LOGIN), ("app1", LOGIN)], [True, False, True]),
    "accounts of their own": ([("app1", LOGIN), ("app2", {**LOGIN, "username": "other"})], [True, True]),
}


@pytest.mark.parametrize(("comers", "tries"), RUNS.values(), ids=RUNS)
def test_who_tries_a_login(comers: list[tuple[str, dict[str, object]]], tries: list[bool], tmp_path: Path) -> None:
    assert [claim(tmp_path, "smtp", endpoint, host) for host, endpoint in comers] == tries  # type: ignore[arg-type]


def test_nothing_of_a_login_is_written(tmp_path: Path) -> None:
    claim(tmp_path, "smtp", LOGIN, "app1")
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    for path in written:
        assert path.read_bytes() == b""
        assert not [word for word in ("svc", "S3cret", "mail.example", "app1") if word in path.name]
