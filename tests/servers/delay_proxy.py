# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP proxy that puts a server some way off, and counts what goes over the wire.

Each byte takes half a round trip either way. The kernel connects a client to the proxy at once, so the handshake of TCP
is made up for: nothing reaches the server before one and a half round trips are over, as it would be with SYN,
SYN-ACK and ACK on the way.

As a program it writes its port as a JSON line, answers each line on its standard input with its counts, and ends when
its standard input is closed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import threading
from dataclasses import asdict, dataclass

HOST = "127.0.0.1"
CHUNK = 65536


@dataclass
class Counts:
    """What went through. A flight is what the client sends without having heard from the server in between."""

    connections: int = 0
    flights: int = 0
    turns: int = 0  # flights that the server answered: each costs the client a round trip
    sent: int = 0  # octets from the client
    received: int = 0  # octets to the client


class DelayProxy:
    """One port in front of another one."""

    def __init__(self, upstream: int, round_trip: float) -> None:
        self.counts = Counts()
        self.port = 0
        self._upstream = upstream
        self._round_trip = round_trip
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, 0, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more, and end what connections there are."""
        if self._server is not None:
            self._server.close()
        pending = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _accept(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        arrival = asyncio.get_running_loop().time() + 1.5 * self._round_trip
        self.counts.connections += 1
        link = _Link(self.counts)
        sending = asyncio.ensure_future(self._receive(from_client, link.sent))
        try:
            await _until(arrival)
            from_server, to_server = await asyncio.open_connection(HOST, self._upstream)
        except OSError:
            to_client.close()
            sending.cancel()
            return
        for writer in (to_client, to_server):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await asyncio.gather(
                sending,
                self._receive(from_server, link.received),
                _deliver(link.sent.queue, to_server, not_before=arrival),
                _deliver(link.received.queue, to_client),
            )
        finally:
            for writer in (to_client, to_server):
                writer.transport.abort()

    async def _receive(self, reader: asyncio.StreamReader, way: _Way) -> None:
        """Take what comes and note when it has to arrive; nothing stands for the end."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                data = await reader.read(CHUNK)
            except ConnectionError:
                data = b""
            way.note(len(data))
            way.queue.put_nowait((loop.time() + self._round_trip / 2, data))
            if not data:
                return


class _Way:
    """One direction of one connection."""

    def __init__(self, link: _Link) -> None:
        self.queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self._link = link

    def note(self, octets: int) -> None:
        self._link.note(self, octets)


class _Link:
    """Both directions of one connection; who spoke last tells where a flight begins."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self.sent = _Way(self)
        self.received = _Way(self)
        self._last: _Way | None = None

    def note(self, way: _Way, octets: int) -> None:
        if not octets:
            return
        if way is self.sent:
            self._counts.sent += octets
            self._counts.flights += self._last is not way
        else:
            self._counts.received += octets
            self._counts.turns += self._last is self.sent
        self._last = way


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))


async def _deliver(
    queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, not_before: float = 0.0
) -> None:
    while True:
        due, data = await queue.get()
        await _until(max(due, not_before))
        try:
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()
        except ConnectionError:
            return


def main() -> None:
    """Run until standard input is closed."""
    parser = argparse.ArgumentParser(description="A TCP proxy that delays and counts.")
    parser.add_argument("--upstream", type=int, required=True, help="a port of 127.0.0.1")
    parser.add_argument("--round-trip", type=float, default=0.05, help="seconds")
    arguments = parser.parse_args()
    proxy = DelayProxy(arguments.upstream, arguments.round_trip)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(proxy.listen())
    threading.Thread(target=loop.run_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"port": proxy.port}) + "\n")
    sys.stdout.flush()
    for _line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(proxy.counts)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
