# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A conversation over real sockets that ends at each octet of what the server says: by a close, a half-close, a reset.

Whatever happens it is a result of the table; the check itself never fails.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import REASONS
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints

SMTP = (
    (b"220 mail.example.edu ESMTP\r\n", b"EHLO"),
    (b"250-mail.example.edu\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n", b"AUTH"),
    (b"235 2.7.0 ok\r\n", b"QUIT"),
    (b"250 a\r\n250 b\r\n250 c\r\n221 d\r\n", b""),
)
LENGTH = sum(len(said) for said, _heard in SMTP)
RESET = struct.pack("ii", 1, 0)


def reset(connected: socket.socket) -> None:
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connected.close()


def half_close(connected: socket.socket) -> None:
    """Say no more, and go on listening."""
    connected.shutdown(socket.SHUT_WR)
    with suppress(OSError):
        while connected.recv(4096):
            pass
    connected.close()


ENDINGS: dict[str, Callable[[socket.socket], None]] = {
    "closed": socket.socket.close,
    "half-closed": half_close,
    "reset": reset,
}


def converse(connected: socket.socket, octets: int, end: Callable[[socket.socket], None]) -> None:
    """Say so many octets of the conversation, waiting for each command, and end it."""
    left = octets
    heard = b""
    for said, awaited in SMTP:
        connected.sendall(said[:left])
        left -= len(said)
        if left <= 0:
            break
        while awaited not in heard:
            data = connected.recv(4096)
            if not data:
                break
            heard += data
    end(connected)


@contextmanager
def server(end: Callable[[socket.socket], None], begin: int = 0) -> Iterator[int]:
    """One that cuts its first conversation off after `begin` octets, the next after one more, and so on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            octets = begin
            while True:
                try:
                    connected, _address = listener.accept()
                except OSError:
                    return
                with suppress(OSError):
                    converse(connected, octets, end)
                octets += 1

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_cut_off_at_each_octet(end: Callable[[socket.socket], None]) -> None:
    seen: Counter[str] = Counter()
    with server(end) as port:
        options = {
            "host": "127.0.0.1",
            "port": port,
            "encryption": "none",
            "timeout": 5,
            "username": "svc-mail@example.edu",
            "password": "S3cret/Wort+42",
            "sender": "svc-mail@example.edu",
            "recipients": ["desk@example.edu"],
        }
        endpoint = endpoint_from_mapping("smtp", options)
        for octets in range(LENGTH + 1):
            (result,) = check_endpoints([endpoint], 1)
            shown = f"after {octets} octets: {result['msg']}"
            assert "the check itself failed" not in shown
            assert result["reason"] in REASONS, shown
            assert result["reason"] in ("ok", "disconnected", "connection_reset"), shown
            seen[str(result["reason"])] += 1
    assert set(seen) == {"ok", "disconnected", "connection_reset"}


def test_reset_right_after_it_was_accepted() -> None:
    """Where the reset comes before the first call on the new socket, that call fails."""
    with server(reset) as port:
        options = {"host": "127.0.0.1", "port": port, "encryption": "none", "timeout": 5}
        endpoint = endpoint_from_mapping("smtp", {**options, "helo_name": "app.example.edu"})
        (result,) = check_endpoints([endpoint], 1)
    assert result["reason"] == "connection_reset"


def test_every_call_on_a_new_socket_is_inside_the_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_socket: socket.socket, *_options: object) -> None:
        raise OSError(107, "Transport endpoint is not connected")

    with server(half_close) as port:
        options = {"host": "127.0.0.1", "port": port, "encryption": "none", "timeout": 5}
        monkeypatch.setattr(socket.socket, "setsockopt", gone)
        (result,) = check_endpoints([endpoint_from_mapping("smtp", options)], 1)
    assert (result["category"], result["reason"]) == ("connection_failed", "connection_reset")
