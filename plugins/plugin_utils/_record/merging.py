# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Records of parts of an inventory as one: the same bytes as one run over all of it, in any order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

from .shape import (
    SCHEMA_VERSION,
    ApplyRow,
    CheckRow,
    DomainRow,
    DriftRow,
    FindingRow,
    HistoryRow,
    HostRow,
    Intended,
    Observed,
    Origin,
    PolicyRow,
    Record,
    Revision,
    SenderDomains,
    SettingDrift,
    ValueRow,
    WaiverRow,
)
from .statuses import summary

Row = TypeVar("Row", bound=Mapping[str, Any])


class RecordError(SentenceError):
    """Records that cannot be read, or are not parts of one; the sentence says which and why."""


def record_of(intended: Sequence[Intended], observed: Sequence[Observed]) -> Record:
    """The whole record of its parts, in its own order; of one part as well as of several. Raises RecordError."""
    made, seen = merged_intended(intended), merged_observed(observed)
    return {"schema_version": SCHEMA_VERSION, "intended": made, "observed": seen, "summary": summary(made, seen)}


def merged_intended(parts: Sequence[Intended]) -> Intended:
    """The intended parts as one. Raises RecordError where they are of different commits."""
    hosts = _hosts(parts)
    names = {host["name"]: host["environment"] for host in hosts}
    values = _united((row for part in parts for row in part["values"]), lambda row: row["hosts"])
    findings = _united((row for part in parts for row in part["findings"]), lambda row: row["hosts"])
    return {
        "revision": _revision(parts),
        "hosts": hosts,
        "values": sorted(values, key=_value_order),
        "coverage": dict(sorted(pair for part in parts for pair in part["coverage"].items())),
        "findings": sorted(findings, key=_finding_order),
        "waivers": _waivers(parts),
        "policies": _policies(parts, names),
        "history": _history(parts),
    }


def _hosts(parts: Sequence[Intended]) -> list[HostRow]:
    found: dict[str, HostRow] = {}
    for host in (host for part in parts for host in part["hosts"]):
        known = found.setdefault(host["name"], host)
        if known != host:
            raise RecordError(f"{host['name']} is in two of the records, and they differ")
    return sorted(found.values(), key=lambda host: (host["environment"], host["name"]))


def _revision(parts: Sequence[Intended]) -> Revision | None:
    found = [part["revision"] for part in parts]
    known = [revision for revision in found if revision is not None]
    commits = sorted({revision["commit"] for revision in known})
    if len(commits) > 1 or (known and len(known) < len(found)):
        raise RecordError(f"the records are of different revisions: {', '.join(commits)}")
    if not known:
        return None
    return {
        **known[0],
        "clean": all(revision["clean"] for revision in known),
        "shallow": any(revision["shallow"] for revision in known),
    }


def _united(rows: Iterable[Row], hosts_of: Callable[[Row], list[str]]) -> list[Row]:
    """Rows that are equal but for their hosts as one row with all of them."""
    found: dict[str, tuple[Row, set[str]]] = {}
    for row in rows:
        known_by = json.dumps({key: value for key, value in row.items() if key != "hosts"}, sort_keys=True)
        found.setdefault(known_by, (row, set()))[1].update(hosts_of(row))
    return [cast("Row", {**row, "hosts": sorted(hosts)}) for row, hosts in found.values()]


# The settings stand in the order of the schema, and everything else behind them by name.
_LEAF_ORDER = {leaf: number for number, leaf in enumerate(LEAVES)}


def _value_order(row: ValueRow) -> tuple[object, ...]:
    place = _LEAF_ORDER.get(row["setting"], len(_LEAF_ORDER))
    return row["environment"], row["application"] or "", place, row["setting"], row["hosts"]


def _place_order(origin: Origin | None) -> tuple[object, ...]:
    """What has no place comes last."""
    at = origin or {"file": None, "line": None, "column": None}
    return at["file"] is None, at["file"] or "", at["line"] or 0, at["column"] or 0


def _finding_order(row: FindingRow) -> tuple[object, ...]:
    return (
        row["severity"],
        *_place_order(row["origin"]),
        row["path"],
        row["target"] or "",
        row["policy"] or "",
        row["message"],
        row["hosts"],
    )


