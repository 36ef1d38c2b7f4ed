# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Policies as files: found, read strictly, and given their options."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import place_of
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.faults import Fault, type_name
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import (
    Schema,
    SchemaFileError,
    compile_schema,
    read_schema,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import COLLECTION_ROOT, LEAVES, Layers
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.spec_faults import compiled
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import choices, did_you_mean

from .findings import Findings, Severity, Source, relative
from .policy import KEYWORDS, Policy
from .policy_slips import policy_slips

SCHEMAS = COLLECTION_ROOT / "schemas"
SHIPPED = SCHEMAS / "policies"


# Reading


def read_policies(
    given: Sequence[JSON], findings: Findings, *, groups: Sequence[str] = (), all_groups: Sequence[str] = ()
) -> list[Policy]:
    """The policies that hold for a host in `groups`. One that cannot be used is an error of its own.

    A relative path starts at the playbook's folder, else at the folder that the user stands in. `all_groups` are the
    inventory's: a policy for a group that is none of them gets a warning, for it may be misspelt.
    """
    if not given:
        return []
    source = Source(Layers((cast("Tree", given),)), ("email_policies",))
    faults = _entries_schema().faults(given, findings.secrets)
    findings.add(source, faults)
    broken = {fault.path[:1] for fault in faults}
    policies: list[Policy] = []
    for index, entry in enumerate(() if () in broken else given):
        if (index,) in broken or findings.is_odd(("email_policies", index), below=True):
            continue
        try:
            policy = _read(entry, index, findings)
        except SchemaFileError as error:
            findings.add(source, [Fault((index,), "policy", str(error))])
            continue
        findings.add(source, _unknown_groups(policy, index, all_groups), severity="warning")
        policies.extend([policy] if policy.concerns(groups) else [])
    return policies


def _unknown_groups(policy: Policy, index: int, all_groups: Sequence[str]) -> list[Fault]:
    known = {*all_groups, "all"} if all_groups else {*policy.groups}
    return [
        Fault((index,), "policy", f"{policy.name} is for the group {group}, which this inventory does not have{near}")
        for group in policy.groups
        if group not in known
        for near in [did_you_mean(group, known)]
    ]


def _read(entry: JSON, index: int, findings: Findings) -> Policy:
    """One entry of `email_policies`; raises SchemaFileError."""
    named = entry if isinstance(entry, Mapping) and "policy" in entry else {"policy": entry}
    schema, name = _schema(named["policy"], index, findings.root)
    _check_annotations(schema, name)
    for slip in policy_slips(schema):
        raise SchemaFileError(f"{name}: {slip}")
    shown = schema.get("title", name)
    options = _options(schema, cast("Tree", named.get("options") or {}), findings.secrets, str(shown))
    filled = cast("Tree", _with_options(schema, options)) if options else schema
    policy = _policy(json.dumps(filled, sort_keys=True, default=str), str(shown), name)
    return replace(
        policy,
        path=("email_policies", index),
        place=place_of(named["policy"]) or place_of(entry),
        message=cast("str | None", named.get("message", policy.message)),
        severity=cast(Severity, named.get("severity", policy.severity)),
        groups=tuple(map(str, cast("Sequence[JSON]", named.get("groups", policy.groups)))),
        controls=tuple(map(str, cast("Sequence[JSON]", named.get("controls", policy.controls)))),
    )


def _schema(given: JSON, index: int, root: Path) -> tuple[Tree, str]:
    """A policy's schema, and what sentences about it call it; raises SchemaFileError."""
    if isinstance(given, Mapping):
        return given, str(given.get("title") or f"policy {index + 1}")
    if not isinstance(given, str):
        raise SchemaFileError(f"a policy is a name, a path or a JSON Schema, not {type_name(given)}")
    file = policy_file(given, root)
    return read_schema(str(file), relative(str(file), root)), relative(str(file), root)


def policy_file(given: str, root: Path) -> Path:
    """The file that an entry names, by the short name of a policy of ours or by its path; raises SchemaFileError."""
    if "/" not in given and not given.endswith(".json"):
        shipped = {path.stem: path for path in SHIPPED.glob("*.json")}
        if given not in shipped:
            names = sorted(shipped)
            near = did_you_mean(given, names) or f"; it has {choices(names)}"
            raise SchemaFileError(f"the collection has no policy {given}{near} (the path of a file ends in .json)")
        return shipped[given]
    beside_the_playbook, where_the_user_stands = root / given, Path.cwd() / given
    return beside_the_playbook if beside_the_playbook.exists() else _first(where_the_user_stands, beside_the_playbook)


def _first(*files: Path) -> Path:
    """The first file that is there, else the last."""
    return next((file for file in files if file.exists()), files[-1])


def _options(schema: Tree, given: Tree, secrets: Secrets, name: str) -> dict[str, JSON]:
    """The values of a policy's options, defaults filled in; raises SchemaFileError."""
    described = cast("Mapping[str, Tree]", schema.get("x-options") or {})
    wanted: Tree = {
        "properties": described,
        "additionalProperties": False,
        "required": [option for option, about in described.items() if "default" not in about],
    }
    for fault in compiled(json.dumps(wanted, sort_keys=True), f"x-options of {name}").faults(given, secrets):
        path = ".".join(str(step) for step in ("options", *fault.path))
        raise SchemaFileError(f"{name}: {path} {fault.message}")
    return {option: given.get(option, about.get("default")) for option, about in described.items()}


def _with_options(schema: JSON, options: Tree) -> JSON:
    """The schema with each `x-with` carried out: `{"x-with": {"enum": "ports"}}` sets enum to the option ports."""
    if isinstance(schema, Mapping):
        filled = {key: _with_options(value, options) for key, value in schema.items() if key != "x-with"}
        wanted = schema.get("x-with") or {}
        if not isinstance(wanted, Mapping) or not all(isinstance(option, str) for option in wanted.values()):
            raise SchemaFileError("x-with must be a mapping from keywords to names of options")
        unknown = [option for option in wanted.values() if option not in options]
        if unknown:
            raise SchemaFileError(f"x-with names {choices(unknown)}, which x-options does not describe")
        return {**filled, **{keyword: options[str(option)] for keyword, option in wanted.items()}}
    if isinstance(schema, Sequence) and not isinstance(schema, str):
        return [_with_options(value, options) for value in schema]
    return schema


def _check_annotations(schema: Tree, shown: str) -> None:
    """Raises SchemaFileError where one of our own keywords says what it cannot."""
    for fault in _annotations_schema().faults(schema, Secrets()):
        path = "/".join(str(step) for step in fault.path)
        raise SchemaFileError(f"{shown}: {path} {fault.message}")


@cache
def _policy(schema: str, name: str, shown: str) -> Policy:
    """A policy as its schema alone says; each distinct one is compiled once. Raises SchemaFileError."""
    raw: Tree = json.loads(schema)
    combinations = cast("Sequence[str | Sequence[str]]", raw.get("x-distinct") or ())
    distinct = tuple((leaves,) if isinstance(leaves, str) else tuple(leaves) for leaves in combinations)
    for leaf in (leaf for leaves in distinct for leaf in leaves if leaf not in LEAVES):
        raise SchemaFileError(f"{shown}: x-distinct: {leaf} is not a setting{did_you_mean(leaf, LEAVES)}")
    return Policy(
        name=name,
        schema=compile_schema(raw, shown, keywords=KEYWORDS),
        message=cast("str | None", raw.get("x-message")),
        rule=cast("str | None", raw.get("x-rule")),
        severity=cast(Severity, raw.get("x-severity", "error")),
        groups=tuple(cast("Sequence[str]", raw.get("x-groups") or ())),
        distinct=distinct,
        vaulted=raw.get("x-vaulted") is True,
        controls=tuple(cast("Sequence[str]", raw.get("x-controls") or ())),
    )


@cache
def _entries_schema() -> Schema:
    file = SCHEMAS / "email_policies.schema.json"
    return compile_schema(read_schema(str(file)), file.name, trusted=True)


@cache
def _annotations_schema() -> Schema:
    file = SCHEMAS / "policy.schema.json"
    return compile_schema(read_schema(str(file)), file.name, trusted=True)
