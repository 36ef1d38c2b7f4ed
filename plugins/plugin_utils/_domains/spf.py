# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Whether SPF lets an address send for a domain (RFC 7208), with the RFC's limits.

The name that the relay says in its HELO is known to a receiver alone: where a verdict hangs on it (the macro `h`), none
is given.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .lookups import Lookup, NotAnswered
from .macros import Address, Names, PermanentError, checked, expanded

Result = Literal["pass", "fail", "softfail", "neutral", "none", "permerror"]

# RFC 7208, 4.6.4: terms that ask DNS, their lookups that find nothing, and names of one `mx`.
MOST_TERMS, MOST_VOID, MOST_NAMES = 10, 2, 10

_QUALIFIERS: Mapping[str, Result] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


@dataclass(frozen=True)
class Mechanism:
    """One directive; `target` is empty where it is the record's own domain, and prefixes have their default."""

    result: Result
    name: str
    target: str
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    prefixes: tuple[int, int] = (32, 128)


@dataclass(frozen=True)
class Policy:
    """One record as it is read."""

    mechanisms: Sequence[Mechanism]
    redirect: str | None


def spf_records(texts: Sequence[str]) -> list[str]:
    """Those of a domain's TXT records that are SPF's (section 4.5)."""
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


_TERM = re.compile(r"([-+~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?![\w.-])(.*)", re.IGNORECASE)
_MODIFIER = re.compile(r"([A-Za-z][\w.-]*)=(.*)")
_PREFIXES = re.compile(r"(.*?)(?:/(\d+))?(?://(\d+))?")


def read_policy(record: str) -> Policy:
    """A record's terms, all of them, for a wrong one spoils the record wherever it stands. Raises PermanentError."""
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in record.split(" ")[1:]:
        if not term:
            continue
        modifier, mechanism = _MODIFIER.fullmatch(term), _TERM.fullmatch(term)
        if modifier:
            _add_modifier(modifiers, modifier[1].lower(), modifier[2])
        elif mechanism:
            mechanisms.append(_mechanism(term, mechanism[1] or "+", mechanism[2].lower(), mechanism[3]))
        else:
            raise PermanentError(f"{term} is no term of SPF")
    return Policy(mechanisms, modifiers.get("redirect"))


def _add_modifier(modifiers: dict[str, str], name: str, value: str) -> None:
    if name in ("redirect", "exp"):
        if name in modifiers:
            raise PermanentError(f"{name}= stands twice")
        if not value:
            raise PermanentError(f"{name}= names no domain")
        checked(value)
    modifiers[name] = value


def _mechanism(term: str, qualifier: str, name: str, rest: str) -> Mechanism:
    result = _QUALIFIERS[qualifier]
    if name == "all":
        if rest:
            raise PermanentError(f"{term} is no term of SPF")
        return Mechanism(result, name, "")
    if name in ("ip4", "ip6"):
        return Mechanism(result, name, "", _network(term, name, rest))
    target, prefixes = _target(term, name, rest)
    return Mechanism(result, name, target, None, prefixes)


