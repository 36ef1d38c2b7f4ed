# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the record says of sender domains, by a DNS server of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._domains.lookups import NameserverError, nameserver_of
from ansible_collections.appmail.settings.plugins.plugin_utils._domains.sender_domains import look_up, senders_of
from ansible_collections.appmail.settings.plugins.plugin_utils._record.merging import merged_observed
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import Intended, Observed, SenderDomains

pytest.importorskip("dns", reason="dnspython is not installed")

from tests.servers.dns_server import DnsServer, Zone

TIME = "2026-11-28T06:15:00Z"


def row(setting: str, value: str | None, *hosts: str, application: str | None = None) -> dict[str, Any]:
    secret = {"kind": "vaulted", "variable": "vault_it"} if value is None else None
    return {"setting": setting, "value": value, "hosts": list(hosts), "application": application, "secret": secret}


def intended(*rows: Mapping[str, Any]) -> list[Intended]:
    return [cast("Intended", {"values": list(rows)})]


def seen(zone: Zone, *rows: Mapping[str, Any], seconds: float = 20) -> SenderDomains:
    with DnsServer(zone) as server:
        return look_up(intended(*rows), nameserver_of(server.address), seconds)


def example(zone: Zone, *, domain: str = "example.edu", relay: str = "relay.example.edu") -> Mapping[str, Any]:
    rows = row("sender.address", f"noreply@{domain}", "app1"), row("smtp.host", relay, "app1")
    (made,) = seen(zone, *rows)["domains"]
    return made


STS, DMARC = "v=STSv1; id=20261128", "v=DMARC1; p=reject; rua=mailto:a@example.edu"

# name: (part, what DNS holds, status, text)
RECORDS: dict[str, tuple[str, Zone, str, str]] = {
    "spf": ("spf", {("example.edu", "TXT"): ['"other"', '"v=spf1 -all"']}, "there", "v=spf1 -all"),
    "no spf": ("spf", {("example.edu", "TXT"): ['"other"']}, "missing", "no SPF record"),
    "two of spf": (
        "spf",
        {("example.edu", "TXT"): ['"v=spf1 -all"', '"v=spf1 ~all"']},
        "faulty",
        "2 SPF records, so that none counts",
    ),
    "a wrong spf": ("spf", {("example.edu", "TXT"): ['"v=spf1 al"']}, "faulty", "al is no term of SPF: v=spf1 al"),
    "dmarc": ("dmarc", {("_dmarc.example.edu", "TXT"): [f'"{DMARC}"']}, "there", DMARC),
    "no dmarc": ("dmarc", {}, "missing", "no DMARC record"),
    "a top-level domain is not asked": ("dmarc", {("_dmarc.edu", "TXT"): [f'"{DMARC}"']}, "missing", "no DMARC record"),
    "dmarc that sets no policy": (
        "dmarc",
        {("_dmarc.example.edu", "TXT"): ['"v=DMARC1; sp=none"']},
        "faulty",
        "it says no policy: v=DMARC1; sp=none",
    ),
    "two of dmarc": (
        "dmarc",
        {("_dmarc.example.edu", "TXT"): [f'"{DMARC}"', '"v=DMARC1; p=none"']},
        "faulty",
        "2 DMARC records, so that none counts",
    ),
    "mx by preference": (
        "mx",
        {("example.edu", "MX"): ["100 b.example.edu.", "20 a.example.edu."]},
        "there",
        "20 a.example.edu, 100 b.example.edu",
    ),
    "no mx": ("mx", {("example.edu", "A"): ["192.0.2.1"]}, "missing", "no MX record"),
    "a null mx": (
        "mx",
        {("example.edu", "MX"): ["0 ."]},
        "missing",
        "a null MX (RFC 7505): the domain takes no mail, so no answer and no bounce arrives",
    ),
    "mta-sts": ("mta_sts", {("_mta-sts.example.edu", "TXT"): [f'"{STS}"']}, "there", STS),
    "no mta-sts": ("mta_sts", {("_mta-sts.example.edu", "TXT"): ['"other"']}, "missing", "no MTA-STS record"),
    "mta-sts without an id": (
        "mta_sts",
        {("_mta-sts.example.edu", "TXT"): ['"v=STSv1;"']},
        "faulty",
        "it has no id: v=STSv1;",
    ),
}


