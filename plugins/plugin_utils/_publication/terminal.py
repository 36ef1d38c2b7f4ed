# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The record on the terminal: what each environment is set to, with places, and what was judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import (
    Change,
    EnvironmentRow,
    HistoryRow,
    Record,
    ValueRow,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import visible
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted, shortened

from .views import (
    DOMAIN_PARTS,
    commit_text,
    days_text,
    denominators,
    hosts_of,
    place_text,
    plain_text,
    tally_text,
    value_text,
    waiver_status,
)


def screen(record: Record) -> list[str]:
    """The record in a few texts: one for each environment, then what was judged, then the headline."""
    texts = ["\n".join(_environment(record, one)) for one in record["summary"]["environments"]]
    judged = "\n".join([*_policies(record), *_waivers(record), *_domains(record), *_drift(record)])
    return [*texts, *([judged] if judged else []), "\n".join(_foot(record))]


def changes(record: Record) -> str:
    """The commits that changed what takes effect, each with what it changed."""
    rows = record["intended"]["history"] or []
    return "\n".join([f"{counted(len(rows), 'commit')} changed what takes effect", *_commits(rows)])


def _commits(rows: Sequence[HistoryRow]) -> Iterator[str]:
    for row in rows:
        who = ", ".join(part for part in (row["author"], f"signature {row['signature']}", *row["trailers"]) if part)
        yield f"{row['date']} {row['commit'][:10]} {visible(row['subject'])}"
        yield f"  {visible(who)}; the gate: {visible(row['verdict'])}"
        for change in row["changes"]:
            yield f"  {change['environment']}: {change['path']} {_change(change)} [{shortened(change['hosts'])}]"


def _change(change: Change) -> str:
    if change["before"] is None or change["after"] is None:
        return f"{change['change']}, a secret"
    sides = [", ".join(visible(plain_text(value)) for value in side) for side in (change["before"], change["after"])]
    return " -> ".join(side or "not set" for side in sides)


def _environment(record: Record, about: EnvironmentRow) -> Iterator[str]:
    yield f"{about['name']} ({denominators(about)})"
    yield f"  settings: {tally_text(about['intended'])}; servers: {tally_text(about['observed'])}"
    rows = [row for row in record["intended"]["values"] if row["environment"] == about["name"]]
    written = [row for row in rows if row["source"] != "default"]
    everyone = {host["name"] for host in record["intended"]["hosts"] if host["environment"] == about["name"]}
    cells = [(_name(row), visible(value_text(row)), _where(row, everyone)) for row in written]
    widths = [min(max((len(cell[column]) for cell in cells), default=0), most) for column, most in ((0, 40), (1, 48))]
    for name, value, where in cells:
        yield f"  {name.ljust(widths[0])}  {value.ljust(widths[1])}  {where}".rstrip()
    if len(written) < len(rows):
        yield f"  and {len(rows) - len(written)} defaults"


def _name(row: ValueRow) -> str:
    return f"{row['application']}: {row['setting']}" if row["application"] else row["setting"]


def _where(row: ValueRow, everyone: set[str]) -> str:
    hosts = "" if set(row["hosts"]) == everyone else f" [{shortened(row['hosts'])}]"
    return f"{place_text(row['origin'])}{hosts}".strip()


def _policies(record: Record) -> Iterator[str]:
    rows: dict[str, list[str]] = {}
    for one in record["summary"]["policies"]:
        failing = f" ({one['failing']} of {one['hosts']} hosts)" if one["failing"] else ""
        rows.setdefault(one["policy"], []).append(f"{one['environment']} {one['status']}{failing}")
    if rows:
        yield "policies"
    width = max(map(len, rows), default=0)
    for policy, states in rows.items():
        yield f"  {policy.ljust(width)}  {', '.join(states)}"


def _waivers(record: Record) -> Iterator[str]:
    waivers, hosts = record["intended"]["waivers"], hosts_of(record)
    if waivers:
        yield "waivers"
    as_of = record["observed"]["as_of"]
    for waiver in waivers:
        about = waiver["policy"] or waiver["application"]
        reason = f": {visible(waiver['reason'])}" if waiver["reason"] else ""
        idle = "" if waiver["used"] else ", hides nothing"
        who = commit_text(waiver["origin"])
        at = f"[{hosts.text(waiver['hosts'])}] {place_text(waiver['origin'])}{f' ({who})' if who else ''}"
        until = f"{days_text(waiver, as_of)}{idle}"
        yield f"  {waiver_status(waiver, as_of)}: {about} for {waiver['setting']}, {until}{reason} {at}"


def _domains(record: Record) -> Iterator[str]:
    rows, note = record["observed"].get("domains"), record["observed"].get("domains_note")
    if rows is None:
        return
    yield "sender domains"
    yield from [f"  {visible(note)}"] if note else []
    for row in rows:
        yield f"  {visible(row['domain'])} by {visible(row['relay'] or 'no relay')} [{shortened(row['hosts'])}]"
        for title, part in DOMAIN_PARTS.items():
            yield f"    {title}: {part(row)['status']}: {visible(part(row)['text'])}"


def _drift(record: Record) -> Iterator[str]:
    rows = record["observed"].get("drift", ())
    yield from ["set otherwise than intended"] if rows else []
    for row in rows:
        yield f"  {visible(row['host'])}: {visible(row['application'])}: {visible(row['message'])}"


def _foot(record: Record) -> Sequence[str]:
    revision = record["intended"]["revision"]
    if revision is None:
        return [record["summary"]["headline"], "no git revision"]
    clean = "" if revision["clean"] else ", and files that are not committed"
    return [record["summary"]["headline"], f"revision {revision['commit'][:10]} of {revision['date']}{clean}"]
