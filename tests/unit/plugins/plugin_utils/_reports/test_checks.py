# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What checks saw, in the forms of reports."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.checks import (
    CHECK_FORMATS,
    CheckedServer,
    CheckReport,
    HostChecks,
)

PASSED = CheckedServer("smtp", "relay:587 (msmtp)", "pass", "complete", "ok", "done", "Test connection complete", "a1")
REFUSED = replace(PASSED, level="error", category="login_failed", reason="auth_rejected", stage="auth", message="no")
TOLERATED = replace(REFUSED, level="warning")
FINDING = Finding("smtp.auth.username", "/smtp/auth/username", "no", "auth_rejected", file="g.yml", line=3, column=5)

# (hosts, whether all passed, the outcome of each case: passed, skipped, or the type of the failure)
REPORTS = {
    "all passed": ([HostChecks("a1", "dev", (PASSED,))], True, ["passed"]),
    "a refused login": ([HostChecks("a1", "dev", (PASSED, REFUSED), (FINDING,))], False, ["passed", "auth_rejected"]),
    "a refused login that is tolerated": ([HostChecks("a1", "dev", (TOLERATED,), (), (FINDING,))], True, ["passed"]),
    "not checked": ([HostChecks("a1", "dev", not_checked="the run did not check it")], False, ["skipped"]),
    "settings that are wrong": (
        [HostChecks("a1", "dev", (), (replace(FINDING, rule="enum"),), not_checked="email settings are not valid")],
        False,
        ["enum"],
    ),
    "nothing": ([], True, []),
}


@pytest.mark.parametrize(("hosts", "passed", "cases"), REPORTS.values(), ids=REPORTS)
def test_every_server_and_every_host_is_in_it(hosts: list[HostChecks], cases: list[str], *, passed: bool) -> None:
    report = CheckReport(hosts)
    tree = json.loads(CHECK_FORMATS["json"].write(report))
    assert (tree["passed"], list(tree["hosts"])) == (passed, [host.host for host in hosts])
    root = ElementTree.fromstring(CHECK_FORMATS["junit"].write(report))
    outcomes = []
    for case in root.iter("testcase"):
        failure, skipped = case.find("failure"), case.find("skipped")
        outcomes.append("skipped" if skipped is not None else "passed" if failure is None else str(failure.get("type")))
    assert outcomes == cases
    assert root.get("failures") == str(len([case for case in cases if case not in ("passed", "skipped")]))


def test_what_several_hosts_say_alike_is_one_finding() -> None:
    hosts = [HostChecks(name, "dev", (REFUSED,), (replace(FINDING, hosts=(name,)),)) for name in ("a2", "a1")]
    [error] = CheckReport(hosts).errors
    assert error.hosts == ("a1", "a2")
    assert "[a1, a2]" in CHECK_FORMATS["github"].write(CheckReport(hosts))


def test_the_name_of_a_case_says_nothing_of_its_outcome() -> None:
    """By its name a service knows a case from one day to the next."""
    names = [
        [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
        for server in (PASSED, REFUSED, TOLERATED)
        for root in [
            ElementTree.fromstring(CHECK_FORMATS["junit"].write(CheckReport([HostChecks("a1", "dev", (server,))])))
        ]
    ]
    assert names == [[("dev.a1", "smtp relay:587 (msmtp)")]] * 3
