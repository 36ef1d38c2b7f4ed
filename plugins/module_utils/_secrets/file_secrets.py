# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What in a file is secret, and how a text is cleaned of it.

Of what we render, the secret parts are known exactly: the renderer gives each file twice, as it is and masked. Of what
was there before, nothing is known, so a text is judged by its words.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Callable, Iterable
from urllib.parse import unquote

from .scrubber import MASK, Scrubber
from .spellings import spellings

# A line with one of these says where a secret is. The last two are a login in an address (user:password@host) and
# a long run of letters and digits, such as a key.
_SENSITIVE = re.compile(
    r"pass|pwd|\bpw\b|secret|token|key|cred|private|bearer|login"
    r"|:\S*@"
    r"|(?=[A-Za-z0-9+/_=-]*[0-9])(?=[A-Za-z0-9+/_=-]*[A-Za-z])[A-Za-z0-9+/_=-]{24,}",
    re.IGNORECASE,
)

# A line longer than this holds more than can be judged, and takes long to search.
_LONG = 1000

# A secret shorter than this is only looked for as a word of its own, for one letter is found everywhere.
_SHORT = 4


def is_sensitive(line: str) -> bool:
    """Whether a line of unknown origin says by one of its words that it may hold a secret."""
    return len(line) > _LONG or _SENSITIVE.search(line) is not None


def masked_lines(content: str, masked: str | None) -> list[str | None]:
    """For each line of `content` its masked form, or None where nothing in it is secret.

    Where `masked` has another number of lines it cannot be laid beside the content: every line counts, but blank ones.
    """
    lines = content.split("\n")
    if masked is None:
        return [None] * len(lines)
    shown = masked.split("\n")
    if len(shown) != len(lines):
        return [MASK if line.strip() else None for line in lines]
    return [None if line == mask else mask for line, mask in zip(lines, shown)]


def hidden_parts(content: str, masked: str | None) -> frozenset[str]:
    """The substrings of `content` that `masked` hides, and the words of lines that are hidden whole."""
    parts: list[str] = []
    for line, mask in zip(content.split("\n"), masked_lines(content, masked)):
        if mask is None:
            continue
        parts.extend(_hidden_in_line(line, mask))
        if mask.strip() == MASK:
            parts.extend(word for word in words(line) if len(word) >= _SHORT)
    return frozenset(part for part in parts if part.strip())


def _hidden_in_line(line: str, mask: str) -> Iterable[str]:
    pattern = "(.*)".join(re.escape(part) for part in mask.split(MASK))
    match = re.fullmatch(pattern, line, re.DOTALL)
    return match.groups() if match else (line,)


def likely_secrets(text: str) -> frozenset[str]:
    """The values on those lines of an unknown text that say by their words that they hold a secret."""
    found: list[str] = []
    for line in text.splitlines():
        if is_sensitive(line):
            found.extend(word for word in words(line)[1:] if len(word) >= _SHORT)
    return frozenset(found)


def words(text: str) -> list[str]:
    """The words of a line of configuration: what blanks, quotes, brackets and separators leave."""
    return [word for word in re.split(r"[\s\"'`,;()\[\]{}<>|=:@]+", text) if word]


# What a value may be that stands in a file, by the ways in which files quote and escape.
_READINGS: tuple[Callable[[str], str], ...] = (
    lambda secret: secret,
    lambda secret: secret.strip(),
    lambda secret: secret.strip().strip("\"'"),
    lambda secret: re.sub(r"\\(.)", r"\1", secret),
    lambda secret: secret.replace("''", "'"),
    lambda secret: secret.replace('""', '"'),
    lambda secret: secret.replace("$$", "$"),
    lambda secret: secret.replace("%%", "%"),
    unquote,
    html.unescape,
)

_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Secrets:
    """What must not be repeated: what is `known` to be secret, in any spelling, and words that only may be."""

    known: frozenset[str] = field(default=frozenset(), repr=False)
    likely: frozenset[str] = field(default=frozenset(), repr=False)

    def __or__(self, other: Secrets) -> Secrets:
        return Secrets(self.known | other.known, self.likely | other.likely)

    def removed_from(self, text: str, *, is_cut: bool) -> str:
        """The text without them and without control characters; line ends and tabs stay.

        `is_cut` says that the text's end is missing: a secret that was cut in two there is not recognised, so as much
        is left out as the longest takes in its longest spelling, three characters a byte.
        """
        spelt = {reading(secret) for secret in self.known for reading in _READINGS}
        spelt |= {spelling for secret in self.known for spelling in spellings(secret)}
        # A program may name the one word of a passphrase at which it stumbled.
        spelt |= {word for secret in spelt for word in secret.split() if len(word) >= _SHORT}
        cleaned = Scrubber(one for one in spelt if one.strip())(_CONTROL.sub("", text))
        if self.likely:
            longest_first = sorted(self.likely, key=len, reverse=True)
            cleaned = re.sub("|".join(map(re.escape, longest_first)), MASK, cleaned)
        longest = max(map(len, (*spelt, *self.likely)), default=0)
        return cleaned[: max(0, len(cleaned) - 3 * longest)] if is_cut else cleaned
