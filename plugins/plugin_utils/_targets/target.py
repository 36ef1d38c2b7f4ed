# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One application, as its folder describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeGuard, cast

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import Commands, Effective, Verify
from ansible_collections.appmail.settings.plugins.module_utils._files.managed_block import Block
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import OwnKeys
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get, put
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES, Spec, default_port

from .expressions import fill, holds
from .keys import Key, carried_leaves, keys_at
from .target_file import CoverageEntry, TargetError, covered_by, prefixes
from .versions import compare, is_version, satisfies

Kind = Literal["carried", "refused", "not_carried"]


# The version that stands for the one that the host finds.
INSTALLED = "installed"


class UnknownVersion(TargetError):
    """A version that the target does not describe."""


@dataclass(frozen=True)
class Installed:
    """How the host reads which version is installed: `pattern` finds it in what `command` says, in its first group."""

    command: tuple[str, ...]
    pattern: str


@dataclass(frozen=True)
class Coverage:
    """What becomes of one leaf of the spec.

    `accepts` holds the values that are let through, or None for all of them. An empty `accepts` means that the
    setting has to be left out. `unknown` names what the documentation does not say about a value let through. `rule` is
    the rule that refuses in place of `accepts`. `handed_on` names the entry of target.yml that leaves it to the host's
    sendmail.
    """

    leaf: str
    kind: Kind
    accepts: tuple[JSON, ...] | None = None
    reason: str | None = None
    unknown: str | None = None
    nearest: JSON = None
    documentation: str | None = None
    rule: str | None = None
    handed_on: str | None = None

    def permits(self, spec: Spec) -> bool:
        """Whether the leaf's value is one that the application can honour.

        The value in effect counts, be it written or a default; only a setting that has to be left out is judged by
        what is written. An empty list says as much as none.
        """
        if self.accepts is None:
            return True
        value = get(spec.clean if self.accepts == () else spec.effective, self.leaf)
        return value is None or value == [] or any(_same(value, accepted) for accepted in self.accepts)

    def nearest_to(self, value: JSON) -> JSON:
        """The nearest value that the application can express; None to leave the setting out."""
        if isinstance(self.nearest, Mapping):
            return self.nearest.get(str(value).lower() if isinstance(value, bool) else str(value))
        if self.nearest is None and self.accepts:
            return _closest(value, self.accepts)
        return self.nearest


@dataclass(frozen=True)
class FileTemplate:
    """One file that a target renders: by a template, or by a table of keys in a format.

    `template` is relative to the target's folder or to the targets' folder. `after` follows the keys as it is.
    `parts` are files that stand in this one as a whole. With `commands` there is no file: they take the keys.
    `found_at` are patterns of where packages and people put it as well, `found_in` of others' files that hold its keys.
    `also_read` are keys that people write and the target never does, each with its leaf.
    `defaults` are expressions over `keys`: what the application takes where a key is not there. `named` is a pattern of
    values in whose place the application puts others.
    """

    name: str
    path: str
    template: str | None = None
    format: str | None = None
    dialect: str | None = None
    keys: tuple[Key, ...] = ()
    after: str = ""
    mode: str | None = None
    owner: str | None = None
    group: str | None = None
    block: Block | None = None
    own_keys: OwnKeys | None = None
    when: str | None = None
    versions: str | None = None
    verify: Verify | None = None
    effective: Effective | None = None
    parts: tuple[FileTemplate, ...] = ()
    commands: Commands | None = None
    found_at: tuple[str, ...] = ()
    found_in: tuple[str, ...] = ()
    also_read: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    named: str | None = None


@dataclass(frozen=True)
class Override:
    """Another source of an application's settings, which wins over `file`, such as its environment.

    `paths` are patterns, from the folder of `file` if they are not absolute. `key` is an expression over `key`, one of
    the file's, and `keys`, what the file holds: the name or the names that the source has for it. Without a `format` it
    is there or not, and that is all that is known of it.
    """

    name: str
    file: str
    paths: tuple[str, ...]
    because: str
    format: str | None = None
    dialect: str | None = None
    key: str | None = None
    beside: str | None = None


@dataclass(frozen=True)
class Reads:
    """How a file is read back other than by its keys: `leaves` are expressions over what stands in it.

    `command` says how the application is set, in place of the file's own text. Keys that begin with `beside` have to do
    with mail, whoever owns the file. `near` are files of others, which are read and never written; in code `constants`
    are those that are defined elsewhere.
    """

    format: str
    dialect: str | None
    command: tuple[str, ...]
    leaves: Mapping[str, str]
    beside: str | None = None
    near: Near | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, OptionReads] = field(default_factory=dict)
    #: What is to be said, by the key whose line it is said at: the expression that is true then, and the sentence.
    findings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    tells: tuple[ReadFinding, ...] = ()