@pytest.mark.parametrize(("part", "zone", "status", "text"), RECORDS.values(), ids=list(RECORDS))
def test_a_record(part: str, zone: Zone, status: str, text: str) -> None:
    assert example(zone)[part] == {"status": status, "text": text}


def test_the_dmarc_record_of_a_domain_above_is_named() -> None:
    made = example({("_dmarc.example.edu", "TXT"): [f'"{DMARC}"']}, domain="mail.lab.example.edu")
    assert made["dmarc"] == {"status": "there", "text": f"{DMARC} (of example.edu)"}


SPF = {("example.edu", "TXT"): ['"v=spf1 ip4:198.51.100.7 ip6:2001:db8::7 ~all"']}

# name: (relay, its addresses, status, text)
RELAYS: dict[str, tuple[str, Zone, str, str]] = {
    "allowed": ("relay.example.edu", {("relay.example.edu", "A"): ["198.51.100.7"]}, "pass", "198.51.100.7 pass"),
    "one of two is not": (
        "relay.example.edu",
        {("relay.example.edu", "A"): ["198.51.100.7"], ("relay.example.edu", "AAAA"): ["2001:db8::8"]},
        "softfail",
        "198.51.100.7 pass, 2001:db8::8 softfail",
    ),
    "an address": ("[2001:db8::7]", {}, "pass", "2001:db8::7 pass"),
    "an address inside": ("10.0.0.7", {}, "not judged", "10.0.0.7 not judged (an address that nobody outside sees)"),
    "loopback": ("::1", {}, "not judged", "::1 not judged (an address that nobody outside sees)"),
    "without an address": ("gone.example.edu", {}, "not judged", "gone.example.edu has no address in DNS"),
    "no answer": (
        "broken.example.edu",
        {},
        "not judged",
        "DNS did not answer for broken.example.edu A",
    ),
}


@pytest.mark.parametrize(("relay", "zone", "status", "text"), RELAYS.values(), ids=list(RELAYS))
def test_the_relay(relay: str, zone: Zone, status: str, text: str) -> None:
    assert example({**SPF, **zone}, relay=relay)["allowed"] == {"status": status, "text": text}


def test_a_wrong_record_allows_nobody() -> None:
    made = example({("example.edu", "TXT"): ['"v=spf1 al"']}, relay="198.51.100.7")
    assert made["allowed"] == {"status": "permerror", "text": "198.51.100.7 permerror (al is no term of SPF)"}


def test_a_verdict_that_hangs_on_the_helo_name_is_not_judged() -> None:
    made = example({("example.edu", "TXT"): ['"v=spf1 exists:%{h}.example.edu -all"']}, relay="198.51.100.7")
    reason = "the verdict depends on the name that the relay says in its HELO (the macro h)"
    assert made["allowed"] == {"status": "not judged", "text": f"198.51.100.7 not judged ({reason})"}


def test_a_record_that_asks_who_sends_is_read_for_each_sender() -> None:
    zone = {
        ("example.edu", "TXT"): ['"v=spf1 exists:%{l}._users.%{d} -all"'],
        ("good._users.example.edu", "A"): ["127.0.0.2"],
    }
    made = seen(
        zone,
        row("sender.address", "good@example.edu", "app1"),
        row("sender.address", "other@Example.edu", "app2"),
        row("smtp.host", "198.51.100.7", "app1", "app2"),
    )["domains"]
    assert [(row["hosts"], row["allowed"]) for row in made] == [
        (
            ["app1", "app2"],
            {
                "status": "fail",
                "text": "198.51.100.7 pass for good@example.edu, 198.51.100.7 fail for other@Example.edu",
            },
        )
    ]


@pytest.mark.parametrize("domain", ["broken.example.edu", "[198.51.100.7]", "x..example.edu"])
def test_what_cannot_be_asked_is_not_judged(domain: str) -> None:
    made = example({}, domain=domain)
    assert {made[part]["status"] for part in ("spf", "mx", "allowed")} == {"not judged"}


