# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What all forms of a record show alike: values and places as text, what became of a setting, and stable row ids."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import (
    CheckRow,
    Counts,
    DomainRow,
    DomainVerdict,
    DriftRow,
    FindingRow,
    Origin,
    Record,
    Secret,
    Status,
    ValueRow,
    WaiverRow,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._record.statuses import days_left, ended
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted, shortened


def value_text(row: ValueRow) -> str:
    """A value as people read it; of a secret how it is kept, and where."""
    return secret_text(row["secret"]) if row["secret"] else plain_text(row["value"])


def plain_text(value: JSON) -> str:
    """Text as it is, everything else as JSON; an empty text as two quotes."""
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, sort_keys=True)


_KEPT: Mapping[str, str] = {
    "vaulted": "vaulted",
    "template": "from a template",
    "plain": "in clear text in its file",
    "unknown": "kept nobody knows how",
}


def secret_text(secret: Secret) -> str:
    """`secret, vaulted: vault_smtp_password`."""
    variable = f": {secret['variable']}" if secret["variable"] else ""
    return f"secret, {_KEPT[secret['kind']]}{variable}"


def place_text(origin: Origin | None) -> str:
    """`group_vars/all/email.yml:5:11`; nothing where the place is not known."""
    if origin is None:
        return ""
    parts = (origin["file"], origin["line"], origin["column"])
    return ":".join(str(part) for part in parts if part is not None)


def commit_text(origin: Origin | None) -> str:
    """`1a2b3c4d5e 2026-11-28 Ada Lovelace`; nothing where it is not known."""
    if origin is None or origin["commit"] is None:
        return ""
    return " ".join(part for part in (origin["commit"][:10], origin["date"], origin["author"]) if part)


def days_text(waiver: WaiverRow, as_of: str) -> str:
    """How long a waiver still lasts."""
    if waiver["until"] is None:
        return "no end"
    left = days_left(waiver["until"], as_of)
    return f"{counted(left, 'day')} left" if left >= 0 else f"ended {counted(-left, 'day')} ago"


def waiver_status(waiver: WaiverRow, as_of: str) -> Status:
    """`waived`, or `waiver ended`."""
    return "waiver ended" if ended(waiver, as_of) else "waived"


def tally_text(tally: Mapping[str, int]) -> str:
    """`pass 3, fail 1`."""
    return ", ".join(f"{status} {count}" for status, count in tally.items()) or "none"


def denominators(counts: Counts) -> str:
    """`5 hosts: 4 judged, 1 without settings; 8 applications`."""
    parts = [f"{counts['judged']} judged"]
    parts += [f"{counts['not_judged']} not judged"] if counts["not_judged"] else []
    parts += [f"{counts['no_settings']} without settings"] if counts["no_settings"] else []
    hosts, applications = counted(counts["hosts"], "host"), counted(counts["applications"], "application")
    return f"{hosts}: {', '.join(parts)}; {applications}"


@dataclass(frozen=True)
class Hosts:
    """The hosts of the record, to name sets of them shortly."""

    environments: Mapping[str, Sequence[str]]

    def text(self, names: Sequence[str], *, most: int = 3) -> str:
        """`all 334 of production`, or the names."""
        for environment, everyone in self.environments.items():
            if len(everyone) > 1 and len(names) == len(everyone) and set(names) == set(everyone):
                return f"all {len(names)} of {environment}"
        return shortened(names, most=most)


def hosts_of(record: Record) -> Hosts:
    """The hosts by environment."""
    found: dict[str, list[str]] = {}
    for host in record["intended"]["hosts"]:
        found.setdefault(host["environment"], []).append(host["name"])
    return Hosts(found)


class Coverage:
    """What became of a setting in the applications that get it."""

    def __init__(self, record: Record) -> None:
        self._applications = {host["name"]: host["applications"] for host in record["intended"]["hosts"]}
        self._kinds = {
            name: {leaf: kind.replace("_", " ") for kind in ("carried", "refused", "not_carried") for leaf in row[kind]}
            for name, row in record["intended"]["coverage"].items()
        }
        self._known: dict[tuple[str, ...], list[tuple[str, str | None]]] = {}

    def of(self, row: ValueRow) -> dict[str, str]:
        """application -> `carried`, `refused` or `not carried`; nothing for an application's own options."""
        found: dict[str, str] = {}
        for name, covered in self._pairs(tuple(row["hosts"])):
            kind = self._kinds.get(covered or "", {}).get(row["setting"])
            if kind and row["application"] in (None, name):
                found[name] = kind if found.get(name, kind) == kind else "differs by version"
        return found

    def _pairs(self, hosts: tuple[str, ...]) -> list[tuple[str, str | None]]:
        """(application, coverage) of the hosts, each once."""
        if hosts not in self._known:
            pairs = {(one["name"], one["coverage"]) for host in hosts for one in self._applications.get(host, ())}
            self._known[hosts] = sorted(pairs, key=str)
        return self._known[hosts]


