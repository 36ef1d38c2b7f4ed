# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Values that a file only names: what the application puts in their place is not known from the file alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import Leaf
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import FileTemplate

from .adopted import Remark
from .places import Entry

# By the dialect of the format: Ruby's ERB; Grafana's variable expansion; Configuration as Code, Passing secrets.
_NAMED: Mapping[str, re.Pattern[str]] = {
    "erb": re.compile(r"<%"),
    "grafana": re.compile(r"\$(?:__\w+)?\{[^}]+\}"),
    "jcasc": re.compile(r"\$\{"),
}
_SYMBOL = re.compile(r":(\w+)")


def split(label: str, template: FileTemplate, path: str, entries: Sequence[Entry]) -> tuple[list[Entry], list[Remark]]:
    """The entries that say what they mean, and a remark for each key of ours that does not."""
    named = _NAMED.get(template.dialect or "")
    ours = {key.name: key.source for key in template.keys}
    said, remarks = list[Entry](), list[Remark]()
    for entry in entries:
        if named is None or not isinstance(entry.value, str) or entry.name not in ours:
            said.append(entry)
        elif named.search(entry.value):
            leaves = ", ".join(ours[entry.name].leaves)
            message = f"{label}: {entry.name} is filled in when the application starts: set {leaves} in the spec"
            remarks.append(Remark("warning", "code", message, path, entry.line))
        else:
            said.append(_without_symbol(entry, template, ours[entry.name]))
    return said, remarks


def _without_symbol(entry: Entry, template: FileTemplate, source: object) -> Entry:
    """Ruby takes `:plain` for `plain` where a word is asked for."""
    symbol = _SYMBOL.fullmatch(str(entry.value)) if template.dialect == "erb" and isinstance(source, Leaf) else None
    return replace(entry, value=symbol[1]) if symbol and source.words else entry  # type: ignore[attr-defined]
