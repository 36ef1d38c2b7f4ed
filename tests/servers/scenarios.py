# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a scenario, and the pieces that scripts are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Tuple, TypedDict, Union

from tests.servers.certificates import Certificates
from tests.servers.scripted import HOST, Peer, Script, Step

USERNAME = "svc-mail@example.edu"
PASSWORD = "S3cret/Wörd+42"
LOGIN: Mapping[str, object] = {"username": USERNAME, "password": PASSWORD}
GREETING = "> 220 mail.example.edu ESMTP"
IMAP_GREETING = "> * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready"


@dataclass(frozen=True)
class Scenario:
    """One server's behaviour, and what a check must say of it.

    `outcome` is category, reason and stage. `scripts` are those of the server's connections in turn. `says` are words
    that the hint must have, `tells` those that the message must have. Options `ca_file`, `client_certificate` and so on
    hold names of the Certificates' files.
    """

    name: str
    outcome: str
    encryption: str
    scripts: tuple[Script, ...]
    options: Mapping[str, object] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    connections: int = 1
    logins: int = 0
    warnings: tuple[str, ...] = ()
    temporary: bool = False
    code: int | str | None = None
    enhanced_code: str | None = None


def options_of(scenario: Scenario, certificates: Certificates, port: int) -> dict[str, object]:
    """The options of the check; names of the Certificates' files stand for their paths."""
    given = scenario.options.get("tls", {})
    assert isinstance(given, dict)
    tls = {"ca_file": "ca_file", **given}
    paths = {key: str(getattr(certificates, str(value), value)) for key, value in tls.items() if isinstance(value, str)}
    options = {"timeout": 10, "transcript": True, "host": HOST, "encryption": scenario.encryption, **scenario.options}
    return {**options, "port": port, "tls": {**tls, **paths}}


class Expectation(TypedDict, total=False):
    """What a row may say beside name, behaviour and outcome; see Scenario."""

    says: Tuple[str, ...]  # noqa: UP006  # evaluated on Python 3.8
    tells: Tuple[str, ...]  # noqa: UP006
    temporary: bool
    code: Union[int, str]  # noqa: UP007
    enhanced_code: str


def ehlo(*capabilities: str, name: str = "mail.example.edu") -> tuple[Step, ...]:
    """EHLO and its answer."""
    lines = (name, *capabilities)
    return ("< EHLO", "> " + "|".join(f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines))


def clear(*capabilities: str) -> tuple[Step, ...]:
    """An SMTP server in clear, up to its capabilities."""
    return (GREETING, *ehlo(*capabilities))


def starttls(*capabilities: str, certificate: str = "good") -> tuple[Step, ...]:
    """An SMTP server with STARTTLS, up to its capabilities inside TLS."""
    return (*clear("PIPELINING", "STARTTLS"), *upgrade(certificate), *ehlo(*capabilities))


def upgrade(certificate: str = "good") -> tuple[Step, ...]:
    return ("< STARTTLS", "> 220 2.0.0 Ready to start TLS", f"tls {certificate}")


def implicit(*capabilities: str, certificate: str = "good") -> tuple[Step, ...]:
    """An SMTP server with TLS from the first byte, up to its capabilities."""
    return (f"tls {certificate}", *clear(*capabilities))


def hear(peer: Peer) -> None:
    """Wait until the client has said something."""
    peer.socket.recv(1)


def hear_nothing(peer: Peer) -> None:
    """The client hangs up without another word."""
    peer.faults.append(f"expected nothing, got {peer.read_line()!r}")


def leave_tls(peer: Peer) -> None:
    """Go on in clear where TLS was."""
    peer.leave_tls()


def auth(reply: str) -> tuple[Step, ...]:
    """A login by PLAIN with an initial response, and its answer."""
    return ("< AUTH PLAIN ", f"> {reply}")


def imap_starttls(certificate: str = "good") -> tuple[Step, ...]:
    """An IMAP server with STARTTLS, up to the handshake."""
    return (
        "> * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready",
        "< STARTTLS",
        "> $ OK begin",
        f"tls {certificate}",
    )


def capability(words: str) -> tuple[Step, ...]:
    return ("< CAPABILITY", f"> * CAPABILITY {words}|$ OK done")


def authenticate(reply: str) -> tuple[Step, ...]:
    """An IMAP login by PLAIN with an initial response, and its answer."""
    return ("< AUTHENTICATE PLAIN ", f"> {reply}")
