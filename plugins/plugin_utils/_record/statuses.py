# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a reader wants to know first: the status of everything, with its denominators. A pure function of the record."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted

from .shape import (
    STATUSES,
    Cell,
    CheckRow,
    Counts,
    EnvironmentRow,
    HostRow,
    Intended,
    Observed,
    PolicyRow,
    PolicyStatus,
    Status,
    Summary,
    WaiverRow,
)

# A host that has settings and no application counts once, under this name.
NO_APPLICATION = "no application"


@dataclass(frozen=True)
class Unit:
    """An application on a host, and its two statuses."""

    environment: str
    host: str
    application: str
    intended: Status
    observed: Status


def application_of(name: str) -> str:
    """The application's name; one that is on a host twice is numbered (`postfix 2`)."""
    return re.sub(r" \d+$", "", name)


def worst(statuses: Iterable[Status]) -> Status:
    """The status of several things together: the one that wants most attention."""
    found = set(statuses)
    return next((status for status in STATUSES if status in found), "not judged")


def ended(waiver: WaiverRow, as_of: str) -> bool:
    """Whether its last day was before the day that the record was made."""
    return waiver["until"] is not None and waiver["until"] < as_of


def days_left(until: str, as_of: str) -> int:
    """The days from one day to another; negative where it is past."""
    return (datetime.date.fromisoformat(until) - datetime.date.fromisoformat(as_of[:10])).days


def check_status(check: CheckRow, observed: Observed) -> Status:
    """What a check's result says on the day that the record was made."""
    if check["category"] != "complete":
        return "fail"
    age = -days_left(check["time"][:10], observed["as_of"])
    return "stale" if age > observed["stale_after_days"] else "pass"


def units(intended: Intended, observed: Observed) -> list[Unit]:
    """Every application on every host, and every host that has none; less the hosts that have no settings."""
    settings = _IntendedStatuses(intended, observed["as_of"])
    servers = _ObservedStatuses(observed)
    found: list[Unit] = []
    for host in (host for host in intended["hosts"] if host["state"] != "no settings"):
        named = [(one["name"], one["kind"]) for one in host["applications"]] or [(NO_APPLICATION, None)]
        found.extend(
            Unit(host["environment"], host["name"], name, settings.of(host, name), servers.of(host["name"], name, kind))
            for name, kind in named
        )
    return found


class _IntendedStatuses:
    """Which hosts and applications something is wrong with, or let through."""

    def __init__(self, intended: Intended, as_of: str) -> None:
        errors = [one for one in intended["findings"] if one["severity"] == "error"]
        self._failing = {(host, one["target"]) for one in errors for host in one["hosts"]}
        self._waived: dict[tuple[str, str | None], set[Status]] = {}
        for waiver in (one for one in intended["waivers"] if one["used"]):
            status: Status = "waiver ended" if ended(waiver, as_of) else "waived"
            for host in {host for hidden in waiver["hides"] for host in hidden["hosts"]}:
                self._waived.setdefault((host, waiver["application"]), set()).add(status)

    def of(self, host: HostRow, application: str) -> Status:
        if host["state"] != "judged":
            return "not judged"
        concerned = [(host["name"], name) for name in (None, application, application_of(application))]
        if any(key in self._failing for key in concerned):
            return "fail"
        waived = {status for key in concerned for status in self._waived.get(key, ())}
        return worst(waived or {"pass"})


class _ObservedStatuses:
    """What was seen of each application's servers."""

    def __init__(self, observed: Observed) -> None:
        self._seen: dict[tuple[str, str | None], list[Status]] = {}
        for check in observed["checks"]:
            names: list[str | None] = [*check["applications"]]
            for name in names or [None]:
                self._seen.setdefault((check["host"], name), []).append(check_status(check, observed))

    def of(self, host: str, application: str, kind: str | None) -> Status:
        names = (None, application, application_of(application))
        seen = worst([status for name in names for status in self._seen.get((host, name), ())] or ["not checked"])
        # The server may be right: whether the page holds these settings is for a person to say.
        return "manual" if kind == "admin_page" and seen != "fail" else seen


def summary(intended: Intended, observed: Observed) -> Summary:
    """The headline, the figures of each environment, the matrix, and what became of each policy."""
    every = units(intended, observed)
    names = sorted({host["environment"] for host in intended["hosts"]})
    total = _counts(intended["hosts"], every)
    good, headline = _headline(total, _drifting(every, observed))
    return {
        "headline": headline,
        "good": good,
        "total": total,
        "environments": [_environment(name, intended["hosts"], every) for name in names],
        "cells": list(_cells(every)),
        "policies": list(_policy_statuses(intended, observed["as_of"])),
    }