def test_a_domain_of_other_letters_is_asked_by_its_a_label() -> None:
    made = example({("xn--fa-hia.example", "TXT"): ['"v=spf1 -all"']}, domain="faß.example")
    assert (made["domain"], made["spf"]["status"]) == ("faß.example", "there")


def test_after_the_deadline_all_is_not_judged() -> None:
    rows = row("sender.address", "noreply@example.edu", "app1"), row("smtp.host", "relay.example.edu", "app1")
    (made,) = seen(SPF, *rows, seconds=0)["domains"]
    assert {made[part]["text"] for part in ("spf", "dmarc", "mx", "mta_sts", "allowed")} == {  # type: ignore[literal-required]
        "the time for all lookups is over"
    }


def test_senders_are_pairs_of_domain_and_relay_with_their_hosts() -> None:
    parts = intended(
        row("sender.address", "a@Example.edu", "app2", "app1"),
        row("smtp.host", "relay.example.edu", "app1", "app2"),
        row("smtp.host", "other.example.edu", "app2", application="postfix"),
        row("sender.address", None, "app3"),
        row("smtp.host", "relay.example.edu", "app4"),
    )
    senders, secret = senders_of(parts)
    assert [(sender.domain, sender.relay, sender.hosts) for sender in senders] == [
        ("example.edu", "other.example.edu", ("app2",)),
        ("example.edu", "relay.example.edu", ("app1", "app2")),
    ]
    assert secret == ["app3"]


NOTES: dict[str, tuple[Sequence[Mapping[str, Any]], str]] = {
    "no sender": ([], "No host has a sender's address, so no domain was looked up"),
    "a secret": (
        [row("sender.address", None, "app3")],
        "The sender's address is a secret on app3, so nothing was looked up for it",
    ),
}


@pytest.mark.parametrize(("rows", "note"), NOTES.values(), ids=list(NOTES))
def test_what_was_not_looked_up_is_said(rows: Sequence[Mapping[str, Any]], note: str) -> None:
    assert seen({}, *rows) == {"domains": [], "domains_note": note}


def test_a_relay_that_is_a_secret_is_not_named() -> None:
    rows = row("sender.address", "a@example.edu", "app1"), row("smtp.host", None, "app1")
    (made,) = seen(SPF, *rows)["domains"]
    assert made["relay"] is None
    assert made["allowed"] == {"status": "not judged", "text": "no setting names a relay, or it is a secret"}


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("192.0.2.53", "192.0.2.53", 53),
        ("192.0.2.53:5353", "192.0.2.53", 5353),
        ("2001:db8::53", "2001:db8::53", 53),
        ("[2001:db8::53]:5353", "2001:db8::53", 5353),
    ],
)
def test_a_name_server(text: str, address: str, port: int) -> None:
    made = nameserver_of(text)
    assert (made.address, made.port) == (address, port)


@pytest.mark.parametrize("text", ["ns.example.edu", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:65536", "[::1", ""])
def test_no_name_server(text: str) -> None:
    with pytest.raises(NameserverError, match="is no name server: write its address"):
        nameserver_of(text)


def observed(**more: object) -> Observed:
    made: dict[str, object] = {"as_of": "2026-11-28", "stale_after_days": 30, "checks": [], "applies": [], **more}
    return cast("Observed", made)


def test_the_last_look_counts_and_hosts_are_joined() -> None:
    old = {"domain": "example.edu", "relay": "r", "hosts": ["b"], "time": "2026-11-27T00:00:00Z", "spf": "old"}
    new = {**old, "hosts": ["a"], "time": TIME, "spf": "new"}
    parts = [observed(domains=[new]), observed(domains=[old], domains_note="half")]
    assert merged_observed([*parts, observed()]) == observed(
        domains=[{**new, "hosts": ["a", "b"]}], domains_note="half"
    )
    assert merged_observed(parts) == merged_observed(parts[::-1])


def test_a_record_that_asked_for_none_has_no_such_part() -> None:
    assert "domains" not in merged_observed([observed()])
