# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a record says of itself first: statuses, and a headline that is never better than what is known."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._record.merging import record_of
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import (
    ApplyRow,
    CheckRow,
    DriftRow,
    FindingRow,
    HostRow,
    Intended,
    Observed,
    Record,
    WaiverRow,
)

HOST: HostRow = {
    "name": "app1",
    "environment": "prod",
    "state": "judged",
    "applications": [{"name": "postfix", "kind": "config_file", "coverage": "postfix"}],
}
PAGE: HostRow = {**HOST, "name": "page", "applications": [{"name": "tegrity", "kind": "admin_page", "coverage": None}]}
ERROR: FindingRow = {
    "severity": "error",
    "path": "smtp.port",
    "message": "is wrong",
    "rule": "maximum",
    "target": None,
    "policy": None,
    "documentation": None,
    "hosts": ["app1"],
    "origin": None,
}
WAIVER: WaiverRow = {
    "kind": "waiver",
    "policy": "p",
    "application": None,
    "setting": "smtp.port",
    "reason": "r",
    "until": "2026-06-01",
    "used": True,
    "hides": [{"setting": "smtp.port", "message": "is wrong", "hosts": ["app1"]}],
    "hosts": ["app1"],
    "origin": None,
}
CHECK: CheckRow = {
    "host": "app1",
    "applications": [],
    "server": "smtp.example.edu:587",
    "protocol": "smtp",
    "time": "2026-05-31T10:00:00Z",
    "checked_from": "app1",
    "category": "complete",
    "reason": "ok",
    "stage": "done",
    "message": "Test connection complete",
    "encryption": "starttls",
    "tls": "TLSv1.3",
    "certificate": None,
    "trusted": True,
    "login_verified": True,
    "commit": None,
}


def record(
    *hosts: HostRow,
    findings: tuple[FindingRow, ...] = (),
    waivers: tuple[WaiverRow, ...] = (),
    checks: tuple[CheckRow, ...] = (),
    as_of: str = "2026-06-01",
) -> Record:
    intended: Intended = {
        "revision": None,
        "hosts": list(hosts),
        "values": [],
        "coverage": {},
        "findings": list(findings),
        "waivers": list(waivers),
        "policies": [],
        "history": None,
    }
    observed: Observed = {
        "as_of": as_of,
        "stale_after_days": 30,
        "checks": list(checks),
        "applies": [],
    }
    return record_of([intended], [observed])


NOT_JUDGED: HostRow = {**HOST, "name": "app2", "state": "not judged", "applications": []}
IDLE: HostRow = {**HOST, "name": "idle", "state": "no settings", "applications": []}

# name -> the record, whether it is good, how its headline begins
HEADLINES: Mapping[str, tuple[Record, bool, str]] = {
    "no hosts at all": (record(), False, "Nothing was judged"),
    "no host with settings": (record(IDLE), False, "Nothing was judged"),
    "all is well": (record(HOST, IDLE, checks=(CHECK,)), True, "In order: 1 of 1 application"),
    "never checked": (record(HOST), False, "The settings are in order; the servers of 1 of 1 application were not"),
    "one was not judged": (
        record(HOST, NOT_JUDGED, checks=(CHECK,)),
        False,
        "Not known: the settings of 1 of 2 applications and hosts without one were not judged",
    ),
    "a fault": (record(HOST, NOT_JUDGED, findings=(ERROR,)), False, "Not in order: the settings of 1 of"),
    "a warning is no fault": (
        record(HOST, findings=({**ERROR, "severity": "warning"},), checks=(CHECK,)),
        True,
        "In order",
    ),
    "a fault of another application": (
        record(HOST, findings=({**ERROR, "target": "msmtp"},), checks=(CHECK,)),
        True,
        "In order",
    ),
    "waived on its last day": (
        record(HOST, waivers=(WAIVER,), checks=(CHECK,)),
        True,
        "In order: 1 of 1 application, 1 of them by a waiver",
    ),
    "waived until yesterday": (
        record(HOST, waivers=(WAIVER,), checks=(CHECK,), as_of="2026-06-02"),
        False,
        "Not in order: a waiver has ended for 1 of 1 application",
    ),
    "a waiver without an end": (record(HOST, waivers=({**WAIVER, "until": None},), checks=(CHECK,)), True, "In order"),
    "an idle waiver": (
        record(HOST, waivers=({**WAIVER, "used": False, "until": "2020-01-01"},), checks=(CHECK,)),
        True,
        "In order: 1 of 1 application",
    ),
    "a server that fails": (
        record(HOST, checks=({**CHECK, "category": "login_failed"},)),
        False,
        "Not in order: the servers of 1 of 1 application fail",
    ),
    "a check of 30 days ago": (record(HOST, checks=(CHECK,), as_of="2026-06-30"), True, "In order"),
    "a check of 31 days ago": (
        record(HOST, checks=(CHECK,), as_of="2026-07-01"),
        False,
        "The settings are in order; the last check of 1 of 1 application is too old",
    ),
    "a page that someone fills in": (record(PAGE), True, "In order: 1 of 1 application, 1 of them typed in by hand"),
}


