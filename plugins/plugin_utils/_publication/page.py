# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The record as one HTML page: no request, no script needed, nothing in it but what is in the record.

The policy (CSP Level 3) lets run only the one script and the one style sheet whose sums it names.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache

from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import (
    STATUSES,
    DomainVerdict,
    Record,
    ValueRow,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._record.statuses import check_status
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import COLLECTION_ROOT

from .page_parts import (
    Row,
    Table,
    broken,
    icon_symbols,
    matrix,
    proportion,
    status_word,
    table,
    tally_words,
    text,
    timeline,
    tools,
)
from .views import (
    DOMAIN_PARTS,
    Coverage,
    Hosts,
    check_ids,
    commit_text,
    coverage_text,
    days_text,
    denominators,
    differing,
    domain_ids,
    drift_ids,
    finding_ids,
    hosts_of,
    place_text,
    row_ids,
    secret_text,
    value_ids,
    value_text,
    waiver_ids,
    waiver_status,
)


@cache
def _asset(name: str) -> str:
    return (COLLECTION_ROOT / "page" / name).read_text(encoding="utf-8").strip()


def _sum(asset: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(asset.encode()).digest()).decode()}'"


def page(record: Record) -> str:
    """The page, less the last line's end."""
    style, script = _asset("record.css"), _asset("record.js")
    policy = (
        f"default-src 'none'; style-src {_sum(style)}; script-src {_sum(script)}; base-uri 'none'; form-action 'none'"
    )
    parts = [(name, title, count, body) for name, title, count, body in _sections(record) if body]
    links = "".join(
        f'<li><a href="#{name}">{_SHORT[name]}{f" <span>{count}</span>" if count is not None else ""}</a>'
        for name, title, count, _body in parts
    )
    body = "\n".join(
        f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{title}</h2>\n{inside}\n</section>'
        for name, title, _count, inside in parts
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Email settings: the record</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the record</a>
{icon_symbols()}
<header class="top wrap">{_head(record)}</header>
<nav aria-label="Parts of the record"><ul class="wrap">{links}</ul></nav>
<main id="main" class="wrap">
{body}
</main>
<footer class="wrap"><p>{_about(record)}</footer>
<script>{script}</script>
</body>
</html>"""


# What the parts are called where there is little room.
_SHORT = {
    "matrix": "Overview",
    "faults": "Faults",
    "policies": "Policies",
    "waivers": "Waivers",
    "certificates": "Certificates",
    "values": "Values",
    "drift": "Drift",
    "servers": "Servers",
    "domains": "Domains",
    "changes": "Changes",
    "applies": "Applied",
}


def _head(record: Record) -> str:
    summary, revision = record["summary"], record["intended"]["revision"]
    total = summary["total"]
    commit = f"<code>{revision['commit'][:10]}</code> of {text(revision['date'])}" if revision else "none"
    tree = (
        ("the files of the commit" if revision["clean"] else "with files not committed")
        if revision
        else "no repository"
    )
    facts = [
        ("Hosts judged", f"<b>{total['judged']}</b> of {total['hosts']}"),
        ("Applications", f"<b>{total['applications']}</b> in {len(summary['environments'])} environments"),
        ("Revision", f"{commit}<br><span class=quiet>{tree}</span>"),
        ("As of", text(record["observed"]["as_of"])),
    ]
    shown = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return (
        '<div class="eyebrow"><span>Email settings · the record</span>'
        '<button type="button" class="button" id="theme" hidden>Dark theme</button></div>'
        f"<h1>{text(summary['headline'])}.</h1>"
        f'<p class="lead">{text(denominators(total))}. Every value below names the file, the line and the commit that'
        " it is written in; no secret is on this page, only how each is kept.</p>"
        f'<div class="bars">{proportion("Settings", total["intended"])}{proportion("Servers", total["observed"])}</div>'
        f'<dl class="facts">{shown}</dl>'
    )


def _sections(record: Record) -> Iterator[tuple[str, str, int | None, str]]:
    """(id, title, how many, content) in the order in which they are wanted; without content they are left out."""
    made, seen, hosts = record["intended"], record["observed"], hosts_of(record)
    faults = [row for row in made["findings"] if row["severity"] == "error"]
    yield "matrix", "Environments and applications", None, matrix(record["summary"])
    yield "faults", "Open faults", len(faults) + len(_failed_checks(record)), _faults(record, hosts)
    yield "policies", "Policies", len(made["policies"]) or None, _policies(record)
    yield "waivers", "Waivers by end", len(made["waivers"]), _waivers(record, hosts)
    yield "certificates", "Certificates by end", None, _certificates(record)
    yield "values", "Values", len(made["values"]), _values(record, hosts)
    yield "drift", "Where things differ", None, _drift(record)
    yield "servers", "Servers as seen", len(seen["checks"]) or None, _servers(record)
    yield "domains", "Sender domains", len(seen.get("domains", ())) or None, _domains(record, hosts)
    yield "changes", "Changes", len(made["history"] or ()) or None, _changes(record)
    yield "applies", "Applied", len(seen["applies"]) or None, _applies(record)


def _failed_checks(record: Record) -> list[tuple[str, str, str, str]]:
    """(host, server, reason, message) of the servers whose last check failed."""
    return [
        (row["host"], row["server"], f"{row['reason']} at {row['stage']}", row["message"])
        for row in record["observed"]["checks"]
        if check_status(row, record["observed"]) == "fail"
    ]


def _faults(record: Record, hosts: Hosts) -> str:
    rows = record["intended"]["findings"]
    numbers = finding_ids(rows)
    cells = [
        Row(
            [
                status_word("fail") if row["severity"] == "error" else '<span class="quiet">warning</span>',
                f'<a href="#{number}"><code>{broken(row["path"])}</code></a>',
                text(row["message"])
                + (f"<small>policy {text(row['policy'])}</small>" if row["policy"] else "")
                + (f"<small>{text(row['documentation'])}</small>" if row["documentation"] else ""),
                _place(row["origin"] and place_text(row["origin"]), commit_text(row["origin"])),
                _hosts(row["hosts"], hosts),
            ],
            number,
        )
        for number, row in zip(numbers, rows, strict=True)
    ]
    cells += [
        Row([status_word("fail"), f"<code>{text(server)}</code>", text(message), text(reason), text(host)])
        for host, server, reason, message in _failed_checks(record)
    ]
    if not cells:
        return f'<p class="note">None: {text(denominators(record["summary"]["total"]))}.</p>'
    return table(Table("faults", ["Status", "Setting", "What", "Place", "Hosts"], cells, "Open faults"))


def _policies(record: Record) -> str:
    rules = {row["name"]: row for row in record["intended"]["policies"]}
    rows = record["summary"]["policies"]
    numbers = row_ids("policy", ((row["policy"], row["environment"]) for row in rows))
    cells = [
        Row(
            [
                f'<a href="#{number}">{text(row["policy"])}</a>'
                + (f"<small>{text(rules[row['policy']]['severity'])}</small>"),
                text(row["environment"]),
                status_word(row["status"]),
                f"{row['failing']} of {row['hosts']}",
                text(", ".join(rules[row["policy"]]["controls"])),
            ],
            number,
        )
        for number, row in zip(numbers, rows, strict=True)
    ]
    titles = ["Policy", "Environment", "Status", "Hosts that break it", "Controls it answers to"]
    note = '<p class="note">Which controls a policy answers to is what the organisation itself says.</p>'
    return note + table(Table("policies", titles, cells, "Policies by environment")) if cells else ""


def _waivers(record: Record, hosts: Hosts) -> str:
    rows, as_of = record["intended"]["waivers"], record["observed"]["as_of"]
    if not rows:
        return '<p class="note">None: nothing is let through that the rules and policies refuse.</p>'
    ends = [
        (row["until"], waiver_status(row, as_of), f"{row['policy'] or row['application']}: {row['setting']}")
        for row in rows
    ]
    cells = [
        Row(
            [
                status_word(waiver_status(row, as_of)),
                f'<a href="#{number}">{text(row["policy"] or row["application"])}</a>'
                f'<small class="m">{broken(row["setting"])}</small>',
                f'<span class="d">{text(row["until"] or "no end")}</span>'
                + (f"<small>{text(days_text(row, as_of))}</small>" if row["until"] else ""),
                text(row["reason"] or "no reason given"),
                "<br>".join(f"<code>{text(one['setting'])}</code> {text(one['message'])}" for one in row["hides"])
                or '<span class="quiet">nothing</span>',
                _place(place_text(row["origin"]), commit_text(row["origin"])),
                _hosts(row["hosts"], hosts),
            ],
            number,
        )
        for number, row in zip(waiver_ids(rows), rows, strict=True)
    ]
    titles = ["Status", "Of", "Until", "Reason", "What it hides", "Written", "Hosts"]
    return timeline("Waivers", ends, as_of) + table(Table("waivers", titles, cells, "Waivers by their end"))


def _certificates(record: Record) -> str:
    as_of = record["observed"]["as_of"]
    found: dict[str, tuple[str, str, str, bool, list[str]]] = {}
    for row in record["observed"]["checks"]:
        one = row["certificate"]
        if one is not None:
            known = found.setdefault(
                one["sha256"], (one["not_after"], one["subject"], one["issuer"], row["trusted"], [])
            )
            known[4].extend([row["server"]] if row["server"] not in known[4] else [])
    rows = sorted(found.values())
    if not rows:
        return ""
    ends = [(until[:10], "fail" if until[:10] < as_of else "pass", subject) for until, subject, *_more in rows]
    cells = [
        Row(
            [
                status_word("fail" if until[:10] < as_of else "pass"),
                text(until[:10]),
                text(subject),
                text(issuer),
                "verified" if trusted else '<span class="ended">not verified</span>',
                text(", ".join(servers)),
            ]
        )
        for until, subject, issuer, trusted, servers in rows
    ]
    titles = ["Status", "Ends", "Subject", "Issuer", "Verified", "Servers"]
    return timeline("Certificates", ends, as_of) + table(
        Table("certificates", titles, cells, "Certificates by their end")
    )


def _values(record: Record, hosts: Hosts) -> str:
    rows, coverage = record["intended"]["values"], Coverage(record)
    cells = [
        Row(
            [
                text(row["environment"]),
                text(row["application"] or "all"),
                f'<a class=m href="#{number}">{broken(row["setting"])}</a>',
                _value(row),
                row["source"],
                _place(place_text(row["origin"]), commit_text(row["origin"])),
                _hosts(row["hosts"], hosts),
                text(coverage_text(coverage.of(row))),
            ],
            number,
        )
        for number, row in zip(value_ids(rows), rows, strict=True)
    ]
    titles = ["Environment", "Application", "Setting", "Value", "Source", "Written", "Hosts", "In applications"]
    choices = [
        ("environment", "Environment", 0, sorted({row["environment"] for row in rows})),
        ("application", "Application", 1, ["all", *sorted({row["application"] for row in rows if row["application"]})]),
        ("source", "Source", 4, ["base", "environment", "host", "target", "default"]),
    ]
    return (
        tools("values", "Search settings, values, files and hosts", choices)
        + table(Table("values", titles, cells, "Every value in effect", columns=True))
        if cells
        else '<p class="note">None: no host could be judged.</p>'
    )


def _value(row: ValueRow) -> str:
    secret = row["secret"]
    if secret is None:
        return f"<span class=m>{text(value_text(row))}</span>"
    kind = "ended" if secret["kind"] == "plain" else "quiet"
    return f'<span class="{kind}">{text(secret_text(secret))}</span>'


def _drift(record: Record) -> str:
    rows = differing(record["intended"]["values"])
    names = [row["name"] for row in record["summary"]["environments"]]
    cells = [
        Row(
            [
                f"<code>{text(setting)}</code>",
                *(
                    "<br>".join(dict.fromkeys(f"<code>{text(value_text(row))}</code>" for row in inside.get(name, [])))
                    for name in names
                ),
            ]
        )
        for setting, inside in rows
    ]
    parts = [_set_otherwise(record), _differing_files(record)]
    if cells:
        made = Table(
            "differences", ["Setting", *(text(name) for name in names)], cells, "Settings that environments differ in"
        )
        note = '<p class="note">Not all of it is wrong: environments differ on purpose.</p>'
        parts.append(f"<h3>Settings that environments differ in</h3>{note}{table(made)}")
    return "".join(parts)


def _set_otherwise(record: Record) -> str:
    """What hosts have set otherwise, setting by setting, as the last apply in check mode saw it."""
    rows = record["observed"].get("drift", ())
    cells = [
        Row(
            [
                status_word("fail"),
                f'<a href="#{number}"><code>{broken(row["setting"] or row["key"] or row["file"])}</code></a>'
                f"<small>{text(row['application'])}</small>",
                text(row["message"]),
                text(row["host"]),
                text(row["time"]),
            ],
            number,
        )
        for number, row in zip(drift_ids(rows), rows, strict=True)
    ]
    if not cells:
        return ""
    titles = ["Status", "Setting", "What differs", "Host", "Seen"]
    made = Table("otherwise", titles, cells, "Settings that are set otherwise than intended")
    return f"<h3>Settings that are set otherwise than intended</h3>{table(made)}"


def _differing_files(record: Record) -> str:
    """Hosts whose files are not what the settings say: the last dry apply of each tells."""
    last = {row["host"]: row for row in record["observed"]["applies"]}
    cells = [
        Row([text(row["host"]), f"<code>{text(file['path'])}</code>", text(file["target"]), text(row["time"])])
        for row in last.values()
        if row["dry"]
        for file in row["files"]
        if file["changed"]
    ]
    if not cells:
        return ""
    made = Table("files", ["Host", "File", "Application", "Seen"], cells, "Files that differ from the settings")
    return f"<h3>Files that differ from the settings</h3>{table(made)}"


def _servers(record: Record) -> str:
    rows = record["observed"]["checks"]
    cells = [
        Row(
            [
                status_word(check_status(row, record["observed"])),
                text(row["host"]),
                f'<a href="#{number}"><code>{text(row["server"])}</code></a>'
                f"<small>{text(', '.join(row['applications']))}</small>",
                text(row["message"]),
                f"{text(row['tls'] or 'no TLS')}<small>{'verified' if row['trusted'] else 'not verified'}</small>",
                f"{text(row['time'])}<small>from {text(row['checked_from'])}</small>",
            ],
            number,
        )
        for number, row in zip(check_ids(rows), rows, strict=True)
    ]
    titles = ["Status", "Host", "Server", "What was seen", "TLS", "When"]
    return table(Table("servers", titles, cells, "The last check of each server")) if cells else ""


def _domains(record: Record, hosts: Hosts) -> str:
    rows, said = record["observed"].get("domains"), record["observed"].get("domains_note")
    if rows is None:
        return ""
    told = f"{said}." if said else "What DNS told the controller. SPF is judged by the addresses of the relay's name."
    note = f'<p class="note">{text(told)}</p>'
    cells = [
        Row(
            [
                f'<a href="#{number}"><code>{broken(row["domain"])}</code></a>'
                f"<small>by {text(row['relay'] or 'no relay')}</small>",
                *(_domain_verdict(part(row)) for part in DOMAIN_PARTS.values()),
                _hosts(row["hosts"], hosts),
                f'<span class="d">{text(row["time"])}</span>',
            ],
            number,
        )
        for number, row in zip(domain_ids(rows), rows, strict=True)
    ]
    titles = ["Domain", *DOMAIN_PARTS, "Hosts", "When"]
    return note + (table(Table("domains", titles, cells, "What DNS says of sender domains")) if cells else "")


def _domain_verdict(verdict: DomainVerdict) -> str:
    """SPF's own words that are statuses of the record too have their shape."""
    shaped = verdict["status"] in STATUSES
    word = status_word(verdict["status"]) if shaped else f"<b>{text(verdict['status'])}</b>"
    return f"{word}<small>{text(verdict['text'])}</small>"


def _changes(record: Record) -> str:
    cells = [
        Row(
            [
                f"<code>{text(row['commit'][:10])}</code><small>{text(row['date'])}</small>",
                f"{text(row['subject'])}<small>{text('; '.join(row['trailers']))}</small>",
                f"{text(row['author'] or '')}<small>signature: {text(row['signature'])}</small>",
                text(row["verdict"]),
                "<br>".join(
                    f"{text(one['environment'])}: <code>{text(one['path'])}</code> {text(one['change'])}"
                    for one in row["changes"]
                ),
            ]
        )
        for row in record["intended"]["history"] or ()
    ]
    titles = ["Commit", "Subject", "Author", "The gate said", "What took effect"]
    return table(Table("changes", titles, cells, "Commits that changed what takes effect")) if cells else ""


def _applies(record: Record) -> str:
    cells = [
        Row(
            [
                f"{text(row['time'])}<small>{'check mode: nothing was written' if row['dry'] else ''}</small>",
                text(row["host"]),
                text(row["user"]),
                f"<code>{text((row['commit'] or 'not known')[:10])}</code>",
                status_word("pass" if row["ok"] else "fail"),
                "<br>".join(f"<code>{text(file['path'])}</code>" for file in row["files"] if file["changed"])
                or '<span class="quiet">nothing changed</span>',
            ]
        )
        for row in reversed(record["observed"]["applies"])
    ]
    titles = ["When", "Host", "By", "Revision", "Result", "Changed"]
    return table(Table("applies", titles, cells, "Every apply")) if cells else ""


def _place(place: str | None, commit: str) -> str:
    if not place:
        return ""
    return f"<span class=m>{broken(place)}</span>" + (f"<small>{text(commit)}</small>" if commit else "")


def _hosts(names: list[str], hosts: Hosts) -> str:
    short = hosts.text(names)
    if " more" not in short:
        return text(short)
    return f"<details><summary>{len(names)} hosts</summary>{text(', '.join(names))}</details>"


def _about(record: Record) -> str:
    revision = record["intended"]["revision"]
    of = f"commit {revision['commit']}" if revision else "files in no repository"
    cut = " The history is cut off, so no line's commit is known." if revision and revision["shallow"] else ""
    return (
        f"Made by appmail.settings from {text(of)}, on {text(record['observed']['as_of'])}.{cut} The same commit gives"
        " the same values, byte by byte. This page asks for nothing and works without scripts; they only filter, sort"
        " and save."
        f" Settings: {tally_words(record['summary']['total']['intended'])}."
        f" Servers: {tally_words(record['summary']['total']['observed'])}."
    )
