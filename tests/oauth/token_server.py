# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token server over TLS in a thread: Authlib's, and beside it answers as other servers give them, written down."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from tests.oauth.authlib_server import Answer, Asked, Registry, answer

NAME = "localhost"


class TokenServer:
    """`url` is the token endpoint of Authlib, `url_of` that of an answer that is written down, by its name; the answer
    None never comes. `asked` are the requests in their order."""

    def __init__(
        self, context: ssl.SSLContext, registry: Registry, answers: Mapping[str, Answer | None] | None = None
    ) -> None:
        self.asked: list[Asked] = []
        self.registry = registry
        self._answers = answers or {}
        self._is_over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return self.url_of("token")

    def url_of(self, name: str) -> str:
        return f"https://{NAME}:{self.port}/{name}"

    def __enter__(self) -> TokenServer:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._is_over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, asked: Asked) -> Answer | None:
        self.asked.append(asked)
        if asked.path == "/token":
            return answer(self.registry, self.url, asked)
        written = self._answers[asked.path.lstrip("/")]
        if written is None:
            self._is_over.wait()
        return written


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        """A client that hangs up is no news."""


def _handler(server: TokenServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")))
            made = server.answer(Asked(self.path, dict(self.headers), form))
            if made is None:
                return
            status, headers, body = made
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Handler
