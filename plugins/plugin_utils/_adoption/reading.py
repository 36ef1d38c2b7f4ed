# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From an application's own files to the settings that stand in them, each with its place, and what is to be said."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import cast

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.reading import Reading, read_entries
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import SECRET_LEAVES, Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import (
    ExpressionError,
    evaluate,
    holds,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.keys import Key
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import Constant
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import (
    FileTemplate,
    Reads,
    Rule,
    TargetAtVersion,
)

from .adopted import Adopted, Option, Remark, SeenFile, Setting
from .changes import Held, would_change
from .code import read_code
from .elsewhere import split
from .overriding import Asked, overridden, sources_of
from .places import Entry, NotReadable, entries_in
from .safety import safety_of


class _Keys(dict[str, JSON]):
    """What was read, by name; an empty text for what is not there, so that an expression can ask for anything."""

    def __missing__(self, _name: str) -> str:
        return ""


class _Files(dict[str, _Keys]):
    """The keys of each file; of one that is not there, none."""

    def __missing__(self, _name: str) -> _Keys:
        return _Keys()


@dataclass
class _File:
    """A file that was read: where it is, and its entries."""

    seen: SeenFile
    entries: list[Entry] = field(default_factory=list)
    passed_over: Sequence[int] = ()
    # Keys of code whose values are not known.
    unknown: Set[str] = frozenset()

    @property
    def keys(self) -> dict[str, JSON]:
        """What stands last counts."""
        return {entry.name: entry.value for entry in self.entries}

    def line_of(self, names: Sequence[str]) -> int | None:
        """The line of the first of these names that the file has."""
        return self.place_of(names)[1]

    def place_of(self, names: Sequence[str]) -> tuple[str, int | None]:
        """The file and line of the first of these names that is there."""
        several = (entry for name in names for entry in reversed(self.entries) if entry.name == name)
        entry = next(several, None)
        return (entry.path or self.seen.path, entry.line) if entry else (self.seen.path, None)


def read_application(
    at: TargetAtVersion, version: str | None, seen: Sequence[SeenFile], outputs: Mapping[str, str]
) -> Adopted:
    """The settings of one application from its files; `outputs` is what its programs say, by the file's name."""
    near = {name: reads for name, reads in at.target.reads.items() if reads.near is not None}
    others = {*near, *(override.name for override in at.target.overrides)}
    own = [file for file in seen if file.name not in others]
    adopted = Adopted(at.app, version, own)
    for file in own:
        if file.fault is not None:
            adopted.remarks.append(Remark("error", "unreadable", f"{at.label}: {file.fault}", file.path))
    read = {file.seen.name: file for file in _read(at, own, outputs, adopted)}
    now = {name: list(file.entries) for name, file in read.items()}
    _overrides(at, seen, read, adopted)
    for name, reads in near.items():
        read.update(_read_near(at, reads, [file for file in seen if file.name == name], adopted))
    _from_tables(at, read, adopted)
    for name in at.target.reads:
        if name in read:
            _from_expressions(at, name, read, adopted)
            adopted.options.update(_options(at, read[name], at.target.reads[name]))
            adopted.remarks += _findings(at, read[name], at.target.reads[name], read)
            adopted.left += _beside(at, read[name], at.target.reads[name])
    _where_nothing_is_said(at, read, adopted)
    _what_it_does(at, adopted)
    adopted.remarks += _without_password(at, adopted)
    adopted.remarks += _replaced_whole(at, adopted)
    adopted.read += sum(len(file.entries) for file in read.values())
    adopted.remarks += safety_of(at, adopted)
    adopted.remarks += would_change(at, adopted, _held(at, read, now, adopted))
    return adopted


def _held(
    at: TargetAtVersion, read: Mapping[str, _File], now: Mapping[str, Sequence[Entry]], adopted: Adopted
) -> dict[str, Held]:
    """The files that apply would write where they are, as they are now."""
    held = {}
    for template in at.files:
        read_as = format_of(template, at.target.reads.get(template.name))
        file = read.get(template.name)
        if file is None or read_as is None or template.name not in now or is_others(template, file.seen.path):
            continue
        left = {remark.line for remark in adopted.left if remark.file == file.seen.path}
        told = {entry.name for entry in now[template.name] if entry.line in left and entry.line is not None}
        held[template.name] = Held(file.seen.path, now[template.name], read_as, _defaults(template, file), told)
    return held


def _defaults(template: FileTemplate, file: _File) -> dict[str, JSON]:
    """What the application takes for keys that are not in a file which has others of its keys."""
    ours = {*template.defaults, *(key.name for key in template.keys)}
    if template.own_keys is not None and not ours.intersection(file.keys):
        return {}
    keys = _Keys(file.keys)
    absent = {name: expression for name, expression in template.defaults.items() if name not in file.keys}
    values = {name: evaluate(expression, {"keys": keys}) for name, expression in absent.items()}
    return {name: value for name, value in values.items() if value is not None}  # type: ignore[misc]


def _read_near(at: TargetAtVersion, reads: Reads, seen: Sequence[SeenFile], adopted: Adopted) -> dict[str, _File]:
    """The files of others that set the application, too, as one."""
    asked: dict[str, list[str]] = {}
    for leaf, expression in reads.leaves.items():
        for name in dict.fromkeys(names_in(expression)):
            asked.setdefault(name, []).append(leaf)
    code = read_code(at.label, reads, seen, asked)
    adopted.files += code.files
    adopted.remarks += code.remarks
    if not code.files:
        return {}
    return {code.files[0].name: _File(code.files[0], code.entries, unknown=code.unknown)}


def _overrides(at: TargetAtVersion, seen: Sequence[SeenFile], read: dict[str, _File], adopted: Adopted) -> None:
    """Lay over each file what wins over it; a file that is not there may be said by these sources alone."""
    for template in at.files:
        sources = list(sources_of(at.target.overrides, seen, template.name))
        if not sources:
            continue
        file = read.get(template.name) or _File(SeenFile(template.name, template.path))
        joined = overridden(at.label, file.seen.path, file.entries, _asked(at, template), sources)
        adopted.remarks += joined.remarks
        adopted.left += joined.left
        adopted.files += joined.sources
        own = len(file.entries)
        file.entries = joined.entries
        adopted.read += joined.read - (len(joined.entries) - own)
        if file.entries:
            read[template.name] = file


def _asked(at: TargetAtVersion, file: FileTemplate) -> Asked:
    """The keys of a file that are read, by its table or by expressions."""
    reads = at.target.reads.get(file.name)
    asked: dict[str, set[str]] = {}
    if reads is None:
        asked = {key.name: set(key.source.leaves) for key in file.keys}
    else:
        for leaf, expression in reads.leaves.items():
            for name in names_in(expression):
                asked.setdefault(name, set()).add(leaf)
    return Asked(list(asked), {name for name, leaves in asked.items() if leaves & SECRET_LEAVES})


def is_further(at: TargetAtVersion, seen: SeenFile) -> bool:
    """Whether a file lies where the file of an application may lie as well, and other files too."""
    return any(
        fnmatch.fnmatchcase(seen.path, pattern)
        for file in at.files
        if file.name == seen.name and seen.path != file.path
        for pattern in (*file.found_at, *file.found_in)
    )


def says_anything(at: TargetAtVersion, seen: SeenFile) -> bool:
    """Whether any key of an application stands in a file; a file that cannot be read may hold them."""
    template = next(file for file in at.files if file.name == seen.name)
    read_as = format_of(template, at.target.reads.get(seen.name))
    if seen.text is None or read_as is None:
        return True
    asked = _asked(at, template)
    try:
        return bool({entry.name for entry in entries_in(seen.text, *read_as).entries}.intersection(asked.keys))
    except NotReadable:
        return False


def _without_password(at: TargetAtVersion, adopted: Adopted) -> Iterator[Remark]:
    """A login whose password stands where it was not looked for."""
    for protocol in ("smtp", "imap"):
        username = adopted.settings.get(f"{protocol}.auth.username")
        if username is not None and f"{protocol}.auth.password" not in adopted.settings:
            message = f"{at.label}: the login's password is not in these files: set its variable in a vault"
            yield Remark("warning", "no_password", message, username.file, username.line, f"{protocol}.auth.password")


def _replaced_whole(at: TargetAtVersion, adopted: Adopted) -> Iterator[Remark]:
    """Files that applying would write whole, though more stands in them than a spec can say."""
    whole = {file.name: file for file in at.files if file.block is None and file.own_keys is None}
    for file in adopted.files:
        if file.name in whole and is_others(whole[file.name], file.path):
            yield _still_counts(at, whole[file.name], file.path, adopted)
            continue
        left = [remark for remark in adopted.left if remark.file == file.path]
        if file.name in whole and left:
            what = "one key or line" if len(left) == 1 else f"{len(left)} keys and lines"
            message = f"{at.label}: apply writes this file whole, and {what} in it would go (see left); a copy is kept"
            yield Remark("warning", "replaced_whole", message, file.path, left[0].line)


def is_others(template: FileTemplate, path: str) -> bool:
    """Whether a file is one of others in which people write the keys of this one."""
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in template.found_in)


