# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Questions to DNS with one deadline for all of them, by dnspython, which is optional and imported late."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from ansible_collections.appmail.settings.plugins.module_utils._check.host_names import address_family
from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import Deadline, DeadlineExpired
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

if TYPE_CHECKING:
    from dns.rdata import Rdata
    from dns.rdtypes.txtbase import TXTBase
    from dns.resolver import Resolver

# The longest wait for one answer, in seconds: a name whose servers are silent must not take all of the deadline.
PATIENCE = 5.0


class NameserverError(SentenceError):
    """What was given is no name server; the sentence says how one is written."""


class NotAnswered(Exception):
    """DNS gave no answer, neither a record nor that there is none. The text says why, as the end of a sentence."""


class Lookup(Protocol):
    """Asks for the records of a name; the empty list where there are none. Raises NotAnswered."""

    def __call__(self, name: str, kind: str, /) -> list[str]: ...


@dataclass(frozen=True)
class Nameserver:
    """One name server by its address, for split DNS and for tests."""

    address: str
    port: int = 53


_NAMESERVER = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<address>[0-9.]+(?=:|$)|[0-9A-Fa-f:.]+$))(?::(?P<port>[0-9]{1,5}))?"
)


def nameserver_of(text: str) -> Nameserver:
    """`192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`. Raises NameserverError."""
    read = _NAMESERVER.fullmatch(text)
    address = read and (read["six"] or read["address"])
    port = int(read["port"] or 53) if read else 0
    if not address or address_family(address) is None or not 0 < port < 65536:
        raise NameserverError(f"{text!r} is no name server: write its address, as in 192.0.2.53 or 192.0.2.53:5353")
    return Nameserver(address, port)


def resolver_of(nameserver: Nameserver | None) -> Resolver | None:
    """The controller's own resolver, or one that asks the name server alone; None where dnspython is missing.

    Raises NotAnswered where the controller has no resolver.
    """
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        return None
    try:
        resolver = dns.resolver.Resolver(configure=nameserver is None)
    except dns.exception.DNSException as error:
        raise NotAnswered("the controller has no resolver") from error
    if nameserver is not None:
        resolver.nameservers = [nameserver.address]
        resolver.port = nameserver.port
    return resolver


class Lookups:
    """A `Lookup` that asks each question once, until the deadline."""

    def __init__(self, resolver: Resolver, deadline: Deadline) -> None:
        self._resolver = resolver
        self._deadline = deadline
        self._known: dict[tuple[str, str], list[str] | NotAnswered] = {}

    def __call__(self, name: str, kind: str) -> list[str]:
        question = (name.rstrip(".").lower(), kind)
        if question not in self._known:
            try:
                self._known[question] = sorted(self._ask(*question))
            except NotAnswered as error:
                self._known[question] = error
        answer = self._known[question]
        if isinstance(answer, NotAnswered):
            raise NotAnswered(str(answer))
        return answer

    def _ask(self, name: str, kind: str) -> list[str]:
        import dns.exception
        import dns.name
        import dns.resolver

        try:
            # A dot at its end keeps the controller's search list away.
            asked = dns.name.from_text(f"{name}.")
        except dns.exception.DNSException:
            # RFC 7208, 4.3 and 4.8: a name that cannot be is a name that has nothing.
            return []
        try:
            wait = min(self._deadline.remaining(), PATIENCE)
            answer = self._resolver.resolve(asked, kind, lifetime=wait, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except DeadlineExpired as error:
            raise NotAnswered("the time for all lookups is over") from error
        except (dns.exception.DNSException, OSError) as error:
            raise NotAnswered(f"DNS did not answer for {name} {kind}") from error
        return [_FORMS.get(kind, str)(record) for record in answer]


def _text(record: Rdata) -> str:
    """RFC 7208, 3.3: the strings of a record are joined without spaces; what is no UTF-8 is shown as it is."""
    return b"".join(cast("TXTBase", record).strings).decode("utf-8", "backslashreplace")


_FORMS: dict[str, Callable[[Rdata], str]] = {"TXT": _text}
