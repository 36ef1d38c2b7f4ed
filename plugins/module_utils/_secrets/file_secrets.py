# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What in a file is secret, and how a text is cleaned of it.

Of what we render, the secret parts are known exactly: the renderer gives each file twice, as it is and masked. Of what
was there before, nothing is known, so a text is judged by its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .doubts import is_turned
from .scrubber import MASK, RUN, Scrubber

_SAYS_SECRET = re.compile(r"pass|pwd|\bpw\b|secret|token|key|cred|private|bearer|login", re.IGNORECASE)
# user:password@host, or a user who is an address: user@host:password.
_LOGIN_IN_ADDRESS = re.compile(r":\S*@|@[^\s:@]+:\S+")
# A long run of letters and digits, such as a key.
_LONG_RUN = re.compile(r"(?=[A-Za-z0-9+/_=-]*[0-9])(?=[A-Za-z0-9+/_=-]*[A-Za-z])[A-Za-z0-9+/_=-]{24,}")
# Long enough, and of letters and digits or signs together.
_SHAPE = re.compile(r"(?=.*[A-Za-z])(?=.*[^A-Za-z_.-]).{8,}")
# What is no secret wherever it stands: a path, a host or the name of a file, and words as settings are named.
_NO_SECRET = re.compile(
    r"(?:/[a-z0-9._-]*)+|[A-Za-z0-9-]*[a-z](?:\.[A-Za-z0-9-]*[a-z])+|[a-z]+(?:_[a-z]+)+|[a-z-]+/[a-z_-]+"
)
_COMMENT = re.compile(r"\s*(?:[#;!]|//|--)")
_WORD = re.compile(r"[^\s\"'`,;()\[\]{}<>|=:@]+")

# What stands in every file and in every sentence: to mask it would hide what is said, and no secret.
_EVERYWHERE = re.compile(r"[0-9]{1,3}|true|false|null|yes|no|on|off", re.IGNORECASE)

# A line longer than this holds more than can be judged, and takes long to search.
_LONG = 1000

# A secret shorter than this is only looked for as a word of its own, for one letter is found everywhere.
_SHORT = 4


def is_sensitive(line: str) -> bool:
    """Whether a line of unknown origin says by one of its words that it may hold a secret."""
    return len(line) > _LONG or any(sign.search(line) for sign in (_SAYS_SECRET, _LOGIN_IN_ADDRESS, _LONG_RUN))


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
    return frozenset(part for part in parts if part.strip() and not _EVERYWHERE.fullmatch(part.strip()))


def _hidden_in_line(line: str, mask: str) -> Iterable[str]:
    pattern = "(.*)".join(re.escape(part) for part in mask.split(MASK))
    match = re.fullmatch(pattern, line, re.DOTALL)
    return match.groups() if match else (line,)


def likely_secrets(text: str) -> frozenset[str]:
    """The values in an unknown text that may be secrets: by where they stand, or by their length and shape.

    Behind a word that says so (`password hunter2`) every value counts, but for what is a path, a key or a host; in a
    comment, and elsewhere on such a line, only what has a secret's shape.
    """
    return frozenset(
        word
        for line in text.splitlines()
        if is_sensitive(line)
        for word, is_value in _placed_words(line)
        if len(word) >= _SHORT and (is_value or _SHAPE.fullmatch(word)) and not _NO_SECRET.fullmatch(word)
    )


def values(text: str) -> frozenset[str]:
    """The words of a text of ours that are values: all but the first of each line, which is its key."""
    return frozenset(word for line in text.splitlines() for word in words(line)[1:] if len(word) >= _SHORT)


def _placed_words(line: str) -> Iterator[tuple[str, bool]]:
    """The words of a line, and whether each stands where a secret is wanted."""
    is_comment = _COMMENT.match(line) is not None
    is_wanted = len(line) > _LONG
    logins = [] if is_wanted else [match.span() for match in _LOGIN_IN_ADDRESS.finditer(line)]
    for match in _WORD.finditer(line):
        is_login = any(start <= match.start() < end for start, end in logins)
        yield match.group(), (is_wanted or is_login) and not is_comment
        is_wanted = is_wanted or _SAYS_SECRET.search(match.group()) is not None


def words(text: str) -> list[str]:
    """The words of a line of configuration: what blanks, quotes, brackets and separators leave."""
    return _WORD.findall(text)


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

        `is_cut` says that the text's end is missing: of a secret that was cut in two there too little may be left to
        be recognised, so as much is left out behind the last mask as that can be, six characters for one.
        """
        # A program may name the one word of a passphrase at which it stumbled.
        known = self.known | {word for secret in self.known for word in secret.split() if len(word) >= _SHORT}
        cleaned = Scrubber(secret for secret in known if secret.strip())(_CONTROL.sub("", text))
        # A line that holds a part of a long one in some other way is left out as a whole.
        long_ones = Scrubber(secret for secret in known if len(secret.strip()) >= RUN)
        if long_ones.knows_any:
            lines = cleaned.split("\n")
            cleaned = "\n".join(MASK if is_turned(line, long_ones.hides_in) else line for line in lines)
        if self.likely:
            cleaned = _WORD.sub(self._masked_word, cleaned)
        if not is_cut:
            return cleaned
        before, mask, tail = cleaned.rpartition(MASK)
        unknown = max((*(min(len(secret), RUN) for secret in known), *map(len, self.likely)), default=0)
        return before + mask + tail[: max(0, len(tail) - 6 * unknown)]

    def _masked_word(self, word: re.Match[str]) -> str:
        bare = word.group().rstrip(".!?")
        return word.group().replace(bare, MASK, 1) if bare in self.likely else word.group()
