# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A file of an application that was read: its entries, and what expressions see of them."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import evaluate
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import FileTemplate, TargetAtVersion

from .adopted import Remark, SeenFile
from .places import Entry


class Keys(dict[str, JSON]):
    """What was read, by name; an empty text for what is not there, so that an expression can ask for anything."""

    def __missing__(self, _name: str) -> str:
        return ""


class Files(dict[str, Keys]):
    """The keys of each file; of one that is not there, none."""

    def __missing__(self, _name: str) -> Keys:
        return Keys()


@dataclass
class FileRead:
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


_NAMED = re.compile(r"keys(?:\.(\w+)|\[[\"']([^\"']+)[\"']\])")


def defaults_of(template: FileTemplate, file: FileRead) -> dict[str, JSON]:
    """What the application takes for keys that are not in a file which has others of its keys."""
    ours = {*template.defaults, *(key.name for key in template.keys)}
    of_others = template.own_keys is not None or (template.block is not None and bool(template.keys))
    if of_others and not ours.intersection(file.keys):
        return {}
    keys = Keys(file.keys)
    unknown = file.unknown
    absent = {
        name: expression
        for name, expression in template.defaults.items()
        if name not in file.keys and name not in unknown and not unknown & set(names_in(expression))
    }
    values = {name: evaluate(expression, {"keys": keys}) for name, expression in absent.items()}
    return {name: value for name, value in values.items() if value is not None}  # type: ignore[misc]


# A host as files of logins name it, with a port or without, a pattern of hosts, or an address.
_OF_A_LOGIN = re.compile(r"\[?[\w.*@-]+\]?(?::(?:[0-9]+|smtps?|submissions?))?")


def shown_name(name: str, *, of_a_login: bool = False) -> str:
    """A key as it may be shown: what stands behind a colon in it, as if it were YAML, may be a secret."""
    if of_a_login and not _OF_A_LOGIN.fullmatch(name):
        return "this line"
    return re.split(r":\s", name)[0]


def left_as_it_is(at: TargetAtVersion, seen: SeenFile, entry: Entry, *, of_a_login: bool = False) -> Remark:
    name = shown_name(entry.name, of_a_login=of_a_login)
    message = f"{at.label}: {name} has no counterpart in a spec and is left as it is"
    return Remark("warning", "left", message, entry.path or seen.path, entry.line)


def names_in(expression: str) -> list[str]:
    """The keys that an expression asks for."""
    return [first or second for first, second in _NAMED.findall(expression)]
