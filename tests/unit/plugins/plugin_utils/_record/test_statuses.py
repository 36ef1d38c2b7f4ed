# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a record says of itself first: statuses, and a headline that is never better than what is known."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._record.merging import record_of
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import (
    CheckRow,
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