def _still_counts(at: TargetAtVersion, template: FileTemplate, path: str, adopted: Adopted) -> Remark:
    """A file of others is read and never written, so that what stands in it would be said twice."""
    lines = sorted({setting.line for setting in adopted.settings.values() if setting.file == path and setting.line})
    where = f"line{'' if len(lines) == 1 else 's'} {', '.join(map(str, lines))}" if lines else "its settings"
    message = f"{at.label}: apply writes {template.path}, and what stands here still counts: take out {where} then"
    return Remark("warning", "still_counts", message, path, lines[0] if lines else None)


def _read(
    at: TargetAtVersion, seen: Sequence[SeenFile], outputs: Mapping[str, str], adopted: Adopted
) -> Iterator[_File]:
    templates = {file.name: file for file in at.files}
    for file in seen:
        read_as = format_of(templates.get(file.name), at.target.reads.get(file.name))
        text = outputs.get(file.name, file.text)
        if text is not None and read_as is None:
            message = f"{at.label}: {file.name} is not read back"
            adopted.left.append(Remark("warning", "left", message, file.path))
        if text is None or read_as is None:
            continue
        try:
            contents = entries_in(text, *read_as)
        except NotReadable as error:
            adopted.remarks.append(Remark("error", "unreadable", f"{at.label}: {error}", file.path, error.line))
            continue
        entries = contents.entries
        adopted.left += [
            Remark("warning", "left", f"{at.label}: line {line} has no counterpart in a spec", file.path, line)
            for line in contents.passed_over
            # What a program said beside is no line of the file.
            if file.name not in outputs
        ]
        if file.name in outputs and file.text is not None:
            written = _written(file.text, read_as)
            adopted.remarks += _said_otherwise(at, file, written, entries)
            entries = _with_lines(entries, written)
        adopted.remarks += _duplicates(at, file, entries)
        unknown: set[str] = set()
        if file.name in templates:
            names = {entry.name for entry in entries}
            entries, remarks = split(at.label, templates[file.name], file.path, entries)
            adopted.remarks += remarks
            unknown = names - {entry.name for entry in entries}
        yield _File(file, entries, contents.passed_over, unknown)


