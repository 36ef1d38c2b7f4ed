# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One connection to one server: lines in and out under the deadline, stages timed, faults named by their stage.

The stages of a check, and who speaks them; at each of them it can end, with the stage's name in the result:

    checker            resolve -> connect
    dialogue
      approach, meet   implicit_tls:  tls -> greeting -> hello
                       starttls:      greeting -> hello -> starttls -> tls -> hello
                       none:          greeting -> hello
      log_in           auth, where there is a login; once in a run
      after_login      SMTP:  sender -> recipient -> size       IMAP:  mailbox
    checker            done

A second connection only looks, and never logs in as the user: at a certificate that was refused, for an older version
of TLS, for TLS behind a long silence, and with a made-up login where that was asked for.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import Endpoint, TlsSettings
from ansible_collections.appmail.settings.plugins.module_utils._check.facts import CheckFailure, Facts, Reply
from ansible_collections.appmail.settings.plugins.module_utils._check.host_names import (
    InvalidName,
    address_family,
    ascii_address,
    ascii_host,
)
from ansible_collections.appmail.settings.plugins.module_utils._network.certificate import certificate_facts
from ansible_collections.appmail.settings.plugins.module_utils._network.connection import (
    Address,
    Disconnected,
    Network,
    Transport,
)
from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import Deadline, DeadlineExpired
from ansible_collections.appmail.settings.plugins.module_utils._network.tls import (
    LOOK,
    WEAK_VERSIONS,
    Contexts,
    HandshakeUnexplained,
    NotTls,
    TlsTransport,
)
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import MASK, Scrubber, clean, cut

from .alphabets import ALPHABETS
from .replies import NotAReply
from .shared_logins import LoginGate

# RFC 5321 4.5.3.1.5 allows 512 octets and RFC 3501 names no limit; real servers exceed the one, none comes near this.
LINE_LIMIT = 16384
CONVERSATION_LIMIT = 1_048_576
TRANSCRIPT_LIMIT = 500
# Who speaks before a server's greeting is taken for a spammer, by a second connection as well: servers pause for some
# seconds to find out (sendmail's greet_pause 5, postscreen 6, Exim's delays), and ban who does not wait. So whether a
# silent port speaks TLS is looked at only when the time is nearly up, and never before so many seconds of silence.
LOOK_AFTER = 6.0
LOOK_TIME = 1.5
# A greeting that takes longer than this was held back on purpose, or by a slow lookup; the application waits as well.
PAUSE = 2.0
OPENING_LIMIT = 1000
HOSTS_FILE = "/etc/hosts"
# The rest of a first line that comes in pieces.
REST_OF_LINE_TIME = 0.5

_TIMEOUTS = {"resolve": "dns_unavailable", "connect": "connection_timeout", "greeting": "greeting_timeout"}
_DISCONNECTIONS = {"connect": "connection_reset", "greeting": "connection_reset"}
# What begins like this is one of these, whatever port it stands on.
_OTHER_PROTOCOLS = {
    "SSH": rb"SSH-",
    "HTTP": rb"HTTP/|<!DOCTYPE|<html",
    "POP3": rb"\+OK|-ERR",
    "SMTP": rb"[2-5]\d\d[ -]",
    "IMAP": rb"\* (OK|NO|BAD|BYE|PREAUTH)",
    "TLS": rb"[\x15\x16]\x03",
}
GREETINGS = {"smtp": _OTHER_PROTOCOLS["SMTP"], "imap": _OTHER_PROTOCOLS["IMAP"]}


