# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Settings of files that are tables of keys: what each key says, and what is told of those that say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import plain
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.reading import Reading, read_entries
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import compile_schema
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAF_SCHEMAS, SECRET_LEAVES, Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import ExpressionError
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.keys import Key
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import (
    Constant,
    FilePath,
    Leaf,
    truth_of,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import Option as OptionSource
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import (
    FileTemplate,
    Rule,
    TargetAtVersion,
)

from .adopted import Adopted, Option, Remark, Setting
from .file_read import FileRead, defaults_of, left_as_it_is, names_in


def from_tables(at: TargetAtVersion, read: Mapping[str, FileRead], adopted: Adopted) -> None:
    tables = [file for file in at.files if file.name in read and file.name not in at.target.reads and file.keys]
    entries = {file.name: {**defaults_of(file, read[file.name]), **read[file.name].keys} for file in tables}
    reading = read_entries(at, entries, whole=not any(read[name].passed_over or read[name].unknown for name in entries))
    _only_what_is_spoken_of(tables, read, reading)
    _decide(at, reading)
    _whatever_is_set(at, reading)
    _without_tls(reading, tables, read)
    keys = [(file, key) for file in tables for key in file.keys]
    adopted.remarks += _other_constants(at, tables, read)
    for leaf, value in reading.settings.items():
        place = _place_of(leaf, keys, read)
        if place is not None and value not in (None, ""):
            adopted.settings[leaf] = Setting(leaf, value, *place)
    _written_here(at, tables, read, adopted)
    _also_read(tables, read, adopted)
    for name, why in reading.faults.items():
        file, line = _place_of_key(name, keys, read)
        message = f"{at.label}: {name} {why if why.startswith('says') else 'holds what has no counterpart in a spec'}"
        adopted.remarks.append(Remark("warning", "not_understood", message, file, line))
    adopted.remarks += _left_open(at, reading, keys, read)
    for table in tables:
        adopted.left += _unknown_keys(at, table, read[table.name])
        adopted.remarks += [*_not_seen(at, table, read[table.name]), *_taken_in(at, table, read[table.name])]


def _only_what_is_spoken_of(tables: Sequence[FileTemplate], read: Mapping[str, FileRead], reading: Reading) -> None:
    """Where no key is there of mail that is sent, or of mail that is read, the defaults of others say nothing of it."""
    spoken = {
        leaf.partition(".")[0]
        for file in tables
        for key in file.keys
        for name in (key.name, *names_in(file.defaults.get(key.name, "")))
        if name in read[file.name].keys or name in read[file.name].unknown
        for leaf in key.source.leaves
    }
    for settings in (reading.settings, reading.open):
        for leaf in [leaf for leaf in settings if leaf.partition(".")[0] in {"smtp", "imap"} - spoken]:
            del settings[leaf]


def _written_here(
    at: TargetAtVersion, tables: Sequence[FileTemplate], read: Mapping[str, FileRead], adopted: Adopted
) -> None:
    """What apply would keep in a file of its own, and people write where that file is named."""
    contents = {file.name: key.source for file in at.files for key in file.keys if key.name == "content"}
    for file in tables:
        for key in file.keys:
            value, held = read[file.name].keys.get(key.name), contents.get(getattr(key.source, "file", ""))
            if isinstance(key.source, FilePath) and isinstance(held, Leaf) and isinstance(value, str) and value:
                place = read[file.name].place_of([key.name])
                if _names_a_file(key.source, value):
                    continue
                adopted.settings[held.leaf] = Setting(held.leaf, value, *place)


def _also_read(tables: Sequence[FileTemplate], read: Mapping[str, FileRead], adopted: Adopted) -> None:
    """What people write in keys that the target has no use for."""
    for file in tables:
        for name, leaf in file.also_read.items():
            value = read[file.name].keys.get(name)
            if isinstance(value, (str, int)) and value != "" and leaf not in adopted.settings:
                adopted.settings[leaf] = Setting(leaf, value, *read[file.name].place_of([name]))


def options_written(at: TargetAtVersion, read: Mapping[str, FileRead], adopted: Adopted) -> None:
    """The target's own options where people have others than it has by itself."""
    for file in at.files:
        for key in file.keys if file.name in read else ():
            value = read[file.name].keys.get(key.name)
            if not isinstance(key.source, OptionSource) or value is None:
                continue
            name, schema = key.source.option, at.target.option_schemas[key.source.option]
            known = key.source.option_of(value)
            compiled = compile_schema(schema, name, trusted=True)
            if known is not None and known != schema.get("default") and compiled.accepts(known):
                place = read[file.name].place_of([key.name])
                adopted.options[name] = Option(known, *place, secret=name in at.target.secret_options)


def _names_a_file(source: FilePath, value: str) -> bool:
    """Whether a value is a path or a command, and no secret itself."""
    before, _file, after = source.text.strip('"').partition("{file}")
    return value.startswith(("/", "`")) or (bool(before) and value.startswith(before) and value.endswith(after))


def _without_tls(reading: Reading, tables: Sequence[FileTemplate], read: Mapping[str, FileRead]) -> None:
    """Where there is no TLS, a default says nothing of it."""
    keys = [key for file in tables for key in file.keys if key.name in read[file.name].keys]
    written = {leaf for key in keys for leaf in key.source.leaves}
    for leaf in list(reading.settings):
        protocol, _dot, rest = leaf.partition(".")
        if rest.startswith("tls.") and reading.settings.get(f"{protocol}.encryption") == "none" and leaf not in written:
            del reading.settings[leaf]


def _other_constants(
    at: TargetAtVersion, tables: Sequence[FileTemplate], read: Mapping[str, FileRead]
) -> Iterator[Remark]:
    """What is always written as it is, and stands there otherwise, such as a switch that is off."""
    for file in tables:
        for key in file.keys:
            value = read[file.name].keys.get(key.name)
            if isinstance(key.source, Constant) and value is not None and not _alike(value, key.source.constant):
                constant = key.source.constant
                message = f"{at.label}: {key.name} is {_shown(value, constant)}, and apply writes {constant}"
                yield Remark("warning", "switched", message, *read[file.name].place_of([key.name]))


def _shown(value: JSON, constant: JSON) -> str:
    """A word as it stands; what is to go, or may have a login in it, is another one."""
    text = plain(cast("str", value)) or "empty"
    return text if constant != "" and not re.search(r"[@\s]|://", text) else "another one"


def _alike(value: JSON, constant: JSON) -> bool:
    """Formats without types have words for truths."""
    if isinstance(constant, bool) and not isinstance(value, bool):
        return truth_of(value) is constant
    return str(value) == str(constant)


def _decide(at: TargetAtVersion, reading: Reading) -> None:
    """Take what is left open where the application's own rules leave one of the values, such as a port that decides."""
    for leaf, values in list(reading.open.items()):
        fitting = [value for value in values if not _breaks_a_rule(at, {**reading.settings, leaf: value})]
        if len(fitting) == 1:
            reading.settings[leaf] = fitting[0]
            del reading.open[leaf]


def _whatever_is_set(at: TargetAtVersion, reading: Reading) -> None:
    """Take what the application does on this port, where it does no other, whatever its keys say."""
    for leaf, port in (("smtp.encryption", "smtp.port"), ("imap.encryption", "imap.port")):
        rules = [rule for rule in at.rules if rule.path == port and rule.severity == "error"]
        if leaf in reading.settings and _breaks(at, rules, reading.settings):
            modes = at.coverage[leaf].accepts or cast("Sequence[JSON]", LEAF_SCHEMAS[leaf]["enum"])
            fitting = [mode for mode in modes if not _breaks(at, rules, {**reading.settings, leaf: mode})]
            if len(fitting) == 1:
                reading.settings[leaf] = fitting[0]


def _breaks_a_rule(at: TargetAtVersion, settings: Mapping[str, JSON]) -> bool:
    return _breaks(at, [rule for rule in at.rules if rule.severity == "error"], settings)


def _breaks(at: TargetAtVersion, rules: Sequence[Rule], settings: Mapping[str, JSON]) -> bool:
    tree: Tree = {}
    for leaf, value in settings.items():
        tree = tree if value is None else put(tree, leaf, value)
    context = at.context(Spec.of(tree), {})
    return any(_violated(rule, context) for rule in rules)


def _violated(rule: Rule, context: Mapping[str, object]) -> bool:
    try:
        return rule.violated(context)
    except ExpressionError:
        return False


def _place_of(
    leaf: str, keys: Sequence[tuple[FileTemplate, Key]], read: Mapping[str, FileRead]
) -> tuple[str, int | None] | None:
    """Where a leaf is set; one whose key is not there has the place of its server's name."""
    for name in (leaf, f"{leaf.partition('.')[0]}.host"):
        for file, key in keys:
            says = (key.name, *names_in(file.defaults.get(key.name, "")))
            if name in key.source.leaves and not set(says).isdisjoint(read[file.name].keys):
                return read[file.name].place_of(says)
    return next(((read[file.name].seen.path, None) for file, key in keys if leaf in key.source.leaves), None)


def _place_of_key(
    name: str, keys: Sequence[tuple[FileTemplate, Key]], read: Mapping[str, FileRead]
) -> tuple[str, int | None]:
    file = next(file for file, key in keys if key.name == name)
    return read[file.name].place_of([name])


def _left_open(
    at: TargetAtVersion,
    reading: Reading,
    keys: Sequence[tuple[FileTemplate, Key]],
    read: Mapping[str, FileRead],
) -> Iterator[Remark]:
    adopted_file = next((file.seen.path for file in read.values()), "")
    for leaf, values in reading.open.items():
        place = _place_of(leaf, keys, read) or (adopted_file, None)
        several = "one of several" if leaf in SECRET_LEAVES else ", ".join(str(value) for value in values)
        message = f"{at.label}: leaves open which {leaf} is meant: {several}; say which in the spec"
        yield Remark("warning", "left_open", message, place[0], place[1], leaf)


def _unknown_keys(at: TargetAtVersion, file: FileTemplate, read: FileRead) -> Iterator[Remark]:
    """Keys beside ours that the table does not have: they stay in the file, and are not in the spec."""
    known = {*file.also_read, *(key.name for key in file.keys)}
    # Older names of keys, which count where the newer ones are not there.
    known |= {name for expression in file.defaults.values() for name in names_in(expression)}
    sections = {name.rpartition(".")[0] for name in known}
    # A file that is written whole keeps nothing of what stands in other sections either.
    whole = file.block is None and file.own_keys is None
    for entry in read.entries:
        if entry.name not in known and (whole or entry.name.rpartition(".")[0] in sections):
            yield left_as_it_is(at, read.seen, entry)


def _not_seen(at: TargetAtVersion, file: FileTemplate, read: FileRead) -> Iterator[Remark]:
    """Lines of code that set one of the keys, and not to a plain value."""
    roots = {key.name.partition(".")[0] for key in file.keys} if file.format in ("php", "python", "ruby") else set()
    missing = roots - {name.partition(".")[0] for name in (*(entry.name for entry in read.entries), *read.unknown)}
    for number, line in enumerate((read.seen.text or "").splitlines(), 1):
        name = next((root for root in sorted(missing) if re.match(rf"\s*{re.escape(root)}\s*(=|\[)", line)), None)
        if name is not None:
            message = f"{at.label}: {name} is not set to plain values here, so what it says of mail is not read"
            yield Remark("warning", "not_understood", message, read.seen.path, number)


# By the format, what takes in another file that may set the same keys.
_TAKES_IN = {
    "python": re.compile(r"\s*from\s+(?P<file>[\w.]+)\s+import\s+\*"),
    "ruby": re.compile(r"\s*(?:from_file|instance_eval|load)\b[\s(]*[^'\"#]*['\"](?P<file>[^'\"]+)"),
    "php": re.compile(
        r"\s*(?:include|require)(?:_once)?\b[\s(]*[^'\"#;]*"
        r"['\"](?P<file>[^'\"]*(?:mail|smtp|secret|private|local)[^'\"]*)",
        re.IGNORECASE,
    ),
}


def _taken_in(at: TargetAtVersion, file: FileTemplate, read: FileRead) -> Iterator[Remark]:
    """Lines that take in another file, which is not read."""
    pattern = _TAKES_IN.get(file.format or "")
    for number, line in enumerate((read.seen.text or "").splitlines(), 1):
        match = pattern.match(line) if pattern is not None else None
        if match is not None:
            message = f"{at.label}: takes in {match['file']}, which is not read: what it sets of mail counts too"
            yield Remark("warning", "not_understood", message, read.seen.path, number)
