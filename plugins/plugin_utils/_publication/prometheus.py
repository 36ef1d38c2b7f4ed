# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The record's figures for node_exporter's textfile collector (Prometheus text exposition format 0.0.4)."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import STATUSES, CheckRow, Record

from .views import waiver_status

METRICS_FILE = "email_settings.prom"
# Labels, and a figure.
Sample = tuple[Mapping[str, str], int]


def prometheus(record: Record) -> str:
    """One sample a line, less the last line's end. Days are told as seconds since 1970, when the day ends."""
    return "\n".join(_lines(record))


def _lines(record: Record) -> Iterator[str]:
    for name, about, samples in METRICS:
        yield from _metric(name, about, samples(record))


def _settings(record: Record) -> Iterator[Sample]:
    for environment in record["summary"]["environments"]:
        for status in STATUSES:
            if status not in ("stale", "not checked", "manual"):
                labels = {"environment": environment["name"], "status": status}
                yield labels, environment["intended"].get(status, 0)


def _servers(record: Record) -> Iterator[Sample]:
    for environment in record["summary"]["environments"]:
        for status in ("fail", "stale", "not checked", "manual", "pass"):
            labels = {"environment": environment["name"], "status": status}
            yield labels, environment["observed"].get(status, 0)


def _checks(record: Record) -> Iterator[tuple[dict[str, str], CheckRow]]:
    for check in record["observed"]["checks"]:
        yield {"host": check["host"], "server": check["server"], "protocol": check["protocol"]}, check


def _passed(record: Record) -> Iterator[Sample]:
    return ((labels, int(check["category"] == "complete")) for labels, check in _checks(record))


def _checked(record: Record) -> Iterator[Sample]:
    return ((labels, _seconds(check["time"])) for labels, check in _checks(record))


def _certificates(record: Record) -> Iterator[Sample]:
    for labels, check in _checks(record):
        if check["certificate"] is not None:
            yield labels, _seconds(check["certificate"]["not_after"])


def _drift(record: Record) -> Iterator[Sample]:
    rows = record["observed"].get("drift", ())
    for (host, application), number in sorted(Counter((row["host"], row["application"]) for row in rows).items()):
        yield {"host": host, "application": application}, number


def _waivers(record: Record) -> Iterator[Sample]:
    ends = (waiver for waiver in record["intended"]["waivers"] if waiver["until"] is not None)
    return _once(
        (
            {"about": waiver["policy"] or waiver["application"] or "", "setting": waiver["setting"]},
            _seconds(f"{waiver['until']}T23:59:59Z"),
        )
        for waiver in ends
    )


def _ended(record: Record) -> Iterator[Sample]:
    statuses = [waiver_status(waiver, record["observed"]["as_of"]) for waiver in record["intended"]["waivers"]]
    yield {}, statuses.count("waiver ended")


def _day(record: Record) -> Iterator[Sample]:
    yield {}, _seconds(f"{record['observed']['as_of']}T00:00:00Z")


# Each metric: its name, what it says, and its samples.
METRICS: tuple[tuple[str, str, Callable[[Record], Iterable[Sample]]], ...] = (
    (
        "email_settings_units",
        "Applications on hosts, and hosts without any, by the status of their settings.",
        _settings,
    ),
    (
        "email_servers_units",
        "Applications on hosts, and hosts without any, by what was seen of their servers.",
        _servers,
    ),
    ("email_check_ok", "Whether the last check of a server passed.", _passed),
    ("email_check_timestamp_seconds", "When a server was last checked.", _checked),
    ("email_certificate_expiry_timestamp_seconds", "When a server's certificate ends.", _certificates),
    ("email_settings_drift", "Settings of an application that are set otherwise than intended.", _drift),
    ("email_waiver_end_timestamp_seconds", "When a waiver ends.", _waivers),
    ("email_waivers_ended", "Waivers whose last day is past.", _ended),
    ("email_record_day_timestamp_seconds", "The day of the record.", _day),
)


def _once(samples: Iterable[Sample]) -> Iterator[Sample]:
    """Each set of labels once, with the earliest end: two hosts may have a waiver of the same thing."""
    earliest: dict[tuple[tuple[str, str], ...], int] = {}
    for labels, value in samples:
        key = tuple(labels.items())
        earliest[key] = min(value, earliest.get(key, value))
    yield from ((dict(key), value) for key, value in earliest.items())


def _metric(name: str, about: str, samples: Iterable[tuple[Mapping[str, str], int]]) -> Iterator[str]:
    lines = [f"{name}{_labels(labels)} {value}" for labels, value in _once(samples)]
    if lines:
        yield f"# HELP {name} {about}"
        yield f"# TYPE {name} gauge"
        yield from lines


def _labels(labels: Mapping[str, str]) -> str:
    return f"{{{','.join(f'{name}={_quoted(value)}' for name, value in labels.items())}}}" if labels else ""


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _seconds(time: str) -> int:
    return int(datetime.datetime.fromisoformat(time).timestamp())