@dataclass(frozen=True)
class OptionReads:
    """How an option is read back: `value` is an expression, `covers` tells the keys that are in it.

    `shown` are the only keys that it may have to be shown; with another one all of it is a secret. None where the
    option itself says whether it is one. `without` tells the keys below the value that settings say.
    """

    value: str
    covers: str
    shown: frozenset[str] | None = None
    without: str | None = None


@dataclass(frozen=True)
class ReadFinding:
    """What is told at each key whose whole name `key` matches: what the application does that a spec cannot say.

    `when` is an expression over `name`, `value`, `keys`, `files`, and `count`, how many keys have such a name.
    """

    key: str
    message: str
    when: str | None = None


@dataclass(frozen=True)
class Near:
    """Files of others: `paths` are patterns from the folder of the target's `file`, in the order that they are read in.

    `note` says what becomes of what stands in them, with its lines, when the target's file is written.
    """

    file: str
    paths: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Rule:
    """A rule over several settings; `when` is true where it is violated."""

    name: str
    path: str
    when: str
    message: str
    documentation: str
    severity: Literal["error", "warning"] = "error"
    nearest: JSON = None
    versions: str | None = None

    def violated(self, context: Mapping[str, object]) -> bool:
        """Raises ExpressionError."""
        return holds(self.when, context)

    def explain(self, context: Mapping[str, object]) -> str:
        """The message with its Jinja filled in; raises ExpressionError."""
        return fill(self.message, context)


@dataclass(frozen=True)
class Target:
    """One application as its folder describes it.

    `coverage` maps a leaf or a prefix to its entries, `required` one that must be set to the reason.
    """

    app: str
    folder: Path
    label: str
    kind: Literal["admin_page", "config_file"]
    documentation: Mapping[str, str]
    versions: tuple[str, ...]
    default_version: str | None
    files: tuple[FileTemplate, ...]
    reload: Tree | None
    reload_note: str | None
    option_schemas: Mapping[str, Tree]
    coverage: Mapping[str, Sequence[CoverageEntry]]
    required: Mapping[str, str]
    rules: tuple[Rule, ...]
    rules_schema: Tree | None
    page: Tree | None
    check: Mapping[str, str]
    sendmail: bool = False
    installed: Installed | None = None
    reads: Mapping[str, Reads] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    #: What it does where its files do not say: leaf -> expression over the leaves that are known.
    unset: Mapping[str, str] = field(default_factory=dict)

    @property
    def options_schema(self) -> Tree:
        """The strict schema of the target's `options`."""
        return {"type": "object", "properties": self.option_schemas, "additionalProperties": False}

    @cached_property
    def written_schemas(self) -> tuple[str, str]:
        """The schema of the options and that of the rules as text, by which they are found again once compiled."""
        options, rules = (
            json.dumps(schema, sort_keys=True) for schema in (self.options_schema, self.rules_schema or {})
        )
        return options, rules

    @cached_property
    def secret_options(self) -> frozenset[str]:
        """The options that are shown nowhere: all of an option is secret where a part of it is."""
        return frozenset(name for name, schema in self.option_schemas.items() if says_secret(schema))

    def at(self, version: str | None = None) -> TargetAtVersion:
        """The target as it is at a version, its default one if None is given; raises TargetError."""
        chosen = self.default_version if version is None or version == INSTALLED else self._known(version)
        if chosen not in self._resolved:
            self._resolved[chosen] = self._resolve(chosen)
        return self._resolved[chosen]

    @cached_property
    def _resolved(self) -> dict[str | None, TargetAtVersion]:
        """The versions that were asked for; all hosts share those that are resolved before the forks."""
        return {}

    def _resolve(self, chosen: str | None) -> TargetAtVersion:
        files = [file for file in self.files if satisfies(chosen, file.versions)]
        files = [replace(file, keys=keys_at(file.keys, chosen)) for file in files]
        carried = carried_leaves(key for file in files for key in file.keys)
        return TargetAtVersion(
            target=self,
            version=chosen,
            coverage={leaf: self._covered(leaf, chosen, carried) for leaf in LEAVES},
            files=tuple(files),
            rules=tuple(rule for rule in self.rules if satisfies(chosen, rule.versions)),
        )

    def at_each(self, version: str | None) -> list[TargetAtVersion]:
        """The target at a version; at each described one, the oldest first, where the host finds out which it is."""
        if version != INSTALLED:
            return [self.at(version)]
        if self.installed is None or not self.versions:
            raise UnknownVersion(f"{self.app}: its target cannot read which version is installed, so name the version")
        return [self.at(described) for described in self.versions]

    def _known(self, version: str) -> str:
        if not self.versions:
            raise UnknownVersion(f"{self.app}: its target describes no versions, so leave version {version} out")
        if not is_version(version) or compare(version, self.versions[0]) < 0:
            described = ", ".join(self.versions)
            raise UnknownVersion(f"{self.app}: version {version} is not described; described are {described} and newer")
        return version

    def _covered(self, leaf: str, version: str | None, carried: Mapping[str, list[JSON] | None]) -> Coverage:
        entry = covered_by(leaf, self.coverage, carried, version)
        if entry is None:
            raise TargetError(f"{self.app}: {leaf}: none of its entries is for version {version}")
        handed_on = next(name for name in prefixes(leaf) if name in self.coverage) if "handed_on" in entry else None
        return _coverage(leaf, entry, handed_on)