@pytest.mark.parametrize(("made", "good", "headline"), HEADLINES.values(), ids=HEADLINES)
def test_the_headline(made: Record, good: bool, headline: str) -> None:
    assert made["summary"]["headline"].startswith(headline)
    assert made["summary"]["good"] is good


def test_the_last_result_of_a_server_counts() -> None:
    later: CheckRow = {**CHECK, "time": "2026-05-31T11:00:00Z", "category": "failed"}
    for checks in ((CHECK, later), (later, CHECK)):
        assert record(HOST, checks=checks)["observed"]["checks"] == [later]


APPLY: ApplyRow = {
    "host": "app1",
    "time": "2026-05-31T10:00:00Z",
    "user": "jo",
    "commit": None,
    "dry": True,
    "ok": True,
    "message": "",
    "files": [],
}
DRIFT: DriftRow = {
    "host": "app1",
    "time": "2026-05-31T10:00:00Z",
    "commit": None,
    "application": "postfix",
    "setting": "smtp.port",
    "key": None,
    "wanted": 587,
    "in_effect": 25,
    "secret": False,
    "file": "/etc/postfix/main.cf",
    "line": 4,
    "message": "smtp.port: 587 wanted, 25 in effect; /etc/postfix/main.cf:4 wins",
}
# What was seen, one look after another, and what of it holds in the end.
LOOKS: dict[str, tuple[list[tuple[str, bool, list[DriftRow]]], list[str]]] = {
    "one look": ([("10:00", True, [DRIFT])], ["10:00"]),
    "a look that saw nothing later": ([("10:00", True, [DRIFT]), ("11:00", True, [])], []),
    "an apply that wrote later": ([("10:00", True, [DRIFT]), ("11:00", False, [])], []),
    "an apply that wrote before": ([("09:00", False, []), ("10:00", True, [DRIFT])], ["10:00"]),
    "the same seen again": ([("10:00", True, [DRIFT]), ("11:00", True, [DRIFT])], ["11:00"]),
}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("case", LOOKS)
def test_the_last_look_at_a_host_counts(case: str, order: int) -> None:
    looks, times = LOOKS[case]
    parts: list[Observed] = []
    for hour, dry, drift in looks:
        time = f"2026-05-31T{hour}:00Z"
        seen: Observed = {"as_of": "2026-05-31", "stale_after_days": 1, "checks": [CHECK], "applies": []}
        seen["applies"] = [{**APPLY, "time": time, "dry": dry}]
        if dry:
            seen["drift"] = [{**row, "time": time} for row in drift]
        parts.append(seen)
    made = record(HOST)["intended"]
    told = record_of([made], parts[::order])
    assert [row["time"][11:16] for row in told["observed"]["drift"]] == times
    assert told["summary"]["good"] is not bool(times)
    assert ("are set otherwise than intended" in told["summary"]["headline"]) is bool(times)


def test_where_nobody_looked_there_is_no_drift() -> None:
    assert "drift" not in record(HOST, checks=(CHECK,))["observed"]
