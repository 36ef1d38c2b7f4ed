# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Settings and options that target.yml asks for by expressions over the keys that were read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._formats.yaml_text import parsed
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import (
    ExpressionError,
    evaluate,
    holds,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import options_of as options_in
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import Reads, TargetAtVersion

from .adopted import Adopted, Option, Remark, Setting
from .file_read import FileRead, Files, Keys, left_as_it_is, names_in
from .places import Entry


def from_expressions(at: TargetAtVersion, name: str, read: Mapping[str, FileRead], adopted: Adopted) -> None:
    file, files = read[name], Files({name: Keys(file.keys) for name, file in read.items()})
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


def options_of(at: TargetAtVersion, file: FileRead, reads: Reads) -> Iterator[tuple[str, Option]]:
    """What the file says of the target's own options."""
    if not reads.options:
        return
    tree = parsed(file.seen.text or "") if reads.format == "yaml" else {}
    context = {
        "tree": tree if isinstance(tree, dict) else {},
        "keys": Keys(file.keys),
        "path": file.seen.path,
        "owner": file.seen.owner,
    }
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


def findings_of(at: TargetAtVersion, file: FileRead, reads: Reads, read: Mapping[str, FileRead]) -> Iterator[Remark]:
    """What target.yml has to say of the keys that are there."""
    files = Files({name: Keys(other.keys) for name, other in read.items()})
    for finding in reads.tells:
        entries = [entry for entry in file.entries if re.fullmatch(finding.key, entry.name)]
        for entry in entries:
            own = {"name": entry.name, "value": entry.value, "count": len(entries)}
            context = {**own, "keys": files[file.seen.name], "files": files}
            if holds(finding.when, context):
                place = (entry.path or file.seen.path, entry.line)
                yield Remark("warning", "beyond_a_spec", f"{at.label}: {finding.message}", *place)


def keys_beside(at: TargetAtVersion, file: FileRead, reads: Reads, adopted: Adopted) -> Iterator[Remark]:
    """Keys that no expression asks for, of a file that would be written whole; of others' files those about mail."""
    asked = {name for expression in reads.leaves.values() for name in names_in(expression)}
    asked |= asked_elsewhere(at, file.seen.name)
    asked |= {key.name for own in at.files if own.name == file.seen.name for key in own.keys if options_in(key.source)}
    template = {template.name: template for template in at.files}.get(file.seen.name)
    if template is None:
        return
    # Where keys are hosts, the one that was asked for cannot be told from the others by its name.
    of_logins = any("keys.values()" in said for said in reads.leaves.values()) or reads.format == "dma_auth"
    known = _taken(file, adopted) if of_logins else None
    whole = template.block is None and template.own_keys is None
    if reads.format != "text":
        for entry in file.entries:
            covered = any(re.match(option.covers, entry.name) for option in reads.options.values())
            if (
                entry.name not in asked
                and entry is not known
                and not covered
                and (whole or (reads.beside and re.match(reads.beside, entry.name)))
            ):
                yield left_as_it_is(at, file.seen, entry, of_a_login=of_logins)


def _taken(file: FileRead, adopted: Adopted) -> Entry | None:
    """The entry that the login was read from."""
    username = adopted.settings.get("smtp.auth.username")
    logins = (entry for entry in file.entries if username and str(entry.value).startswith(f"{username.value}:"))
    return next(logins, None)


def asked_elsewhere(at: TargetAtVersion, name: str) -> set[str]:
    """The keys of a file that the expressions of others ask for."""
    expressions = " ".join(expression for reads in at.target.reads.values() for expression in reads.leaves.values())
    named = re.findall(rf"files\[[\"']{re.escape(name)}[\"']\](?:\.(\w+)|\[[\"']([^\"']+)[\"']\])", expressions)
    return {first or second for first, second in named}