def format_of(file: FileTemplate | None, reads: Reads | None) -> tuple[str, str | None] | None:
    """The format and dialect that a file is read back in; None where it is not."""
    if reads is not None:
        return reads.format, reads.dialect
    return (file.format, file.dialect) if file is not None and file.format is not None else None


def _written(text: str, read_as: tuple[str, str | None]) -> Mapping[str, Entry]:
    """What stands last in a file that a program speaks for; nothing where the file cannot be read."""
    try:
        return {entry.name: entry for entry in entries_in(text, *read_as).entries}
    except NotReadable:
        return {}


def _said_otherwise(
    at: TargetAtVersion, file: SeenFile, written: Mapping[str, Entry], said: Sequence[Entry]
) -> Iterator[Remark]:
    """Keys of which the application's own program says something else than its file, or does not know them."""
    program = at.target.reads[file.name].command[0]
    values = {entry.name: str(entry.value) for entry in said}
    asked = _asked(at, {template.name: template for template in at.files}[file.name])
    names = {*asked.keys, *_asked_elsewhere(at, file.name)}
    for name in (name for name in written if name in names):
        value = str(written[name].value)
        # A value that goes on in the next line begins as the whole one does.
        if values.get(name, "").startswith(value) and name in values:
            continue
        shown = f"{name} is another one" if name in asked.secret else f"{name} is {value}"
        effect = (
            f"{values[name]} takes effect" if name in values and name not in asked.secret else "it does not take effect"
        )
        message = f"{at.label}: {shown} here, and {program} says that {effect}, which is carried"
        yield Remark("warning", "disagrees", message, file.path, written[name].line)


