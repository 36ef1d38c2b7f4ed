# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Waivers: violations of policies that are accepted, with a reason, until a day.

They stand in the spec itself, so that whoever reviews a change sees them, and every report lists them.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.faults import Fault
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Steps, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted, did_you_mean

from .acceptances import covers, day_of
from .findings import Finding, Findings, Severity, Source, place, where


@dataclass(frozen=True)
class Waiver:
    """One entry of `email_settings.waivers`, or of a target's `accept`. `ended` says whether its last day is past.

    A waiver has a policy, what is accepted a target; that may have no reason and no end.
    """

    index: int
    policy: str | None
    path: str
    reason: str | None
    until: str | None
    ended: bool
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hosts: tuple[str, ...] = ()
    used: bool = False
    target: str | None = None
    # The violations that it takes out of the findings, for whoever keeps a register.
    hides: tuple[Finding, ...] = field(default=(), compare=False, repr=False)
    # The file's full name, as a finding has it.
    written_in: str | None = field(default=None, repr=False)

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is a violation that this accepts: of the policy, and at the path or below it."""
        return self.policy is not None and finding.policy == self.policy and covers(self.path, finding.path)

    def to_mapping(self) -> dict[str, JSON]:
        """The waiver as plain data."""
        whose = "policy" if self.target is None else "target"
        names = (whose, "path", "reason", "until", "ended", "used", "file", "line", "column")
        return {**{name: getattr(self, name) for name in names}, "hosts": list(self.hosts)}


def register(waivers: Sequence[Waiver]) -> dict[str, list[JSON]]:
    """As plain data: `waivers` of policies, and what targets have `accepted`."""
    return {
        "waivers": [waiver.to_mapping() for waiver in waivers if waiver.target is None],
        "accepted": [waiver.to_mapping() for waiver in waivers if waiver.target is not None],
    }


def read_waivers(written: Tree, source: Source, findings: Findings, today: datetime.date) -> list[Waiver]:
    """The waivers that can be used; those that the schema refuses are reported already, and left out here."""
    given = written.get("waivers")
    waivers = []
    for index, entry in enumerate(given if isinstance(given, list) else ()):
        day = day_of(str(cast("Tree", entry)["until"])) if _is_whole(entry) else None
        if day is None:
            path: Steps = ("waivers", index, "until")
            if _is_whole(entry) and not findings.has_error_at(path):
                fault = Fault(path, "date", f"{entry['until']} is no day of the calendar")
                findings.add(source, [fault])
            continue
        at = where(place(source, ("waivers", index), "value"), findings.shown_from)
        waivers.append(
            Waiver(
                index=index,
                policy=entry["policy"],
                path=entry["path"],
                reason=findings.secrets.clean(entry["reason"]),
                until=entry["until"],
                ended=day < today,
                file=at["file"],
                line=at["line"],
                column=at["column"],
                written_in=at["written_in"],
            )
        )
    return waivers


def _is_whole(entry: JSON) -> bool:
    names = ("policy", "path", "reason", "until")
    return isinstance(entry, Mapping) and all(isinstance(entry.get(name), str) for name in names)


def waive(waivers: Sequence[Waiver], findings: Findings) -> list[Waiver]:
    """Take out of the findings what is accepted; the waivers, with those marked that something was taken out for.

    What an ended waiver covered is taken out as well: `report_waivers` reports the waiver itself in its place, so that
    there is one finding to mend.
    """
    hidden = {
        waiver.index: tuple(finding for finding in _ruled(findings) if waiver.covers(finding)) for waiver in waivers
    }
    for listed in (findings.errors, findings.warnings):
        listed[:] = [finding for finding in listed if not any(waiver.covers(finding) for waiver in waivers)]
    return [
        replace(waiver, used=waiver.used or bool(hidden[waiver.index]), hides=hidden[waiver.index])
        for waiver in waivers
    ]


def _ruled(findings: Findings) -> Iterator[Finding]:
    """What breaks a policy, be it an error or a warning."""
    yield from (finding for finding in (*findings.errors, *findings.warnings) if finding.policy is not None)


@dataclass(frozen=True)
class Horizon:
    """How far ahead the end of what is accepted is told: `days` from `today`, 0 for not at all."""

    today: datetime.date
    days: int

    def ends(self, until: str | None) -> str:
        """`ends on 2026-12-31, in 3 days` of a last day that is as near as that; "" of every other, and of none."""
        if until is None:
            return ""
        left = (datetime.date.fromisoformat(until) - self.today).days
        if not self.days or not 0 <= left <= self.days:
            return ""
        return f"ends on {until}, in {counted(left, 'day')}" if left else f"ends on {until}, today"


def report_waivers(
    waivers: Sequence[Waiver], source: Source, findings: Findings, policies: Sequence[str], horizon: Horizon
) -> None:
    """An ended waiver is an error, one that waives nothing or ends soon a warning. `policies` are those there are."""
    for waiver in waivers:
        if waiver.ended:
            again = "; what it accepted is refused again" if waiver.used else ", and it waives nothing: take it out"
            message = f"the waiver of {waiver.policy} for {waiver.path} ended on {waiver.until}{again}"
            _report(waiver, "until", message, source, findings)
        elif not waiver.used and waiver.policy not in policies:
            message = f"no policy here is called {waiver.policy}{did_you_mean(waiver.policy, policies)}"
            _report(waiver, "policy", message, source, findings, severity="warning")
        elif not waiver.used:
            message = f"the waiver waives nothing: {waiver.path} keeps to {waiver.policy}"
            _report(waiver, "path", message, source, findings, severity="warning")
        elif horizon.ends(waiver.until):
            message = f"the waiver of {waiver.policy} for {waiver.path} {horizon.ends(waiver.until)}"
            _report(waiver, "until", message, source, findings, severity="warning")


def _report(
    waiver: Waiver, key: str, message: str, source: Source, findings: Findings, *, severity: Severity = "error"
) -> None:
    path: Steps = ("waivers", waiver.index, key)
    findings.add(source, [Fault(path, "waiver", message)], severity=severity, policy=waiver.policy)
