# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From an application's own files to the settings that stand in them, each with its place, and what is to be said."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import leaf_schema
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import SECRET_LEAVES, Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import evaluate
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import Url
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import (
    FileTemplate,
    Reads,
    TargetAtVersion,
)

from .adopted import Adopted, Remark, SeenFile, Setting
from .asking import asked_elsewhere, findings_of, from_expressions, keys_beside, options_of
from .changes import Held, would_change
from .code import read_code
from .elsewhere import split
from .file_read import FileRead, Keys, defaults_of, names_in
from .overriding import Asked, overridden, shown_value, sources_of
from .places import Entry, NotReadable, entries_in
from .safety import safety_of
from .tables import from_tables, options_written


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
    from_tables(at, read, adopted)
    for name in at.target.reads:
        if name in read:
            from_expressions(at, name, read, adopted)
            adopted.options.update(options_of(at, read[name], at.target.reads[name]))
            adopted.remarks += findings_of(at, read[name], at.target.reads[name], read)
            adopted.left += keys_beside(at, read[name], at.target.reads[name], adopted)
    options_written(at, read, adopted)
    _as_a_spec_has_it(at, adopted)
    _where_nothing_is_said(at, read, adopted)
    _what_it_does(at, adopted)
    adopted.remarks += _without_password(at, adopted)
    adopted.remarks += _replaced_whole(at, adopted)
    adopted.read += sum(len(file.entries) for file in read.values())
    adopted.remarks += safety_of(at, adopted)
    adopted.remarks += would_change(at, adopted, _held(at, read, now, adopted))
    return adopted


_KNOWN = re.compile(r"known\[[\"']([^\"']+)")


def _held(
    at: TargetAtVersion, read: Mapping[str, FileRead], now: Mapping[str, Sequence[Entry]], adopted: Adopted
) -> dict[str, Held]:
    """The files that apply would write where they are, as they are now."""
    held = {}
    for template in at.files:
        read_as = format_of(template, at.target.reads.get(template.name))
        file = read.get(template.name)
        if file is None or read_as is None or template.name not in now or is_others(template, file.seen.path):
            continue
        if template.commands is not None:
            # Its own program writes it.
            continue
        left = {remark.line for remark in adopted.left if remark.file == file.seen.path}
        told = {entry.name for entry in now[template.name] if entry.line in left and entry.line is not None}
        held[template.name] = Held(file.seen.path, now[template.name], read_as, defaults_of(template, file), told)
    return held


def _read_near(at: TargetAtVersion, reads: Reads, seen: Sequence[SeenFile], adopted: Adopted) -> dict[str, FileRead]:
    """The files of others that set the application, too, as one."""
    code = read_code(at.label, reads, seen, _asked_by_expressions(reads))
    adopted.files += code.files
    adopted.remarks += code.remarks
    if not code.files:
        return {}
    return {code.files[0].name: FileRead(code.files[0], code.entries, unknown=code.unknown)}


def _overrides(at: TargetAtVersion, seen: Sequence[SeenFile], read: dict[str, FileRead], adopted: Adopted) -> None:
    """Lay over each file what wins over it; a file that is not there may be said by these sources alone."""
    for template in at.files:
        sources = list(sources_of(at.target.overrides, seen, template.name))
        if not sources:
            continue
        file = read.get(template.name) or FileRead(SeenFile(template.name, template.path))
        joined = overridden(at.label, file.seen.path, file.entries, _asked(at, template), sources)
        adopted.remarks += joined.remarks
        adopted.left += joined.left
        adopted.files += joined.sources
        own = len(file.entries)
        file.entries = joined.entries
        file.unknown = (file.unknown - {entry.name for entry in joined.entries}) | joined.unknown
        adopted.read += joined.read - (len(joined.entries) - own)
        if file.entries or file.unknown:
            read[template.name] = file


def _asked_by_expressions(reads: Reads | None) -> dict[str, list[str]]:
    """The keys that expressions ask for, each with the settings that it decides on."""
    asked: dict[str, list[str]] = {}
    for leaf, expression in reads.leaves.items() if reads is not None else ():
        for name in dict.fromkeys(names_in(expression)):
            asked.setdefault(name, []).append(leaf)
    return asked


def _asked(at: TargetAtVersion, file: FileTemplate) -> Asked:
    """The keys of a file that are read, by its table or by expressions."""
    reads = at.target.reads.get(file.name)
    by_table = {key.name: key.source.leaves for key in file.keys} if reads is None else {}
    asked = {**by_table, **_asked_by_expressions(reads)}
    return Asked(list(asked), {name for name, leaves in asked.items() if SECRET_LEAVES.intersection(leaves)})


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
    whole = {
        file.name: file for file in at.files if file.block is None and file.own_keys is None and file.commands is None
    }
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
) -> Iterator[FileRead]:
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
            asked = _asked_by_expressions(at.target.reads.get(file.name))
            told = split(at.label, templates[file.name], file.path, entries, {file.name for file in seen}, asked)
            adopted.remarks += told.remarks
            entries, unknown = told.said, told.unknown
        yield FileRead(file, entries, contents.passed_over, unknown)


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
    names = {*asked.keys, *asked_elsewhere(at, file.name)}
    for name in (name for name in written if name in names):
        value = str(written[name].value)
        # A value that goes on in the next line begins as the whole one does.
        if values.get(name, "").startswith(value) and name in values:
            continue
        shown = f"{name} is another one" if name in asked.secret else f"{name} is {shown_value(value)}"
        effect = (
            f"{shown_value(values[name])} takes effect"
            if name in values and name not in asked.secret
            else "it does not take effect"
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


def _as_a_spec_has_it(at: TargetAtVersion, adopted: Adopted) -> None:
    """Leave out what no spec can hold, such as a pattern in place of an address; a number may stand for text."""
    for leaf, setting in list(adopted.settings.items()):
        schema = leaf_schema(leaf)
        as_text = str(setting.value)
        if schema.accepts(setting.value):
            continue
        if isinstance(setting.value, int) and not isinstance(setting.value, bool) and schema.accepts(as_text):
            adopted.settings[leaf] = replace(setting, value=as_text)
            continue
        del adopted.settings[leaf]
        message = f"{at.label}: what stands here is no {leaf} that a spec can hold, so it is not carried"
        adopted.remarks.append(Remark("warning", "not_understood", message, setting.file, setting.line, leaf))


def _where_nothing_is_said(at: TargetAtVersion, read: Mapping[str, FileRead], adopted: Adopted) -> None:
    """What an application does without a key that decides on it, which no more than its host has to be named for."""
    said = {
        leaf
        for file in at.files
        if file.name in read
        for key in file.keys
        if key.name in read[file.name].keys or key.name in read[file.name].unknown
        for leaf in key.source.leaves
        # A URL may leave its port out.
        if not (isinstance(key.source, Url) and leaf.endswith(".port") and key.name in read[file.name].keys)
    }
    keys = Keys({name: value for file in read.values() for name, value in file.keys.items()})
    for leaf, expression in at.target.unset.items():
        host = adopted.settings.get(f"{leaf.partition('.')[0]}.host")
        # What it depends on may be said in a way that is not known.
        open_ones = {name for name in _KNOWN.findall(expression) if name in said and name not in adopted.settings}
        if host is not None and leaf not in adopted.settings and leaf not in said and not open_ones:
            value = cast(JSON, evaluate(expression, {"known": Keys(adopted.values()), "keys": keys}))
            if value is not None:
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