def _with_lines(entries: Sequence[Entry], written: Mapping[str, Entry]) -> list[Entry]:
    """What a program said, with the lines where the file has it; what it has from elsewhere has none."""
    lines = {name: entry.line for name, entry in written.items()}
    return [Entry(entry.name, entry.value, lines.get(entry.name)) for entry in entries]


def _duplicates(at: TargetAtVersion, file: SeenFile, entries: Sequence[Entry]) -> Iterator[Remark]:
    ours = {key.name for template in at.files for key in template.keys}
    if file.name in at.target.reads:
        ours |= {name for expression in at.target.reads[file.name].leaves.values() for name in names_in(expression)}
    for name in sorted({entry.name for entry in entries} & ours):
        lines = [entry.line for entry in entries if entry.name == name]
        if len(lines) > 1:
            where = ", ".join(str(line) for line in lines if line is not None)
            message = f"{at.label}: {name} is set {len(lines)} times (lines {where}); what stands last is taken"
            yield Remark("warning", "duplicate", message, file.path, lines[-1])


def _from_tables(at: TargetAtVersion, read: Mapping[str, _File], adopted: Adopted) -> None:
    tables = [file for file in at.files if file.name in read and file.name not in at.target.reads and file.keys]
    entries = {file.name: {**_defaults(file, read[file.name]), **read[file.name].keys} for file in tables}
    reading = read_entries(at, entries, whole=not any(read[name].passed_over or read[name].unknown for name in entries))
    _decide(at, reading)
    _without_tls(reading, tables, read)
    keys = [(file, key) for file in tables for key in file.keys]
    adopted.remarks += _other_constants(at, tables, read)
    for leaf, value in reading.settings.items():
        place = _place_of(leaf, keys, read)
        if place is not None and value not in (None, ""):
            adopted.settings[leaf] = Setting(leaf, value, *place)
    for name, why in reading.faults.items():
        file, line = _place_of_key(name, keys, read)
        message = f"{at.label}: {name} {why if why.startswith('says') else 'holds what has no counterpart in a spec'}"
        adopted.remarks.append(Remark("warning", "not_understood", message, file, line))
    adopted.remarks += _left_open(at, reading, keys, read)
    for table in tables:
        adopted.left += _unknown_keys(at, table, read[table.name])
        adopted.remarks += _not_seen(at, table, read[table.name])


def _without_tls(reading: Reading, tables: Sequence[FileTemplate], read: Mapping[str, _File]) -> None:
    """Where there is no TLS, a default says nothing of it."""
    keys = [key for file in tables for key in file.keys if key.name in read[file.name].keys]
    written = {leaf for key in keys for leaf in key.source.leaves}
    for leaf in list(reading.settings):
        protocol, _dot, rest = leaf.partition(".")
        if rest.startswith("tls.") and reading.settings.get(f"{protocol}.encryption") == "none" and leaf not in written:
            del reading.settings[leaf]


