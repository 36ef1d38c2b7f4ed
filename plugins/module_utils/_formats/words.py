# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A file of one line of words, as a command line has them: words by their number, options by their name.

The key `1` is the first word; any other key is an option, `--name=value`, or `--name` where its value is empty.
"""

from __future__ import annotations

import re
import shlex

from .format import Entry, Format, NotExpressible, Raw, Unreadable, numbered, one_line, plain

# A host and a protocol; what follows are options, of which the dashes may be left out (nullmailer-send(8), remotes).
_POSITIONS = 2
# Two words for one option (nullmailer's smtp --help).
_ALIASES = {"ssl": "tls"}


def shell_word(value: str) -> str:
    """nullmailer-send(8), remotes: quoted as a shell's words are, and a line that begins with # is a comment."""
    return shlex.quote(one_line(value))


def _word(key: str, text: str) -> str:
    if key.isdigit():
        if not text:
            raise NotExpressible(text, "it is empty, and the word after it would be taken for it")
        return shell_word(text)
    return f"--{key}={shell_word(text)}" if text else f"--{key}"


def _write(entries: list[Entry]) -> str:
    words = [str(value) if isinstance(value, Raw) else _word(key, plain(value)) for key, value in entries]
    return f"{' '.join(words)}\n" if words else ""


def _read(text: str) -> list[Entry]:
    lines = [(number, line) for number, line in numbered(text) if line.strip() and not line.startswith("#")]
    if len(lines) > 1:
        raise Unreadable(lines[1][0], "is a second line, of which this target knows nothing")
    return [entry for number, line in lines for entry in _entries(number, line)]


def _entries(number: int, line: str) -> list[Entry]:
    try:
        words = shlex.split(line)
    except ValueError:
        raise Unreadable(number, "has a quote that is not closed") from None
    first = next((place for place, word in enumerate(words[:_POSITIONS]) if word.startswith("--")), _POSITIONS)
    positions: list[Entry] = [(str(place), word) for place, word in enumerate(words[:first], start=1)]
    options = [re.sub(r"\A--", "", word).partition("=")[::2] for word in words[first:]]
    return [*positions, *((_ALIASES.get(name, name), value) for name, value in options)]


DIALECTS = {"dashes": Format(_write, _read)}
