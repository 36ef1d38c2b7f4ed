# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A target's own files, read strictly: every fault is told with its file, line and key."""

from __future__ import annotations

import contextlib
import marshal
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple, NotRequired, TypedDict, cast

import yaml
from jinja2 import nodes

from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import FORMATS as CHANGED_ALONE
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import FORMATS
from ansible_collections.appmail.settings.plugins.plugin_utils._kept.store import STORE, maker
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Steps, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import (
    Schema,
    SchemaFileError,
    check_references,
    check_schema,
    compile_schema,
    leaf_schema,
    read_schema,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAF_SCHEMAS, LEAVES, SCHEMA_FILE
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import choices, did_you_mean, show

from .expressions import (
    ENVIRONMENT,
    ExpressionError,
    check_expression,
    check_text,
    parsed_expression,
    parsed_text,
)
from .keys import Key, carried_leaves, fault_path, key_faults, keys_at, read_keys
from .template_names import RULE_VARIABLES, VARIABLES, name_faults
from .terms import unknown_terms
from .versions import compare, satisfies

# What decides where mail goes, as whom and how safely: an application may refuse these, never merely ignore them.
NEVER_IGNORED = ("smtp.host", "smtp.port", "smtp.encryption", "smtp.tls", "smtp.auth", "sender.address")


def coverage_entries(tree: TargetTree) -> dict[str, list[CoverageEntry]]:
    return {name: value if isinstance(value, list) else [value] for name, value in tree["coverage"].items()}


def covering(leaf: str, entries: Mapping[str, Sequence[CoverageEntry]]) -> str | None:
    """The name under which a leaf is covered: its own, or the longest prefix that is there."""
    return next((name for name in prefixes(leaf) if name in entries), None)


# What an entry under `coverage` says of a leaf; one without it adds a reason to what the keys say.
_KINDS = ("carried", "refused", "refused_by", "not_carried", "handed_on")


def covered_by(
    leaf: str,
    entries: Mapping[str, Sequence[CoverageEntry]],
    carried: Mapping[str, list[JSON] | None],
    version: str | None,
) -> CoverageEntry | None:
    """What becomes of a leaf at a version, None where nothing says so.

    An entry of the leaf's own counts first, then the keys that it stands in, then an entry of a name above it.
    """
    name = leaf if leaf in carried else covering(leaf, entries)
    entry = next((entry for entry in entries.get(name or "", ()) if satisfies(version, entry.get("versions"))), None)
    if leaf not in carried or (entry is not None and any(kind in entry for kind in _KINDS)):
        return entry
    values = carried[leaf]
    return {**(entry or {}), "carried": True if values is None else values}


def keys_of(file: FileEntry) -> tuple[Key, ...]:
    """The keys of a file, none where it has a template."""
    return read_keys(file.get("keys", {}), file.get("under"))


def target_faults(tree: TargetTree, *, broken: bool = False) -> list[tuple[Steps, str]]:
    """What the schema of target.yml cannot see.

    Where it is `broken`, for its schema has found something too, a check goes as far as it can, and what may only
    follow from that is left out.
    """
    faults: list[tuple[Steps, str]] = []
    for check in _CHECKS:
        try:
            faults += check(tree)
        except (AttributeError, LookupError, RuntimeError, TypeError, ValueError):
            if not broken:
                raise
    return [fault for fault in faults if not (broken and fault[1] in _FOLLOWING)]


def _bad_names(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    """Variables, settings, options, filters and tests in expressions that there are not."""
    options = tree.get("options", {})
    for path, text in _texts(cast("Tree", tree), ()):
        reader = _PARSERS.get(next((step for step in reversed(path) if isinstance(step, str)), ""))
        if reader is None or path[0] in ("page", *_PLAIN):
            continue
        variables = RULE_VARIABLES if path[0] == "rules" else tuple(VARIABLES)
        with contextlib.suppress(ExpressionError):
            faults = name_faults(reader(text), ENVIRONMENT, variables, options)
            yield from ((path, f"`{text}`: {fault.message}") for fault in faults)


def _texts(part: JSON, path: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(part, str) and path:
        yield path, part
    elif isinstance(part, (Mapping, list)):
        for step, below in part.items() if isinstance(part, Mapping) else enumerate(part):
            yield from _texts(below, (*path, step))


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


def _bad_keys(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    files = tree.get("files", [])
    for index, file in enumerate(files):
        if "format" in file:
            dialects = FORMATS[file["format"]][1]
            if file.get("dialect", dialects[0]) not in dialects:
                yield ("files", index, "dialect"), f"{file['format']} is written as {', '.join(dialects)}"
        if file.get("ours") == "keys" and file["format"] not in CHANGED_ALONE:
            yield ("files", index, "ours"), f"keys can be changed alone in {', '.join(CHANGED_ALONE)} only"
        if "commands" in file:
            yield from (((("files", index, "commands"), message)) for message in _bad_commands(file, file["commands"]))
        names = [other["name"] for other in files]
        for name, message in key_faults(keys_of(file), tree.get("options", {}), names):
            yield fault_path(index, name, file.get("under")), message


def _bad_commands(file: FileEntry, commands: CommandsEntry) -> Iterator[str]:
    one_by_one = any("{key}" in word for word in commands["read"])
    dialect = file.get("dialect", "nested")
    if file["format"] != "json":
        yield "what a command prints and takes is JSON, so the format is json"
    elif one_by_one != (dialect == "flat"):
        yield "a command that is run for each {key} has the dialect flat, and any other has nested"
    if one_by_one and not any("{key}" in word for word in commands["write"]):
        yield "read is run for each {key}, so write has to be"
    if one_by_one and "delete" not in commands:
        yield "a key that is not set has to be taken away: say how in delete"


# Formats that are read and never written.
_READ_ONLY = {"code": ("php",), "accounts": ("msmtp",)}


def _bad_reads(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    """Every file that is read is one of the target's or near one, in a dialect of its format; leaves are the spec's."""
    names = [file["name"] for file in tree.get("files", [])]
    for name, entry in tree.get("reads", {}).items():
        near = entry.get("near")
        if near is not None and near["file"] not in names:
            yield ("reads", name, "near", "file"), f"is not the name of a file{did_you_mean(near['file'], names)}"
        if (name in names) is (near is not None):
            wrong = "is the name of a file" if near else f"is not the name of a file{did_you_mean(name, names)}"
            yield ("reads", name), wrong
        known = {name: dialects for name, (_load, dialects) in FORMATS.items()}
        dialects = {**known, **_READ_ONLY}.get(entry["format"], ())
        if dialects and entry.get("dialect", dialects[0]) not in dialects:
            yield ("reads", name, "dialect"), f"{entry['format']} is written as {', '.join(dialects)}"
        for option in entry.get("options", {}):
            if option not in tree.get("options", {}):
                yield ("reads", name, "options", option), "is not an option of this target"
        for leaf in entry["leaves"]:
            if leaf not in LEAVES:
                yield ("reads", name, "leaves", leaf), f"is not a setting{did_you_mean(leaf, LEAVES)}"
        for term in unknown_terms(cast("Tree", entry)):
            yield ("reads", name), f"asks for term.{term}, which its terms do not have, or only further down"


def _bad_defaults(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    """Every default is of a key of the same file."""
    for index, file in enumerate(tree.get("files", [])):
        keys = file.get("keys", {})
        for name in file.get("defaults", {}):
            if keys and file["name"] not in tree.get("reads", {}) and name not in keys:
                yield ("files", index, "defaults", name), f"is not a key of the file{did_you_mean(name, list(keys))}"


def _bad_overrides(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    """Every other source is over a file of the target's, has a name of its own, and a dialect of its format."""
    names = [file["name"] for file in tree.get("files", [])]
    for index, entry in enumerate(tree.get("overrides", [])):
        path: Steps = ("overrides", index)
        if entry["file"] not in names:
            yield (*path, "file"), f"is not the name of a file{did_you_mean(entry['file'], names)}"
        if entry["name"] in names:
            yield (*path, "name"), "is the name of a file of this target"
        if ("format" in entry) is not ("key" in entry):
            yield path, "a source that is read has a format, and a key that says how it names a key of the file"
        dialects = FORMATS[entry["format"]][1] if entry.get("format") in FORMATS else ()
        if dialects and entry.get("dialect", dialects[0]) not in dialects:
            yield (*path, "dialect"), f"{entry['format']} is written as {', '.join(dialects)}"


def _bad_coverage(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    """Every leaf is covered at every described version, and every name is one of the spec."""
    entries = coverage_entries(tree)
    names = {name for leaf in LEAVES for name in prefixes(leaf)}
    for part, named in (("coverage", entries), ("required", tree.get("required", {}))):
        for name in named:
            if name not in names:
                yield (part, name), f"is not a setting{did_you_mean(name, names)}"
    versions: Sequence[str | None] = tree["versions"]["described"] if "versions" in tree else (None,)
    for version in versions:
        keys = [key for file in tree.get("files", []) for key in keys_at(keys_of(file), version)]
        carried = {leaf: values for leaf, values in _carried(keys).items() if leaf in LEAVES}
        for leaf in LEAVES:
            yield from _bad_leaf(leaf, entries, carried, version)
    yield from _bad_values(tree)
    rules = {rule["name"]: rule["path"] for rule in tree.get("rules", ())}
    for name, several in entries.items():
        for entry in several:
            if "refused_by" in entry and rules.get(entry["refused_by"]) != name:
                yield ("coverage", name), f"there is no rule {entry['refused_by']} with the path {name}"


def _bad_values(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    """Values under `coverage` and `rules` that the setting cannot have: nothing would ever meet them."""
    for name, given in tree["coverage"].items():
        for index, entry in enumerate(given if isinstance(given, list) else [given]):
            at: Steps = ("coverage", name, index) if isinstance(given, list) else ("coverage", name)
            for path, value in _values_in(entry):
                yield from _bad_value(name, value, (*at, *path))
    for index, rule in enumerate(tree.get("rules", ())):
        if rule.get("nearest") is not None:
            yield from _bad_value(rule["path"], rule["nearest"], ("rules", index, "nearest"))


def _values_in(entry: CoverageEntry) -> Iterator[tuple[Steps, JSON]]:
    for kind in ("carried", "refused"):
        listed = entry.get(kind)
        yield from (((kind, number), value) for number, value in enumerate(listed if isinstance(listed, list) else ()))
    near = entry.get("nearest")
    if isinstance(near, Mapping):
        yield from ((("nearest", key), value) for key, value in near.items() if value is not None)
    elif near is not None:
        yield ("nearest",), near


def _bad_value(leaf: str, value: JSON, path: Steps) -> Iterator[tuple[Steps, str]]:
    if leaf not in LEAVES or leaf_schema(leaf).accepts(value):
        return
    words = LEAF_SCHEMAS[leaf].get("enum")
    known = f"{did_you_mean(value, [str(word) for word in words])}; they are {choices(words)}" if words else ""  # type: ignore[union-attr, arg-type]
    yield path, f"{show(value)} is not a value of {leaf}{known}"


def _carried(keys: Sequence[Key]) -> dict[str, list[JSON] | None]:
    """What the keys carry; a leaf that there is not is a fault of its own."""
    return carried_leaves(key for key in keys if all(leaf in LEAVES for leaf in key.source.leaves))


def _bad_leaf(
    leaf: str,
    entries: Mapping[str, Sequence[CoverageEntry]],
    carried: Mapping[str, list[JSON] | None],
    version: str | None,
) -> Iterator[tuple[Steps, str]]:
    name = covering(leaf, entries)
    entry = covered_by(leaf, entries, carried, version)
    if entry is None:
        missing = f"has no entry for version {version}" if name else _MISSING
        yield ("coverage", name or leaf), missing
    elif not any(kind in entry for kind in _KINDS):
        yield ("coverage", name or leaf), _MISSING
    elif isinstance(entry.get("carried"), list) and "reason" not in entry:
        yield ("coverage", leaf), _NEEDS_REASON
    elif leaf.startswith(NEVER_IGNORED) and "not_carried" in entry:
        yield ("coverage", name or leaf), f"{leaf} decides where mail goes or how safely, so it is carried or refused"


_NEEDS_REASON = "needs a reason, for its keys hold some of its values only"
_MISSING = "is missing: say whether it is carried, refused or not_carried"


# What is more than text in target.yml: the key above it, and how it is read.
_READERS: Mapping[str, Callable[[str], object]] = {
    "when": check_expression,
    "value": check_expression,
    "sender": check_expression,
    "expression": check_expression,
    "message": check_text,
    "text": check_text,
    "read": check_text,
    "write": check_text,
    "delete": check_text,
    "user": check_text,
    "result": check_text,
    "before": check_text,
    "steps": check_text,
    "after": check_text,
    "items": check_text,
    "fails_on": re.compile,
    "beside": re.compile,
    "pattern": re.compile,
}
_PLAIN = ("options", "coverage", "documentation")
# What of that sees the variables of templates, or those of rules.
_PARSERS: Mapping[str, Callable[[str], nodes.Template]] = {
    "when": parsed_expression,
    "expression": parsed_expression,
    "message": parsed_text,
}
# What each leaf lacks where the keys or the entries that say so cannot be read.
_FOLLOWING = (_MISSING, _NEEDS_REASON)


def _unreadable_parts(tree: TargetTree) -> Iterator[tuple[Steps, str]]:
    return _unreadable(cast("Tree", tree), ())


_CHECKS: tuple[Callable[[TargetTree], Iterator[tuple[Steps, str]]], ...] = (
    _unreadable_parts,
    _bad_names,
    _bad_options,
    _bad_versions,
    _bad_keys,
    _bad_reads,
    _bad_overrides,
    _bad_defaults,
    _bad_coverage,
)


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
    expression = (path[0] == "reads" and not {"leaves", "terms"}.isdisjoint(path)) or (
        path[0] == "overrides" and key == "key"
    )
    expression = expression or (path[0] == "files" and path[-2] == "defaults")
    check = check_expression if expression else _READERS.get(key)
    if check is None:
        return
    try:
        check(text)
    except (ExpressionError, re.error) as error:
        yield path, str(error)


def prefixes(leaf: str) -> list[str]:
    """The leaf's own name and the names above it, longest first: smtp.tls.verify, smtp.tls, smtp."""
    parts = leaf.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


class TargetError(SentenceError):
    """A target that cannot be used: one sentence that names the file, the key and what would be right."""


class TargetFault(NamedTuple):
    """One fault of a target's own files: where it is, the key that it is about (empty in a template), the fault."""

    file: str
    line: int
    column: int
    key: str
    message: str

    def sentence(self) -> str:
        """`FILE:LINE:COLUMN: KEY: MESSAGE`."""
        about = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}:{self.column}: {about}{self.message}"


class TargetFaults(TargetError):
    """A target that cannot be used, with every fault of its files by line; the sentence is the first one's."""

    def __init__(self, faults: Iterable[TargetFault]) -> None:
        self.faults = sorted(faults)
        super().__init__(self.faults[0].sentence())


class VersionsEntry(TypedDict):
    described: list[str]
    default: NotRequired[str]


class InstalledEntry(TypedDict):
    command: list[str]
    pattern: str


class CommandsEntry(TypedDict):
    read: list[str]
    write: list[str]
    delete: NotRequired[list[str]]
    user: NotRequired[str]


class VerifyEntry(TypedDict):
    command: list[str]
    fails_on: NotRequired[str]
    beside: NotRequired[list[str]]
    timeout: NotRequired[int]
    hint: NotRequired[str]


class BlockEntry(TypedDict):
    comment: str
    anchor: NotRequired[str]


class RivalEntry(TypedDict):
    because: str
    harmless: NotRequired[list[str]]


class ServicesEntry(TypedDict):
    file: str
    service: str
    begins: str


class EffectiveEntry(TypedDict):
    separator: NotRequired[str]
    command: NotRequired[list[str]]
    elsewhere: NotRequired[dict[str, RivalEntry]]
    services: NotRequired[ServicesEntry]


class FileEntry(TypedDict):
    name: str
    path: NotRequired[str]
    commands: NotRequired[CommandsEntry]
    template: NotRequired[str]
    format: NotRequired[str]
    dialect: NotRequired[str]
    under: NotRequired[str]
    keys: NotRequired[dict[str, JSON]]
    after: NotRequired[str]
    ours: NotRequired[Literal["whole", "block", "keys"]]
    mode: NotRequired[str]
    owner: NotRequired[str]
    group: NotRequired[str]
    when: NotRequired[str]
    versions: NotRequired[str]
    block: NotRequired[BlockEntry]
    verify: NotRequired[VerifyEntry]
    effective: NotRequired[EffectiveEntry]
    found_at: NotRequired[list[str]]
    found_in: NotRequired[list[str]]
    defaults: NotRequired[dict[str, str]]
    also_read: NotRequired[dict[str, str]]
    named: NotRequired[str]


class OverrideEntry(TypedDict):
    name: str
    file: str
    paths: list[str]
    because: str
    format: NotRequired[str]
    dialect: NotRequired[str]
    key: NotRequired[str]
    beside: NotRequired[str]


class CoverageEntry(TypedDict, total=False):
    carried: Literal[True] | list[JSON]
    refused: list[JSON]
    refused_by: str
    not_carried: str
    handed_on: str
    reason: str
    unknown: str
    nearest: JSON
    documentation: str
    versions: str


class RuleEntry(TypedDict):
    name: str
    path: str
    when: str
    message: str
    documentation: str
    severity: NotRequired[Literal["error", "warning"]]
    nearest: NotRequired[JSON]
    versions: NotRequired[str]


class NearEntry(TypedDict):
    file: str
    paths: list[str]
    note: str


class FindingEntry(TypedDict):
    when: str
    message: str


class OptionReadsEntry(TypedDict):
    value: str
    covers: str
    without: NotRequired[str]
    shown: NotRequired[list[str]]


class ReadFindingEntry(TypedDict):
    key: str
    when: NotRequired[str]
    message: str


class ReadsEntry(TypedDict):
    format: str
    terms: NotRequired[dict[str, str]]
    dialect: NotRequired[str]
    near: NotRequired[NearEntry]
    constants: NotRequired[dict[str, str]]
    options: NotRequired[dict[str, OptionReadsEntry]]
    findings: NotRequired[dict[str, FindingEntry]]
    command: NotRequired[list[str]]
    beside: NotRequired[str]
    leaves: dict[str, str]
    tells: NotRequired[list[ReadFindingEntry]]


class TargetTree(TypedDict):
    """target.yml after schemas/target.schema.json has accepted it. `page` is for `admin_page.py` alone."""

    label: str
    kind: Literal["admin_page", "config_file"]
    documentation: dict[str, str]
    versions: NotRequired[VersionsEntry]
    files: NotRequired[list[FileEntry]]
    sendmail: NotRequired[bool]
    reload: NotRequired[dict[str, JSON]]
    reload_note: NotRequired[str]
    options: NotRequired[dict[str, dict[str, JSON]]]
    coverage: dict[str, CoverageEntry | list[CoverageEntry]]
    required: NotRequired[dict[str, str]]
    rules: NotRequired[list[RuleEntry]]
    page: NotRequired[dict[str, JSON]]
    check: NotRequired[dict[str, str]]
    installed: NotRequired[InstalledEntry]
    reads: NotRequired[dict[str, ReadsEntry]]
    overrides: NotRequired[list[OverrideEntry]]
    unset: NotRequired[dict[str, str]]


_TEXT = "tag:yaml.org,2002:str"


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as PyYAML reads it, except that a key written twice is a fault, for one of the two would be lost."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> JSON:  # noqa: FBT001, FBT002
        """Text is what it is, which PyYAML asks five functions for: most of a target is text, and a run reads all."""
        if node.tag == _TEXT and isinstance(node, yaml.ScalarNode):
            return cast("str", node.value)
        return cast("JSON", super().construct_object(node, deep=deep))

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, JSON]:  # noqa: FBT001, FBT002
        seen: set[object] = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is written twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)  # type: ignore[no-any-return]


def read_target_file(
    file: Path, further: Callable[..., Sequence[tuple[Steps, str]]], *, trusted: bool = False
) -> TargetTree:
    """target.yml as the data that its schema describes. `further` finds the faults that a schema cannot see.

    The collection's own are `trusted` by its tests, so no run spends time on that again. Raises TargetFaults with every
    fault in the file, or TargetError where it cannot be read at all.
    """
    text = _read_text(file)
    try:
        tree = _own_tree(text) if trusted else _tree(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise TargetFaults([TargetFault(str(file), *place, "", str(error.problem))]) from error
    except yaml.YAMLError as error:
        raise TargetError(f"{file}: is not YAML: {error}") from error
    if trusted:
        return cast("TargetTree", tree)
    faults_of_schema = _schema().faults(tree, Secrets())
    # A misspelt key tells more than the key that is missing for it.
    telling = [fault for fault in faults_of_schema if fault.at != "missing"] or faults_of_schema
    faults = [(fault.path, fault.message) for fault in telling]
    if isinstance(tree, Mapping):
        known = {path for path, _message in faults}
        faults += [fault for fault in further(tree, broken=bool(faults)) if fault[0] not in known]
    if faults:
        raise TargetFaults(faults_at(file, faults))
    return cast("TargetTree", tree)


def _tree(text: str) -> JSON:
    return cast("JSON", yaml.load(text, Loader=_StrictLoader))  # noqa: S506 (a subclass of the safe loader)


def _own_tree(text: str) -> JSON:
    """The same for a target of the collection, whose tree is kept from run to run."""

    def read() -> bytes:
        return marshal.dumps(_tree(text))  # type: ignore[arg-type] # it is typed for tuples, dict and list alone

    kept = STORE.get(yaml.__version__, maker(__file__), text, make=read)
    return cast("JSON", marshal.loads(kept))  # noqa: S302 - from the store, which trusts this user alone


def read_rules_schema(file: Path, *, trusted: bool = False) -> Tree | None:
    """The JSON Schema beside target.yml, or None if there is none; raises TargetError."""
    if not file.is_file():
        return None
    try:
        schema = read_schema(str(file), file.name)
        compile_schema(schema, file.name, trusted=trusted)
    except SchemaFileError as error:
        line, column = error.place
        message = str(error).removeprefix(f"{file.name}:{line}:{column}: ")
        raise TargetFaults([TargetFault(str(file), line, column, "", message)]) from error
    return schema


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise TargetError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TargetError(f"{file}: is not UTF-8 text") from error


def faults_at(file: Path, faults: Sequence[tuple[Steps, str]]) -> list[TargetFault]:
    """Faults in a target.yml that can be read, each at the deepest key of its path that there is."""
    root = yaml.compose(_read_text(file), Loader=yaml.SafeLoader) if faults else None
    return [_at_its_place(file, root, path, message) for path, message in faults]


def _at_its_place(file: Path, root: yaml.Node | None, path: Steps, message: str) -> TargetFault:
    """A fault at the deepest key of its path that there is."""
    return TargetFault(str(file), *_place(root, path), ".".join(str(step) for step in path), message)


def _place(root: yaml.Node | None, path: Steps) -> tuple[int, int]:
    node, place = root, (1, 1)
    for step in path:
        below = _below(node, step)
        if below is None:
            break
        node, mark = below
        place = (mark.line + 1, mark.column + 1)
    return place


def _below(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Mark] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((value, key.start_mark) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark
    return None


@cache
def _schema() -> Schema:
    file = SCHEMA_FILE.with_name("target.schema.json")
    return compile_schema(read_schema(str(file)), file.name, trusted=True)
