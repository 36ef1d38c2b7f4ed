# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The SMTP dialogue (RFC 5321), up to RCPT TO and never DATA: no message is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import CheckFailure, Reply
from ansible_collections.appmail.settings.plugins.module_utils._check.host_names import ascii_address
from ansible_collections.appmail.settings.plugins.module_utils._network.connection import Disconnected
from ansible_collections.appmail.settings.plugins.module_utils._sasl.mechanism import Credentials
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import MASK

from .authentication import choose, log_in, wire_form
from .dialogue import Dialogue
from .replies import NotAReply, ends_smtp_reply, smtp_reply
from .session import Session
from .verdicts import (
    AUTH_RULES,
    COMMAND_UNKNOWN,
    GREETING_RULES,
    HELLO_RULES,
    RECIPIENT_RULES,
    SENDER_RULES,
    Rule,
    rule_for,
)

REPLY_LINES_LIMIT = 256
COMMAND_LIMIT = 512  # octets with the line end, RFC 5321 4.5.3.1.4; RFC 4954 4 applies it to an initial response
MEGABYTE = 1024 * 1024
DEFERRED = ("sender_deferred", "recipient_deferred")


class PipeliningRefused(CheckFailure):
    """The server announces PIPELINING and refuses it: one command at a time goes on, in another connection if nobody
    logged in to this one."""