@dataclass(frozen=True)
class TargetAtVersion:
    """One application at one version: what it can honour, what is rendered, which rules hold."""

    target: Target
    version: str | None
    coverage: Mapping[str, Coverage]
    files: tuple[FileTemplate, ...]
    rules: tuple[Rule, ...]

    @property
    def app(self) -> str:
        return self.target.app

    @property
    def label(self) -> str:
        return self.target.label

    @property
    def kind(self) -> Literal["admin_page", "config_file"]:
        return self.target.kind

    @property
    def page(self) -> Tree | None:
        return self.target.page

    def options(self, given: Tree) -> dict[str, JSON]:
        """The options with their defaults filled in; one that is neither given nor has a default is None."""
        defaults = {name: schema.get("default") for name, schema in self.target.option_schemas.items()}
        return {**defaults, **given}

    def context(self, spec: Spec, options: Tree) -> dict[str, object]:
        """What the expressions of target.yml see: `settings` is what takes effect, `options` are as they were given."""
        settings, written = spec.effective, spec.clean
        return {"settings": settings, "written": written, "options": self.options(options), "version": self.version}

    def honoured(self, spec: Spec, options: Tree, waived: Sequence[str]) -> Spec:
        """The spec with every waived value that takes effect replaced by the nearest that the application can express.

        A waiver names a leaf, or a prefix that stands for all leaves below it.
        """
        for leaf, coverage in self.coverage.items():
            if _waives(waived, leaf) and not coverage.permits(spec):
                settings = put(spec.effective, leaf, coverage.nearest_to(get(spec.effective, leaf)))
                spec = spec.honoured(_with_default_port(settings, spec.clean, leaf))
        for rule in self.rules:
            waivable = rule.path in self.coverage and rule.severity == "error" and _waives(waived, rule.path)
            if waivable and rule.violated(self.context(spec, options)):
                spec = spec.honoured(put(spec.effective, rule.path, rule.nearest))
        return spec


def _coverage(leaf: str, entry: CoverageEntry, handed_on: str | None) -> Coverage:
    kind = _kind(entry)
    accepts = entry.get("carried", entry.get("refused"))
    return Coverage(
        leaf=leaf,
        kind=kind,
        accepts=tuple(accepts) if isinstance(accepts, list) else None,
        reason=entry.get("not_carried", entry.get("handed_on", entry.get("reason"))),
        unknown=entry.get("unknown"),
        nearest=entry.get("nearest"),
        documentation=entry.get("documentation"),
        rule=entry.get("refused_by"),
        handed_on=handed_on,
    )


def _kind(entry: CoverageEntry) -> Kind:
    if "carried" in entry:
        return "carried"
    return "not_carried" if "not_carried" in entry or "handed_on" in entry else "refused"


def says_secret(schema: JSON) -> bool:
    """Whether a schema has `writeOnly` anywhere in it."""
    if isinstance(schema, Mapping):
        return schema.get("writeOnly") is True or any(map(says_secret, schema.values()))
    return isinstance(schema, list) and any(map(says_secret, schema))


def accepted_paths(entry: Tree) -> list[str]:
    """The settings that an item of `email_targets` accepts, be each written by its name or with a reason and an end."""
    accepted = cast("Sequence[JSON]", entry.get("accept") or ())
    return [str(each["path"]) if isinstance(each, Mapping) else str(each) for each in accepted]


def _waives(waived: Sequence[str], leaf: str) -> bool:
    return any(name in waived for name in prefixes(leaf))


def _with_default_port(settings: Tree, written: Tree, changed: str) -> Tree:
    """The settings with the port that follows from another encryption, where none is written."""
    section, _dot, name = changed.partition(".")
    port = f"{section}.port"
    if name != "encryption" or get(written, port) is not None:
        return settings
    return put(settings, port, default_port(section, cast("str | None", get(settings, changed))))


def _closest(value: JSON, accepted: Sequence[JSON]) -> JSON:
    """The accepted number nearest to a number, the greater of two; else the first value that is accepted."""
    numbers = [number for number in accepted if _is_number(number)]
    if not _is_number(value) or len(numbers) != len(accepted):
        return accepted[0]
    return min(numbers, key=lambda number: (abs(number - value), -number))


def _is_number(value: JSON) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(value: JSON, accepted: JSON) -> bool:
    """Equal, and not merely so for Python, where true equals 1."""
    return value == accepted and isinstance(value, bool) == isinstance(accepted, bool)
