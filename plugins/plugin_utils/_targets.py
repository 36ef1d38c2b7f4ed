# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The applications: one folder each, found among the user's own folders and the collection's.

A folder holds ``target.yml`` (schemas/target.schema.json says what is in it), the templates, and where a plain JSON
Schema can say a rule, ``schema.json``. Folders that begin with an underscore hold shared templates and are no target.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeGuard, cast

from ansible_collections.appmail.settings.plugins.plugin_utils._expressions import (
    ExpressionError,
    check_expression,
    check_text,
    fill,
    holds,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._schema import (
    SchemaFileError,
    check_references,
    check_schema,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._settings import (
    COLLECTION_ROOT,
    JSON,
    LEAVES,
    Steps,
    Tree,
    default_port,
    get,
    put,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._target_file import (
    CoverageEntry,
    FileEntry,
    TargetError,
    TargetTree,
    VerifyEntry,
    read_rules_schema,
    read_target_file,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._versions import compare, is_version, satisfies
from ansible_collections.appmail.settings.plugins.plugin_utils._wording import did_you_mean, nearest

__all__ = ["TARGETS_FOLDER", "Coverage", "Target", "TargetAtVersion", "TargetError", "UnknownTarget", "find_target"]

TARGETS_FOLDER = COLLECTION_ROOT / "targets"

# What decides where mail goes, as whom and how safely: an application may refuse these, never merely ignore them.
_NEVER_IGNORED = ("smtp.host", "smtp.port", "smtp.encryption", "smtp.tls", "smtp.auth", "sender.address")

Kind = Literal["carried", "refused", "not_carried"]


class UnknownTarget(TargetError):
    """No target of that name is among the folders. `nearest` is the known name that was probably meant, or None."""

    def __init__(self, app: str, known: Sequence[str]) -> None:
        self.app = app
        self.nearest = nearest(app, known)
        cure = did_you_mean(app, known) or f"; known are {', '.join(known)}"
        super().__init__(f"{app} is not a known target{cure}")


@dataclass(frozen=True)
class Coverage:
    """What becomes of one leaf of the spec.

    `accepts` holds the values that are let through, or None for all of them. An empty `accepts` means that the
    setting has to be left out. `unknown` names what the documentation does not say about a value let through. `rule` is
    the rule that refuses in place of `accepts`.
    """

    leaf: str
    kind: Kind
    accepts: tuple[JSON, ...] | None = None
    reason: str | None = None
    unknown: str | None = None
    nearest: JSON = None
    documentation: str | None = None
    rule: str | None = None

    def permits(self, settings: Tree, written: Tree) -> bool:
        """Whether the leaf's value is one that the application can honour.

        The value in effect counts, be it written or a default; only a setting that has to be left out is judged by
        what is written. An empty list says as much as none.
        """
        if self.accepts is None:
            return True
        value = get(written if self.accepts == () else settings, self.leaf)
        return value is None or value == [] or any(_same(value, accepted) for accepted in self.accepts)

    def nearest_to(self, value: JSON) -> JSON:
        """The nearest value that the application can express; None to leave the setting out."""
        if isinstance(self.nearest, Mapping):
            return self.nearest.get(str(value).lower() if isinstance(value, bool) else str(value))
        if self.nearest is None and self.accepts:
            return _closest(value, self.accepts)
        return self.nearest


@dataclass(frozen=True)
class Verify:
    """How the application's own parser reads the staged file; see module_utils/_writer.py for the placeholders."""

    command: tuple[str, ...]
    fails_on: str | None = None
    beside: tuple[str, ...] = ()
    timeout: int = 30
    hint: str | None = None


@dataclass(frozen=True)
class Block:
    """Only a marked block of the file is ours. `comment` begins a comment line, `anchor` is ``end`` or ``begin``."""

    comment: str
    anchor: str = "end"


@dataclass(frozen=True)
class FileTemplate:
    """One file that a target renders. `template` is relative to the target's folder or to the targets' folder."""

    name: str
    template: str
    path: str
    mode: str | None = None
    owner: str | None = None
    group: str | None = None
    block: Block | None = None
    when: str | None = None
    versions: str | None = None
    verify: Verify | None = None


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
    """One application as its folder describes it. `coverage` maps a leaf or a prefix to its entries."""

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
    rules: tuple[Rule, ...]
    rules_schema: Tree | None
    page: Tree | None
    check: Mapping[str, str]

    @property
    def options_schema(self) -> Tree:
        """The strict schema of the target's ``options``."""
        return {"type": "object", "properties": self.option_schemas, "additionalProperties": False}

    @property
    def secret_options(self) -> frozenset[str]:
        """The options that are shown nowhere: all of an option is secret where a part of it is."""
        return frozenset(name for name, schema in self.option_schemas.items() if _says_secret(schema))

    def at(self, version: str | None = None) -> TargetAtVersion:
        """The target as it is at a version, its default one if None is given; raises TargetError."""
        chosen = self.default_version if version is None else self._known(version)
        return TargetAtVersion(
            target=self,
            version=chosen,
            coverage={leaf: self._covered(leaf, chosen) for leaf in LEAVES},
            files=tuple(file for file in self.files if satisfies(chosen, file.versions)),
            rules=tuple(rule for rule in self.rules if satisfies(chosen, rule.versions)),
        )

    def _known(self, version: str) -> str:
        if not self.versions:
            raise TargetError(f"{self.app}: its target describes no versions, so leave version {version} out")
        if not is_version(version) or compare(version, self.versions[0]) < 0:
            described = ", ".join(self.versions)
            raise TargetError(f"{self.app}: version {version} is not described; described are {described} and newer")
        return version

    def _covered(self, leaf: str, version: str | None) -> Coverage:
        entries = self.coverage[_covering(leaf, self.coverage) or leaf]
        entry = next((entry for entry in entries if satisfies(version, entry.get("versions"))), None)
        if entry is None:
            raise TargetError(f"{self.app}: {leaf}: none of its entries is for version {version}")
        return _coverage(leaf, entry)


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

    def context(self, settings: Tree, written: Tree, options: Tree) -> dict[str, object]:
        """What the expressions of target.yml see. `settings` is the effective spec, `options` as they were given."""
        return {"settings": settings, "written": written, "options": self.options(options), "version": self.version}

    def honoured(self, settings: Tree, written: Tree, options: Tree, waived: Sequence[str]) -> Tree:
        """The effective settings with every waived value replaced by the nearest one that the application can express.

        A waiver names a leaf, or a prefix that stands for all leaves below it.
        """
        for leaf, coverage in self.coverage.items():
            if _waives(waived, leaf) and not coverage.permits(settings, written):
                settings = put(settings, leaf, coverage.nearest_to(get(settings, leaf)))
                settings = _with_default_port(settings, written, leaf)
        for rule in self.rules:
            waivable = rule.path in self.coverage and rule.severity == "error" and _waives(waived, rule.path)
            if waivable and rule.violated(self.context(settings, written, options)):
                settings = put(settings, rule.path, rule.nearest)
        return settings


def find_target(app: str, paths: Sequence[str] = ()) -> Target:
    """The target of that name, from the user's folders in their order, else from the collection.

    A user's folder that has the name of a shipped target takes its place. Raises UnknownTarget or TargetError.
    """
    folders = [_readable_folder(path) for path in paths] + [TARGETS_FOLDER]
    known: list[str] = []
    for folder in folders:
        names = target_names(folder)
        if app in names:
            file = folder / app / "target.yml"
            return _load(app, folder / app, file.stat().st_mtime_ns)
        known.extend(names)
    raise UnknownTarget(app, sorted(set(known)))


def target_names(folder: Path = TARGETS_FOLDER) -> list[str]:
    """The names of all targets in a folder, sorted."""
    return sorted(
        entry.name
        for entry in folder.iterdir()
        if not entry.name.startswith(("_", ".")) and (entry / "target.yml").is_file()
    )


def _readable_folder(path: str) -> Path:
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise TargetError(f"{path}: is not a folder that holds targets")
    return folder


@cache
def _load(app: str, folder: Path, _changed: int) -> Target:
    """Read once for each state of the file: the time of its last change is part of the cache's key."""
    proven = folder.parent == TARGETS_FOLDER
    tree = read_target_file(folder / "target.yml", _faults, proven=proven)
    described = tuple(tree["versions"]["described"]) if "versions" in tree else ()
    newest = described[-1] if described else None
    return Target(
        app=app,
        folder=folder,
        label=tree["label"],
        kind=tree["kind"],
        documentation=tree["documentation"],
        versions=described,
        default_version=tree["versions"].get("default", newest) if "versions" in tree else None,
        files=tuple(_file(entry) for entry in tree.get("files", _sheets(app))),
        reload=tree.get("reload"),
        reload_note=tree.get("reload_note"),
        option_schemas=tree.get("options", {}),
        coverage=_coverage_entries(tree),
        rules=tuple(Rule(**entry) for entry in tree.get("rules", ())),
        rules_schema=read_rules_schema(folder / "schema.json", proven=proven),
        page=tree.get("page"),
        check=tree.get("check", {}),
    )


def _sheets(app: str) -> list[FileEntry]:
    """The two files of an admin page: a sheet for machines and a runbook for the person who types it in."""
    return [
        {
            "name": f"{app}.{suffix}",
            "template": f"_admin_page/{suffix}.j2",
            "path": f"/etc/appmail/{app}.{suffix}",
            "mode": "0600",
        }
        for suffix in ("settings.yml", "runbook.md")
    ]


def _file(entry: FileEntry) -> FileTemplate:
    block = entry.get("block")
    return FileTemplate(
        name=entry["name"],
        template=entry.get("template", f"{entry['name']}.j2"),
        path=entry["path"],
        mode=entry.get("mode"),
        owner=entry.get("owner"),
        group=entry.get("group"),
        block=Block(**block) if block else None,
        when=entry.get("when"),
        versions=entry.get("versions"),
        verify=_verify(entry.get("verify")),
    )


def _verify(entry: VerifyEntry | None) -> Verify | None:
    if entry is None:
        return None
    return Verify(
        command=tuple(entry["command"]),
        fails_on=entry.get("fails_on"),
        beside=tuple(entry.get("beside", ())),
        timeout=entry.get("timeout", 30),
        hint=entry.get("hint"),
    )


def _coverage_entries(tree: TargetTree) -> dict[str, list[CoverageEntry]]:
    return {name: value if isinstance(value, list) else [value] for name, value in tree["coverage"].items()}


def _covering(leaf: str, entries: Mapping[str, Sequence[CoverageEntry]]) -> str | None:
    """The name under which a leaf is covered: its own, or the longest prefix that is there."""
    return next((name for name in _prefixes(leaf) if name in entries), None)


def _coverage(leaf: str, entry: CoverageEntry) -> Coverage:
    kind = _kind(entry)
    accepts = entry.get("carried", entry.get("refused"))
    return Coverage(
        leaf=leaf,
        kind=kind,
        accepts=tuple(accepts) if isinstance(accepts, list) else None,
        reason=entry.get("not_carried", entry.get("reason")),
        unknown=entry.get("unknown"),
        nearest=entry.get("nearest"),
        documentation=entry.get("documentation"),
        rule=entry.get("refused_by"),
    )


def _kind(entry: CoverageEntry) -> Kind:
    if "carried" in entry:
        return "carried"
    return "not_carried" if "not_carried" in entry else "refused"


def _faults(tree: TargetTree) -> list[tuple[Steps, str]]:
    """What the schema of target.yml cannot see."""
    return [*_unreadable(cast("Tree", tree), ()), *_bad_options(tree), *_bad_versions(tree), *_bad_coverage(tree)]


def _bad_options(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    for name, schema in tree.get("options", {}).items():
        try:
            check_schema(schema, name)
            check_references(schema, name, {"properties": tree["options"]})
        except SchemaFileError as error:
            yield ("options", name), str(error)


def _bad_versions(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    if "versions" not in tree:
        return
    described = tree["versions"]["described"]
    for index, (older, newer) in enumerate(pairwise(described)):
        if compare(older, newer) >= 0:
            yield ("versions", "described", index + 1), f"{newer} is not newer than {older}: the oldest stands first"
    default = tree["versions"].get("default")
    if default is not None and compare(default, described[0]) < 0:
        yield ("versions", "default"), f"{default} is older than the first described version, {described[0]}"


def _bad_coverage(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    """Every leaf is covered at every described version, and every name is one of the spec."""
    entries = _coverage_entries(tree)
    names = {name for leaf in LEAVES for name in _prefixes(leaf)}
    for name in entries:
        if name not in names:
            yield ("coverage", name), f"is not a setting{did_you_mean(name, names)}"
    for leaf in LEAVES:
        yield from _bad_leaf(leaf, entries, tree)
    rules = {rule["name"]: rule["path"] for rule in tree.get("rules", ())}
    for name, several in entries.items():
        for entry in several:
            if "refused_by" in entry and rules.get(entry["refused_by"]) != name:
                yield ("coverage", name), f"there is no rule {entry['refused_by']} with the path {name}"


def _bad_leaf(
    leaf: str, entries: Mapping[str, Sequence[CoverageEntry]], tree: TargetTree
) -> Iterator[tuple[Steps, str]]:
    name = _covering(leaf, entries)
    if name is None:
        yield ("coverage", leaf), "is missing: say whether it is carried, refused or not_carried"
        return
    versions: Sequence[str | None] = tree["versions"]["described"] if "versions" in tree else (None,)
    for version in versions:
        if not any(satisfies(version, entry.get("versions")) for entry in entries[name]):
            yield ("coverage", name), f"has no entry for version {version}"
    if leaf.startswith(_NEVER_IGNORED) and any("not_carried" in entry for entry in entries[name]):
        yield ("coverage", name), f"{leaf} decides where mail goes or how safely, so it is carried or refused"


# What is more than text in target.yml: the key above it, and how it is read.
_READERS: Mapping[str, Callable[[str], object]] = {
    "when": check_expression,
    "value": check_expression,
    "sender": check_expression,
    "message": check_text,
    "text": check_text,
    "result": check_text,
    "before": check_text,
    "steps": check_text,
    "after": check_text,
    "items": check_text,
    "fails_on": re.compile,
}
_PLAIN = ("options", "coverage", "documentation")


def _unreadable(part: JSON, path: Steps) -> Iterator[tuple[Steps, str]]:
    """Expressions, texts and regular expressions that cannot be read."""
    if isinstance(part, Mapping):
        for key, below in part.items():
            if path or key not in _PLAIN:
                yield from _unreadable(below, (*path, key))
    elif isinstance(part, list):
        for index, below in enumerate(part):
            yield from _unreadable(below, (*path, index))
    elif isinstance(part, str):
        yield from _unreadable_text(part, path)


def _unreadable_text(text: str, path: Steps) -> Iterator[tuple[Steps, str]]:
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    check = _READERS.get(key)
    if check is None:
        return
    try:
        check(text)
    except (ExpressionError, re.error) as error:
        yield path, str(error)


def _prefixes(leaf: str) -> list[str]:
    """The leaf's own name and the names above it, longest first: smtp.tls.verify, smtp.tls, smtp."""
    parts = leaf.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _says_secret(schema: JSON) -> bool:
    """Whether a schema has ``writeOnly`` anywhere in it."""
    if isinstance(schema, Mapping):
        return schema.get("writeOnly") is True or any(map(_says_secret, schema.values()))
    return isinstance(schema, list) and any(map(_says_secret, schema))


def _waives(waived: Sequence[str], leaf: str) -> bool:
    return any(name in waived for name in _prefixes(leaf))


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
