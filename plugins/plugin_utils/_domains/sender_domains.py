# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What DNS says of the domains that settings send from: SPF, DMARC, MX, MTA-STS, and whether SPF allows the relay."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import iso_time
from ansible_collections.appmail.settings.plugins.module_utils._check.host_names import (
    InvalidName,
    address_family,
    ascii_host,
    unbracketed,
)
from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import Deadline
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import (
    DomainRow,
    DomainVerdict,
    Intended,
    SenderDomains,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted, shortened

from .lookups import Lookup, Lookups, Nameserver, NotAnswered, resolver_of
from .macros import Address, NotJudged, PermanentError
from .spf import Evaluation, read_policy, spf_records

# From what wants most attention to what wants none: of a relay's addresses the first is the relay's.
_ORDER = ("permerror", "fail", "softfail", "neutral", "none", "not judged", "pass")

# Addresses that no receiver outside sees: another one is the relay's there.
_INSIDE = [
    ipaddress.ip_network(network) for network in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
] + [ipaddress.ip_network("fc00::/7")]


NO_LIBRARY = "dnspython is not installed on the controller (pip install dnspython)"


class NotChecked(Exception):
    """Nothing could be asked at all. The text says so."""


@dataclass(frozen=True)
class Sender:
    """A domain that hosts send from by a relay, with the addresses; the relay is None where no setting names one."""

    domain: str
    relay: str | None
    hosts: tuple[str, ...]
    addresses: tuple[str, ...]


def senders_of(parts: Sequence[Intended]) -> tuple[list[Sender], list[str]]:
    """The senders, sorted, and the hosts whose sender's address is a secret, which nothing is looked up of."""
    hosts: dict[tuple[str, str | None], set[str]] = {}
    addresses: dict[tuple[str, str | None], set[str]] = {}
    secret: set[str] = set()
    for host, settings in (pair for part in parts for pair in _mail_settings(part)):
        address, relay = settings.get("sender.address", ""), settings.get("smtp.host")
        domain = address.rpartition("@")[2] if address else ""
        if address and domain:
            hosts.setdefault((domain.lower(), relay), set()).add(host)
            addresses.setdefault((domain.lower(), relay), set()).add(address)
        elif address is None:
            secret.add(host)
    made = [Sender(*pair, tuple(sorted(names)), tuple(sorted(addresses[pair]))) for pair, names in hosts.items()]
    return sorted(made, key=lambda sender: (sender.domain, sender.relay or "")), sorted(secret)


def _mail_settings(intended: Intended) -> Iterator[tuple[str, dict[str, str | None]]]:
    """(host, its settings) for what is common, and for each application that has its own; None is a secret's value."""
    written: dict[str, dict[str | None, dict[str, str | None]]] = {}
    for row in intended["values"]:
        if row["setting"] in ("sender.address", "smtp.host") and (row["secret"] or row["value"]):
            for host in row["hosts"]:
                own = written.setdefault(host, {}).setdefault(row["application"], {})
                own[row["setting"]] = None if row["secret"] else str(row["value"])
    for host, by_application in written.items():
        common = by_application.pop(None, {})
        yield host, common
        yield from ((host, {**common, **own}) for own in by_application.values())


def look_up(parts: Sequence[Intended], nameserver: Nameserver | None, timeout: float) -> SenderDomains:
    """What DNS says of the sender domains of a record's parts within some seconds; nothing is raised."""
    senders, secret = senders_of(parts)
    try:
        resolver = resolver_of(nameserver)
        missing = None if resolver else NO_LIBRARY
    except NotAnswered as error:
        resolver, missing = None, str(error)
    lookup: Lookup = _not_asked
    if resolver:
        lookup = Lookups(resolver, Deadline(timeout))
    rows = domain_rows(senders, lookup, iso_time(time.time()))
    note = note_of(senders, secret, missing)
    return {"domains": rows, "domains_note": note} if note else {"domains": rows}


def _not_asked(_name: str, _kind: str) -> list[str]:
    """A `Lookup` that asks nobody."""
    raise NotChecked("nothing was looked up")


def domain_rows(senders: Sequence[Sender], lookup: Lookup, now: str) -> list[DomainRow]:
    """A row for each sender; what cannot be said is `not judged`, with the reason, and what was not asked for `not
    checked`. `now` is as in `iso_time`."""
    return [
        {
            "domain": sender.domain,
            "relay": sender.relay,
            "hosts": list(sender.hosts),
            "time": now,
            "spf": _judged(partial(_spf, lookup=lookup), sender.domain),
            "dmarc": _judged(partial(_dmarc, lookup=lookup), sender.domain),
            "mx": _judged(partial(_mx, lookup=lookup), sender.domain),
            "mta_sts": _judged(partial(_mta_sts, lookup=lookup), sender.domain),
            "allowed": _judged(partial(_allowed, sender=sender, lookup=lookup), sender.domain),
        }
        for sender in senders
    ]


def note_of(senders: Sequence[Sender], secret: Sequence[str], missing: str | None) -> str | None:
    """Why less was looked up than was asked for, as a sentence; None where all of it was."""
    parts = [f"The sender domains were not looked up: {missing}"] if missing else []
    if secret:
        parts.append(f"The sender's address is a secret on {shortened(secret)}, so nothing was looked up for it")
    if not senders and not secret:
        parts.append("No host has a sender's address, so no domain was looked up")
    return ". ".join(parts) or None


def _verdict(status: str, text: str) -> DomainVerdict:
    return {"status": status, "text": text}


def _judged(judge: Callable[[str], DomainVerdict], domain: str) -> DomainVerdict:
    if domain.startswith("["):
        return _verdict("not judged", f"{domain} is an address, and no domain")
    try:
        return judge(ascii_host(domain))
    except NotChecked as error:
        return _verdict("not checked", str(error))
    except (NotAnswered, NotJudged, InvalidName) as error:
        return _verdict("not judged", str(error))


def _spf(domain: str, lookup: Lookup) -> DomainVerdict:
    records = spf_records(lookup(domain, "TXT"))
    if len(records) != 1:
        return _several(records, "SPF")
    try:
        read_policy(records[0])
    except PermanentError as error:
        return _verdict("faulty", f"{error}: {records[0]}")
    return _verdict("there", records[0])


def _several(records: Sequence[str], name: str) -> DomainVerdict:
    """What is said where there is not exactly one record."""
    if records:
        return _verdict("faulty", f"{counted(len(records), f'{name} record')}, so that none counts")
    return _verdict("missing", f"no {name} record")


_DMARC = re.compile(r"v\s*=\s*DMARC1\s*(;|$)")
_POLICY = re.compile(r";\s*p\s*=\s*(none|quarantine|reject)\s*(;|$)", re.IGNORECASE)


def _dmarc(domain: str, lookup: Lookup) -> DomainVerdict:
    """The record of the domain, or of the nearest domain above that has one; a top-level domain is not asked."""
    labels = domain.split(".")
    for first in range(max(1, len(labels) - 1)):
        name = ".".join(labels[first:])
        records = [text for text in lookup(f"_dmarc.{name}", "TXT") if _DMARC.match(text)]
        if not records:
            continue
        above = f" (of {name})" if first else ""
        if len(records) > 1:
            return _several(records, "DMARC")
        if not _POLICY.search(records[0]):
            return _verdict("faulty", f"it says no policy: {records[0]}{above}")
        return _verdict("there", f"{records[0]}{above}")
    return _several([], "DMARC")


def _mx(domain: str, lookup: Lookup) -> DomainVerdict:
    records = lookup(domain, "MX")
    if any(record.split()[-1] == "." for record in records):
        return _verdict("missing", "a null MX (RFC 7505): the domain takes no mail, so no answer and no bounce arrives")
    by_preference = sorted(records, key=lambda record: (int(record.split()[0]), record))
    return (
        _verdict("there", ", ".join(record.rstrip(".") for record in by_preference)) if records else _several([], "MX")
    )


_STS_ID = re.compile(r";\s*id\s*=\s*[A-Za-z0-9]{1,32}\s*(;|$)")


def _mta_sts(domain: str, lookup: Lookup) -> DomainVerdict:
    """RFC 8461, 3.1. The policy itself, which lies on a web server, is not asked for."""
    records = [text for text in lookup(f"_mta-sts.{domain}", "TXT") if re.match(r"v=STSv1\s*;", text)]
    if len(records) != 1:
        return _several(records, "MTA-STS")
    if not _STS_ID.search(records[0]):
        return _verdict("faulty", f"it has no id: {records[0]}")
    return _verdict("there", records[0])


def _allowed(_domain: str, sender: Sender, lookup: Lookup) -> DomainVerdict:
    """What SPF says of each address of the relay; the worst of it is the status."""
    if sender.relay is None:
        raise NotJudged("no setting names a relay, or it is a secret")
    results = [result for address in _addresses(sender.relay, lookup) for result in _results(address, sender, lookup)]
    if not results:
        raise NotJudged(f"{sender.relay} has no address in DNS")
    worst = min((status for status, _text in results), key=_ORDER.index)
    return _verdict(worst, ", ".join(text for _status, text in results))


def _addresses(relay: str, lookup: Lookup) -> list[Address]:
    if address_family(relay) is not None:
        return [ipaddress.ip_address(unbracketed(relay).partition("%")[0])]
    name = ascii_host(relay)
    return [ipaddress.ip_address(address) for kind in ("A", "AAAA") for address in lookup(name, kind)]


def _results(address: Address, sender: Sender, lookup: Lookup) -> list[tuple[str, str]]:
    """(status, sentence): one where all senders are told the same, for a record can ask for the one who sends."""
    told = {mail_from: _result(address, mail_from, lookup) for mail_from in sender.addresses}
    if len(set(told.values())) == 1:
        return list(set(told.values()))
    return [(status, f"{text} for {mail_from}") for mail_from, (status, text) in told.items()]


def _result(address: Address, mail_from: str, lookup: Lookup) -> tuple[str, str]:
    """(status, the address with it and why)."""
    if _is_inside(address):
        return "not judged", f"{address} not judged (an address that nobody outside sees)"
    local_part, _at, domain = mail_from.rpartition("@")
    domain = ascii_host(domain.lower())
    try:
        status: str = Evaluation(address, lookup, f"{local_part}@{domain}").result(domain)
    except PermanentError as error:
        return "permerror", f"{address} permerror ({error})"
    except (NotJudged, NotAnswered) as error:
        return "not judged", f"{address} not judged ({error})"
    return status, f"{address} {status}"


def _is_inside(address: Address) -> bool:
    return address.is_loopback or address.is_link_local or any(address in network for network in _INSIDE)
