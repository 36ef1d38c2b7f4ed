# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The macros in SPF's names (RFC 7208, 7): `%{ir}.%{v}._spf.%{d2}` becomes `7.100.51.198.in-addr._spf.example.edu`."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# The longest name of DNS as text (section 7.3); of a longer one the labels on the left go.
LONGEST_NAME = 253
_MACRO = re.compile(r"%(?:([%_-])|\{([slodiphv])(\d*)(r?)([-.+,/_=]*)\})", re.IGNORECASE)
_ESCAPES = {"%": "%", "_": " ", "-": "%20"}


class PermanentError(Exception):
    """The result `permerror`: the record is wrong. The text says how."""


class NotJudged(Exception):
    """The result depends on what cannot be known here. The text says on what."""


@dataclass(frozen=True)
class Names:
    """What macros stand for. `sender` is MAIL FROM's address, `domain` that of the record that is being read."""

    address: Address
    sender: str
    domain: str
    validated: Callable[[], Sequence[str]]

    def value(self, letter: str) -> str:
        """What a letter stands for. Raises NotJudged for `h`."""
        local_part, _at, of_sender = self.sender.rpartition("@")
        if letter == "h":
            raise NotJudged("the verdict depends on the name that the relay says in its HELO (the macro h)")
        if letter == "p":
            return self._name_of_address()
        return {
            "s": self.sender,
            "l": local_part,
            "o": of_sender,
            "d": self.domain,
            "i": _dotted(self.address),
            "v": "in-addr" if self.address.version == 4 else "ip6",
        }[letter]

    def _name_of_address(self) -> str:
        """The domain itself if it is a name of the address, else one below it, else any (section 7.3)."""
        below = f".{self.domain.lower()}"
        by_closeness = sorted(self.validated(), key=lambda name: (f".{name}" != below, not name.endswith(below)))
        return next(iter(by_closeness), "unknown")


def checked(text: str) -> str:
    """The text, all of whose percent signs begin macros. Raises PermanentError."""
    if "%" in _MACRO.sub("", text) or any(macro[3] and int(macro[3]) == 0 for macro in _MACRO.finditer(text)):
        raise PermanentError(f"{text} has a macro that there is not")
    return text


def expanded(text: str, names: Names) -> str:
    """A name with its macros replaced, not longer than a name may be. Raises NotJudged."""
    name = _MACRO.sub(lambda macro: _replacement(macro, names), text)
    while len(name) > LONGEST_NAME and "." in name:
        name = name.partition(".")[2]
    return name


def _replacement(macro: re.Match[str], names: Names) -> str:
    if macro[1]:
        return _ESCAPES[macro[1]]
    labels = re.split(f"[{re.escape(macro[5] or '.')}]", names.value(macro[2].lower()))
    if macro[4]:
        labels.reverse()
    kept = ".".join(labels[-int(macro[3]) :] if macro[3] else labels)
    return quote(kept, safe="") if macro[2].isupper() else kept


def _dotted(address: Address) -> str:
    """An IPv6 address as its 32 digits with dots between."""
    return str(address) if address.version == 4 else ".".join(address.exploded.replace(":", ""))
