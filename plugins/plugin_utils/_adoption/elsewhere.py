# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Values that a file only names: what the application puts in their place is not known from the file alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import FilePath, Leaf
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import FileTemplate

from .adopted import Remark
from .places import Entry

# By the dialect of the format: Ruby's ERB; Grafana's variable expansion; Configuration as Code, Passing secrets.
_NAMED: Mapping[str, re.Pattern[str]] = {
    "erb": re.compile(r"<%"),
    "grafana": re.compile(r"\$(?:__\w+)?\{[^}]+\}"),
    "jcasc": re.compile(r"\$\{"),
    "laravel": re.compile(r"\$\{\w+\}"),
    "symfony": re.compile(r"\$\w|\$\{|%env\("),
    "set": re.compile(r"^\$\w+$"),
    "spring": re.compile(r"[$#]\{"),
    "compose": re.compile(r"\$\{"),
}
_SYMBOL = re.compile(r":(\w+)")


@dataclass
class Split:
    """The entries that say what they mean; a remark for each key of ours that does not, and the names of those."""

    said: list[Entry] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


def split(
    label: str,
    template: FileTemplate,
    path: str,
    entries: Sequence[Entry],
    there: Set[str],
    asked: Mapping[str, Sequence[str]],
) -> Split:
    """What of a file is said in it, and what the application fills in; `there` are the files that were read beside.

    `asked` are the keys that expressions ask for, with the settings that they decide on. What stands last counts.
    """
    named = re.compile(template.named) if template.named else _NAMED.get(template.dialect or "")
    ours = {key.name: key.source for key in template.keys}
    leaves = {
        **asked,
        **{name: [leaf] for name, leaf in template.also_read.items()},
        **{name: source.leaves for name, source in ours.items()},
    }
    result = Split()
    counting = _of_the_environment(template, _of_the_url(template, _in_our_case(template, entries, leaves)))
    last = {entry.name: entry for entry in counting}
    for entry in counting:
        if template.dialect == "laravel" and str(entry.value).strip("()").lower() in ("null", "empty"):
            # Laravel, Support/Env.php: words for nothing.
            continue
        source = ours.get(entry.name)
        filled_in = isinstance(entry.value, str) and named is not None and named.search(entry.value)
        if entry.name in leaves and (not entry.known or filled_in):
            if entry.name in last and last[entry.name] is not entry:
                continue
            result.unknown.add(entry.name)
            # What is read from a file of ours is known from there.
            if not isinstance(source, FilePath) or source.file not in there:
                what = ", ".join(leaves[entry.name]) or "it"
                message = f"{label}: {entry.name} is filled in when the application starts: set {what} in the spec"
                result.remarks.append(Remark("warning", "code", message, path, entry.line))
        elif entry.known:
            result.said.append(_without_symbol(entry, template, source))
    result.said = [entry for entry in result.said if entry.name not in result.unknown]
    return result


_URL = re.compile(
    r"smtp://(?:(?P<user>[^:@/]*)(?::(?P<password>.*))?@)?(?P<host>[^:@/?]+)(?::(?P<port>\d+))?/?(?:\?.*)?"
)
_URL_KEYS = {"host": "MAIL_HOST", "port": "MAIL_PORT", "user": "MAIL_USERNAME", "password": "MAIL_PASSWORD"}


def _of_the_url(template: FileTemplate, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Laravel takes what MAIL_URL says in place of the other keys (ConfigurationUrlParser.php)."""
    url = next((entry for entry in reversed(entries) if entry.name == "MAIL_URL" and entry.value), None)
    if template.dialect != "laravel" or url is None:
        return entries
    match = _URL.fullmatch(str(url.value))
    said = {
        _URL_KEYS[part]: replace(url, name=_URL_KEYS[part], value=unquote(text))
        for part, text in (match.groupdict() if match else {}).items()
        if text
    }
    if not said:
        # What it is is not known, and the others do not count.
        said = {name: replace(url, name=name, value=None, known=False) for name in _URL_KEYS.values()}
    return [*(entry for entry in entries if entry.name not in said), *said.values()]


def _of_the_environment(template: FileTemplate, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Redmine takes what stands below `default` where the environment has nothing of the section.

    lib/redmine/configuration.rb, load_from_yaml(): the sections of the environment replace those of `default`.
    """
    if template.dialect != "erb":
        return entries
    sections = {key.name.rpartition(".")[0].split(".")[0:2][-1] for key in template.keys}
    environments = {key.name.partition(".")[0] for key in template.keys}
    there = {tuple(entry.name.split(".")[:2]) for entry in entries}
    renamed = list(entries)
    for environment in environments:
        for section in sections:
            before = f"default.{section}."
            if (environment, section) not in there:
                renamed = [
                    replace(entry, name=f"{environment}.{section}.{entry.name[len(before) :]}")
                    if entry.name.startswith(before)
                    else entry
                    for entry in renamed
                ]
    return renamed


def _in_our_case(template: FileTemplate, entries: Sequence[Entry], ours: Mapping[str, object]) -> Sequence[Entry]:
    """git takes the names of its keys in any case (git-config(1), Syntax), and writes them in small letters itself."""
    if template.dialect != "git":
        return entries
    names = {name.lower(): name for name in reversed(list(ours))}
    identity = next((str(entry.value) for entry in entries if entry.name.lower() == "sendemail.identity"), None)
    if identity is not None:
        # git-send-email(1), sendemail.identity: what stands in its section wins.
        before = f"sendemail.{identity}."
        own = [
            replace(entry, name=f"sendemail.{entry.name[len(before) :]}")
            for entry in entries
            if entry.name.startswith(before)
        ]
        said = {entry.name.lower() for entry in own}
        entries = [*(entry for entry in entries if entry.name.lower() not in said), *own]
    return [
        entry if entry.name in ours else replace(entry, name=names.get(entry.name.lower(), entry.name))
        for entry in entries
    ]


def _without_symbol(entry: Entry, template: FileTemplate, source: object) -> Entry:
    """Ruby takes `:plain` for `plain` where a word is asked for."""
    symbol = _SYMBOL.fullmatch(str(entry.value)) if template.dialect == "erb" and isinstance(source, Leaf) else None
    return replace(entry, value=symbol[1]) if symbol and source.words else entry  # type: ignore[attr-defined]
