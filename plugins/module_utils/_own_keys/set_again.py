# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Where a file sets our keys, in every format that can have a block of ours: what stands last counts in each of them.

Formats of a host's own are read by their syntax; of programs and YAML only what stands at the outermost level is read,
a line that begins with the key, as people write a setting there.
"""

from __future__ import annotations

import re
from typing import Iterator, Sequence

from .registry import FORMATS, OwnKeys, syntax_of

# What stands before a key and behind it, at the outermost level: assignments of Python and Ruby, of PHP with the
# variable that the keys are in or to a variable itself, of YAML; an assignment to a part of the key, and what takes the
# key away, defeat it as well.
_PARTS = r"(?:[ \t]*\[[^\]\n]*\])*[ \t]*"
_LINES = {
    "python": (
        r"(?P<key>{key})" + _PARTS + r"(?::[^=\n]+)?[|+]?=(?!=)",
        r"(?P<key>{key})\.(?:clear|pop|update)[ \t]*\(",
        r"del[ \t]+(?P<key>{key})\b",
    ),
    "ruby": (r"[ \t]*(?:{under}[ \t]*\[[ \t]*)?[:\"']?(?P<key>{key})[\"']?[ \t]*\]?[ \t]*=(?![=~>])",),
    "php": (
        r"[ \t]*{under}[ \t]*\[[ \t]*[\"'](?P<key>{key})[\"'][ \t]*\]" + _PARTS + r"=(?![=>])",
        r"[ \t]*(?P<key>{key})" + _PARTS + r"=(?![=>])",
        r"[ \t]*unset[ \t]*\([ \t]*(?:{under}[ \t]*\[[ \t]*[\"'])?(?P<key>{key})\b",
    ),
    "yaml": (r"[\"']?(?P<key>{key})[\"']?[ \t]*:(?:[ \t\r]|$)",),
}


def settings_of(text: str, keys: OwnKeys, under: str | None) -> Iterator[tuple[str, int]]:
    """Each of the keys that the text sets, with the number of its line, in the text's order."""
    if keys.format in FORMATS and keys.format != "json":
        syntax = syntax_of(keys.format, keys.dialect)
        named = {syntax.fold(name): name for name in keys.names}
        for place in syntax.scan(text).places:
            if syntax.fold(place.name) in named:
                yield named[syntax.fold(place.name)], text.count("\n", 0, place.first) + 1
    elif keys.format in _LINES:
        yield from _lines_that_set(text, keys.format, _outermost(keys, under), under)


def _outermost(keys: OwnKeys, under: str | None) -> Sequence[str]:
    """The keys at the outermost level, without the variable that they are in; a flat dialect's are names with dots."""
    flat = keys.format == "yaml" and keys.dialect in ("flat", "erb")
    before = f"{under}." if under else ""
    names = [name.replace(before, "", 1) if name.startswith(before) else name for name in keys.names]
    return tuple(dict.fromkeys(name if flat else name.partition(".")[0] for name in names))


def _lines_that_set(text: str, name: str, keys: Sequence[str], under: str | None) -> Iterator[tuple[str, int]]:
    # With the longest key first, none is taken for another one that begins with it.
    any_key = "|".join(re.escape(key) for key in sorted(keys, key=len, reverse=True))
    variable = re.escape(under) if under else r"\$?\w+"
    patterns = [re.compile(line.replace("{key}", any_key).replace("{under}", variable)) for line in _LINES[name]]
    for number, line in enumerate(text.split("\n"), 1):
        match = next(filter(None, (pattern.match(line) for pattern in patterns)), None)
        if match is not None:
            yield match["key"], number
