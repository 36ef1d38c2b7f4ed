# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An SMTP and IMAP server on 127.0.0.1, for tests and for the demonstration.

From a test::

    with MailServer({"svc-mail": "its password"}) as server:
        server.ports["smtp_starttls"], server.ca_file, server.counts("smtp_starttls").logins

As a program, for `make demo`::

    python -m tests.servers.mail_server --ports-file FILE --ca-file FILE --users-file FILE

`--users-file` is a JSON mapping of users to passwords (or `--user NAME --password-file FILE` for one): no secret stands
on a command line. The ports file, a JSON mapping of listeners to ports, appears whole, when all of them listen. The
program ends on SIGTERM, or when its standard input is closed, which is what happens when its parent dies.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import logging
import os
import signal
import socket
import ssl
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Callable, Iterable, Mapping

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
NAMES = ("localhost", HOST, "::1", "mail.example.edu")
SIZE_LIMIT = 10 * 1024 * 1024
LINE_LIMIT = 8192
TOKEN_MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
# Whether a user and a password, or a token, are accepted.
Login = Callable[[str, str], bool]


@dataclass(frozen=True)
class Listener:
    """One port. `certificate` is "trusted", "untrusted" or None for a server without TLS; `login` whether mail is only
    taken from who has logged in."""

    name: str
    protocol: str
    certificate: str | None = "trusted"
    implicit_tls: bool = False
    login: bool = True


# aiosmtpd prints a traceback for every client that hangs up.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

LISTENERS = (
    Listener("smtp_none", "smtp", certificate=None),
    Listener("smtp_relay", "smtp", certificate=None, login=False),
    Listener("smtp_starttls", "smtp"),
    Listener("smtp_implicit_tls", "smtp", implicit_tls=True),
    Listener("smtp_untrusted", "smtp", certificate="untrusted"),
    Listener("imap_none", "imap", certificate=None),
    Listener("imap_starttls", "imap"),
    Listener("imap_implicit_tls", "imap", implicit_tls=True),
    Listener("imap_untrusted", "imap", certificate="untrusted", implicit_tls=True),
    Listener("silent", "silent", certificate=None),
)
# Not a listener: a port that is held and refuses every connection.
CLOSED = "closed"


@dataclass
class Counts:
    """What one listener has seen."""

    connections: int = 0
    logins: int = 0
    failed_logins: int = 0
    messages: int = 0