def _other_constants(
    at: TargetAtVersion, tables: Sequence[FileTemplate], read: Mapping[str, _File]
) -> Iterator[Remark]:
    """What is always written as it is, and stands there otherwise, such as a switch that is off."""
    for file in tables:
        for key in file.keys:
            value = read[file.name].keys.get(key.name)
            if isinstance(key.source, Constant) and value is not None and not _alike(value, key.source.constant):
                message = f"{at.label}: {key.name} is {value or 'empty'}, and apply writes {key.source.constant}"
                yield Remark("warning", "switched", message, *read[file.name].place_of([key.name]))


def _alike(value: JSON, constant: JSON) -> bool:
    """Formats without types have words for truths."""
    truths = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    if isinstance(constant, bool) and not isinstance(value, bool):
        return truths.get(str(value).lower()) is constant
    return str(value) == str(constant)


def _decide(at: TargetAtVersion, reading: Reading) -> None:
    """Take what is left open where the application's own rules leave one of the values, such as a port that decides."""
    for leaf, values in list(reading.open.items()):
        fitting = [value for value in values if not _breaks_a_rule(at, {**reading.settings, leaf: value})]
        if len(fitting) == 1:
            reading.settings[leaf] = fitting[0]
            del reading.open[leaf]


def _breaks_a_rule(at: TargetAtVersion, settings: Mapping[str, JSON]) -> bool:
    tree: Tree = {}
    for leaf, value in settings.items():
        tree = tree if value is None else put(tree, leaf, value)
    context = at.context(Spec.of(tree), {})
    return any(rule.severity == "error" and _violated(rule, context) for rule in at.rules)


def _violated(rule: Rule, context: Mapping[str, object]) -> bool:
    try:
        return rule.violated(context)
    except ExpressionError:
        return False


def _place_of(
    leaf: str, keys: Sequence[tuple[FileTemplate, Key]], read: Mapping[str, _File]
) -> tuple[str, int | None] | None:
    """Where a leaf is set; one whose key is not there has the place of its server's name."""
    for name in (leaf, f"{leaf.partition('.')[0]}.host"):
        for file, key in keys:
            if name in key.source.leaves and key.name in read[file.name].keys:
                return read[file.name].place_of([key.name])
    return next(((read[file.name].seen.path, None) for file, key in keys if leaf in key.source.leaves), None)


def _place_of_key(
    name: str, keys: Sequence[tuple[FileTemplate, Key]], read: Mapping[str, _File]
) -> tuple[str, int | None]:
    file = next(file for file, key in keys if key.name == name)
    return read[file.name].place_of([name])


def _left_open(
    at: TargetAtVersion,
    reading: Reading,
    keys: Sequence[tuple[FileTemplate, Key]],
    read: Mapping[str, _File],
) -> Iterator[Remark]:
    adopted_file = next((file.seen.path for file in read.values()), "")
    for leaf, values in reading.open.items():
        place = _place_of(leaf, keys, read) or (adopted_file, None)
        several = "one of several" if leaf in SECRET_LEAVES else ", ".join(str(value) for value in values)
        message = f"{at.label}: leaves open which {leaf} is meant: {several}; say which in the spec"
        yield Remark("warning", "left_open", message, place[0], place[1], leaf)


def _unknown_keys(at: TargetAtVersion, file: FileTemplate, read: _File) -> Iterator[Remark]:
    """Keys beside ours that the table does not have: they stay in the file, and are not in the spec."""
    known = {key.name for key in file.keys}
    sections = {name.rpartition(".")[0] for name in known}
    # A file that is written whole keeps nothing of what stands in other sections either.
    whole = file.block is None and file.own_keys is None
    for entry in read.entries:
        if entry.name not in known and (whole or entry.name.rpartition(".")[0] in sections):
            yield _left(at, read.seen, entry)