def coverage_text(coverage: Mapping[str, str]) -> str:
    """`carried: msmtp, postfix; refused: monit`."""
    kinds: dict[str, list[str]] = {}
    for name, kind in coverage.items():
        kinds.setdefault(kind, []).append(name)
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in sorted(kinds.items()))


def row_ids(prefix: str, identities: Iterable[Sequence[str | None]]) -> list[str]:
    """An id for each row, the same for as long as the row is about the same thing: no value is in it."""
    seen: Counter[str] = Counter()
    found = []
    for parts in identities:
        text = "\0".join(part or "" for part in parts)
        seen[text] += 1
        digest = hashlib.sha256(f"{text}\0{seen[text]}".encode("utf-8", "surrogatepass")).hexdigest()
        found.append(f"{prefix}-{digest[:10]}")
    return found


def value_ids(rows: Sequence[ValueRow]) -> list[str]:
    """The ids of values: of their environment, application and setting, and of the first host where hosts differ."""
    about = [(row["environment"], row["application"], row["setting"]) for row in rows]
    counts = Counter(about)
    return row_ids(
        "value",
        (
            (*parts, row["hosts"][0] if counts[parts] > 1 and row["hosts"] else None)
            for parts, row in zip(about, rows, strict=True)
        ),
    )


def finding_ids(rows: Sequence[FindingRow]) -> list[str]:
    """The ids of findings: not of their line, which moves with every edit."""
    return row_ids(
        "finding",
        (
            (row["origin"] and row["origin"]["file"], row["path"], row["rule"], row["target"], row["policy"])
            for row in rows
        ),
    )


def waiver_ids(rows: Sequence[WaiverRow]) -> list[str]:
    """The ids of waivers."""
    return row_ids("waiver", ((row["kind"], row["policy"], row["application"], row["setting"]) for row in rows))


def check_ids(rows: Sequence[CheckRow]) -> list[str]:
    """The ids of checks."""
    return row_ids("check", ((row["host"], row["protocol"], row["server"], *row["applications"]) for row in rows))


# What is asked of a domain: its title, and where it stands in a row.
DOMAIN_PARTS: Mapping[str, Callable[[DomainRow], DomainVerdict]] = {
    "Relay allowed by SPF": lambda row: row["allowed"],
    "SPF": lambda row: row["spf"],
    "DMARC": lambda row: row["dmarc"],
    "MX": lambda row: row["mx"],
    "MTA-STS": lambda row: row["mta_sts"],
}


def domain_ids(rows: Sequence[DomainRow]) -> list[str]:
    """The ids of sender domains."""
    return row_ids("domain", ((row["domain"], row["relay"]) for row in rows))


def drift_ids(rows: Sequence[DriftRow]) -> list[str]:
    """The ids of settings that are set otherwise than intended."""
    return row_ids(
        "drift", ((row["host"], row["application"], row["setting"] or row["key"], row["file"]) for row in rows)
    )


def drift_place(row: DriftRow) -> str:
    """The file and line on the host that win."""
    return row["file"] if row["line"] is None else f"{row['file']}:{row['line']}"


def differing(values: Sequence[ValueRow]) -> list[tuple[str, dict[str, list[ValueRow]]]]:
    """The common settings that environments differ in, which may be meant: setting -> environment -> its rows."""
    found: dict[str, dict[str, list[ValueRow]]] = {}
    for row in values:
        if row["application"] is None:
            found.setdefault(row["setting"], {}).setdefault(row["environment"], []).append(row)
    environments = {row["environment"] for row in values}
    return [
        (setting, rows)
        for setting, rows in found.items()
        if len(environments) > 1
        and (
            len(rows) < len(environments)
            or len({tuple(sorted(map(value_text, inside))) for inside in rows.values()}) > 1
        )
    ]
