# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One conversation, or many, in a process of its own: ours, smtplib's and bare sockets', for the benchmarks.

python -m tests.benchmarks.client ours|smtplib|sockets PORT CA_FILE COUNT [BLACK_HOLE], the password in RELAY_PASSWORD

Each tenth endpoint is at the port BLACK_HOLE, which never answers, where that is given.
"""

from __future__ import annotations

import base64
import os
import re
import smtplib
import socket
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor

PARALLEL = 50
USER = "svc-mail"
SENDER = "noreply@example.edu"
RECIPIENT = "help@example.edu"
SIZE = 1024 * 1024
BLACK_HOLES = 20
BLACK_HOLE_TIMEOUT = 5


def ours(port: int, ca_file: str, count: int, black_hole: int | None = None) -> None:
    """What smtp_check does with its endpoints."""
    from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
    from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints

    mappings: list[dict[str, object]] = [
        {
            "host": "localhost",
            "port": port,
            "encryption": "starttls",
            "timeout": BLACK_HOLE_TIMEOUT if black_hole else 30,
            "username": USER,
            "password": os.environ["RELAY_PASSWORD"],
            "sender": SENDER if count == 1 else f"sender-{number}@example.edu",
            "recipients": [RECIPIENT],
            "message_size_mb": 1,
            "address_family": "ipv4",
            "tls": {"ca_file": ca_file},
        }
        for number in range(count)
    ]
    for mapping in mappings[:: count // BLACK_HOLES] if black_hole else ():
        mapping["port"] = black_hole
    results = check_endpoints([endpoint_from_mapping("smtp", mapping) for mapping in mappings], PARALLEL)
    named = sum(result["reason"] == "connection_timeout" for result in results)
    passed = sum(result["reason"] == "ok" for result in results)
    if (named, passed) != ((BLACK_HOLES, count - BLACK_HOLES) if black_hole else (0, count)):
        raise SystemExit("\n".join(str(result["msg"]) for result in results))


def theirs(port: int, ca_file: str, count: int, _black_hole: int | None = None) -> None:
    """The same with smtplib, as its documentation shows it."""

    def talk(_number: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client._host = "localhost"  # type: ignore[attr-defined]  # the name that the certificate has
            client.starttls(context=ssl.create_default_context(cafile=ca_file))
            client.login(USER, os.environ["RELAY_PASSWORD"])
            client.mail(SENDER, [f"SIZE={SIZE}"])
            client.rcpt(RECIPIENT)
            client.rset()

    with ThreadPoolExecutor(min(PARALLEL, count)) as pool:
        list(pool.map(talk, range(count)))


def bare(port: int, ca_file: str, count: int, _black_hole: int | None = None) -> None:
    """The same octets by sockets alone: nothing is understood but where a reply ends. One TLS context for all."""
    context = ssl.create_default_context(cafile=ca_file)
    login = base64.b64encode(f"\0{USER}\0{os.environ['RELAY_PASSWORD']}".encode()).decode()

    def say(connection: socket.socket, text: str, replies: int = 1) -> None:
        if text:
            connection.sendall(text.encode() + b"\r\n")
        received = b""
        while len(re.findall(rb"^\d{3} .*\r\n", received, re.MULTILINE)) < replies:
            data = connection.recv(4096)
            if not data:
                raise SystemExit("the relay hung up")
            received += data
        if re.search(rb"^[45]\d\d ", received, re.MULTILINE):
            raise SystemExit(repr(received))

    def talk(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            say(plain, "")
            say(plain, "EHLO localhost")
            say(plain, "STARTTLS")
            with context.wrap_socket(plain, server_hostname="localhost") as connection:
                say(connection, "EHLO localhost")
                say(connection, f"AUTH PLAIN {login}")
                sender = f"MAIL FROM:<sender-{number}@example.edu> SIZE={SIZE}"
                say(connection, f"{sender}\r\nRCPT TO:<{RECIPIENT}>\r\nRSET\r\nQUIT", 4)

    with ThreadPoolExecutor(min(PARALLEL, count)) as pool:
        list(pool.map(talk, range(count)))


if __name__ == "__main__":
    never_answers = int(sys.argv[5]) if len(sys.argv) > 5 else None
    {"ours": ours, "smtplib": theirs, "sockets": bare}[sys.argv[1]](
        int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), never_answers
    )
