# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What should be: the inventory's settings and their judgement, of the repository and a revision alone.

No clock is asked: a waiver's last day is written down, and whether it is past is told by whoever reads the record.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.differences import (
    UnreadableHost,
    named_targets,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import GateJudgement
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.waivers import Waiver
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.git_blame import WorkTree
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import HostVariables
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Place, identity, place_of
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetError

from .places import Origins
from .redaction import Redaction
from .shape import (
    Application,
    CoverageRow,
    FindingRow,
    Hidden,
    HostRow,
    Intended,
    PolicyRow,
    Revision,
    ValueRow,
    WaiverRow,
)
from .values import HostValues, Namer, PlacedValue, grouped, host_values


@dataclass(frozen=True)
class Inventory:
    """What the record is made of. `target_paths` gives a host's folders of targets, `search` where they start."""

    hosts: Sequence[HostVariables]
    judgement: GateJudgement
    tree: WorkTree | None
    origins: Origins
    name_of: Namer
    search: Sequence[str] = ()


@dataclass
class _Collected:
    """What was read of the hosts, before it has its origins."""

    rows: list[tuple[str, PlacedValue]] = field(default_factory=list)
    hosts: list[HostRow] = field(default_factory=list)
    coverage: dict[str, CoverageRow] = field(default_factory=dict)
    accepted: dict[Hashable, _Accepted] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)


@dataclass
class _Accepted:
    """One entry of a target's `accept`, and the hosts that have it."""

    row: WaiverRow
    place: Place | None


def intended(inventory: Inventory) -> Intended:
    """The intended part of the record; the same in any order of the hosts, and from any folder."""
    found = _collect(inventory)
    judgement, origins = inventory.judgement, inventory.origins
    origins.look_up(_files(found, judgement))
    values = [_with_origin(placed, hosts, origins) for placed, hosts in grouped(found.rows)]
    accepted: list[WaiverRow] = [{**one.row, "origin": origins.of_place(one.place)} for one in found.accepted.values()]
    made: Intended = {
        "revision": _revision(inventory.tree),
        "hosts": found.hosts,
        "values": values,
        "coverage": found.coverage,
        "findings": [_finding_row(severity, one, origins) for severity, one in _graded(judgement)],
        "waivers": [
            *(_waiver_row(waiver, origins) for waiver in judgement.waivers if waiver.target is None),
            *accepted,
        ],
        "policies": _policy_rows(judgement),
        "history": None,
    }
    return Redaction(found.secrets).clean(made)


def _collect(inventory: Inventory) -> _Collected:
    found = _Collected()
    read: dict[Hashable, HostValues | None] = {}
    for host in inventory.hosts:
        alike = (host.environment, identity(host.values), bool(host.failures), any(host.oddities.values()))
        if alike not in read:
            read[alike] = _values_of(host, inventory)
        values = read[alike]
        applications = [] if host.failures else list(_applications(host, inventory, found))
        found.hosts.append(
            {
                "name": host.host,
                "environment": host.environment,
                "state": _state(host, inventory.judgement, applications, readable=values is not None),
                "applications": applications,
            }
        )
        if values is not None and _has_settings(host):
            found.rows.extend((host.host, placed) for placed in values.rows)
            found.secrets |= values.secrets
    return found


def _state(
    host: HostVariables, judgement: GateJudgement, applications: Sequence[Application], *, readable: bool
) -> Literal["judged", "not judged", "no settings"]:
    """A host whose settings could not be read was not judged, nor was one that lacks settings for its applications."""
    if host.host in judgement.hosts and readable:
        return "judged"
    is_wanted = host.failures or _has_settings(host) or applications
    return "not judged" if is_wanted else "no settings"


def _has_settings(host: HostVariables) -> bool:
    return "email_settings" in host.values


def _values_of(host: HostVariables, inventory: Inventory) -> HostValues | None:
    try:
        return host_values(host, inventory.search, inventory.name_of)
    except UnreadableHost:
        # A finding says so; nothing is claimed of what could not be read.
        return None


def _applications(host: HostVariables, inventory: Inventory, found: _Collected) -> Iterable[Application]:
    targets = host.values.get("email_targets")
    if not isinstance(targets, Sequence) or not all(isinstance(entry, Mapping) for entry in targets):
        return
    for name, entry in named_targets(cast("Sequence[Tree]", targets)):
        shown = name.removeprefix("email_targets[").removesuffix("]")
        at = _described(entry, host, inventory.search)
        covered = _coverage_name(at) if at else None
        if at and covered:
            found.coverage.setdefault(covered, _coverage_row(at))
        for number, accepted in enumerate(cast("Sequence[JSON]", entry.get("accept") or ())):
            _accept(found, host.host, shown, (entry, number), accepted, _waived(inventory.judgement, covered))
        yield {"name": shown, "kind": at.kind if at else None, "coverage": covered}


