# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""TOML 1.0: tables, of which the last dot of a name divides the table from the key."""

from __future__ import annotations

import re

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import Entry, Format, Raw, unicode_text
from ansible_collections.appmail.settings.plugins.module_utils._formats.json_text import flattened


def scalar(value: object) -> str:
    r"""A basic string has `\"`, `\\` and `\uXXXX` (TOML 1.0, String); lists and truths are written as in JSON."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(scalar, value))}]"
    text = re.sub(r'[\x00-\x1f\x7f"\\]', lambda character: f"\\u{ord(character[0]):04x}", unicode_text(str(value)))
    return f'"{text}"'


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else scalar(key)


def _write(entries: list[Entry]) -> str:
    lines: list[str] = []
    current = ""
    for name, value in entries:
        table, _dot, key = name.rpartition(".")
        if table != current:
            lines.append(f"[{table}]")
            current = table
        lines.append(f"{_key(key)} = {scalar(value)}")
    return "".join(f"{line}\n" for line in lines)


def _read(text: str) -> list[Entry]:
    import tomllib

    return flattened(tomllib.loads(text))


DIALECTS = {"v1": Format(_write, _read)}
