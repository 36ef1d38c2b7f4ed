# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the check introduces itself and hangs up: nothing that a server's log would complain of."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._dialogue import session
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from tests.servers.certificates import Certificates
from tests.servers.scenarios import GREETING, LOGIN, auth, clear, ehlo, starttls
from tests.servers.scripted import HOST, HungUp, Peer, Script, ScriptedServer, Step


def expect_a_clean_end(peer: Peer) -> None:
    """The client's side of the connection ends, and it has read all that was said: no reset."""
    try:
        rest = peer.socket.recv(4096)
    except OSError as fault:
        peer.faults.append(f"the connection was not closed: {fault}")
        raise HungUp from fault
    if rest:
        peer.faults.append(f"more was said: {rest!r}")


def expect_close_notify(peer: Peer) -> None:
    """TLS is closed by both sides (RFC 8446 6.1)."""
    assert isinstance(peer.socket, ssl.SSLSocket)
    try:
        peer.socket = peer.socket.unwrap()
    except OSError as fault:
        peer.faults.append(f"TLS was cut off: {fault}")
        raise HungUp from fault


BYE: tuple[Step, ...] = ("< QUIT", "> 221 2.0.0 Bye")
ENDS: dict[str, tuple[str, dict[str, object], Script]] = {
    "after a check in clear": ("none", {}, (*clear(), *BYE, expect_a_clean_end)),
    "after a greeting that refuses us": ("none", {}, ("> 554 5.7.1 not you", *BYE, expect_a_clean_end)),
    "after a refused name": (
        "none",
        {},
        (GREETING, "< EHLO", "> 501 no", "< HELO", "> 501 no", *BYE, expect_a_clean_end),
    ),
    "after a refused login": (
        "starttls",
        {**LOGIN},
        (*starttls("AUTH PLAIN"), *auth("535 5.7.8 no"), *BYE, expect_close_notify),
    ),
    "inside TLS": ("starttls", {}, (*starttls(), *BYE, expect_close_notify)),
    "inside TLS from the first byte": (
        "implicit_tls",
        {},
        ("tls good", GREETING, *ehlo(), *BYE, expect_close_notify),
    ),
}


@pytest.mark.parametrize(("encryption", "options", "script"), ENDS.values(), ids=ENDS)
def test_the_end(encryption: str, options: dict[str, object], script: Script, certificates: Certificates) -> None:
    with ScriptedServer([script], certificates) as server:
        tls = {"ca_file": str(certificates.ca_file)}
        asked = {"host": HOST, "port": server.port, "encryption": encryption, "timeout": 10, "tls": tls, **options}
        check_endpoints([endpoint_from_mapping("smtp", asked)], 1)
        server.wait()
        assert server.faults == []


# What the host calls itself, what its hosts file says, and what is said in EHLO.
NAMES = {
    "a full name": ("app1.example.edu", "", "app1.example.edu"),
    "a short name": ("app1", "", "app1"),
    "a short name, in full in the hosts file": ("app1", "192.0.2.7 app1.example.edu app1\n", "app1.example.edu"),
    "a short name that the hosts file calls local": ("app1", "127.0.1.1 app1.localdomain app1\n", "app1"),
    "another host of that domain": ("app1", "192.0.2.8 app10.example.edu app10\n", "app1"),
    "no name": ("localhost", "127.0.0.1 localhost\n", "[127.0.0.1]"),
    "a name that cannot be said": ("my_host", "", "[127.0.0.1]"),
}


@pytest.mark.parametrize(("name", "hosts", "said"), NAMES.values(), ids=NAMES)
def test_the_name_in_ehlo(
    name: str, hosts: str, said: str, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hosts"
    file.write_text(hosts, encoding="utf-8")
    monkeypatch.setattr(session, "HOSTS_FILE", str(file))
    monkeypatch.setattr(session, "host_name", lambda: name)
    with ScriptedServer([clear()], certificates) as server:
        options = {"host": HOST, "port": server.port, "encryption": "none", "timeout": 10}
        check_endpoints([endpoint_from_mapping("smtp", options)], 1)
        server.wait()
        commands = [command for peer in server.peers for command in peer.commands]
    assert f"EHLO {said}" in commands