def _described(entry: Tree, host: HostVariables, search: Sequence[str]) -> TargetAtVersion | None:
    given = host.values.get("email_target_paths")
    paths = [str(path) for path in given] if isinstance(given, Sequence) and not isinstance(given, str) else []
    folders = [f"{folder}/{path}" for path in paths for folder in search] + paths
    try:
        return find_target(str(entry.get("app")), folders).at(cast("str | None", entry.get("version")))
    except TargetError:
        return None


def _coverage_name(at: TargetAtVersion) -> str:
    return f"{at.app} {at.version}" if at.version else at.app


def _coverage_row(at: TargetAtVersion) -> CoverageRow:
    kinds: dict[str, list[str]] = {"carried": [], "refused": [], "not_carried": []}
    for leaf, covered in at.coverage.items():
        kinds[covered.kind].append(leaf)
    return {
        "label": at.label,
        "carried": kinds["carried"],
        "refused": kinds["refused"],
        "not_carried": kinds["not_carried"],
    }


def _waived(judgement: GateJudgement, covered: str | None) -> Sequence[str]:
    return cast("Sequence[str]", judgement.coverage.get(covered or "", {}).get("waived") or ())


def _accept(
    found: _Collected, host: str, application: str, at: tuple[Tree, int], accepted: JSON, waived: Sequence[str]
) -> None:
    """Put an entry of `accept` into the register: a setting's name, or a mapping with a reason and a last day."""
    entry, number = at
    about = accepted if isinstance(accepted, Mapping) else {"path": accepted}
    name = str(about.get("path"))
    place = place_of(about.get("path")) or place_of(accepted) or place_of(entry.get("accept"))
    hidden = [leaf for leaf in waived if leaf == name or leaf.startswith(f"{name}.")]
    row: WaiverRow = {
        "kind": "accept",
        "policy": None,
        "application": application,
        "setting": name,
        "reason": _text(about.get("reason")),
        "until": _text(about.get("until")),
        "used": bool(hidden),
        "hides": [{"setting": leaf, "message": f"{application} cannot honour it", "hosts": []} for leaf in hidden],
        "hosts": [],
        "origin": None,
    }
    known = found.accepted.setdefault((repr(row), number if place is None else place), _Accepted(row, place))
    known.row["hosts"].append(host)
    for one in known.row["hides"]:
        one["hosts"] = list(known.row["hosts"])


def _text(value: JSON) -> str | None:
    return None if value is None else str(value)


def _files(found: _Collected, judgement: GateJudgement) -> Iterable[str | None]:
    yield from (placed.place.file for _host, placed in found.rows if placed.place is not None)
    yield from (one.place.file for one in found.accepted.values() if one.place is not None)
    yield from (one.written_in for _severity, one in _graded(judgement))
    yield from (waiver.written_in for waiver in judgement.waivers)


def _with_origin(placed: PlacedValue, hosts: list[str], origins: Origins) -> ValueRow:
    return {**placed.row, "hosts": hosts, "origin": origins.of_place(placed.place)}


def _revision(tree: WorkTree | None) -> Revision | None:
    if tree is None:
        return None
    return {"commit": tree.commit, "date": tree.date, "clean": tree.clean, "shallow": tree.shallow}


def _graded(judgement: GateJudgement) -> Iterable[tuple[str, Finding]]:
    """Errors and warnings; that no host at all has settings is told by the hosts' own states."""
    nobody = judgement.skipped if not judgement.hosts else None
    yield from (("error", one) for one in judgement.errors if one.written_in or one.hosts != nobody)
    yield from (("warning", one) for one in judgement.warnings)


def _finding_row(severity: str, one: Finding, origins: Origins) -> FindingRow:
    return {
        "severity": severity,
        "path": one.path,
        "message": one.message,
        "rule": one.rule,
        "target": one.target,
        "policy": one.policy,
        "documentation": one.documentation,
        "hosts": list(one.hosts),
        "origin": origins.of_finding(one),
    }


def _waiver_row(waiver: Waiver, origins: Origins) -> WaiverRow:
    hides: list[Hidden] = [
        {"setting": one.path, "message": one.message, "hosts": list(one.hosts)} for one in waiver.hides
    ]
    return {
        "kind": "waiver",
        "policy": waiver.policy,
        "application": None,
        "setting": waiver.path,
        "reason": waiver.reason,
        "until": waiver.until,
        "used": waiver.used,
        "hides": hides,
        "hosts": list(waiver.hosts),
        "origin": origins.of_place(Place(waiver.written_in, waiver.line, waiver.column, waiver.file)),
    }


def _policy_rows(judgement: GateJudgement) -> list[PolicyRow]:
    return [
        {
            "name": one.policy.name,
            "severity": one.policy.severity,
            "message": one.policy.message,
            "controls": list(one.policy.controls),
            "between_environments": bool(one.policy.distinct),
            "judged": True,
            "hosts": list(one.hosts),
        }
        for one in judgement.policies
    ]
