# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The record's figures for node_exporter's textfile collector (Prometheus text exposition format 0.0.4)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import STATUSES, Record

from .views import waiver_status

METRICS_FILE = "email_settings.prom"


def prometheus(record: Record) -> str:
    """One sample a line, less the last line's end. Days are told as seconds since 1970, when the day ends."""
    return "\n".join(_lines(record))


def _lines(record: Record) -> Iterator[str]:
    summary = record["summary"]
    environments = summary["environments"]
    yield from _metric(
        "email_settings_units",
        "Applications on hosts, and hosts without any, by the status of their settings.",
        (
            ({"environment": one["name"], "status": status}, one["intended"].get(status, 0))
            for one in environments
            for status in STATUSES
            if status not in ("stale", "not checked", "manual")
        ),
    )
    yield from _metric(
        "email_servers_units",
        "Applications on hosts, and hosts without any, by what was seen of their servers.",
        (
            ({"environment": one["name"], "status": status}, one["observed"].get(status, 0))
            for one in environments
            for status in ("fail", "stale", "not checked", "manual", "pass")
        ),
    )
    yield from _metric(
        "email_check_ok",
        "Whether the last check of a server passed.",
        (
            ({"host": one["host"], "server": one["server"], "protocol": one["protocol"]}, int(ok))
            for one in record["observed"]["checks"]
            for ok in [one["category"] == "complete"]
        ),
    )
    yield from _metric(
        "email_check_timestamp_seconds",
        "When a server was last checked.",
        (
            ({"host": one["host"], "server": one["server"], "protocol": one["protocol"]}, _seconds(one["time"]))
            for one in record["observed"]["checks"]
        ),
    )
    yield from _metric(
        "email_certificate_expiry_timestamp_seconds",
        "When a server's certificate ends.",
        (
            ({"host": one["host"], "server": one["server"], "protocol": one["protocol"]}, _seconds(ends["not_after"]))
            for one in record["observed"]["checks"]
            for ends in [one["certificate"]]
            if ends is not None
        ),
    )
    yield from _metric(
        "email_waiver_end_timestamp_seconds",
        "When a waiver ends.",
        _once(
            (
                {"about": one["policy"] or one["application"] or "", "setting": one["setting"]},
                _seconds(f"{one['until']}T23:59:59Z"),
            )
            for one in record["intended"]["waivers"]
            if one["until"] is not None
        ),
    )
    ended = [waiver_status(one, record["observed"]["as_of"]) for one in record["intended"]["waivers"]]
    yield from _metric("email_waivers_ended", "Waivers whose last day is past.", [({}, ended.count("waiver ended"))])
    day = _seconds(f"{record['observed']['as_of']}T00:00:00Z")
    yield from _metric("email_record_day_timestamp_seconds", "The day of the record.", [({}, day)])


def _once(samples: Iterable[tuple[Mapping[str, str], int]]) -> Iterator[tuple[Mapping[str, str], int]]:
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
