# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Take secrets out of what others said.

Our own words never hold a secret, and what we send is masked by its position. What a server or a program echoes can
only be found by value, and it may echo a part: any eight characters in a row that are in a secret count, in every way
in which the text can be read. A shorter secret is looked for as a whole. The time is linear in the text, whatever the
number of secrets.

What is to be cut is scrubbed first: less than eight characters, which a cut may leave, are not recognised any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from .doubts import is_doubtful
from .readings import Reading, condensed, halved, lowered, plain, readings
from .spellings import coded, encodings, meanings, mistaken, percent_encoded, spellings

MASK = "********"
# Shorter ones are masked only where they stand alone, else a password "e" would garble every sentence.
SHORT = 6

# So many characters of a secret in a row give it away; in base64 they are six of its octets.
RUN = 8
_SIGNS_OF_CODES = {ord(sign): None for sign in "+/=_-"}
_CODED_TEXT = re.compile(rf"[A-Za-z0-9+/_=-]{{{RUN},}}")
# What a reply begins with: SMTP's codes (RFC 5321 4.2, RFC 2034 4), IMAP's tag and word (RFC 3501 7); else nothing.
_CODES_OF_A_REPLY = re.compile(r"[2-5]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3} )?|\S{1,8} (?:OK|NO|BAD|BYE) |")
# Words of every server and of ours, which tell nothing where a longer secret holds one of them.
_EVERYDAY_WORDS = frozenset(
    ["password", "username", "encryption", "mechanism", "authentication", "authenticate", "credentials", "connection"]
)


