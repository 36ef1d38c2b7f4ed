# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A waiver that is soon over is told in time, where that is asked for."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.waivers import Horizon


def judged(today: str, days: int) -> Judgement:
    waiver: dict[str, Any] = {
        "policy": "encryption-required",
        "path": "smtp.encryption",
        "reason": "the lab's relay has no certificate",
        "until": "2027-03-31",
    }
    settings: dict[str, Any] = {
        "schema_version": 1,
        "smtp": {"host": "relay.example.edu", "encryption": "none"},
        "waivers": [waiver],
    }
    day = datetime.date.fromisoformat(today)
    return judge(Request(settings=settings, policies=["encryption-required"], today=day, waiver_warn_days=days))


# Two policies are broken at two settings: (the policy and the path of a waiver, what is still told).
BROKEN = {"certificates-verified at smtp.tls.verify", "encryption-required at smtp.encryption"}
WAIVERS = {
    "of the policy, at the path": (
        "encryption-required",
        "smtp.encryption",
        {"certificates-verified at smtp.tls.verify"},
    ),
    "of the policy, above the path": ("encryption-required", "smtp", {"certificates-verified at smtp.tls.verify"}),
    "of the policy, elsewhere": (
        "encryption-required",
        "smtp.tls",
        {*BROKEN, "encryption-required at waivers[0].path"},
    ),
    "of another policy that is broken elsewhere": (
        "certificates-verified",
        "smtp.encryption",
        {*BROKEN, "certificates-verified at waivers[0].path"},
    ),
    "of the other policy, at its path": (
        "certificates-verified",
        "smtp.tls.verify",
        {"encryption-required at smtp.encryption"},
    ),
    "of no policy that there is": (
        "encryption-require",
        "smtp.encryption",
        {*BROKEN, "encryption-require at waivers[0].policy"},
    ),
}


@pytest.mark.parametrize(("policy", "path", "told"), WAIVERS.values(), ids=WAIVERS)
def test_what_a_waiver_covers(policy: str, path: str, told: set[str]) -> None:
    waiver = {"policy": policy, "path": path, "reason": "the lab's relay has no certificate", "until": "2027-03-31"}
    settings: dict[str, Any] = {
        "schema_version": 1,
        "smtp": {"host": "relay.example.edu", "encryption": "none", "tls": {"verify": False}},
        "waivers": [waiver],
    }
    policies = ["encryption-required", "certificates-verified"]
    judgement = judge(Request(settings=settings, policies=policies, today=datetime.date(2027, 1, 1)))
    findings = [finding for finding in (*judgement.errors, *judgement.warnings) if finding.policy is not None]
    assert {f"{finding.policy} at {finding.path}" for finding in findings} == told


# (today, how many days before its end a waiver is told, how the warning ends; "" where there is none)
DAYS = {
    "nobody asked": ("2027-03-30", 0, ""),
    "too early": ("2027-03-16", 14, ""),
    "the first day": ("2027-03-17", 14, "ends on 2027-03-31, in 14 days"),
    "the day before": ("2027-03-30", 14, "ends on 2027-03-31, in 1 day"),
    "its last day": ("2027-03-31", 1, "ends on 2027-03-31, today"),
    "afterwards it is an error": ("2027-04-01", 14, ""),
    "a number below nought": ("2027-03-30", -1, ""),
}


@pytest.mark.parametrize(("today", "days", "said"), DAYS.values(), ids=DAYS)
def test_a_waiver_that_ends_soon(today: str, days: int, said: str) -> None:
    judgement = judged(today, days)
    ending = [warning for warning in judgement.warnings if warning.rule == "waiver"]
    assert [warning.message.endswith(said) for warning in ending] == [True] * bool(said)
    assert [warning.path for warning in ending] == ["waivers[0].until"] * bool(said)
    assert judgement.valid is (today <= "2027-03-31")


@pytest.mark.parametrize("until", [None, "2027-03-30"], ids=["it has no end", "it is over"])
def test_what_does_not_end_any_more_is_not_told(until: str | None) -> None:
    assert Horizon(datetime.date(2027, 3, 31), 14).ends(until) == ""