class Session:
    """A conversation in progress. Everything it learns goes into `facts`; every failure is a CheckFailure."""

    def __init__(
        self,
        endpoint: Endpoint,
        network: Network,
        contexts: Contexts,
        deadline: Deadline,
        scrub: Scrubber,
        *,
        tls: TlsSettings | None = None,
        facts: Facts | None = None,
        login_gate: LoginGate | None = None,
        one_at_a_time: bool = False,
    ) -> None:
        self.endpoint = endpoint
        self.network = network
        self.contexts = contexts
        self.deadline = deadline
        self.scrub = scrub
        self.tls = tls if tls is not None else endpoint.tls
        self.facts = facts if facts is not None else Facts()
        self.login_gate = login_gate if login_gate is not None else LoginGate()
        self.one_at_a_time = one_at_a_time  # no PIPELINING, whatever the server announces
        self.address: Address | None = None
        self.names_heard: list[str] = []  # what the server calls itself, and us
        self.greeted = False
        self.opening = ""  # the first words of the server, whatever they are
        self.in_step = False  # whether a goodbye would be understood
        self._transport: Transport | None = None
        self._buffer = bytearray()
        self._received = 0

    # -- stages --

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Everything inside belongs to this stage: its time, and whatever goes wrong."""
        self.facts.stage = name
        in_step, self.in_step = self.in_step, False
        started = time.monotonic()
        try:
            yield
            self.greeted = self.greeted or name == "greeting"
            self.in_step = self.greeted
        except CheckFailure as failure:
            failure.stage = failure.stage or name
            # Who speaks another protocol would not understand a goodbye; who refuses us in ours waits for it.
            refused = name == "greeting" and failure.reason == "client_rejected" and not _hangs_up(failure.reply)
            self.in_step = refused or (in_step and failure.stage != "greeting")
            raise
        except DeadlineExpired:
            reason = _TIMEOUTS.get(name, "timeout")
            raise CheckFailure(reason, f"no answer within {self.endpoint.timeout:g} s", stage=name) from None
        except Disconnected as fault:
            raise CheckFailure(_DISCONNECTIONS.get(name, "disconnected"), str(fault), stage=name) from fault
        except NotAReply as fault:
            raise CheckFailure("protocol_error", str(fault), stage=name, reply=self.excerpt(fault.line)) from fault
        finally:
            spent = (time.monotonic() - started) * 1000
            self.facts.timings[name] = self.facts.timings.get(name, 0.0) + spent

    @contextmanager
    def hurried(self, seconds: float) -> Iterator[None]:
        """Inside, an answer is waited for no longer than this, nor longer than half of what is left."""
        whole = self.deadline
        self.deadline = whole.sooner(min(seconds, whole.remaining() / 2))
        try:
            yield
        finally:
            self.deadline = whole

    # -- connecting --

    def connect(self, addresses: list[Address] | None = None) -> None:
        """Resolve the host (unless its addresses are known) and connect to the first address that answers."""
        endpoint = self.endpoint
        if addresses is None:
            with self.stage("resolve"):
                addresses = self.network.resolve(
                    endpoint.host, endpoint.port, endpoint.address_family, endpoint.source_address, self.deadline
                )
        with self.stage("connect"):
            self._transport = self.network.connect(
                addresses, endpoint.source_address, self.deadline, self.facts.address_failures
            )
            self.facts.address = self._transport.address
            reached = [address for address in addresses if address.text == self._transport.address]
            self.address = (reached or addresses)[0]

    @property
    def transport(self) -> Transport:
        if self._transport is None:
            raise RuntimeError("connect() comes first")
        return self._transport

    @property
    def secure(self) -> bool:
        """Whether the conversation is encrypted."""
        return isinstance(self._transport, TlsTransport)

    def start_tls(self, *, implicit: bool) -> None:
        """Put TLS under the conversation. The bytes read so far must have been used up."""
        with self.stage("tls"):
            self.in_step = False
            context = self.contexts.get(self.tls)
            tls = TlsTransport(self.transport, context, self._server_name())
            try:
                tls.handshake(self.deadline)
            except NotTls as fault:
                raise self._not_tls(fault.received, implicit=implicit) from fault
            except DeadlineExpired:
                if implicit and not tls.answered:
                    raise CheckFailure(
                        "greeting_timeout", "connected, and then not one byte came, TLS or not", stage="greeting"
                    ) from None
                raise
            except Disconnected as fault:
                reason, stage = ("connection_reset", "greeting") if implicit else ("disconnected", "tls")
                raise HandshakeUnexplained(reason, str(fault), stage=stage) from fault
            self._transport = tls
            self._note_tls(tls)

    def _server_name(self) -> str:
        name = self.tls.server_name or self.endpoint.host
        try:
            return ascii_host(name).rstrip(".").partition("%")[0]
        except InvalidName as fault:
            raise CheckFailure("dns_invalid_name", str(fault), stage="resolve") from fault

    def _not_tls(self, received: bytes, *, implicit: bool) -> CheckFailure:
        self._buffer += received
        if not implicit:
            return CheckFailure(
                "starttls_injected",
                "clear text came after the go-ahead for TLS",
                stage="starttls",
                reply=self.excerpt(),
            )
        self._read_rest_of_line()
        if re.match(GREETINGS[self.endpoint.protocol], self._buffer):
            return CheckFailure("implicit_tls_not_spoken", "the server greeted in clear", reply=self.excerpt())
        return self.other_protocol()

    def _read_rest_of_line(self) -> None:
        """What a server says in one go can come in pieces; wait a moment for the rest of its first line."""
        patience = self.deadline.sooner(REST_OF_LINE_TIME)
        try:
            while b"\n" not in self._buffer and len(self._buffer) < LINE_LIMIT:
                self._fill(patience)
        except (DeadlineExpired, Disconnected, NotAReply):
            pass

    def _note_tls(self, tls: TlsTransport) -> None:
        facts = self.facts
        facts.tls_version, facts.tls_cipher = tls.version, tls.cipher
        der = tls.certificate
        facts.certificate = certificate_facts(der) if der else None
        self.remark(f"{tls.version} with {tls.cipher} from here on")
        if tls.version in WEAK_VERSIONS:
            facts.warn("weak_tls_version")
        if facts.certificate and not facts.certificate.names:
            facts.warn("certificate_without_names")
        if not self.tls.verify:
            facts.warn("certificate_not_checked")
        elif facts.certificate and facts.certificate.not_after - time.time() < self.endpoint.certificate_days * 86400:
            facts.warn("certificate_expires_soon")

    # -- the greeting --

    def await_greeting(self, begins: Callable[[bytes], bool]) -> None:
        """Wait for the first line, while what comes `begins` as a greeting of this protocol does."""
        started = time.monotonic()
        self._await_first_bytes()
        if time.monotonic() - started >= PAUSE:
            self.facts.warn("greeting_paused")
        while begins(self.unread) and b"\n" not in self._buffer and len(self._buffer) <= LINE_LIMIT:
            self._fill(self.deadline)
        self.opening = clean(bytes(self._buffer[:OPENING_LIMIT]))
        if not begins(self.unread):
            raise self.other_protocol()

    def _await_first_bytes(self) -> None:
        """After a long silence, find out whether the port wants TLS from the first byte."""
        if self.secure:
            self._fill(self.deadline)
            return
        silence = max(LOOK_AFTER, self.deadline.remaining() - LOOK_TIME)
        try:
            self._fill(self.deadline.sooner(silence))
        except DeadlineExpired:
            self._look_for_tls()
            self._fill(self.deadline)

    def _look_for_tls(self) -> None:
        """A handshake on a second connection. Raises CheckFailure if it shows what stands on that port."""
        patience = self.deadline.sooner(self.deadline.remaining() * 0.8)
        self.remark("silence; a second connection looks whether the port speaks TLS")
        received = b""
        try:
            transport = self.network.connect(self._own_address(), self.endpoint.source_address, patience, [])
        except CheckFailure:
            return
        tls = TlsTransport(transport, self.contexts.get(LOOK), self._server_name())
        try:
            tls.handshake(patience)
        except NotTls as fault:
            received = fault.received
        except (CheckFailure, DeadlineExpired, Disconnected):
            pass
        finally:
            tls.close()
        if tls.answered:
            raise CheckFailure(
                "implicit_tls_expected", "silence in clear, and a second connection's TLS hello was answered"
            )
        if received and not re.match(GREETINGS[self.endpoint.protocol], received):
            self._buffer += received
            raise self.other_protocol()

    def _own_address(self) -> list[Address]:
        return [self.address] if self.address is not None else []

    def other_protocol(self) -> CheckFailure:
        """The failure for a greeting that is not of this protocol, made from the bytes received."""
        self._read_rest_of_line()
        fits = [name for name, form in _OTHER_PROTOCOLS.items() if re.match(form, self._buffer, re.IGNORECASE)]
        named = f"what answers there is {fits[0]}" if fits else "what answers there is something else"
        return CheckFailure(f"not_{self.endpoint.protocol}", named, stage="greeting", reply=self.excerpt())

    def excerpt(self, received: bytes = b"") -> Reply | None:
        """The first line of what was received and not understood."""
        line = (received or bytes(self._buffer)).partition(b"\n")[0].strip()
        return Reply(None, None, self.scrub.shown(line, 120)) if line else None

    # -- lines --

    @property
    def unread(self) -> bytes:
        """What was received and not read yet."""
        return bytes(self._buffer)

    def send(self, *lines: bytes, shown: str | None = None) -> None:
        """Send lines in one flight. `shown` stands in the transcript for what holds a secret."""
        for line in lines if self.endpoint.transcript else ():
            self._note("C: ", shown if shown is not None else cut(clean(line), 1000))
        self.transport.send(b"".join(line + b"\r\n" for line in lines), self.deadline)

    def read_line(self) -> bytes:
        """The next line, without its end. Raises Disconnected, DeadlineExpired, NotAReply for one without end."""
        while True:
            end = self._buffer.find(b"\n")
            if end > LINE_LIMIT or (end < 0 and len(self._buffer) > LINE_LIMIT):
                raise NotAReply(f"a line of more than {LINE_LIMIT} octets")
            if end >= 0:
                break
            self._fill(self.deadline)
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        return line

    def masked_octets(self, line: bytes) -> bytes:
        """A line that is not UTF-8 with the password masked in it: what alphabet it will be read by is not known yet,
        and by another one the password would not be known again."""
        password = self.endpoint.password
        if not password or line.isascii():
            return line
        for alphabet in ("utf-8", *ALPHABETS):
            with suppress(UnicodeEncodeError):
                line = line.replace(password.encode(alphabet), MASK.encode("ascii"))
        return line

    def read_octets(self, count: int) -> bytes:
        """So many octets (an IMAP literal). Raises as read_line does."""
        if count > LINE_LIMIT:
            raise NotAReply(f"a literal of more than {LINE_LIMIT} octets")
        while len(self._buffer) < count:
            self._fill(self.deadline)
        octets = bytes(self._buffer[:count])
        del self._buffer[:count]
        return octets

    def _fill(self, deadline: Deadline) -> None:
        data = self.transport.receive(deadline)
        if not data:
            raise Disconnected("the server closed the connection")
        self._received += len(data)
        self._buffer += data
        if self._received > CONVERSATION_LIMIT:
            raise NotAReply(f"more than {CONVERSATION_LIMIT} octets in one conversation")

    # -- the record --

    def heard(self, line: bytes, *, challenge: bytes = b"") -> None:
        """Note a line of the server's in the transcript. A challenge (what begins so) may hold what we sent, so it is
        masked."""
        if not self.endpoint.transcript:
            return
        masked = challenge and line.startswith(challenge)
        self._note("S: ", clean(challenge) + MASK if masked else self.scrub.shown(line, 1000))

    def remark(self, text: str) -> None:
        """Note something that is no line of either side."""
        self._note("-- ", text)

    def _note(self, who: str, text: str) -> None:
        if self.endpoint.transcript and len(self.facts.transcript) < TRANSCRIPT_LIMIT:
            self.facts.transcript.append(who + text)

    # -- hanging up --

    def pause(self, seconds: float) -> None:
        """Wait before another try; the caller has seen that the deadline allows it."""
        self.remark(f"waiting {seconds:g} s before trying again")
        self.deadline.wait(lambda _left: time.sleep(seconds))

    def finish(self, goodbye: bytes = b"") -> None:
        """Say goodbye and let the server do so: whatever happens here changes no result."""
        if self._transport is None:
            return
        transport, self._transport = self._transport, None
        if not (goodbye and self.in_step):
            if isinstance(transport, TlsTransport):
                transport.parted = self.in_step  # the goodbye went with the last commands
            transport.close()
            return
        for line in goodbye.split(b"\r\n"):
            self._note("C: ", clean(line))
        self.deadline.give_way()  # while the server's own goodbye is on its way
        transport.close(goodbye + b"\r\n")

    def own_words(self) -> list[str]:
        """What we said, or the server says of itself: a reply that repeats it says nothing by it."""
        endpoint = self.endpoint
        words = [endpoint.host, endpoint.tls.server_name, endpoint.sender, endpoint.username, endpoint.mailbox]
        words += [endpoint.helo_name, *endpoint.recipients, *self.names_heard]
        return [form for word in words if word for form in (word, _ascii_form(word))]

    def own_name(self) -> str:
        """What to say in EHLO: helo_name, else this host's full name, else its short one; its address (RFC 5321 4.1.4)
        only if it has none, for some servers put off whoever says an address, without a word why."""
        if self.endpoint.helo_name:
            return self.endpoint.helo_name
        name = full_host_name()
        if re.fullmatch(r"[A-Za-z0-9.-]+", name) and name.lower() not in ("localhost", "localhost.localdomain"):
            return name
        address = self.transport.local_address.partition("%")[0]
        return f"[IPv6:{address}]" if address_family(address) == socket.AF_INET6 else f"[{address}]"


def _hangs_up(reply: Reply | None) -> bool:
    """Whether the server closes the connection by this reply (RFC 5321 3.8, RFC 9051 7.1.5)."""
    return reply is not None and reply.code in (421, "BYE")


def full_host_name() -> str:
    """The host's name, by its own hosts file with its domain. Never a lookup elsewhere: that can take long."""
    return _full_name(host_name(), HOSTS_FILE)


@lru_cache(maxsize=8)
def _full_name(name: str, hosts_file: str) -> str:
    if "." in name:
        return name
    with suppress(OSError, UnicodeDecodeError), open(hosts_file, encoding="utf-8") as hosts:
        for line in hosts:
            names = line.partition("#")[0].split()[1:]
            full = [alias for alias in names if alias.lower().startswith(f"{name.lower()}.")]
            if full and not full[0].lower().endswith(".localdomain"):
                return full[0]
    return name


def _ascii_form(word: str) -> str:
    """An address or a host name as it went over the wire; anything else as it is."""
    try:
        return ascii_address(word) if "@" in word else ascii_host(word)
    except InvalidName:
        return word


def host_name() -> str:
    """The name of the host that the check speaks from. Never a reverse lookup: that can take long."""
    return socket.gethostname()
