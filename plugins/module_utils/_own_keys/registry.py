# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Our keys in a file that others own, by the file's format. Each format is imported when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Mapping, Sequence

from .layout import Syntax

# What a host can change in place: a format, and its dialects.
FORMATS = {
    "ini": ("go", "grafana", "python", "raw", "git"),
    "dotenv": ("compose", "dotenvy", "systemd", "shell", "symfony", "laravel"),
    "properties": ("java",),
    "lines": ("equals", "blank", "set"),
    "json": ("nested", "flat"),
}


@dataclass(frozen=True)
class OwnKeys:
    """The keys of a file that are ours, all of them, whether they are to stand there or not; the rest is others'."""

    format: str
    dialect: str
    names: Sequence[str]

    def merged(self, text: str, content: str) -> str:
        """`text` with our keys as `content` has them, and nothing else changed; raises KeysError."""
        if self.format == "json":
            from .json_text import merged as merged_json

            return merged_json(text, content, self.names, flat=self.dialect == "flat")
        from .merging import merged

        return merged(text, content, self.names, syntax_of(self.format, self.dialect))

    def standing(self, text: str, content: str) -> str:
        """Our keys alone as they stand in `text`, written as `content` writes them; raises KeysError."""
        if self.format == "json":
            from .json_text import standing as standing_json

            return standing_json(text, self.names, flat=self.dialect == "flat")
        from .merging import standing

        return standing(text, content, self.names, syntax_of(self.format, self.dialect))


def syntax_of(name: str, dialect: str) -> Syntax:
    """How keys are found in a format that is read line by line."""
    return _SYNTAXES[name]()[dialect]


def _ini() -> Mapping[str, Syntax]:
    from .ini import SYNTAXES

    return SYNTAXES


def _dotenv() -> Mapping[str, Syntax]:
    from .dotenv import SYNTAXES

    return SYNTAXES


def _properties() -> Mapping[str, Syntax]:
    from .properties import SYNTAXES

    return SYNTAXES


def _lines() -> Mapping[str, Syntax]:
    from .lines import SYNTAXES

    return SYNTAXES


_SYNTAXES: Mapping[str, Callable[[], Mapping[str, Syntax]]] = {
    "ini": _ini,
    "dotenv": _dotenv,
    "properties": _properties,
    "lines": _lines,
}