class SmtpDialogue(Dialogue):
    """See Dialogue."""

    STARTTLS_ACCEPTED = 220

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._capabilities: dict[str, str] = {}
        self._logged_in = False
        self._outstanding = 0  # replies that the server owes
        self.goodbye = b"QUIT"

    # -- the stages --

    def log_in(self, credentials: Credentials) -> None:
        """One login with these credentials."""
        session = self._session
        with session.stage("auth"):
            if not session.facts.auth_offered:
                raise CheckFailure("auth_not_offered", self._why_no_auth())
            chosen = choose(session, session.facts.auth_offered)
            self._in_step()
            log_in(session, chosen, _SmtpExchange(self), credentials, AUTH_RULES)
            self._logged_in = True

    def after_login(self) -> None:
        """Sender, recipients and size."""
        if self._endpoint.sender is None:
            self._session.facts.warn("sender_not_tried")
        else:
            self._envelope()
            others = not _same_address(self._endpoint.sender, self._endpoint.username)
            if self._logged_in and self._endpoint.recipients and others:
                self._session.facts.warn("sender_not_tried")
        self._size()

    def _open(self) -> None:
        try:
            self._greeting()
            self._ask_capabilities()
        except CheckFailure as failure:
            opening = self._session.opening
            if failure.reason in _OF_ANOTHER_PROTOCOL and names_another_service(opening):
                raise CheckFailure(
                    "not_smtp",
                    "what answers there says that it is something else",
                    stage="greeting",
                    reply=failure.reply,
                ) from failure
            raise

    def _forget_capabilities(self) -> None:
        self._capabilities = {}

    def _offers_starttls(self) -> bool:
        return "STARTTLS" in self._capabilities

    def _say_starttls(self) -> Reply:
        reply, _lines = self._command("STARTTLS")
        return reply

    def _greeting(self) -> None:
        session = self._session
        with session.stage("greeting"):
            session.await_greeting(_begins_like_smtp)
            reply = self._read()
            session.facts.reply = reply
            self._note_name(reply)
            if reply.code in _NO_GREETINGS and not re.search("smtp|mail", reply.text, re.IGNORECASE):
                raise CheckFailure("not_smtp", "what answers there greets with a code that SMTP has not", reply=reply)
            if _refused(reply):
                raise self._failure(GREETING_RULES, reply, "the server refuses this host, or takes no work now")
            if reply.code != 220:
                raise CheckFailure("not_smtp", "what answers there greets with a code that SMTP has not", reply=reply)

    def _ask_capabilities(self) -> None:
        session = self._session
        self._forget_capabilities()
        with session.stage("hello"):
            name = session.own_name()
            session.names_heard.append(name)
            reply, lines = self._command(f"EHLO {name}")
            if _permanent(reply):
                self._helo(name, reply)
                lines = []
            elif reply.code != 250:
                raise self._hello_failure([reply])
            self._note_name(reply)
            self._note_capabilities(lines[1:])

    def _helo(self, name: str, refused: Reply) -> None:
        """The greeting of RFC 821, for servers that do not know EHLO."""
        refusals = [refused]
        try:
            reply, _lines = self._command(f"HELO {name}")
            if reply.code == 250:
                return
            refusals.append(reply)
        except Disconnected:
            pass
        raise self._hello_failure(refusals)

    def _hello_failure(self, refusals: Sequence[Reply]) -> CheckFailure:
        """What the answers to EHLO, and to HELO where that was tried, mean together."""
        session = self._session
        greeting = session.facts.reply
        if greeting is not None and is_another_protocol(greeting, refusals):
            return CheckFailure("not_smtp", "what answers there knows no EHLO", stage="greeting", reply=greeting)
        return self._failure(HELLO_RULES, refusals[0], f"the server refused EHLO {session.own_name()}")

    def _note_capabilities(self, lines: list[str]) -> None:
        facts = self._session.facts
        facts.capabilities = lines
        self._capabilities, facts.auth_offered = read_capabilities(lines)

    def _why_no_auth(self) -> str:
        if not self._session.secure and "STARTTLS" in self._capabilities:
            return "the server offers no login on an unencrypted connection; it offers STARTTLS"
        if any(line.upper().startswith("AUTH") for line in self._session.facts.capabilities):
            return "the server lists the login among its capabilities, and not one mechanism for it"
        return "AUTH is not among the server's capabilities"

    # -- sender and recipients --

    def _envelope(self) -> None:
        """MAIL FROM and RCPT TO. What is put off is tried again in this conversation, for a run logs in once only."""
        session = self._session
        for left in range(self._endpoint.retries, -1, -1):
            try:
                self._transaction(last=not left)
                return
            except PipeliningRefused:
                raise
            except CheckFailure as failure:
                again = failure.reason in DEFERRED and left and session.deadline.allows(self._endpoint.retry_delay)
                if not again or _closing(failure.reply) or self._may_come_again(failure.reply):
                    raise
                session.facts.deferrals.append(failure)
            session.pause(self._endpoint.retry_delay)

    def _may_come_again(self, reply: Reply | None) -> bool:
        """Whether the session was refused and not the envelope, and nobody logged in to it: then another connection is
        tried. Postscreen says 450 4.3.2 to every recipient of a session that passed its tests."""
        refused = reply is not None and (reply.enhanced_code or "").startswith("4.3.")
        return refused and self._session.facts.logins == 0

    def _transaction(self, *, last: bool) -> None:
        """One transaction, begun anew without PIPELINING where that is refused and this conversation can go on: it can
        until QUIT was said, and with a login in it there is no other one."""
        try:
            self._try_envelope(last=last)
        except PipeliningRefused as failure:
            if not self._session.facts.logins:
                raise
            if last:
                detail = "the server announces PIPELINING and refuses it, and no second login tries without"
                raise CheckFailure(
                    "protocol_error", detail, stage=failure.stage, reply=failure.reply, cure="pipelining"
                ) from failure
            self._session.one_at_a_time = True
            self._reset()
            self._try_envelope(last=last)

    def _try_envelope(self, *, last: bool) -> None:
        sender, recipients = self._addresses()
        mail = f"MAIL FROM:<{sender}>{self._mail_parameters(sender, recipients)}"
        commands = [f"RCPT TO:<{recipient}>" for recipient in recipients]
        pipelined = "PIPELINING" in self._capabilities and not self._session.one_at_a_time
        try:
            with self._session.stage("sender"):
                if pipelined:  # RFC 2920: the whole transaction in one flight, with RSET so that it is none
                    self._send(mail, *commands, "RSET", *(["QUIT"] if last else []))
                    self.goodbye = b"" if last else b"QUIT"
                else:  # one command at a time, and QUIT ends a transaction as RSET does (RFC 5321 4.1.1.10)
                    self._send(mail)
                self._judge_sender(self._read())
            if recipients:
                with self._session.stage("recipient"):
                    self._judge_recipients(recipients, [] if pipelined else commands)
        except CheckFailure as failure:
            if not pipelined and not last:
                self._reset()
            if pipelined and _speaks_of_pipelining(failure.reply):
                raise PipeliningRefused(
                    failure.reason, failure.detail, stage=failure.stage, reply=failure.reply
                ) from failure
            raise

    def _addresses(self) -> tuple[str, list[str]]:
        sender = ascii_address(self._endpoint.sender or "")
        recipients = [ascii_address(recipient) for recipient in self._endpoint.recipients]
        if "SMTPUTF8" not in self._capabilities:
            for stage, reason, address in (
                ("sender", "sender_rejected", sender),
                *(("recipient", "recipient_rejected", recipient) for recipient in recipients),
            ):
                if not address.isascii():
                    detail = f"{address} is not ASCII, and the server does not offer SMTPUTF8"
                    raise CheckFailure(reason, detail, stage=stage)
        return sender, recipients

    def _mail_parameters(self, sender: str, recipients: list[str]) -> str:
        parameters = ""
        octets = self._wanted_octets()
        if octets is not None and "SIZE" in self._capabilities and not self._too_large(octets):
            parameters += f" SIZE={octets}"
        if not all(address.isascii() for address in (sender, *recipients)):
            parameters += " SMTPUTF8"
        return parameters

    def _judge_sender(self, reply: Reply) -> None:
        self._session.facts.reply = reply
        if not _positive(reply):
            failure = self._failure(
                SENDER_RULES, reply, f"the server did not accept the sender {self._endpoint.sender}"
            )
            failure.stage = "size" if failure.reason == "message_size_exceeded" else "sender"
            raise failure

    def _judge_recipients(self, recipients: list[str], commands: list[str]) -> None:
        """All replies are read; the first permanent refusal tells the reason, else the first temporary one.

        `commands` are those still to be sent, none where they went with MAIL FROM.
        """
        refused: list[tuple[str, Reply]] = []
        for address, reply in zip(recipients, self._recipient_replies(len(recipients), commands, refused)):
            if _positive(reply):
                self._session.facts.reply = reply
            else:
                refused.append((address, reply))
        if refused:
            _address, reply = min(refused, key=lambda refusal: not _permanent(refusal[1]))
            shown = ", ".join(address for address, _reply in refused)
            detail = f"the server did not accept {len(refused)} of {len(recipients)} recipients: {shown}"
            raise self._failure(RECIPIENT_RULES, reply, detail)

    def _recipient_replies(self, count: int, commands: list[str], refused: list[tuple[str, Reply]]) -> Iterator[Reply]:
        """One reply each. A server that hangs up after a refusal has said enough."""
        for index in range(count):
            try:
                if commands:
                    self._send(commands[index])
                yield self._read()
            except Disconnected:  # noqa: PERF203  # which of the replies is missing matters
                if not refused:
                    raise
                return

    def _failure(self, rules: tuple[Rule, ...], reply: Reply, detail: str) -> CheckFailure:
        """What a reply that is none of those hoped for means."""
        session = self._session
        if not _refused(reply):
            return CheckFailure("protocol_error", detail, reply=reply)
        rule = rule_for(rules, reply, secure=session.secure, logged_in=self._logged_in, ours=session.own_words())
        return CheckFailure(rule.reason, detail, reply=reply, cure=rule.cure)

    def _note_name(self, reply: Reply) -> None:
        """The server's name begins its greeting and its answer to EHLO (RFC 5321 4.2)."""
        name = reply.text.partition(" ")[0]
        if "." in name:
            self._session.names_heard.append(name)

    def _reset(self) -> None:
        """End a transaction that is going to be tried again; what the server says to that shows then."""
        session = self._session
        if session.in_step:
            with suppress(CheckFailure), session.stage(session.facts.stage):
                self._send("RSET")
                self._read()

    # -- size --

    def _size(self) -> None:
        octets = self._wanted_octets()
        if octets is None:
            return
        with self._session.stage("size"):
            if self._too_large(octets):
                limit = int(self._capabilities["SIZE"]) / MEGABYTE
                raise CheckFailure(
                    "message_size_exceeded",
                    f"the server takes messages of at most {limit:.4g} MB, and message_size_mb is "
                    f"{self._endpoint.message_size_mb:g}",
                )

    def _wanted_octets(self) -> int | None:
        size = self._endpoint.message_size_mb
        return None if size is None else int(size * MEGABYTE)

    def _too_large(self, octets: int) -> bool:
        """RFC 1870 4: no number, or 0, means that no limit is known."""
        limit = self._capabilities.get("SIZE", "")
        return limit.isascii() and limit.isdigit() and len(limit) <= 20 and 0 < int(limit) < octets

    # -- commands and replies --

    def _command(self, line: str) -> tuple[Reply, list[str]]:
        """Send one command and read its reply, and the texts of its lines."""
        self._send(line)
        lines = self._read_lines()
        return smtp_reply(lines), [self._session.scrub.shown(line[4:], 200) for line in lines]

    def _send(self, *commands: str) -> None:
        self._in_step()
        self._session.send(*(command.encode("utf-8") for command in commands))
        self._outstanding = sum(command != "QUIT" for command in commands)

    def _read(self) -> Reply:
        return smtp_reply(self._read_lines())

    def _in_step(self) -> None:
        """Before a command: read what is still owed, and see that there is no more. A server speaks when spoken to;
        only 421 (closing) may come at any time (RFC 5321 3.8)."""
        while self._outstanding:
            self._read()
        unread = self._session.unread
        if unread and not unread.startswith(b"421"):
            raise NotAReply("the server spoke out of turn")

    def said_in_login(self, line: bytes, shown: str) -> bytes | Reply:
        """Send a line of a login, and read the challenge or the final reply."""
        self._in_step()
        self._session.send(line, shown=shown)
        self._outstanding = 1
        lines = self._read_lines(secret=True)
        reply = smtp_reply(lines)
        return lines[-1][4:] if reply.code == 334 else reply

    def wire_form(self, response: bytes) -> bytes:
        return wire_form(self._session, response)

    def _read_lines(self, *, secret: bool = False) -> list[bytes]:
        """The lines of one reply. `secret` masks a challenge in the transcript."""
        lines: list[bytes] = []
        session, noted = self._session, self._session.endpoint.transcript
        for _count in range(REPLY_LINES_LIMIT):
            line = session.read_line()
            if noted:
                session.heard(line, challenge=b"334 " if secret else b"")
            lines.append(line if line.isascii() else session.masked_octets(line))
            if ends_smtp_reply(line):
                self._outstanding = max(0, self._outstanding - 1)
                return lines
        raise NotAReply(f"a reply of more than {REPLY_LINES_LIMIT} lines")


