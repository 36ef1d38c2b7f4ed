# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Expressions with a name: what `terms` in target.yml says once, others ask for as `term.NAME`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, scalars

_TERM = re.compile(r"\bterm\.(\w+)")


def unknown_terms(entry: Tree) -> list[str]:
    """What is asked for and has no such name in the entry's `terms`; a term may ask for those before it."""
    known: list[str] = []
    unknown: list[str] = []
    for name, expression in _terms(entry).items():
        unknown += [term for term in _TERM.findall(expression) if term not in known]
        known.append(name)
    asked = [
        term
        for name, part in entry.items()
        if name != "terms"
        for text in scalars(part)
        if isinstance(text, str)
        for term in _TERM.findall(text)
    ]
    return list(dict.fromkeys([*unknown, *(term for term in asked if term not in known)]))


def with_terms(entry: Tree) -> Tree:
    """The entry with each term's expression in the place of its name."""
    terms: dict[str, JSON] = {}
    for name, expression in _terms(entry).items():
        terms[name] = _filled(expression, terms)
    return cast("Tree", _filled(entry, terms)) if terms else entry


def _terms(entry: Tree) -> Mapping[str, str]:
    return cast("Mapping[str, str]", entry.get("terms", {}))


def _filled(part: JSON, terms: Mapping[str, JSON]) -> JSON:
    if isinstance(part, str):
        return _TERM.sub(lambda match: f"({terms[match[1]]})", part)
    if isinstance(part, Mapping):
        return {name: _filled(below, terms) for name, below in part.items()}
    return [_filled(below, terms) for below in part] if isinstance(part, list) else part
