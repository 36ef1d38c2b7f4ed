# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How thousands of services greet, by nmap's own knowledge of them (Debian's nmap-common).

nmap knows a service by a pattern of what it says first; a text that the pattern fits is a greeting of that service.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

PROBES = Path("/usr/share/nmap/nmap-service-probes")
_MATCH = re.compile(r"(?:soft)?match (\S+) m(.)(.*?)\2([is]*)(?: |\Z)")
# Of what a pattern leaves open, so much is filled in.
_REPEAT = 3


@dataclass(frozen=True)
class Banner:
    """What one service says first."""

    service: str
    greeting: bytes
    line: int


def banners(path: Path = PROBES) -> Iterator[Banner]:
    """A greeting of every service that speaks first (the probe that sends nothing), whose pattern can be filled in."""
    text = path.read_text(encoding="latin-1")
    listening = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("Probe "):
            listening = line.startswith("Probe TCP NULL ")
        match = _MATCH.match(line) if listening else None
        if match is not None:
            greeting = sample(match.group(3), match.group(4))
            if greeting:
                yield Banner(match.group(1), _ended(greeting), number)


def _ended(greeting: bytes) -> bytes:
    """The greeting up to its end: nmap looks at the first line, and 220- has more."""
    ended = greeting if greeting.endswith(b"\n") else greeting + b"\r\n"
    last = ended.rstrip(b"\r\n").rpartition(b"\n")[2]
    continued = re.match(rb"(\d\d\d)-", last)
    return ended + continued.group(1) + b" ready\r\n" if continued else ended


def sample(pattern: str, flags: str) -> bytes | None:
    """A text that a pattern fits; None if the pattern is beyond us, or the text does not fit it after all."""
    octets = pattern.encode("latin-1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compiled = re.compile(octets, (re.IGNORECASE if "i" in flags else 0) | (re.DOTALL if "s" in flags else 0))
            text = _Filler().fill(_parsed(octets))
        except (re.error, NotImplementedError, OverflowError):
            return None
    return text if compiled.search(text) else None


def _parsed(octets: bytes) -> object:
    try:
        parser = import_module("re._parser")  # Python 3.11
    except ImportError:
        parser = import_module("sre_parse")
    parsed: object = parser.parse(octets)
    return parsed


class _Filler:
    """Fills in a parsed pattern: the first alternative, the fewest repeats, a blank for what may be anything."""

    def __init__(self) -> None:
        self._groups: dict[int, bytes] = {}

    def fill(self, parsed: object) -> bytes:
        return b"".join(self._part(str(kind), value) for kind, value in parsed)  # type: ignore[attr-defined]

    def _part(self, kind: str, value: object) -> bytes:
        method = getattr(self, f"_{kind.lower()}", None)
        if method is None:
            raise NotImplementedError(kind)
        filled = method(value)
        assert isinstance(filled, bytes)
        return filled

    def _literal(self, value: int) -> bytes:
        return bytes([value])

    def _not_literal(self, value: int) -> bytes:
        return b"a" if value != ord("a") else b"b"

    def _any(self, _value: object) -> bytes:
        return b" "

    def _at(self, _value: object) -> bytes:
        return b""

    def _in(self, value: list[tuple[object, object]]) -> bytes:
        negated = str(value[0][0]) == "NEGATE"
        items = value[1:] if negated else value
        for candidate in b"a1.A- Zz0/:_\r\n\0" + bytes(range(256)):
            if any(_holds(str(kind), item, candidate) for kind, item in items) is not negated:
                return bytes([candidate])
        raise NotImplementedError("an empty set")

    def _max_repeat(self, value: tuple[int, int, object]) -> bytes:
        low, high, parsed = value
        return self.fill(parsed) * min(max(low, 1), int(high), max(low, _REPEAT))

    _min_repeat = _max_repeat
    _possessive_repeat = _max_repeat

    def _subpattern(self, value: tuple[int | None, int, int, object]) -> bytes:
        group, parsed = value[0], value[-1]
        filled = self.fill(parsed)
        if group is not None:
            self._groups[group] = filled
        return filled

    def _branch(self, value: tuple[object, list[object]]) -> bytes:
        return self.fill(value[1][0])

    def _groupref(self, value: int) -> bytes:
        return self._groups.get(value, b"")

    def _assert(self, value: object) -> bytes:  # noqa: ARG002  # whether it holds shows when the text is tried
        return b""

    _assert_not = _assert


def _holds(kind: str, item: object, candidate: int) -> bool:
    if kind == "LITERAL":
        return item == candidate
    if kind == "RANGE":
        low, high = item  # type: ignore[misc]
        return bool(low <= candidate <= high)  # type: ignore[has-type]
    category = {"DIGIT": rb"\d", "SPACE": rb"\s", "WORD": rb"\w"}
    name = str(item).replace("CATEGORY_", "")
    negated = name.startswith("NOT_")
    return (re.match(category[name.replace("NOT_", "")], bytes([candidate])) is not None) is not negated