def _network(term: str, name: str, rest: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    kind = ipaddress.IPv4Network if name == "ip4" else ipaddress.IPv6Network
    if not re.fullmatch(r":[0-9A-Fa-f.:]+(/(0|[1-9]\d*))?", rest):
        raise PermanentError(f"{term} is no network")
    try:
        return kind(rest[1:], strict=False)
    except ValueError as error:
        raise PermanentError(f"{term} is no network") from error


def _target(term: str, name: str, rest: str) -> tuple[str, tuple[int, int]]:
    """The domain after the colon, and the prefixes after the slashes, which `a` and `mx` alone may have."""
    read = _PREFIXES.fullmatch(rest) if name in ("a", "mx") else None
    domain, four, six = (read[1], read[2], read[3]) if read else (rest, None, None)
    prefixes = (int(four or 32), int(six or 128))
    named = domain.startswith(":") and len(domain) > 1
    if not (named or (not domain and name in ("a", "mx", "ptr"))) or prefixes[0] > 32 or prefixes[1] > 128:
        raise PermanentError(f"{term} is no term of SPF")
    return checked(domain[1:]), prefixes


@dataclass
class Evaluation:
    """One check of one address: what was looked up counts over all records that it leads to.

    `sender` is the address in MAIL FROM, for the macros that name it.
    """

    address: Address
    lookup: Lookup
    sender: str
    _terms: int = 0
    _void: int = 0
    _matches: Mapping[str, Callable[[Mechanism, str], bool]] = field(init=False)

    def __post_init__(self) -> None:
        self._matches = {
            "all": lambda _term, _domain: True,
            "ip4": self._in_network,
            "ip6": self._in_network,
            "a": self._a,
            "mx": self._mx,
            "exists": self._exists,
            "include": self._include,
            "ptr": self._ptr,
        }

    def result(self, domain: str) -> Result:
        """`check_host` of section 4. Raises PermanentError, NotJudged, NotAnswered."""
        records = spf_records(self.lookup(domain, "TXT"))
        if not records:
            return "none"
        if len(records) > 1:
            raise PermanentError(f"{domain} has {len(records)} SPF records")
        policy = read_policy(records[0])
        for term in policy.mechanisms:
            if self._matches[term.name](term, domain):
                return term.result
        return self._redirected(policy.redirect, domain) if policy.redirect else "neutral"

    def _redirected(self, target: str, domain: str) -> Result:
        self._count()
        result = self.result(self._expanded(target, domain))
        if result == "none":
            raise PermanentError(f"redirect={target} has no SPF record")
        return result

    def _in_network(self, term: Mechanism, _domain: str) -> bool:
        return term.network is not None and self.address in term.network

    def _a(self, term: Mechanism, domain: str) -> bool:
        self._count()
        return self._is_at(self._expanded(term.target, domain), term.prefixes)

    def _mx(self, term: Mechanism, domain: str) -> bool:
        self._count()
        names = [record.split()[-1] for record in self._found(self._expanded(term.target, domain), "MX")]
        if len(names) > MOST_NAMES:
            raise PermanentError(f"mx leads to more than {MOST_NAMES} names")
        return any(self._is_at(name, term.prefixes) for name in names if name != ".")

    def _exists(self, term: Mechanism, domain: str) -> bool:
        self._count()
        return bool(self._found(self._expanded(term.target, domain), "A"))

    def _include(self, term: Mechanism, domain: str) -> bool:
        self._count()
        result = self.result(self._expanded(term.target, domain))
        if result == "none":
            raise PermanentError(f"include:{term.target} has no SPF record")
        return result == "pass"

    def _ptr(self, term: Mechanism, domain: str) -> bool:
        """Section 5.5: a name of the address, which leads back to it, is the domain or lies below it."""
        self._count()
        target = self._expanded(term.target, domain).lower()
        return any(f".{name}".endswith(f".{target}") for name in self._validated_names())

    def _validated_names(self) -> list[str]:
        """The names of the address that lead back to it; what DNS does not answer counts as nothing."""
        try:
            names = [name.rstrip(".").lower() for name in self._found(self.address.reverse_pointer, "PTR")]
        except NotAnswered:
            return []
        return [name for name in names[:MOST_NAMES] if self._leads_back(name)]

    def _leads_back(self, name: str) -> bool:
        try:
            found = self.lookup(name, "A" if self.address.version == 4 else "AAAA")
        except NotAnswered:
            return False
        return any(ipaddress.ip_address(address) == self.address for address in found)

    def _expanded(self, target: str, domain: str) -> str:
        """What a term names; the record's own domain where it names nothing."""
        return expanded(target, Names(self.address, self.sender, domain, self._validated_names)) if target else domain

    def _is_at(self, name: str, prefixes: tuple[int, int]) -> bool:
        four = self.address.version == 4
        found = self._found(name, "A" if four else "AAAA")
        prefix = prefixes[0 if four else 1]
        return any(self.address in ipaddress.ip_network(f"{address}/{prefix}", strict=False) for address in found)

    def _found(self, name: str, kind: str) -> list[str]:
        records = self.lookup(name, kind)
        self._void += not records
        if self._void > MOST_VOID:
            raise PermanentError(f"more than {MOST_VOID} lookups find nothing")
        return records

    def _count(self) -> None:
        self._terms += 1
        if self._terms > MOST_TERMS:
            raise PermanentError(f"more than {MOST_TERMS} terms ask DNS")
