# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SPF's verdict on an address, by records that a DNS server of our own serves (RFC 7208)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import Deadline
from ansible_collections.appmail.settings.plugins.plugin_utils._domains.lookups import (
    Lookups,
    NotAnswered,
    nameserver_of,
    resolver_of,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._domains.macros import NotJudged, PermanentError
from ansible_collections.appmail.settings.plugins.plugin_utils._domains.spf import Evaluation, read_policy

pytest.importorskip("dns", reason="dnspython is not installed")

from tests.servers.dns_server import DnsServer

SENDER = "Strong-Bad@example.edu"
SENDS, OTHER, SIX = "198.51.100.7", "198.51.100.200", "2001:db8::7"

# What is there beside a case's own record of example.edu.
ZONE = {
    ("example.edu", "A"): [SENDS],
    ("example.edu", "AAAA"): [SIX],
    ("example.edu", "MX"): ["10 mx.example.edu.", "20 mx2.example.edu."],
    ("mx.example.edu", "A"): ["198.51.100.25"],
    ("mx2.example.edu", "A"): [SENDS],
    ("far.example.edu", "A"): ["198.51.100.129"],
    ("_good.example.edu", "TXT"): [f'"v=spf1 ip4:{SENDS} -all"'],
    ("_soft.example.edu", "TXT"): [f'"v=spf1 ~ip4:{SENDS} -all"'],
    ("_wrong.example.edu", "TXT"): ['"v=spf1 nonsense -all"'],
    ("_loop.example.edu", "TXT"): ['"v=spf1 include:_loop.example.edu -all"'],
    ("text.example.edu", "TXT"): ['"no spf here"'],
    ("nullmx.example.edu", "MX"): ["0 ."],
    ("many.example.edu", "MX"): [f"{number} mx{number}.many.example.edu." for number in range(11)],
    ("7.100.51.198.in-addr.arpa", "PTR"): ["liar.example.org.", "relay.mail.example.edu."],
    ("200.100.51.198.in-addr.arpa", "PTR"): ["relay.mail.example.edu."],
    (f"{ipaddress.ip_address(SIX).reverse_pointer}", "PTR"): ["relay.mail.example.edu."],
    ("relay.mail.example.edu", "A"): [SENDS],
    ("relay.mail.example.edu", "AAAA"): [SIX],
    ("liar.example.org", "A"): ["192.0.2.1"],
    ("7.100.51.198.in-addr._spf.example.edu", "A"): ["127.0.0.2"],
    ("strong-bad.ip.example.edu", "A"): ["127.0.0.2"],
    ("bad.strong.example.edu", "A"): ["127.0.0.2"],
    ("strong-bad.example.edu.user.example.edu", "A"): ["127.0.0.2"],
    ("relay.mail.example.edu._p.example.edu", "A"): ["127.0.0.2"],
    ("unknown._p.example.edu", "A"): ["127.0.0.2"],
    (f"{'.'.join('20010db8000000000000000000000007')}.six.example.edu", "A"): ["127.0.0.2"],
    ("two.example.edu", "TXT"): ['"v=spf1 -all"', '"v=spf1 +all"'],
    ("long.example.edu", "TXT"): [
        '"v=spf1 ' + "ip4:192.0.2.1 " * 16 + '" "' + "ip4:192.0.2.1 " * 16 + f'ip4:{SENDS} -all"'
    ],
}

EIGHT = " ".join(["a:far.example.edu"] * 8)
TEN = " ".join(["a:far.example.edu"] * 10)


@dataclass(frozen=True)
class Case:
    record: str
    result: str
    address: str = SENDS


CASES = {
    "no record": Case("something else", "none"),
    "a version that is longer": Case("v=spf10 +all", "none"),
    "the version in capitals": Case("V=SPF1 +ALL", "pass"),
    "nothing but the version": Case("v=spf1", "neutral"),
    "ip4": Case(f"v=spf1 ip4:{SENDS} -all", "pass"),
    "ip4, a network": Case("v=spf1 ip4:198.51.100.0/25 -all", "pass"),
    "ip4, outside the network": Case("v=spf1 ip4:198.51.100.0/25 -all", "fail", OTHER),
    "ip6": Case("v=spf1 ip6:2001:db8::/32 -all", "pass", SIX),
    "ip4 says nothing of an IPv6 address": Case("v=spf1 ip4:0.0.0.0/0 -all", "fail", SIX),
    "softfail": Case("v=spf1 ~all", "softfail"),
    "neutral": Case("v=spf1 ?all", "neutral"),
    "the first that matches": Case(f"v=spf1 -ip4:{SENDS} +all", "fail"),
    "spaces between terms": Case("v=spf1   -all  ", "fail"),
    "a": Case("v=spf1 a -all", "pass"),
    "a by IPv6": Case("v=spf1 a -all", "pass", SIX),
    "a of another name": Case("v=spf1 a:far.example.edu -all", "fail"),
    "a with a prefix": Case("v=spf1 a:far.example.edu/24 -all", "pass"),
    "a with a prefix for IPv6 alone": Case("v=spf1 a:far.example.edu//64 -all", "fail"),
    "a with both prefixes": Case("v=spf1 a/24//64 -all", "pass", "2001:db8::ffff"),
    "mx": Case("v=spf1 mx -all", "pass"),
    "mx that is another": Case("v=spf1 mx -all", "fail", OTHER),
    "mx with a prefix": Case("v=spf1 mx/24 -all", "pass", OTHER),
    "a null MX": Case("v=spf1 mx:nullmx.example.edu -all", "fail"),
    "exists": Case("v=spf1 exists:far.example.edu -all", "pass"),
    "exists that is not there": Case("v=spf1 exists:gone.example.edu -all", "fail"),
    "include that passes": Case("v=spf1 include:_good.example.edu -all", "pass"),
    "include by its own qualifier": Case("v=spf1 ?include:_good.example.edu -all", "neutral"),
    "include that fails is no match": Case("v=spf1 include:_good.example.edu ~all", "softfail", OTHER),
    "include that is soft is no match": Case("v=spf1 include:_soft.example.edu ?all", "neutral"),
    "redirect": Case("v=spf1 redirect=_good.example.edu", "pass"),
    "redirect to a fail": Case("v=spf1 redirect=_good.example.edu", "fail", OTHER),
    "redirect stands back behind all": Case("v=spf1 redirect=_good.example.edu ~all", "softfail"),
    "unknown modifiers": Case("v=spf1 moo=x exp=why.example.edu -all", "fail"),
    "a macro behind the match": Case(f"v=spf1 ip4:{SENDS} exists:%{{i}}.example.edu -all", "pass"),
    "a macro: the address, reversed, and its kind": Case("v=spf1 exists:%{ir}.%{v}._spf.%{d} -all", "pass"),
    "a macro: another address": Case("v=spf1 exists:%{ir}.%{v}._spf.%{d} -all", "fail", OTHER),
    "a macro: the digits of IPv6": Case("v=spf1 exists:%{i}.six.%{d} -all", "pass", SIX),
    "a macro: the sender's local part": Case("v=spf1 exists:%{l}.ip.%{o} -all", "pass"),
    "a macro: parted at its hyphen, and reversed": Case("v=spf1 exists:%{lr-}.%{d} -all", "pass"),
    "a macro: the last labels": Case("v=spf1 include:_good.%{d2} -all", "pass"),
    "a macro: more labels than there are": Case("v=spf1 include:_good.%{d9} -all", "pass"),
    "a macro: the sender, parted at its at": Case("v=spf1 redirect=_good.%{D}", "pass"),
    "a macro: the name of the address": Case("v=spf1 exists:%{p}._p.example.edu -all", "pass"),
    "a macro: no name of the address": Case("v=spf1 exists:%{p}._p.example.edu -all", "pass", "192.0.2.77"),
    "a macro in a domain with a prefix": Case("v=spf1 a:far.%{d}/24 -all", "pass"),
    "a macro in a name that gets too long": Case(f"v=spf1 a:{'x' * 60}.{'%{i}.' * 15}far.%{{d}}/24 -all", "fail"),
    "a percent sign": Case("v=spf1 exists:%%{d}.example.edu -all", "fail"),
    "ptr": Case("v=spf1 ptr -all", "pass"),
    "ptr by IPv6": Case("v=spf1 ptr -all", "pass", SIX),
    "ptr of a name": Case("v=spf1 ptr:mail.example.edu -all", "pass"),
    "ptr of another name": Case("v=spf1 ptr:example.org -all", "fail"),
    "ptr that does not lead back": Case("v=spf1 ptr -all", "fail", OTHER),
    "ptr that is not there": Case("v=spf1 ptr ~all", "softfail", "192.0.2.77"),
    "ten terms": Case(f"v=spf1 {TEN} ~all", "softfail"),
    "eight terms and an include": Case(f"v=spf1 {EIGHT} include:_good.example.edu -all", "pass"),
    "two lookups that find nothing": Case("v=spf1 a:x1.example.edu a:x2.example.edu ~all", "softfail"),
    "a label that is too long is no match": Case(f"v=spf1 a:{'x' * 64}.example.edu ~all", "softfail"),
}

PERMANENT = {
    "an unknown mechanism": ("v=spf1 foo -all", "foo is no term of SPF"),
    "a wrong term behind the match": (f"v=spf1 ip4:{SENDS} foo", "foo is no term of SPF"),
    "all with an argument": ("v=spf1 all:x.example.edu", "all:x.example.edu is no term of SPF"),
    "ip4 of nonsense": ("v=spf1 ip4:300.1.1.1", "ip4:300.1.1.1 is no network"),
    "ip4 with a mask": ("v=spf1 ip4:198.51.100.0/255.255.255.0", "is no network"),
    "ip4 with an IPv6 address": ("v=spf1 ip4:2001:db8::1", "is no network"),
    "ip6 with too long a prefix": ("v=spf1 ip6:2001:db8::/129", "is no network"),
    "a with too long a prefix": ("v=spf1 a/33", "a/33 is no term of SPF"),
    "include of nothing": ("v=spf1 include", "include is no term of SPF"),
    "include of an empty name": ("v=spf1 include: -all", "include: is no term of SPF"),
    "include without a record": ("v=spf1 include:text.example.edu", "include:text.example.edu has no SPF record"),
    "include of a wrong record": ("v=spf1 include:_wrong.example.edu", "nonsense is no term of SPF"),
    "include of two records": ("v=spf1 include:two.example.edu", "two.example.edu has 2 SPF records"),
    "redirect without a record": ("v=spf1 redirect=text.example.edu", "redirect=text.example.edu has no SPF record"),
    "redirect twice": ("v=spf1 redirect=a.example.edu redirect=b.example.edu", "redirect= stands twice"),
    "eleven terms": (f"v=spf1 {TEN} a:far.example.edu ~all", "more than 10 terms ask DNS"),
    "a loop": ("v=spf1 include:_loop.example.edu", "more than 10 terms ask DNS"),
    "eleven terms, some of them included": (
        f"v=spf1 {EIGHT} include:_soft.example.edu a:far.example.edu mx:x ~all",
        "more",
    ),
    "three lookups that find nothing": (
        "v=spf1 a:x1.example.edu a:x2.example.edu mx:x3.example.edu ~all",
        "more than 2 lookups find nothing",
    ),
    "a macro of another letter": ("v=spf1 exists:%{z}.a -all", "%{z}.a has a macro that there is not"),
    "a macro that does not end": ("v=spf1 exists:%{i.example.edu -all", "has a macro that there is not"),
    "a macro of no labels": ("v=spf1 include:%{d0}.example.edu -all", "has a macro that there is not"),
    "a percent sign alone": ("v=spf1 redirect=50%.example.edu", "has a macro that there is not"),
    "a wrong macro behind the match": (f"v=spf1 ip4:{SENDS} exists:%x", "has a macro that there is not"),
    "eleven names of one mx": ("v=spf1 mx:many.example.edu ~all", "mx leads to more than 10 names"),
}

NOT_JUDGED = {
    "in exists": "v=spf1 exists:%{h}._spf.example.edu -all",
    "in an include": "v=spf1 include:%{h2}.example.edu -all",
    "in a redirect": "v=spf1 redirect=%{H}.example.edu",
}


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    with DnsServer(ZONE) as running:
        yield running


def lookups(server: DnsServer, seconds: float = 20) -> Lookups:
    resolver = resolver_of(nameserver_of(server.address))
    assert resolver is not None
    return Lookups(resolver, Deadline(seconds))


def result(server: DnsServer, record: str, address: str = SENDS) -> str:
    server.zone["example.edu", "TXT"] = [f'"{record}"' if len(record) < 250 else f'"{record[:200]}" "{record[200:]}"']
    return Evaluation(ipaddress.ip_address(address), lookups(server), SENDER).result("example.edu")


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_result(server: DnsServer, case: Case) -> None:
    assert result(server, case.record, case.address) == case.result


@pytest.mark.parametrize(("record", "reason"), PERMANENT.values(), ids=list(PERMANENT))
def test_a_permanent_error(server: DnsServer, record: str, reason: str) -> None:
    with pytest.raises(PermanentError) as raised:
        result(server, record)
    assert reason in str(raised.value)


@pytest.mark.parametrize("record", NOT_JUDGED.values(), ids=list(NOT_JUDGED))
def test_what_the_relay_says_in_its_helo_is_not_judged(server: DnsServer, record: str) -> None:
    with pytest.raises(NotJudged, match="the macro h"):
        result(server, record)


@pytest.mark.parametrize("name", ["broken.example.edu", "silent.example.edu"])
def test_without_an_answer_nothing_is_claimed(server: DnsServer, name: str) -> None:
    server.zone["example.edu", "TXT"] = [f'"v=spf1 a:{name} -all"']
    with pytest.raises(NotAnswered):
        Evaluation(ipaddress.ip_address(SENDS), lookups(server, 0.5), SENDER).result("example.edu")


def test_after_the_deadline_nothing_is_asked(server: DnsServer) -> None:
    with pytest.raises(NotAnswered, match="the time for all lookups is over"):
        lookups(server, 0)("late.example.edu", "A")
    assert not server.asked["late.example.edu", "A", "udp"]


def test_a_record_of_many_strings_is_joined_and_comes_by_tcp(server: DnsServer) -> None:
    assert Evaluation(ipaddress.ip_address(SENDS), lookups(server), SENDER).result("long.example.edu") == "pass"
    assert server.asked["long.example.edu", "TXT", "tcp"] == 1


def test_each_question_is_asked_once(server: DnsServer) -> None:
    lookup = lookups(server)
    assert [lookup("Once.example.edu", "A"), lookup("once.example.edu.", "A")] == [[], []]
    assert server.asked["once.example.edu", "A", "udp"] == 1


def test_terms_that_ask_nothing_are_read_alone() -> None:
    policy = read_policy("v=spf1 A:x.example.edu/24//64 -ALL")
    assert [(term.name, term.target, term.prefixes, term.result) for term in policy.mechanisms] == [
        ("a", "x.example.edu", (24, 64), "pass"),
        ("all", "", (32, 128), "fail"),
    ]