class MailServer:
    """All listeners in one thread. Passwords by user; a user of no account is refused like a wrong password.

    With access tokens by user it takes these too, by XOAUTH2 and OAUTHBEARER. Its certificate bears `NAMES` and those
    that are given.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        ca_file: Path | None = None,
        *,
        tokens: Mapping[str, str] | None = None,
        names: Iterable[str] = (),
    ) -> None:
        self.ports: dict[str, int] = {}
        self._users = dict(users)
        self._tokens = tokens
        self._counts = {each.name: Counts() for each in LISTENERS}
        self._folder = tempfile.TemporaryDirectory(prefix="mail-server-")
        self.ca_file = ca_file if ca_file is not None else Path(self._folder.name) / "ca.pem"
        self._contexts = _contexts(self.ca_file, (*NAMES, *names))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._closed = socket.socket()
        self._servers: list[asyncio.AbstractServer] = []

    def counts(self, name: str) -> Counts:
        """What this listener has seen so far."""
        return self._counts[name]

    def __enter__(self) -> MailServer:
        self._closed.bind((HOST, 0))
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.ports[CLOSED] = self._closed.getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._closed.close()
        self._folder.cleanup()

    async def _listen(self) -> None:
        for listener in LISTENERS:
            context = self._contexts[listener.certificate] if listener.certificate and listener.implicit_tls else None
            server = await self._loop.create_server(self._factory(listener), HOST, 0, ssl=context)
            self._servers.append(server)
            self.ports[listener.name] = server.sockets[0].getsockname()[1]

    async def _hang_up(self) -> None:
        for server in self._servers:
            server.close()
        pending = [task for task in asyncio.all_tasks(self._loop) if task is not asyncio.current_task(self._loop)]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    def _factory(self, listener: Listener) -> Callable[[], asyncio.Protocol]:
        counts = self._counts[listener.name]
        context = self._contexts[listener.certificate] if listener.certificate and not listener.implicit_tls else None

        no_tokens = self._tokens is None

        def token_login(user: str, token: str) -> bool:
            return _count_login(counts, (self._tokens or {}).get(user) == token)

        def smtp() -> asyncio.Protocol:
            counts.connections += 1
            secure = listener.certificate is not None
            protocol: asyncio.Protocol = SMTP(
                _SmtpHandler(listener, counts)
                if self._tokens is None
                else _TokenHandler(listener, counts, token_login),
                data_size_limit=SIZE_LIMIT,
                enable_SMTPUTF8=True,
                hostname="mail.example.edu",
                ident="test server",
                tls_context=context,
                require_starttls=context is not None,
                auth_require_tls=secure and not listener.implicit_tls,
                authenticator=lambda _server, _session, _envelope, _name, data: self._smtp_login(counts, data),
                loop=self._loop,
            )
            return protocol

        def imap() -> asyncio.Protocol:
            counts.connections += 1
            login = {"PLAIN": lambda user, password: self._login(counts, user, password)}
            if not no_tokens:
                login |= dict.fromkeys(TOKEN_MECHANISMS, token_login)
            return _Imap(context, listener.implicit_tls, login)

        def silent() -> asyncio.Protocol:
            counts.connections += 1
            return asyncio.Protocol()

        factories: dict[str, Callable[[], asyncio.Protocol]] = {"smtp": smtp, "imap": imap, "silent": silent}
        return factories[listener.protocol]

    def _smtp_login(self, counts: Counts, data: LoginPassword) -> AuthResult:
        accepted = self._login(counts, data.login.decode("utf-8"), data.password.decode("utf-8"))
        return AuthResult(success=accepted, handled=accepted)

    def _login(self, counts: Counts, user: str, password: str) -> bool:
        return _count_login(counts, self._users.get(user) == password)


def _count_login(counts: Counts, accepted: bool) -> bool:
    counts.logins += 1
    counts.failed_logins += not accepted
    return accepted


def _bearer(response: bytes) -> tuple[str, str]:
    """The user and the token in what a client says by XOAUTH2 or OAUTHBEARER (RFC 7628 3.1)."""
    fields = response.decode("utf-8", "replace").split("\1")
    user = fields[0].removeprefix("user=").removeprefix("n,a=").rstrip(",")
    scheme = "auth=Bearer "
    return user, next((field.removeprefix(scheme) for field in fields if field.startswith(scheme)), "")


class _SmtpHandler:
    """Takes mail from who has logged in, where the listener asks for that; addresses of nobody@ are refused."""

    def __init__(self, listener: Listener, counts: Counts) -> None:
        self._listener = listener
        self._counts = counts

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._listener.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self._counts.messages += 1
        return "250 OK"


class _TokenHandler(_SmtpHandler):
    """Takes tokens as well. aiosmtpd offers each mechanism for which its handler has a method."""

    def __init__(self, listener: Listener, counts: Counts, login: Login) -> None:
        super().__init__(listener, counts)
        self._login = login

    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:  # noqa: N802  # aiosmtpd's name
        response = base64.b64decode(words[1]) if len(words) > 1 else await server.challenge_auth("")
        accepted = isinstance(response, bytes) and self._login(*_bearer(response))
        return AuthResult(success=accepted, handled=accepted)

    auth_OAUTHBEARER = auth_XOAUTH2  # noqa: N815  # aiosmtpd's name


class _Imap(asyncio.Protocol):
    """As much of IMAP4rev1 (RFC 3501) as a login and an EXAMINE need; who may log in is known by mechanism."""

    def __init__(self, context: ssl.SSLContext | None, implicit_tls: bool, logins: Mapping[str, Login]) -> None:
        self._context = context
        self._secure = implicit_tls
        self._logins = logins
        self._logged_in = False
        self._buffer = b""
        self._pending: tuple[str, str] | None = None  # tag and mechanism of an AUTHENTICATE that waits for its response
        self._transport: asyncio.Transport | None = None
        self._upgrade: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        first = self._transport is None
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if first:
            self._say(f"* OK [CAPABILITY {self._capabilities()}] test server ready")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._upgrade is None or self._upgrade.done():
            self._take_lines()

    def _take_lines(self) -> None:
        while b"\r\n" in self._buffer:
            line, _end, self._buffer = self._buffer.partition(b"\r\n")
            self._take(line.decode("utf-8", "replace"))
        if len(self._buffer) > LINE_LIMIT and self._transport is not None:
            self._transport.abort()

    def _capabilities(self) -> str:
        words = ["IMAP4rev1", "SASL-IR"]
        if self._context is not None and not self._secure:
            return " ".join([*words, "STARTTLS", "LOGINDISABLED"])
        return " ".join([*words, *(f"AUTH={mechanism}" for mechanism in self._logins)])

    def _take(self, line: str) -> None:
        if self._pending is not None:
            (tag, mechanism), self._pending = self._pending, None
            self._authenticate(tag, mechanism, line)
            return
        tag, _blank, rest = line.partition(" ")
        command, _blank, arguments = rest.partition(" ")
        method = {
            "CAPABILITY": self._capability,
            "STARTTLS": self._starttls,
            "AUTHENTICATE": self._begin_authenticate,
            "LOGIN": self._login_command,
            "EXAMINE": self._examine,
            "LOGOUT": self._logout,
        }.get(command.upper())
        if method is None:
            self._say(f"{tag} BAD unknown command")
        else:
            method(tag, arguments)

    def _capability(self, tag: str, _arguments: str) -> None:
        self._say(f"* CAPABILITY {self._capabilities()}")
        self._say(f"{tag} OK done")

    def _starttls(self, tag: str, _arguments: str) -> None:
        if self._context is None or self._secure:
            self._say(f"{tag} BAD no TLS here")
            return
        self._say(f"{tag} OK begin")
        self._secure = True
        self._buffer = b""
        self._upgrade = asyncio.ensure_future(self._wrap(self._context))

    async def _wrap(self, context: ssl.SSLContext) -> None:
        assert self._transport is not None
        try:
            wrapped = await asyncio.get_running_loop().start_tls(self._transport, self, context, server_side=True)
        except (OSError, ssl.SSLError):
            return  # the client did not like the certificate
        assert isinstance(wrapped, asyncio.Transport)
        self._transport = wrapped
        self._take_lines()  # what came together with the end of the handshake

    def _begin_authenticate(self, tag: str, arguments: str) -> None:
        mechanism, _blank, initial = arguments.partition(" ")
        if mechanism.upper() not in self._logins or (self._context is not None and not self._secure):
            self._say(f"{tag} NO [PRIVACYREQUIRED] not that way")
        elif initial:
            self._authenticate(tag, mechanism.upper(), initial)
        else:
            self._pending = tag, mechanism.upper()
            self._say("+ ")

    def _authenticate(self, tag: str, mechanism: str, response: str) -> None:
        octets = base64.b64decode(response)
        parts = octets.decode("utf-8", "replace").split("\0")
        plain = (parts[1], parts[2]) if len(parts) == 3 else ("", "")
        self._finish_login(tag, self._logins[mechanism](*(plain if mechanism == "PLAIN" else _bearer(octets))))

    def _login_command(self, tag: str, arguments: str) -> None:
        words = [each.strip('"') for each in arguments.split(" ")]
        user, password = words if len(words) == 2 else ("", "")
        self._finish_login(tag, self._logins["PLAIN"](user, password))

    def _finish_login(self, tag: str, accepted: bool) -> None:
        self._logged_in = accepted
        if self._logged_in:
            self._say(f"{tag} OK logged in")
        else:
            self._say(f"{tag} NO [AUTHENTICATIONFAILED] Authentication failed.")

    def _examine(self, tag: str, arguments: str) -> None:
        if self._logged_in and arguments.strip('"').upper() == "INBOX":
            self._say("* 0 EXISTS")
            self._say(f"{tag} OK [READ-ONLY] done")
        else:
            self._say(f"{tag} NO [NONEXISTENT] Mailbox doesn't exist")

    def _logout(self, tag: str, _arguments: str) -> None:
        self._say("* BYE")
        self._say(f"{tag} OK")
        if self._transport is not None:
            self._transport.close()

    def _say(self, line: str) -> None:
        if self._transport is not None:
            self._transport.write(line.encode("utf-8") + b"\r\n")


def _contexts(ca_file: Path, names: Iterable[str]) -> dict[str, ssl.SSLContext]:
    """A server's contexts by kind of certificate; the trusted one's authority is written to `ca_file`."""
    trusted, untrusted = trustme.CA(), trustme.CA()
    trusted.cert_pem.write_to_path(str(ca_file))
    return {"trusted": _context(trusted, names), "untrusted": _context(untrusted, names)}


def _context(authority: trustme.CA, names: Iterable[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


# -- the program -----------------------------------------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="An SMTP and IMAP server on 127.0.0.1 for tests.")
    parser.add_argument("--ports-file", type=Path, required=True)
    parser.add_argument("--ca-file", type=Path, required=True)
    parser.add_argument("--users-file", type=Path, help="a JSON mapping of users to passwords")
    parser.add_argument("--user")
    parser.add_argument("--password-file", type=Path)
    return parser.parse_args()


def _users(arguments: argparse.Namespace) -> dict[str, str]:
    users: dict[str, str] = {}
    if arguments.users_file is not None:
        users.update(json.loads(arguments.users_file.read_text(encoding="utf-8")))
    if arguments.user is not None and arguments.password_file is not None:
        users[arguments.user] = arguments.password_file.read_text(encoding="utf-8").rstrip("\n")
    return users


def _write_whole(path: Path, text: str) -> None:
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    staged.write_text(text, encoding="utf-8")
    staged.replace(path)


def _wait_for_the_end() -> None:
    """Until SIGTERM or SIGINT, or until standard input ends."""
    ended = threading.Event()

    def read() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    threading.Thread(target=read, daemon=True).start()
    ended.wait()


def main() -> None:
    """Run the server until it is told to end."""
    arguments = _arguments()
    with MailServer(_users(arguments), arguments.ca_file) as server:
        _write_whole(arguments.ports_file, json.dumps(server.ports))
        _wait_for_the_end()
    os._exit(0)  # a thread may still wait for standard input


if __name__ == "__main__":
    main()
