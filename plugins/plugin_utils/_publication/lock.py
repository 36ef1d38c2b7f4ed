# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The lock file: what takes effect everywhere, a line a value, so that a review of one variable shows all that it does.

It holds no origins, for a moved line changes nothing; and no secrets.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import Intended, ValueRow
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted

LOCK_FILE = "email-settings.lock.yml"


def lock(intended: Intended) -> str:
    """The lock file, less the last line's end: YAML whose lines are JSON."""
    return "\n".join(_lines(intended))


@dataclass(frozen=True)
class Difference:
    """The first line of a lock file that is not what it would be now, and how many are added and removed."""

    line: int
    added: int
    removed: int

    @property
    def counted(self) -> str:
        """`2 lines are new, 1 is gone`."""
        new, gone = counted(self.added, "line"), counted(self.removed, "line")
        return f"{new} would be added and {gone} removed"


def outdated(file: str, now: str, *, limited: bool) -> Difference | None:
    """How a lock file differs from what it would be now; None where it does not.

    `limited` says that not all hosts of the inventory were judged, as with `--limit`: then environments are left out of
    which not all hosts were.
    """
    old, new = _sections(file), _sections(now)
    partly = {name for name, lines in old.items() if name not in new or _hosts(lines) - _hosts(new[name])}
    left_out = partly if limited else set()
    kept = [line for name, lines in old.items() if name not in left_out for line in lines]
    wanted = [line for name, lines in new.items() if name not in left_out for line in lines]
    changes = list(difflib.ndiff([text for _number, text in kept], [text for _number, text in wanted]))
    added, removed = (sum(1 for change in changes if change.startswith(sign)) for sign in ("+ ", "- "))
    if not added and not removed:
        return None
    at = next((index for index, pair in enumerate(zip(kept, wanted, strict=False)) if pair[0][1] != pair[1][1]), None)
    last = kept[-1][0] if kept else 1
    return Difference(kept[at][0] if at is not None else last, added, removed)


def _sections(text: str) -> dict[str, list[tuple[int, str]]]:
    """environment -> its lines with their numbers; what stands before them under an empty name."""
    found: dict[str, list[tuple[int, str]]] = {}
    name = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith('  "') and line.endswith(":"):
            name = line
        if line:
            found.setdefault(name, []).append((number, line))
    return found


def _hosts(lines: list[tuple[int, str]]) -> set[str]:
    return {line for _number, line in lines if line.startswith('      - "')}


def _lines(intended: Intended) -> Iterator[str]:
    yield "# What the email settings of every environment are, a line a value. It is made, not written by hand:"
    yield "# ansible-playbook appmail.settings.audit -i INVENTORY -e email_lock_file=THIS_FILE"
    yield "---"
    yield "schema_version: 1"
    environments: dict[str, list[str]] = {}
    for host in intended["hosts"]:
        environments.setdefault(host["environment"], []).append(host["name"])
    yield "environments:" if environments else "environments: {}"
    values: dict[str, list[ValueRow]] = {}
    for row in intended["values"]:
        values.setdefault(row["environment"], []).append(row)
    for name, hosts in environments.items():
        yield f"  {_text(name)}:"
        yield "    hosts:"
        yield from (f"      - {_text(host)}" for host in hosts)
        rows = [_row(row, hosts) for row in _merged(values.get(name, []))]
        yield "    values:" if rows else "    values: []"
        yield from (f"      - {row}" for row in rows)


def _merged(rows: list[ValueRow]) -> Iterator[ValueRow]:
    """Rows that differ in their origins alone as one."""
    found: dict[str, tuple[ValueRow, list[str]]] = {}
    for row in rows:
        shown = json.dumps([row["application"], row["setting"], row["value"], row["secret"]], sort_keys=True)
        found.setdefault(shown, (row, []))[1].extend(row["hosts"])
    for row, hosts in found.values():
        yield {**row, "hosts": sorted(hosts)}


def _row(row: ValueRow, everyone: list[str]) -> str:
    line: dict[str, object] = {"application": row["application"]} if row["application"] else {}
    line["setting"] = row["setting"]
    line.update({"secret": row["secret"]} if row["secret"] else {"value": row["value"]})
    if sorted(row["hosts"]) != sorted(everyone):
        line["hosts"] = row["hosts"]
    return _text(line)


def _text(value: object) -> str:
    """As JSON, which is YAML too; what cannot be seen is escaped, in YAML's own way beyond the basic plane."""
    return "".join(
        character if character.isprintable() else _escape(ord(character))
        for character in json.dumps(value, ensure_ascii=False)
    )


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