def _counts(hosts: Sequence[HostRow], inside: Sequence[Unit]) -> Counts:
    states = Counter(host["state"] for host in hosts)
    return {
        "hosts": len(hosts),
        "judged": states["judged"],
        "not_judged": states["not judged"],
        "no_settings": states["no settings"],
        "applications": sum(len(host["applications"]) for host in hosts),
        "units": len(inside),
        "intended": _tally(unit.intended for unit in inside),
        "observed": _tally(unit.observed for unit in inside),
    }


def _tally(statuses: Iterable[Status]) -> dict[str, int]:
    counts = Counter(statuses)
    return {status: counts[status] for status in STATUSES if counts[status]}


def _environment(name: str, hosts: Sequence[HostRow], every: Sequence[Unit]) -> EnvironmentRow:
    inside = [host for host in hosts if host["environment"] == name]
    return {"name": name, **_counts(inside, [unit for unit in every if unit.environment == name])}


def _drifting(every: Sequence[Unit], observed: Observed) -> int:
    """How many are set otherwise than is intended."""
    seen = {(row["host"], row["application"]) for row in observed.get("drift", ())}
    return sum((unit.host, application_of(unit.application)) in seen for unit in every)


def _headline(total: Counts, drifting: int) -> tuple[bool, str]:
    """Whether all is well, and the sentence. Nothing is called good while anything was not judged or not seen."""
    number, settings, seen = total["units"], total["intended"], total["observed"]
    alone = number > total["applications"]
    of_all = f"of {counted(number, 'application')}" + (" and hosts without one" if alone else "")
    sentences = [
        (settings.get("fail", 0), "Not in order: the settings of {} {} fail"),
        (settings.get("waiver ended", 0), "Not in order: a waiver has ended for {} {}"),
        (seen.get("fail", 0), "Not in order: the servers of {} {} fail"),
        (drifting, "Not in order: {} {} are set otherwise than intended"),
        (settings.get("not judged", 0), "Not known: the settings of {} {} were not judged"),
        (seen.get("not checked", 0), "The settings are in order; the servers of {} {} were not checked"),
        (seen.get("stale", 0), "The settings are in order; the last check of {} {} is too old"),
    ]
    if not number:
        return False, "Nothing was judged: no host has settings"
    for count, sentence in sentences:
        if count:
            return False, sentence.format(count, of_all)
    return True, ", ".join([f"In order: {number} {of_all}", *_but(total)])


def _but(total: Counts) -> Iterator[str]:
    """What is in order only because somebody says so."""
    waived, by_hand = total["intended"].get("waived", 0), total["observed"].get("manual", 0)
    yield from [f"{waived} of them by a waiver"] if waived else []
    yield from [f"{by_hand} of them typed in by hand, which no check sees"] if by_hand else []


def _cells(every: Sequence[Unit]) -> Iterator[Cell]:
    inside: dict[tuple[str, str], list[Unit]] = {}
    for unit in every:
        inside.setdefault((unit.environment, application_of(unit.application)), []).append(unit)
    for (environment, application), found in sorted(inside.items()):
        yield {
            "environment": environment,
            "application": application,
            "count": len(found),
            "intended": _tally(unit.intended for unit in found),
            "observed": _tally(unit.observed for unit in found),
            "status": worst([status for unit in found for status in (unit.intended, unit.observed)]),
        }


def _policy_statuses(intended: Intended, as_of: str) -> Iterator[PolicyStatus]:
    environments = {host["name"]: host["environment"] for host in intended["hosts"]}
    for policy in intended["policies"]:
        hosts: dict[str, set[str]] = {}
        for host in policy["hosts"]:
            hosts.setdefault(environments.get(host, ""), set()).add(host)
        for environment, inside in sorted(hosts.items()):
            failing = {host for one in _broken(intended, policy) for host in one} & inside
            yield {
                "policy": policy["name"],
                "environment": environment,
                "status": "fail" if failing else _without_faults(policy, inside, intended, as_of),
                "hosts": len(inside),
                "failing": len(failing),
            }


def _broken(intended: Intended, policy: PolicyRow) -> Iterator[Sequence[str]]:
    # A waiver that is misspelt or idle names its policy, and breaks none.
    yield from (
        one["hosts"] for one in intended["findings"] if one["policy"] == policy["name"] and one["rule"] != "waiver"
    )


def _without_faults(policy: PolicyRow, hosts: set[str], intended: Intended, as_of: str) -> Status:
    if not policy["judged"]:
        return "not judged"
    waivers = [
        waiver
        for waiver in intended["waivers"]
        if waiver["policy"] == policy["name"]
        and not hosts.isdisjoint(host for hidden in waiver["hides"] for host in hidden["hosts"])
    ]
    if any(ended(waiver, as_of) for waiver in waivers):
        return "waiver ended"
    return "waived" if waivers else "pass"