def _not_seen(at: TargetAtVersion, file: FileTemplate, read: _File) -> Iterator[Remark]:
    """Lines of code that set one of the keys, and not to a plain value."""
    roots = {key.name.partition(".")[0] for key in file.keys} if file.format in ("php", "python", "ruby") else set()
    missing = roots - {entry.name.partition(".")[0] for entry in read.entries} - read.unknown
    for number, line in enumerate((read.seen.text or "").splitlines(), 1):
        name = next((root for root in sorted(missing) if re.match(rf"\s*{re.escape(root)}\s*(=|\[)", line)), None)
        if name is not None:
            message = f"{at.label}: {name} is not set to plain values here, so what it says of mail is not read"
            yield Remark("warning", "not_understood", message, read.seen.path, number)


_NAMED = re.compile(r"keys(?:\.(\w+)|\[[\"']([^\"']+)[\"']\])")


def _from_expressions(at: TargetAtVersion, name: str, read: Mapping[str, _File], adopted: Adopted) -> None:
    file, files = read[name], _Files({name: _Keys(file.keys) for name, file in read.items()})
    context = {"keys": files[name], "files": files, "version": adopted.version or at.version}
    for key, (when, message) in at.target.reads[name].findings.items():
        if holds(when, context):
            adopted.remarks.append(Remark("warning", "found", f"{at.label}: {message}", *file.place_of([key])))
    for leaf, expression in at.target.reads[name].leaves.items():
        names = names_in(expression)
        if not file.unknown.isdisjoint(names):
            continue
        try:
            value = evaluate(expression, context)
        except ExpressionError:
            message = f"{at.label}: {leaf} is written in a way that is not understood"
            adopted.remarks.append(Remark("warning", "not_understood", message, *file.place_of(names), leaf))
            continue
        if value not in (None, ""):
            adopted.settings[leaf] = Setting(leaf, value, *file.place_of(names))  # type: ignore[arg-type]


def _options(at: TargetAtVersion, file: _File, reads: Reads) -> Iterator[tuple[str, Option]]:
    """What the file says of the target's own options."""
    if not reads.options:
        return
    tree = yaml.safe_load(file.seen.text or "")
    context = {"tree": tree if isinstance(tree, dict) else {}, "keys": _Keys(file.keys)}
    for name, option in reads.options.items():
        try:
            value = cast("JSON", evaluate(option.value, context))
        except ExpressionError:
            # What is not of the form that the application itself asks for; its keys are told as left.
            continue
        if option.without is not None:
            value = _without(value, re.compile(option.without))
        if value:
            line = next((entry.line for entry in file.entries if re.match(option.covers, entry.name)), None)
            shown = name not in at.target.secret_options if option.shown is None else _may_be_shown(value, option.shown)
            yield name, Option(value, file.seen.path, line, secret=not shown)


