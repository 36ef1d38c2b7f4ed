# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Files of S-nail's commands that set variables; the key `source` names another file that is read there.

s-nail(1), Shell-style argument quoting: after `wysh` an argument is quoted as a shell's words are.
"""

from __future__ import annotations

import shlex

from .format import Entry, Format, Raw, Unreadable, Value, numbered, one_line, plain


def _line(key: str, text: str) -> str:
    return f"source {text}\n" if key == "source" else f"wysh set {key}={text}\n"


def _text(value: Value) -> str:
    return str(value) if isinstance(value, Raw) else shlex.quote(one_line(plain(value)))


def _write(entries: list[Entry]) -> str:
    return "".join(_line(key, _text(value)) for key, value in entries)


def _read(text: str) -> list[Entry]:
    """What this format writes; other commands are others' own."""
    entries: list[Entry] = []
    for number, line in numbered(text):
        if not line.startswith(("wysh set ", "source ")):
            continue
        try:
            words = shlex.split(line)
        except ValueError:
            raise Unreadable(number, "has a quote that is not closed") from None
        key, _sign, value = words[-1].partition("=")
        entries.append(("source", words[-1]) if words[0] == "source" else (key, value))
    return entries


DIALECTS = {"wysh": Format(_write, _read)}