def clean(data: bytes) -> str:
    """What a server sent, as printable text on one line: control characters and bad bytes shown as \\x07."""
    text = data.decode("utf-8", "backslashreplace").replace("\t", " ")
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def cut(text: str, limit: int) -> str:
    """The text in at most so many characters, with dots where its end is missing."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


class _Known:
    """What one secret is recognised by.

    `runs` are all runs of eight characters in lower case, by the number of their reading; `words` what is looked for as
    a whole; `pieces` runs of its coded forms, each of which gives a whole coded text away.
    """

    def __init__(self, secret: str) -> None:
        meant = meanings(secret)
        forms = meant | {form for text in meant for form in mistaken(text)}
        codes = frozenset(code for text in meant for code in coded(text))
        self.runs = _condensed_runs(forms) if len(secret) >= RUN else {}
        if self.runs:
            self._add_codes(codes)
        # What is short, or consists of blanks, has no run: it is looked for as a whole.
        short = [text for text in forms if len(secret) < RUN or not _condensed_runs((text,))]
        whole = frozenset(lowered(form) for text in short for form in _written(text))
        self.words = whole | (frozenset() if self.runs else frozenset(map(lowered, codes)))
        #: Each run with whom it is recognised by, for whoever looks for this secret alone.
        self.owners = {number: dict.fromkeys(runs, self) for number, runs in self.runs.items()}
        self.pieces = frozenset(run for code in codes if len(secret) >= SHORT for run in _runs_of(lowered(code)))
        self._whole = frozenset(form for text in forms for form in _written(text)) | (codes if not self.runs else set())
        self._pattern: re.Pattern[str] | None = None

    def _add_codes(self, codes: Iterable[str]) -> None:
        """The runs of codes, which have no blanks, and but a few signs to leave out."""
        small = {lowered(code) for code in codes}
        runs = {run for code in small for run in _runs_of(code)}
        bare = {run for code in small for run in _runs_of(code.translate(_SIGNS_OF_CODES))}
        for number, more in ((0, runs), (1, runs), (2, bare)):
            self.runs[number] = self.runs.get(number, set()) | more

    def whole_in(self, text: str, parts: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Where the whole secret stands around those parts of it."""
        if self._pattern is None:
            longest_first = sorted(self._whole, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
        reach = max(map(len, self._whole))
        for start, end in _merged((start - reach, end + reach) for start, end in parts):
            for match in self._pattern.finditer(text, max(0, start), end):
                yield match.span()


class Scrubber:
    """Replaces what it knows of the secrets that it was given by a mask: every part of them, too.

    With `parts` false only whole ones: in sentences of our own a host that a secret holds as well is still a host.
    """

    def __init__(self, secrets: Iterable[str] = (), *, parts: bool = True) -> None:
        self._masks_parts = parts
        #: Whether whoever speaks was told a secret, and may say it in a way that is not recognised.
        self.is_told = False
        self._given: frozenset[str] = frozenset()
        self._secrets: set[str] = set()
        self._runs: dict[int, dict[str, _Known]] = {}
        self._words: dict[int, set[str]] = {}
        self._pieces: frozenset[str] = frozenset()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Know one more secret."""
        if secret:
            known = _known(secret)
            self._given |= {secret}
            self._secrets.add(lowered(secret))
            for number, owners in known.owners.items():
                # Most endpoints have one secret, which many share.
                self._runs[number] = {**self._runs[number], **owners} if number in self._runs else owners
            self._pieces = self._pieces | known.pieces if self._pieces else known.pieces
            for word in known.words:
                self._words.setdefault(len(word), set()).add(word)

    def add_base64(self, line: str) -> None:
        """Know one more line in base64 that was made from a secret."""
        if len(line) < RUN:
            self.add(line)
        self._pieces |= frozenset(_runs_in(lowered(line), RUN))

    def shown(self, data: bytes, limit: int) -> str:
        """What a server sent as it may be shown: printable, without secrets, in at most so many characters.

        Where a part of one may be left in it, of a reply the codes alone.
        """
        text = clean(data)
        codes = _CODES_OF_A_REPLY.match(text)
        return f"{codes.group()}{MASK}" if codes and self.leaves_doubt(text) else cut(self(text), limit)

    def leaves_doubt(self, text: str) -> bool:
        """Whether a part of a secret may be left in the text of whoever was told one."""
        return self.is_told and _is_doubtful(self._given, self(text))

    @property
    def knows_any(self) -> bool:
        return bool(self._given)

    def hides_in(self, text: str) -> bool:
        """Whether the text holds anything of a secret."""
        return self(text) != text

    def __call__(self, text: str) -> str:
        spans = [] if _holds_nothing(self._given, text) else self._spans_in(text)
        if self._pieces:
            spans += [span for span, runs in _coded_in(text) if not self._pieces.isdisjoint(runs)]
        return _masked(text, spans) if spans else text

    def _spans_in(self, text: str) -> list[tuple[int, int]]:
        return [span for reading in readings(text) for span in self._in_reading(text, reading)]

    def _in_reading(self, text: str, reading: Reading) -> Iterator[tuple[int, int]]:
        if self._runs:
            for number, condensed_reading in (*condensed(reading), *halved(reading)):
                yield from self._parts_in(text, number, condensed_reading)
        if self._words:
            yield from self._words_in(reading)

    def _parts_in(self, text: str, number: int, reading: Reading) -> Iterator[tuple[int, int]]:
        """Where parts of secrets stand, and where the whole one stands around a part."""
        characters, runs = reading.characters, self._runs.get(number, {})
        hits = [place for place, run in enumerate(_runs_in(characters, RUN)) if run in runs]
        parts: dict[_Known, list[tuple[int, int]]] = {}
        for first, last in _merged((place, place + RUN) for place in hits):
            start, end = _without_blanks(text, reading.starts[first], reading.ends[last - 1])
            word = lowered(text[start:end])
            if word not in _EVERYDAY_WORDS or word in self._secrets:
                run = characters[first:][:RUN]
                parts.setdefault(runs[run], []).append((start, end))
        for known, spans in parts.items():
            if self._masks_parts:
                yield from spans
            yield from known.whole_in(text, spans)

    def _words_in(self, reading: Reading) -> Iterator[tuple[int, int]]:
        characters = lowered(reading.characters)
        for length, words in self._words.items():
            for place, word in enumerate(_runs_in(characters, length)):
                end = place + length
                if word in words and (length >= SHORT or _stands_alone(characters, place, end)):
                    yield reading.starts[place], reading.ends[end - 1]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in their order, those that touch or overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _without_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _stands_alone(text: str, start: int, end: int) -> bool:
    beside = text[:start][-1:] + text[end:][:1]
    return not any(sign.isascii() and sign.isalnum() for sign in beside)


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts: list[str] = []
    position = 0
    for start, end in _merged(spans):
        parts += [text[position:start], MASK]
        position = end
    return "".join([*parts, text[position:]])


@lru_cache(maxsize=256)
def _is_doubtful(secrets: frozenset[str], text: str) -> bool:
    """Kept, for a server says the same to each of its clients."""
    long_ones = Scrubber(secret for secret in secrets if len(secret) >= RUN)
    return long_ones.knows_any and is_doubtful(text, long_ones.hides_in)


@lru_cache(maxsize=64)
def _known(secret: str) -> _Known:
    """What a secret is recognised by. Kept, for many endpoints share an account."""
    return _Known(secret)


@lru_cache(maxsize=512)
def _holds_nothing(secrets: frozenset[str], text: str) -> bool:
    """Whether nothing of the secrets is in the text. Kept, for a server says the same to each of its clients."""
    return not secrets or not Scrubber(secrets)._spans_in(text)  # noqa: SLF001 - our own


def _coded_in(text: str) -> Sequence[tuple[tuple[int, int], frozenset[str]]]:
    """Where what may be base64 stands in a text, each with its runs."""
    return _kept_coded_in(text) if len(text) <= _KEPT_LENGTH else _find_coded_in(text)


def _find_coded_in(text: str) -> Sequence[tuple[tuple[int, int], frozenset[str]]]:
    return [(match.span(), frozenset(_runs_in(lowered(match.group()), RUN))) for match in _CODED_TEXT.finditer(text)]


# Kept, as above; what is long is not, for its runs take eight times as much room.
_KEPT_LENGTH = 400
_kept_coded_in = lru_cache(maxsize=256)(_find_coded_in)


def _condensed_runs(texts: Iterable[str]) -> dict[int, set[str]]:
    """The runs of each condensed reading; what is mostly blanks is none, or it would be found in every indentation."""
    runs: dict[int, set[str]] = {}
    for text in texts:
        for number, reading in condensed(plain(text)):
            telling = {run for run in _runs_of(reading.characters) if len("".join(run.split())) > RUN // 2}
            if telling:
                runs.setdefault(number, set()).update(telling)
    return runs


def _written(text: str) -> Iterator[str]:
    """The spellings of a text, and its octets as they are shown and percent-encoded."""
    for spelling in spellings(text):
        yield clean(spelling.encode("utf-8", "surrogatepass"))
        yield spelling
    for octets in encodings(text):
        yield clean(octets)
        yield percent_encoded(octets)


def _runs_of(text: str) -> set[str]:
    return set(_runs_in(text, RUN))


def _runs_in(text: str, length: int) -> list[str]:
    """All runs of that many characters, one for each place where one begins."""
    return [text[start:end] for start, end in enumerate(range(length, len(text) + 1))]
