# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The record's shape, as `schemas/record.schema.json` describes it for everyone else."""

from __future__ import annotations

from typing import Literal, TypedDict

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

SCHEMA_VERSION = 1

Status = Literal["fail", "waiver ended", "not judged", "stale", "not checked", "manual", "waived", "pass"]
# From what wants most attention to what wants none: the status of several things together is the first of theirs.
STATUSES: tuple[Status, ...] = (
    "fail",
    "waiver ended",
    "not judged",
    "stale",
    "not checked",
    "manual",
    "waived",
    "pass",
)


class Origin(TypedDict):
    """Where something was written, and by which commit. `file` alone may be a description, as for `-e`."""

    file: str | None
    line: int | None
    column: int | None
    commit: str | None
    author: str | None
    date: str | None


class Secret(TypedDict):
    """How a secret is kept, and the name of the variable that holds it; never anything of its value."""

    kind: Literal["vaulted", "template", "plain", "unknown"]
    variable: str | None


class ValueRow(TypedDict):
    """One setting as it is for some hosts of an environment.

    `application` is None for the common settings, which every application gets. `value` is None for a secret.
    """

    environment: str
    hosts: list[str]
    application: str | None
    setting: str
    value: JSON
    secret: Secret | None
    source: Literal["base", "environment", "host", "target", "default"]
    origin: Origin | None


class Application(TypedDict):
    """One application on a host. `coverage` names its entry in the record's table, None where it is not known."""

    name: str
    kind: str | None
    coverage: str | None


class HostRow(TypedDict):
    """One host of the inventory, and whether its settings could be judged."""

    name: str
    environment: str
    state: Literal["judged", "not judged", "no settings"]
    applications: list[Application]


class CoverageRow(TypedDict):
    """What becomes of each setting in one version of one application."""

    label: str
    carried: list[str]
    refused: list[str]
    not_carried: list[str]


class FindingRow(TypedDict):
    """What is wrong; `severity` is `error` or `warning`."""

    severity: str
    path: str
    message: str
    rule: str
    target: str | None
    policy: str | None
    documentation: str | None
    hosts: list[str]
    origin: Origin | None


class Hidden(TypedDict):
    """What a waiver lets through on some hosts."""

    setting: str
    message: str
    hosts: list[str]


class WaiverRow(TypedDict):
    """One entry of the register: a waiver of a policy, or what a target's `accept` lets through."""

    kind: Literal["waiver", "accept"]
    policy: str | None
    application: str | None
    setting: str
    reason: str | None
    until: str | None
    used: bool
    hides: list[Hidden]
    hosts: list[str]
    origin: Origin | None


class PolicyRow(TypedDict):
    """A policy that was judged, on which hosts, and the controls that the organisation says it answers to."""

    name: str
    severity: str
    message: str | None
    controls: list[str]
    between_environments: bool
    judged: bool
    hosts: list[str]


class Revision(TypedDict):
    """The commit that the record is of. `clean` says whether the files were those of the commit."""

    commit: str
    date: str
    clean: bool
    shallow: bool


class Change(TypedDict):
    """One effective change by a commit: what a setting was and is in an environment."""

    environment: str
    path: str
    change: str
    secret: bool
    before: list[JSON] | None
    after: list[JSON] | None
    hosts: list[str]


class HistoryRow(TypedDict):
    """A commit that changed what takes effect."""

    commit: str
    author: str | None
    date: str
    subject: str
    signature: str
    trailers: list[str]
    verdict: str
    changes: list[Change]


class Intended(TypedDict):
    """What should be: of the repository and a revision alone."""

    revision: Revision | None
    hosts: list[HostRow]
    values: list[ValueRow]
    coverage: dict[str, CoverageRow]
    findings: list[FindingRow]
    waivers: list[WaiverRow]
    policies: list[PolicyRow]
    history: list[HistoryRow] | None


class Certificate(TypedDict):
    subject: str
    issuer: str
    not_after: str
    sha256: str


class CheckRow(TypedDict):
    """The last result of one server as one host saw it."""

    host: str
    applications: list[str]
    server: str
    protocol: str
    time: str
    checked_from: str
    category: str
    reason: str
    stage: str
    message: str
    encryption: str
    tls: str | None
    certificate: Certificate | None
    trusted: bool
    login_verified: bool | None
    commit: str | None


class ApplyRow(TypedDict):
    """One apply on one host; `dry` is check mode, in which nothing was written."""

    host: str
    time: str
    user: str
    commit: str | None
    dry: bool
    ok: bool
    message: str
    files: list[dict[str, JSON]]


class DriftRow(TypedDict):
    """What a host had set otherwise than was wanted, when an apply looked in check mode.

    `setting` is a leaf of the spec, else `key` the application's own name; both are None where `message` says it all.
    None of `wanted` and `in_effect` is what is not set; of a `secret` both are None.
    """

    host: str
    time: str
    commit: str | None
    application: str
    setting: str | None
    key: str | None
    wanted: JSON
    in_effect: JSON
    secret: bool
    file: str
    line: int | None
    message: str


class DomainVerdict(TypedDict):
    """What DNS says: `there`, `missing` or `faulty` of a record, SPF's own word of the relay; else `not judged`, or
    `not checked` where nothing could be asked."""

    status: str
    text: str


class DomainRow(TypedDict):
    """A domain that hosts send from by a relay. `allowed` is what SPF says of the relay's addresses."""

    domain: str
    relay: str | None
    hosts: list[str]
    time: str
    spf: DomainVerdict
    dmarc: DomainVerdict
    mx: DomainVerdict
    mta_sts: DomainVerdict
    allowed: DomainVerdict


class SenderDomains(TypedDict, total=False):
    """The part of what was seen that DNS tells, empty where nobody asked."""

    domains: list[DomainRow]
    domains_note: str


class SettingDrift(TypedDict, total=False):
    """The part of what was seen that an apply in check mode tells of each setting; empty where none looked."""

    drift: list[DriftRow]


class Observed(SenderDomains, SettingDrift):
    """What was seen. `as_of` is the day that the record was made, by which waivers and ages are told.

    `drift` is there where an apply looked, in check mode, and then is the whole drift of the hosts that it looked at.
    `domains` is there where somebody asked for them, `domains_note` where less was looked up than was asked for.
    """

    as_of: str
    stale_after_days: int
    checks: list[CheckRow]
    applies: list[ApplyRow]


class Counts(TypedDict):
    """The figures of an environment, or of all: each sum is that of its parts.

    Hosts are judged, not judged or without settings. A unit is an application on a host, or a host with settings that
    has none; every unit has one status of its settings (`intended`), and one of what was seen (`observed`).
    """

    hosts: int
    judged: int
    not_judged: int
    no_settings: int
    applications: int
    units: int
    intended: dict[str, int]
    observed: dict[str, int]


class EnvironmentRow(Counts):
    name: str


class Cell(TypedDict):
    """An application in an environment: how many there are, and their statuses."""

    environment: str
    application: str
    count: int
    intended: dict[str, int]
    observed: dict[str, int]
    status: Status


class PolicyStatus(TypedDict):
    policy: str
    environment: str
    status: Status
    hosts: int
    failing: int


class Summary(TypedDict):
    headline: str
    good: bool
    total: Counts
    environments: list[EnvironmentRow]
    cells: list[Cell]
    policies: list[PolicyStatus]


class Record(TypedDict):
    schema_version: int
    intended: Intended
    observed: Observed
    summary: Summary