def _without(value: JSON, pattern: re.Pattern[str], prefix: str = "") -> JSON:
    """A value without the keys below it whose whole name the pattern matches, nor what nothing is left of for that."""
    if isinstance(value, list):
        return [_without(below, pattern, f"{prefix}{number}.") for number, below in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kept = {key: below for key, below in value.items() if not pattern.fullmatch(f"{prefix}{key}")}
    pruned = {key: _without(below, pattern, f"{prefix}{key}.") for key, below in kept.items()}
    return {key: below for key, below in pruned.items() if below or not kept[key]}


def _may_be_shown(value: JSON, shown: Set[str]) -> bool:
    if isinstance(value, list):
        return all(_may_be_shown(below, shown) for below in value)
    if isinstance(value, dict):
        return all(key in shown and _may_be_shown(below, shown) for key, below in value.items())
    return True


def _where_nothing_is_said(at: TargetAtVersion, read: Mapping[str, _File], adopted: Adopted) -> None:
    """What an application does without a key that decides on it, which no more than its host has to be named for."""
    said = {
        leaf
        for file in at.files
        if file.name in read
        for key in file.keys
        if key.name in read[file.name].keys or key.name in read[file.name].unknown
        for leaf in key.source.leaves
    }
    for leaf, expression in at.target.unset.items():
        host = adopted.settings.get(f"{leaf.partition('.')[0]}.host")
        if host is not None and leaf not in adopted.settings and leaf not in said:
            value = cast("JSON", evaluate(expression, {"known": _Keys(adopted.values())}))
            adopted.settings[leaf] = Setting(leaf, value, host.file, host.line)


def _what_it_does(at: TargetAtVersion, adopted: Adopted) -> None:
    """What an application does whatever is set, where a spec would say otherwise if it said nothing."""
    tree: Tree = {}
    for leaf, setting in adopted.settings.items():
        tree = put(tree, leaf, setting.value)
    spec = Spec.of(tree)
    for leaf, coverage in at.coverage.items():
        host = adopted.settings.get(f"{leaf.partition('.')[0]}.host")
        if host is None or leaf in adopted.settings or coverage.permits(spec):
            continue
        if coverage.accepts is not None and len(coverage.accepts) == 1:
            adopted.settings[leaf] = Setting(leaf, coverage.accepts[0], host.file, host.line)


def _findings(at: TargetAtVersion, file: _File, reads: Reads, read: Mapping[str, _File]) -> Iterator[Remark]:
    """What target.yml has to say of the keys that are there."""
    files = _Files({name: _Keys(other.keys) for name, other in read.items()})
    for finding in reads.tells:
        entries = [entry for entry in file.entries if re.fullmatch(finding.key, entry.name)]
        for entry in entries:
            own = {"name": entry.name, "value": entry.value, "count": len(entries)}
            context = {**own, "keys": files[file.seen.name], "files": files}
            if holds(finding.when, context):
                place = (entry.path or file.seen.path, entry.line)
                yield Remark("warning", "beyond_a_spec", f"{at.label}: {finding.message}", *place)


def _beside(at: TargetAtVersion, file: _File, reads: Reads) -> Iterator[Remark]:
    """Keys that no expression asks for, of a file that would be written whole; of others' files those about mail."""
    asked = {name for expression in reads.leaves.values() for name in names_in(expression)}
    asked |= _asked_elsewhere(at, file.seen.name)
    template = {template.name: template for template in at.files}.get(file.seen.name)
    if template is None:
        return
    # Where keys are hosts, the one that is asked for cannot be told from the others by its name.
    known = 1 if any("keys.values()" in expression for expression in reads.leaves.values()) else 0
    whole = template.block is None and template.own_keys is None
    if reads.format != "text":
        for entry in file.entries[known:]:
            covered = any(re.match(option.covers, entry.name) for option in reads.options.values())
            if (
                entry.name not in asked
                and not covered
                and (whole or (reads.beside and re.match(reads.beside, entry.name)))
            ):
                yield _left(at, file.seen, entry)


def _asked_elsewhere(at: TargetAtVersion, name: str) -> set[str]:
    """The keys of a file that the expressions of others ask for."""
    expressions = " ".join(expression for reads in at.target.reads.values() for expression in reads.leaves.values())
    named = re.findall(rf"files\[[\"']{re.escape(name)}[\"']\](?:\.(\w+)|\[[\"']([^\"']+)[\"']\])", expressions)
    return {first or second for first, second in named}


def _left(at: TargetAtVersion, seen: SeenFile, entry: Entry) -> Remark:
    message = f"{at.label}: {entry.name} has no counterpart in a spec and is left as it is"
    return Remark("warning", "left", message, entry.path or seen.path, entry.line)


def names_in(expression: str) -> list[str]:
    """The keys that an expression asks for."""
    return [first or second for first, second in _NAMED.findall(expression)]
