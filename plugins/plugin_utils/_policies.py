# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Policies: an organisation's own rules, each a JSON Schema with a few annotations of ours.

A policy is judged on the settings as they take effect: defaults filled in, what is not set left out. What the spec's
own schema finds wrong is left out too, so that one mistake is one finding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._findings import Findings, Source, relative
from ansible_collections.appmail.settings.plugins.plugin_utils._origins import is_literal
from ansible_collections.appmail.settings.plugins.plugin_utils._schema import (
    Schema,
    SchemaFileError,
    compile_schema,
    read_schema,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._settings import (
    COLLECTION_ROOT,
    JSON,
    LEAVES,
    SECRET_LEAVES,
    Layers,
    Steps,
    Tree,
    effective,
    get,
    steps,
    without,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec_validation import compiled
from ansible_collections.appmail.settings.plugins.plugin_utils._wording import (
    IN_CLEAR_TEXT,
    Fault,
    Secrets,
    choices,
    did_you_mean,
    type_name,
)

SCHEMAS = COLLECTION_ROOT / "schemas"
SHIPPED = SCHEMAS / "policies"


@dataclass(frozen=True)
class Policy:
    """One rule, ready to judge by.

    ``groups`` are the inventory's groups that it holds for; empty means every host. ``distinct`` are combinations of
    leaves that no two environments may share. With ``vaulted`` no secret may stand in a file in clear text.
    """

    name: str
    # Two policies that say the same are the same, whoever compiled them.
    schema: Schema = field(compare=False)
    message: str | None = None
    rule: str | None = None
    severity: str = "error"
    groups: tuple[str, ...] = ()
    distinct: tuple[tuple[str, ...], ...] = ()
    vaulted: bool = False

    def concerns(self, groups: Iterable[str]) -> bool:
        """Whether it holds for a host in these groups."""
        return not self.groups or not {*self.groups}.isdisjoint({*groups, "all"})

    def faults(self, settings: Tree, secrets: Secrets) -> list[Fault]:
        """What in the settings, as they take effect, breaks the policy."""
        found = self.schema.faults(settings, secrets)
        if self.vaulted:
            values = {leaf: get(settings, leaf) for leaf in LEAVES if leaf in SECRET_LEAVES}
            found += [Fault(steps(leaf), "x-vaulted", IN_CLEAR_TEXT) for leaf in _in_clear_text(values)]
        return list(map(self._told, found))

    def option_faults(self, secret_options: Tree) -> list[Fault]:
        """Which secret options of a target break the policy."""
        ways = _secrets_in_clear_text(secret_options) if self.vaulted else ()
        return [self._told(Fault(("options", *way), "x-vaulted", IN_CLEAR_TEXT)) for way in ways]

    def sharing_fault(self, leaf: str, environments: Sequence[JSON]) -> Fault:
        """What is said where environments share a setting that each must have of its own."""
        words = [str(name) for name in environments]
        shared = f"is shared by {', '.join(words[:-1])} and {words[-1]}: each environment needs its own"
        return self._told(Fault(steps(leaf), "x-distinct", shared))

    def _told(self, fault: Fault) -> Fault:
        return Fault(fault.path, self.rule or fault.rule, self.message or fault.message, fault.at)


def _in_clear_text(values: Tree) -> Iterator[str]:
    return (name for name, value in values.items() if is_literal(value))


# In a secret option that is a mapping or a list of them, these keys hold the secrets.
_NAME_OF_A_SECRET = re.compile(r"pass|secret|token|credential|(^|_)key$", re.IGNORECASE)


def _secrets_in_clear_text(options: Tree, way: Steps = (), *, secret: bool = True) -> Iterator[Steps]:
    """The ways to what stands in clear text: secret options, and within those that hold more, what is named so."""
    for name, value in options.items():
        yield from _clear_below(value, (*way, name), secret=secret or bool(_NAME_OF_A_SECRET.search(name)))


def _clear_below(value: JSON, way: Steps, *, secret: bool) -> Iterator[Steps]:
    if isinstance(value, Mapping):
        yield from _secrets_in_clear_text(value, way, secret=False)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, below in enumerate(value):
            yield from _clear_below(below, (*way, index), secret=secret)
    elif secret and is_literal(value):
        yield way


# Reading


def read_policies(
    given: Sequence[JSON], findings: Findings, *, groups: Sequence[str] = (), all_groups: Sequence[str] = ()
) -> list[Policy]:
    """The policies that hold for a host in ``groups``. One that cannot be used is an error of its own.

    A relative path starts at the playbook's folder, else at the folder that the user stands in. ``all_groups`` are the
    inventory's: a policy for a group that is none of them gets a warning, for it may be misspelt.
    """
    if not given:
        return []
    source = Source(Layers((cast("Tree", given),)), ("email_policies",))
    faults = _entries_schema().faults(given, findings.secrets)
    findings.add(source, faults)
    broken = {fault.path[:1] for fault in faults}
    found: list[Policy] = []
    for index, entry in enumerate(() if () in broken else given):
        if (index,) in broken:
            continue
        try:
            policy = _read(entry, index, findings)
        except SchemaFileError as error:
            findings.add(source, [Fault((index,), "policy", str(error))])
            continue
        findings.add(source, _unknown_groups(policy, index, all_groups), severity="warning")
        found.extend([policy] if policy.concerns(groups) else [])
    return found


def _unknown_groups(policy: Policy, index: int, all_groups: Sequence[str]) -> list[Fault]:
    known = {*all_groups, "all"} if all_groups else {*policy.groups}
    return [
        Fault((index,), "policy", f"{policy.name} is for the group {group}, which this inventory does not have{near}")
        for group in policy.groups
        if group not in known
        for near in [did_you_mean(group, known)]
    ]


def _read(entry: JSON, index: int, findings: Findings) -> Policy:
    """One entry of ``email_policies``; raises SchemaFileError."""
    named = entry if isinstance(entry, Mapping) and "policy" in entry else {"policy": entry}
    schema, name = _schema(named["policy"], index, findings.root)
    shown = schema.get("title", name)
    options = _options(schema, cast("Tree", named.get("options") or {}), findings.secrets, str(shown))
    filled = cast("Tree", _with_options(schema, options)) if options else schema
    policy = _policy(json.dumps(filled, sort_keys=True, default=str), str(shown), name)
    return replace(
        policy,
        message=cast("str | None", named.get("message", policy.message)),
        severity=str(named.get("severity", policy.severity)),
        groups=tuple(map(str, cast("Sequence[JSON]", named.get("groups", policy.groups)))),
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
        way = ".".join(str(step) for step in ("options", *fault.path))
        raise SchemaFileError(f"{name}: {way} {fault.message}")
    return {option: given.get(option, about.get("default")) for option, about in described.items()}


def _with_options(schema: JSON, options: Tree) -> JSON:
    """The schema with each ``x-with`` carried out: ``{"x-with": {"enum": "ports"}}`` sets enum to the option ports."""
    if isinstance(schema, Mapping):
        filled = {key: _with_options(value, options) for key, value in schema.items() if key != "x-with"}
        wanted = cast("Mapping[str, str]", schema.get("x-with") or {})
        unknown = [option for option in wanted.values() if option not in options]
        if unknown:
            raise SchemaFileError(f"x-with names {choices(unknown)}, which x-options does not describe")
        return {**filled, **{keyword: options[option] for keyword, option in wanted.items()}}
    if isinstance(schema, Sequence) and not isinstance(schema, str):
        return [_with_options(value, options) for value in schema]
    return schema


@cache
def _policy(schema: str, name: str, shown: str) -> Policy:
    """A policy as its schema alone says; each distinct one is compiled once. Raises SchemaFileError."""
    raw: Tree = json.loads(schema)
    for fault in _annotations_schema().faults(raw, Secrets()):
        way = "/".join(str(step) for step in fault.path)
        raise SchemaFileError(f"{shown}: {way} {fault.message}")
    combinations = cast("Sequence[str | Sequence[str]]", raw.get("x-distinct") or ())
    distinct = tuple((leaves,) if isinstance(leaves, str) else tuple(leaves) for leaves in combinations)
    for leaf in (leaf for leaves in distinct for leaf in leaves if leaf not in LEAVES):
        raise SchemaFileError(f"{shown}: x-distinct: {leaf} is not a setting{did_you_mean(leaf, LEAVES)}")
    return Policy(
        name=name,
        schema=compile_schema(raw, shown, keywords=KEYWORDS),
        message=cast("str | None", raw.get("x-message")),
        rule=cast("str | None", raw.get("x-rule")),
        severity=str(raw.get("x-severity", "error")),
        groups=tuple(cast("Sequence[str]", raw.get("x-groups") or ())),
        distinct=distinct,
        vaulted=raw.get("x-vaulted") is True,
    )


@cache
def _entries_schema() -> Schema:
    file = SCHEMAS / "email_policies.schema.json"
    return compile_schema(read_schema(str(file)), file.name, proven=True)


@cache
def _annotations_schema() -> Schema:
    file = SCHEMAS / "policy.schema.json"
    return compile_schema(read_schema(str(file)), file.name, proven=True)


# Our own keywords: what JSON Schema cannot say of one value


def _breaks_vaulted(wanted: JSON, value: JSON) -> bool:
    return wanted is True and is_literal(value) is True


def _breaks_domains(wanted: JSON, value: JSON) -> bool:
    return isinstance(value, str) and not in_domains(value, cast("Sequence[str]", wanted))


def in_domains(address: str, domains: Iterable[str]) -> bool:
    """Whether an address is in one of the domains; ``*.example.edu`` stands for every domain below example.edu."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    return any(
        domain.endswith(wanted.lower()[1:]) if wanted.startswith("*.") else domain == wanted.lower()
        for wanted in domains
    )


KEYWORDS: Mapping[str, Callable[[JSON, JSON], bool]] = {"x-vaulted": _breaks_vaulted, "x-domains": _breaks_domains}


# Judging


def in_effect(written: Tree, faulty: Iterable[Steps] = ()) -> dict[str, JSON]:
    """The settings as policies see them: without what is faulty, defaults filled in, what is not set left out."""
    clean = written
    for path in faulty:
        clean = without(clean, path) if path else {}
    return _set(effective(clean))


def _set(tree: Tree) -> dict[str, JSON]:
    return {
        key: _set(value) if isinstance(value, Mapping) else value for key, value in tree.items() if value is not None
    }


def judge_policies(
    policies: Sequence[Policy],
    source: Source,
    settings: Tree,
    findings: Findings,
    *,
    target: str | None = None,
    known: Sequence[Fault] = (),
) -> list[Fault]:
    """Judge settings, as ``in_effect`` gives them; answers what was found, less what is ``known`` already."""
    found: list[Fault] = []
    written = source.layers.merged()
    for policy in policies:
        faults = [_by_default(fault, written) for fault in policy.faults(settings, findings.secrets)]
        new = [fault for fault in faults if fault not in known]
        findings.add(source, new, severity=policy.severity, target=target, policy=policy.name)
        found += new
    return found


def _by_default(fault: Fault, written: Tree) -> Fault:
    """A fault of a value that nobody wrote says so, and points to where it would be written."""
    dotted = ".".join(str(step) for step in fault.path)
    if fault.at == "value" and dotted in LEAVES and get(written, dotted) is None:
        # Nobody misspelt what nobody wrote.
        message = fault.message.partition("; did you mean ")[0]
        return Fault(fault.path, fault.rule, f"{message}; it is not written, and that is its default", "missing")
    return fault


def judge_secret_options(
    policies: Sequence[Policy], source: Source, secret_options: Tree, findings: Findings, *, target: str
) -> None:
    """Judge a target's secret options; ``source`` is its entry in ``email_targets``."""
    for policy in policies:
        faults = policy.option_faults(secret_options)
        findings.add(source, faults, severity=policy.severity, target=target, policy=policy.name)


@dataclass(frozen=True)
class HostSettings:
    """One host's settings, as ``in_effect`` gives them, for what holds between environments.

    ``findings`` are the host's own: what is found is added to them.
    """

    environment: str
    host: str
    source: Source
    settings: Tree
    policies: Sequence[Policy]
    findings: Findings


def judge_shared(hosts: Sequence[HostSettings]) -> None:
    """Find what environments share although a policy wants it distinct: one finding a place where it is written."""
    for policy in dict.fromkeys(policy for host in hosts for policy in host.policies if policy.distinct):
        concerned = [host for host in hosts if policy in host.policies]
        for leaves in policy.distinct:
            for sharing in _sharing(leaves, concerned):
                environments = sorted({host.environment for host in sharing})
                fault = policy.sharing_fault(leaves[-1], environments)
                for host in sharing:
                    host.findings.add(host.source, [fault], severity=policy.severity, policy=policy.name)


def _sharing(leaves: Sequence[str], hosts: Sequence[HostSettings]) -> Iterator[list[HostSettings]]:
    """The hosts that have the same values, for each set of values that more than one environment has."""
    found: dict[tuple[str, ...], list[HostSettings]] = {}
    for host in hosts:
        values = [get(host.settings, leaf) for leaf in leaves]
        if None not in values:
            found.setdefault(tuple(map(str, values)), []).append(host)
    return (same for same in found.values() if len({host.environment for host in same}) > 1)