def _waivers(parts: Sequence[Intended]) -> list[WaiverRow]:
    found: dict[str, list[WaiverRow]] = {}
    for waiver in (waiver for part in parts for waiver in part["waivers"]):
        known_by = {key: value for key, value in waiver.items() if key not in ("hosts", "hides", "used")}
        found.setdefault(json.dumps(known_by, sort_keys=True), []).append(waiver)
    merged: list[WaiverRow] = [
        {
            **same[0],
            "used": any(waiver["used"] for waiver in same),
            "hosts": sorted({host for waiver in same for host in waiver["hosts"]}),
            "hides": sorted(
                _united((hidden for waiver in same for hidden in waiver["hides"]), lambda row: row["hosts"]),
                key=lambda hidden: (hidden["setting"], hidden["message"]),
            ),
        }
        for same in found.values()
    ]
    return sorted(merged, key=_waiver_order)


def _waiver_order(row: WaiverRow) -> tuple[object, ...]:
    return (
        row["until"] is None,
        row["until"] or "",
        *_place_order(row["origin"]),
        row["policy"] or "",
        row["application"] or "",
        row["setting"],
    )


def _policies(parts: Sequence[Intended], environments: Mapping[str, str]) -> list[PolicyRow]:
    """What holds between environments was judged only where all of its hosts were judged together."""
    rows = [(number, row) for number, part in enumerate(parts) for row in part["policies"]]
    known: dict[str, set[int]] = {}
    for number, row in rows:
        known.setdefault(row["name"], set()).add(number)
    merged = _united(
        (
            cast("PolicyRow", {**row, "judged": row["judged"] and not _apart(row, known[row["name"]])})
            for _number, row in rows
        ),
        lambda row: [host for host in row["hosts"] if host in environments],
    )
    return sorted(merged, key=lambda row: (row["name"], row["severity"], row["message"] or "", row["controls"]))


def _apart(row: PolicyRow, numbers: set[int]) -> bool:
    return row["between_environments"] and len(numbers) > 1


def _history(parts: Sequence[Intended]) -> list[HistoryRow] | None:
    return next((part["history"] for part in parts if part["history"] is not None), None)


def merged_observed(parts: Sequence[Observed]) -> Observed:
    """What was seen, of all parts: the last result of each server as each host saw it, and every apply.

    The last part is that of the record which is made: its day is the record's.
    """
    checks: dict[str, CheckRow] = {}
    for check in sorted((row for part in parts for row in part["checks"]), key=_seen_at):
        checks[json.dumps([check["host"], check["protocol"], check["server"], check["applications"]])] = check
    applies = {_seen_at(row): row for part in parts for row in part["applies"]}
    return {
        "as_of": parts[-1]["as_of"],
        "stale_after_days": parts[-1]["stale_after_days"],
        "checks": sorted(checks.values(), key=lambda row: (row["host"], row["server"], row["protocol"], _seen_at(row))),
        "applies": sorted(applies.values(), key=lambda row: (row["time"], row["host"], _seen_at(row))),
        **_domains(parts),
        **_drift(parts, applies.values()),
    }


def _domains(parts: Sequence[Observed]) -> SenderDomains:
    """The last look at each domain and relay, with the hosts of all; nothing where nobody asked."""
    asked = [part["domains"] for part in parts if "domains" in part]
    if not asked:
        return {}
    rows: dict[str, DomainRow] = {}
    hosts: dict[str, set[str]] = {}
    for row in sorted((row for rows in asked for row in rows), key=_seen_at):
        known_by = json.dumps([row["domain"], row["relay"] or ""])
        rows[known_by] = row
        hosts.setdefault(known_by, set()).update(row["hosts"])
    made: SenderDomains = {"domains": [{**rows[key], "hosts": sorted(hosts[key])} for key in sorted(rows)]}
    notes = sorted({part["domains_note"] for part in parts if "domains_note" in part})
    if notes:
        made["domains_note"] = ". ".join(notes)
    return made


def _drift(parts: Sequence[Observed], applies: Iterable[ApplyRow]) -> SettingDrift:
    """What each host's last look said, unless an apply has gone well since: it wrote what differed, or saw nothing."""
    looked = [part["drift"] for part in parts if "drift" in part]
    if not looked:
        return {}
    rows = {_seen_at(row): row for part in looked for row in part}
    since: dict[str, str] = {}
    for row in (*(apply for apply in applies if apply["ok"]), *rows.values()):
        since[row["host"]] = max(since.get(row["host"], ""), row["time"])
    last = [row for row in rows.values() if row["time"] == since[row["host"]]]
    return {"drift": sorted(last, key=lambda row: (row["host"], row["application"], row["message"], _seen_at(row)))}


def _seen_at(row: CheckRow | ApplyRow | DomainRow | DriftRow) -> str:
    """By time first, and then by everything, so that the order of the files does not matter."""
    return row["time"] + json.dumps(cast(JSON, row), sort_keys=True)
