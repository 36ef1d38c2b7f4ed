# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The record as Markdown: for a merge request, a wiki, or a printer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import EnvironmentRow, Record
from ansible_collections.appmail.settings.plugins.plugin_utils._record.statuses import check_status
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import markdown_code, markdown_text

from .views import (
    DOMAIN_PARTS,
    Coverage,
    commit_text,
    coverage_text,
    days_text,
    denominators,
    differing,
    hosts_of,
    place_text,
    tally_text,
    value_text,
    waiver_status,
)


def markdown(record: Record) -> str:
    """The whole record, less the last line's end."""
    parts = [
        _head,
        _environments,
        _findings,
        _waivers,
        _policies,
        _servers,
        _domains,
        _values,
        _set_otherwise,
        _drift,
        _changes,
    ]
    return "\n\n".join(text for part in parts for text in ["\n".join(part(record))] if text)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"| {' | '.join('---' for _title in titles)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _head(record: Record) -> Iterator[str]:
    revision = record["intended"]["revision"]
    yield "# Email settings: the record"
    yield ""
    yield f"**{markdown_text(record['summary']['headline'])}.**"
    yield ""
    yield f"{denominators(record['summary']['total'])}. As of {record['observed']['as_of']}."
    if revision is None:
        yield "The files are in no git revision."
    else:
        tree = "the files were those of the commit" if revision["clean"] else "with files that are not committed"
        yield f"Revision {markdown_code(revision['commit'])} of {revision['date']}, {tree}."


def _environments(record: Record) -> Iterator[str]:
    every: EnvironmentRow = {**record["summary"]["total"], "name": "all"}
    rows = [*record["summary"]["environments"], every]
    yield "## Environments"
    yield ""
    yield from _table(
        ["environment", "hosts", "judged", "not judged", "without settings", "applications", "settings", "servers"],
        (
            [
                markdown_text(row["name"]),
                *(str(row[key]) for key in ("hosts", "judged", "not_judged", "no_settings", "applications")),
                tally_text(row["intended"]),
                tally_text(row["observed"]),
            ]
            for row in rows
        ),
    )


def _findings(record: Record) -> Iterator[str]:
    rows, hosts = record["intended"]["findings"], hosts_of(record)
    yield "## Open faults"
    yield ""
    if not rows:
        yield "None."
        return
    yield from _table(
        ["severity", "place", "setting", "what", "policy", "hosts"],
        (
            [
                row["severity"],
                markdown_code(place_text(row["origin"])),
                markdown_code(row["path"]),
                markdown_text(row["message"]),
                markdown_text(row["policy"] or ""),
                markdown_text(hosts.text(row["hosts"])),
            ]
            for row in rows
        ),
    )


def _waivers(record: Record) -> Iterator[str]:
    rows, hosts, as_of = record["intended"]["waivers"], hosts_of(record), record["observed"]["as_of"]
    if not rows:
        return
    yield "## Waivers"
    yield ""
    yield from _table(
        ["status", "of", "setting", "until", "reason", "hides", "hosts", "place", "since"],
        (
            [
                waiver_status(row, as_of),
                markdown_text(row["policy"] or row["application"]),
                markdown_code(row["setting"]),
                markdown_text(f"{row['until']}, {days_text(row, as_of)}" if row["until"] else days_text(row, as_of)),
                markdown_text(row["reason"] or ""),
                markdown_text("; ".join(f"{one['setting']}: {one['message']}" for one in row["hides"]) or "nothing"),
                markdown_text(hosts.text(row["hosts"])),
                markdown_code(place_text(row["origin"])),
                markdown_text(commit_text(row["origin"])),
            ]
            for row in rows
        ),
    )


def _policies(record: Record) -> Iterator[str]:
    rows = record["summary"]["policies"]
    if not rows:
        return
    controls = {row["name"]: ", ".join(row["controls"]) for row in record["intended"]["policies"]}
    yield "## Policies"
    yield ""
    yield from _table(
        ["policy", "environment", "status", "hosts", "failing", "controls"],
        (
            [
                markdown_text(row["policy"]),
                markdown_text(row["environment"]),
                row["status"],
                str(row["hosts"]),
                str(row["failing"]),
                markdown_text(controls.get(row["policy"], "")),
            ]
            for row in rows
        ),
    )