class _SmtpExchange:
    """RFC 4954 4: AUTH with an initial response where it fits in a line, challenges by 334."""

    def __init__(self, dialogue: SmtpDialogue) -> None:
        self._dialogue = dialogue

    def begin(self, name: str, initial: bytes | None) -> bytes | Reply:
        command = b"AUTH " + name.encode("ascii")
        if initial is None:
            return self._dialogue.said_in_login(command, f"AUTH {name}")
        line = command + b" " + self._dialogue.wire_form(initial)
        if len(line) + 2 <= COMMAND_LIMIT:
            return self._dialogue.said_in_login(line, f"AUTH {name} {MASK}")
        answer = self._dialogue.said_in_login(command, f"AUTH {name}")
        return answer if isinstance(answer, Reply) else self.answer(initial)

    def answer(self, response: bytes) -> bytes | Reply:
        return self._dialogue.said_in_login(self._dialogue.wire_form(response), MASK)


def read_capabilities(lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The keywords of an EHLO reply with their parameters (RFC 5321 4.1.1.1), and the mechanisms of AUTH, upper case.

    `lines` are those below the server's name, without their codes:

        PIPELINING                      {"PIPELINING": "", "SIZE": "10240000"},
        SIZE 10240000                   ["PLAIN", "LOGIN"]
        AUTH PLAIN LOGIN
        AUTH=LOGIN PLAIN                as servers said it before RFC 2554
    """
    capabilities: dict[str, str] = {}
    mechanisms: list[str] = []
    for line in lines:
        keyword, _space, parameters = line.replace("=", " ", 1).partition(" ")
        if keyword.upper() == "AUTH":
            mechanisms.extend(parameters.upper().split())
        else:
            capabilities[keyword.upper()] = parameters
    return capabilities, list(dict.fromkeys(mechanisms))


# What refuses us in a greeting, or speaks as no SMTP server does, may be something else that says so.
_OF_ANOTHER_PROTOCOL = ("protocol_error", "client_rejected", "service_unavailable", "disconnected", "hello_rejected")
# RFC 5321 4.3.2 knows 220, 421 and 554; these are how FTP, NNTP and others greet whom they refuse.
_NO_GREETINGS = (400, 401, 431, 500, 501, 502, 503, 504, 507, 530)
_OTHER_SERVICES = re.compile(
    r"\b(lmtp|[st]ftpd?|nntp\w*|usenet|news|inn[d2]?|snpp|pop3|imap4?|hylafax|gopher|irc|telnet|dict|whois|finger|vnc|amanda"
    r"|fax|paging|printer|jetdirect|users? logged in)\b|ftp|\buser\b.{0,10}\bpass\b|\benter pass",
    re.IGNORECASE,
)


def names_another_service(opening: str) -> bool:
    """Whether a server's first words say what it is, and that it is not SMTP."""
    return re.search(r"\bE?SMTPD?\b", opening, re.IGNORECASE) is None and _OTHER_SERVICES.search(opening) is not None


def is_another_protocol(greeting: Reply, refusals: Sequence[Reply]) -> bool:
    """Whether a server that greets with 220 and refuses both EHLO and HELO speaks something else (LMTP, FTP, SNPP).

    It says so in its greeting, or it knows neither command, which is another matter than a name that it refuses.
    """
    return names_another_service(greeting.text) or all(_knows_no_such_command(reply) for reply in refusals)


def _knows_no_such_command(reply: Reply) -> bool:
    unknown = re.search(COMMAND_UNKNOWN, reply.text, re.IGNORECASE) is not None
    return reply.code == 500 or (reply.code in (502, 503, 504, 530) and unknown)


def _speaks_of_pipelining(reply: Reply | None) -> bool:
    return reply is not None and re.search("pipelin|synchroni[sz]", reply.text, re.IGNORECASE) is not None


def _begins_like_smtp(data: bytes) -> bool:
    """Whether these first bytes, few as they may be, can become an SMTP reply."""
    return re.match(rb"[2-5](\d(\d([ \r\n-]|\Z)|\Z)|\Z)", data) is not None


def _same_address(sender: str, username: str | None) -> bool:
    """Whether a login's sender is its own address: then nobody else's is being used."""
    return username is not None and sender.lower() == username.lower()


def _positive(reply: Reply) -> bool:
    return isinstance(reply.code, int) and 200 <= reply.code < 300


def _refused(reply: Reply) -> bool:
    return isinstance(reply.code, int) and reply.code >= 400


def _permanent(reply: Reply) -> bool:
    return isinstance(reply.code, int) and reply.code >= 500


def _closing(reply: Reply | None) -> bool:
    return reply is not None and reply.code == 421
