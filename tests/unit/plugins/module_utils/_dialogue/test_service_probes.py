# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check says of every service that nmap knows by its greeting: right, odd or wrong, counted.

right: a mail server is one, and nothing else is. odd: another service, and a reason that speaks of a mail server that
refuses (it greets with a 5yz and no word what it is), or a mail server that does not greet as one. wrong: a mail server
is not known as one, or another service passes.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import checker as _checker
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import session as _session
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from ansible_collections.appmail.settings.plugins.module_utils._network import deadline as _deadline
from tests.servers.in_memory import Clock, MemoryNetwork
from tests.servers.service_probes import PROBES, Banner, banners

# What a mail server may be found to be when its greeting alone is known, and the rest of it answers as it should.
MAIL = {
    "smtp": ("ok", "client_rejected", "service_unavailable", "client_certificate_required"),
    "imap": ("ok", "service_unavailable", "client_rejected", "already_authenticated"),
}
# What any other service is: nothing of the kind, or nothing that can be read.
OTHER = {
    "smtp": ("not_smtp", "greeting_timeout", "connection_reset"),
    "imap": ("not_imap", "greeting_timeout", "connection_reset"),
}
# A greeting as the protocol has it (RFC 5321 4.2, RFC 9051 7.1): some of nmap's mail servers greet with an error of
# their shell, or with a reply to something that nobody said.
PROPER = {
    "smtp": re.compile(rb"((?P<code>220|4[25]\d|5[25]\d)[ -][^\r\n]*\r?\n)((?P=code)[ -][^\r\n]*\r?\n)*"),
    "imap": re.compile(rb"\* (OK|BYE|PREAUTH) [^\r\n]*\r?\n"),
}
EHLO = b"250-mail\r\n250 SIZE 0\r\n"
UNKNOWN = b"500 Command not understood.\r\n"


def is_mail(banner: Banner, protocol: str) -> bool:
    """Whether nmap takes it for a server of this protocol, or for a proxy that speaks it."""
    return banner.service.rpartition("/")[2] in (protocol, f"{protocol}-proxy")


class GreetingServer:
    """Greets as one service; then a mail server answers, and any other knows none of our commands."""

    def __init__(self, banner: Banner, protocol: str) -> None:
        self._banner = banner
        self._protocol = protocol

    def connected(self) -> list[bytes | None]:
        return [self._banner.greeting]

    def heard(self, data: bytes) -> list[bytes | None]:
        if not is_mail(self._banner, self._protocol):
            return [UNKNOWN for _line in data.splitlines()]
        if self._protocol == "smtp":
            return [EHLO if line[:4] == b"EHLO" else b"250 ok\r\n" for line in data.splitlines()]
        tag = data.partition(b" ")[0]
        return [b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n"]


def verdict(banner: Banner, protocol: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The reason that the check gives."""
    clock = Clock()
    for module in (_checker, _session, _deadline):
        monkeypatch.setattr(module, "time", clock)
    endpoint = endpoint_from_mapping(protocol, {"host": "mail.example.edu", "encryption": "none", "timeout": 30})
    (result,) = check_endpoints([endpoint], 1, MemoryNetwork(clock, lambda: GreetingServer(banner, protocol)))
    return str(result["reason"])


def judged(banner: Banner, protocol: str, reason: str) -> str:
    """right, odd or wrong."""
    if is_mail(banner, protocol):
        if reason in MAIL[protocol]:
            return "right"
        return "wrong" if PROPER[protocol].fullmatch(banner.greeting) else "odd"
    if reason in OTHER[protocol]:
        return "right"
    return "wrong" if reason == "ok" else "odd"


@pytest.mark.parametrize("protocol", ["smtp", "imap"])
def test_what_the_check_says_of_every_service(
    protocol: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not PROBES.exists():
        pytest.skip("nmap's service probes are not installed (apt-get install nmap-common)")
    tally: Counter[str] = Counter()
    strange: list[str] = []
    for banner in banners():
        reason = verdict(banner, protocol, monkeypatch)
        judgement = judged(banner, protocol, reason)
        tally[judgement] += 1
        if judgement != "right":
            strange.append(f"{judgement}: line {banner.line}: {banner.service}: {reason}: {banner.greeting[:80]!r}")
    shown = "\n".join([f"{protocol}_check: {dict(tally)}", *strange])
    with capsys.disabled():
        print(f"\n{shown.partition(chr(10))[0]}")  # noqa: T201  # what it is run for
    assert tally["right"] > 3000, shown  # so that a pattern file that is read no more is noticed
    assert tally["wrong"] == 0, shown
    assert tally["odd"] <= sum(tally.values()) // 100, shown