def _servers(record: Record) -> Iterator[str]:
    rows = record["observed"]["checks"]
    if not rows:
        return
    yield "## Servers"
    yield ""
    yield from _table(
        ["status", "host", "server", "when", "from", "reason", "TLS", "certificate ends"],
        (
            [
                check_status(row, record["observed"]),
                markdown_text(row["host"]),
                markdown_code(row["server"]),
                row["time"],
                markdown_text(row["checked_from"]),
                markdown_text(row["reason"]),
                markdown_text(row["tls"] or "none"),
                markdown_text(row["certificate"]["not_after"] if row["certificate"] else ""),
            ]
            for row in rows
        ),
    )


def _domains(record: Record) -> Iterator[str]:
    rows, note, hosts = record["observed"].get("domains"), record["observed"].get("domains_note"), hosts_of(record)
    if rows is None:
        return
    yield "## Sender domains"
    if note:
        yield ""
        yield f"{markdown_text(note)}."
    if rows:
        yield ""
        yield from _table(
            ["domain", "relay", *DOMAIN_PARTS, "hosts", "when"],
            (
                [
                    markdown_code(row["domain"]),
                    markdown_code(row["relay"] or "none"),
                    *(f"{part(row)['status']}: {markdown_text(part(row)['text'])}" for part in DOMAIN_PARTS.values()),
                    markdown_text(hosts.text(row["hosts"])),
                    row["time"],
                ]
                for row in rows
            ),
        )


def _values(record: Record) -> Iterator[str]:
    coverage, hosts = Coverage(record), hosts_of(record)
    for environment in (row["name"] for row in record["summary"]["environments"]):
        rows = [row for row in record["intended"]["values"] if row["environment"] == environment]
        if rows:
            yield f"## Values of {markdown_text(environment)}"
            yield ""
            yield from _table(
                ["application", "setting", "value", "source", "place", "hosts", "coverage"],
                (
                    [
                        markdown_text(row["application"] or "all"),
                        markdown_code(row["setting"]),
                        markdown_text(value_text(row)) if row["secret"] else markdown_code(value_text(row)),
                        row["source"],
                        markdown_code(place_text(row["origin"])),
                        markdown_text(hosts.text(row["hosts"])),
                        markdown_text(coverage_text(coverage.of(row))),
                    ]
                    for row in rows
                ),
            )
            yield ""


def _set_otherwise(record: Record) -> Iterator[str]:
    rows = record["observed"].get("drift")
    if not rows:
        return
    yield "## Set otherwise than intended"
    yield ""
    yield from _table(
        ["host", "application", "what differs", "when"],
        (
            [markdown_text(row["host"]), markdown_text(row["application"]), markdown_code(row["message"]), row["time"]]
            for row in rows
        ),
    )


def _drift(record: Record) -> Iterator[str]:
    rows = differing(record["intended"]["values"])
    if not rows:
        return
    names = [row["name"] for row in record["summary"]["environments"]]
    yield "## Where environments differ"
    yield ""
    yield from _table(
        ["setting", *(markdown_text(name) for name in names)],
        (
            [
                markdown_code(setting),
                *("<br>".join(markdown_code(value_text(row)) for row in inside.get(name, [])) for name in names),
            ]
            for setting, inside in rows
        ),
    )


def _changes(record: Record) -> Iterator[str]:
    history = record["intended"]["history"]
    if not history:
        return
    yield "## Changes"
    yield ""
    yield from _table(
        ["commit", "date", "author", "subject", "signature", "trailers", "verdict", "changes"],
        (
            [
                markdown_code(row["commit"][:10]),
                row["date"],
                markdown_text(row["author"] or ""),
                markdown_text(row["subject"]),
                row["signature"],
                markdown_text("; ".join(row["trailers"])),
                markdown_text(row["verdict"]),
                "<br>".join(
                    markdown_text(f"{one['environment']}: {one['path']} {one['change']}") for one in row["changes"]
                ),
            ]
            for row in history
        ),
    )
