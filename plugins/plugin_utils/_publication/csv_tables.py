# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The record as tables for a spreadsheet (RFC 4180). No cell is read as a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import (
    DomainRow,
    DriftRow,
    FindingRow,
    Record,
    WaiverRow,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

from .views import (
    DOMAIN_PARTS,
    Coverage,
    coverage_text,
    days_text,
    domain_ids,
    drift_ids,
    drift_place,
    finding_ids,
    place_text,
    value_ids,
    value_text,
    waiver_ids,
    waiver_status,
)

# What begins a formula in a spreadsheet: OWASP's list (CSV Injection), with the wide forms of the same signs.
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def defused(value: object) -> str:
    """A cell's text; with an apostrophe before what a spreadsheet would take for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_BEGINS_A_FORMULA) else text


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV, less the last line's end."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(titles)
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return written.getvalue().removesuffix("\r\n")


def csv_tables(record: Record) -> Mapping[str, str]:
    """file -> table: the values, the findings, the waivers, a plan to fill in; domains and drift if looked for."""
    asked, drift = record["observed"].get("domains"), record["observed"].get("drift")
    return {
        "email-values.csv": _values(record),
        "email-findings.csv": _findings(record["intended"]["findings"]),
        "email-waivers.csv": _waivers(record["intended"]["waivers"], record["observed"]["as_of"]),
        "email-action-plan.csv": _plan(record),
        **({} if asked is None else {"email-domains.csv": _domains(asked)}),
        **({} if drift is None else {"email-drift.csv": _drift(drift)}),
    }


def _values(record: Record) -> str:
    rows = record["intended"]["values"]
    coverage = Coverage(record)
    titles = ["id", "environment", "hosts", "application", "setting", "value", "secret", "variable", "source"]
    titles += ["place", "commit", "author", "date", "coverage"]
    return table(
        titles,
        (
            [
                number,
                row["environment"],
                " ".join(row["hosts"]),
                row["application"],
                row["setting"],
                "" if row["secret"] else value_text(row),
                row["secret"] and row["secret"]["kind"],
                row["secret"] and row["secret"]["variable"],
                row["source"],
                place_text(row["origin"]),
                row["origin"] and row["origin"]["commit"],
                row["origin"] and row["origin"]["author"],
                row["origin"] and row["origin"]["date"],
                coverage_text(coverage.of(row)),
            ]
            for number, row in zip(value_ids(rows), rows, strict=True)
        ),
    )


def _findings(rows: Sequence[FindingRow]) -> str:
    titles = [
        "id",
        "severity",
        "setting",
        "message",
        "rule",
        "application",
        "policy",
        "documentation",
        "place",
        "hosts",
    ]
    return table(
        titles,
        (
            [
                number,
                row["severity"],
                row["path"],
                row["message"],
                row["rule"],
                row["target"],
                row["policy"],
                row["documentation"],
                place_text(row["origin"]),
                " ".join(row["hosts"]),
            ]
            for number, row in zip(finding_ids(rows), rows, strict=True)
        ),
    )


def _waivers(rows: Sequence[WaiverRow], as_of: str) -> str:
    titles = ["id", "status", "policy", "application", "setting", "reason", "until", "left", "hides", "by", "since"]
    titles += ["place", "hosts"]
    return table(
        titles,
        (
            [
                number,
                waiver_status(row, as_of),
                row["policy"],
                row["application"],
                row["setting"],
                row["reason"],
                row["until"],
                days_text(row, as_of),
                "; ".join(f"{hidden['setting']}: {hidden['message']}" for hidden in row["hides"]),
                row["origin"] and row["origin"]["author"],
                row["origin"] and row["origin"]["commit"],
                place_text(row["origin"]),
                " ".join(row["hosts"]),
            ]
            for number, row in zip(waiver_ids(rows), rows, strict=True)
        ),
    )


def _domains(rows: Sequence[DomainRow]) -> str:
    parts = {title.lower(): part for title, part in DOMAIN_PARTS.items()}
    titles = ["id", "domain", "relay", "when", "hosts", *(f"{name}{of}" for name in parts for of in ("", ": what"))]
    return table(
        titles,
        (
            [
                number,
                row["domain"],
                row["relay"],
                row["time"],
                " ".join(row["hosts"]),
                *(cell for part in parts.values() for cell in (part(row)["status"], part(row)["text"])),
            ]
            for number, row in zip(domain_ids(rows), rows, strict=True)
        ),
    )


def _drift(rows: Sequence[DriftRow]) -> str:
    titles = ["id", "host", "application", "setting", "wanted", "in effect", "secret", "place", "what", "when"]
    return table(
        titles,
        (
            [
                number,
                row["host"],
                row["application"],
                row["setting"] or row["key"],
                _cell(row["wanted"]),
                _cell(row["in_effect"]),
                "yes" if row["secret"] else "no",
                drift_place(row),
                row["message"],
                row["time"],
            ]
            for number, row in zip(drift_ids(rows), rows, strict=True)
        ),
    )


def _cell(value: JSON) -> object:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plan(record: Record) -> str:
    """What is to be done, with columns for who does it and until when."""
    made, seen = record["intended"], record["observed"]
    rows: list[list[object]] = [
        [number, "fail", row["path"], row["message"], place_text(row["origin"]), " ".join(row["hosts"])]
        for number, row in zip(finding_ids(made["findings"]), made["findings"], strict=True)
        if row["severity"] == "error"
    ]
    rows += [
        [
            number,
            waiver_status(row, seen["as_of"]),
            row["setting"],
            f"{row['policy'] or row['application']}: {days_text(row, seen['as_of'])}",
            place_text(row["origin"]),
            " ".join(row["hosts"]),
        ]
        for number, row in zip(waiver_ids(made["waivers"]), made["waivers"], strict=True)
    ]
    rows += [
        ["", "fail", row["server"], row["message"], "", row["host"]]
        for row in seen["checks"]
        if row["category"] != "complete"
    ]
    drift = seen.get("drift", [])
    rows += [
        [number, "fail", row["setting"] or row["key"], row["message"], drift_place(row), row["host"]]
        for number, row in zip(drift_ids(drift), drift, strict=True)
    ]
    rows += [
        ["", host["state"], "", "its settings were not judged", "", host["name"]]
        for host in made["hosts"]
        if host["state"] != "judged"
    ]
    blank = ["", "", "", ""]
    titles = ["id", "status", "setting", "what", "place", "hosts", "owner", "due", "done", "remarks"]
    return table(titles, ([*row, *blank] for row in rows))
