# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""IMAP's own LOGIN command (RFC 9051 6.2.3), for servers that offer no SASL mechanism."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Sequence

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import CheckFailure, Reply
from ansible_collections.appmail.settings.plugins.module_utils._network.connection import Disconnected
from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import DeadlineExpired
from ansible_collections.appmail.settings.plugins.module_utils._sasl.mechanism import (
    ClientOnly,
    Credentials,
    MechanismFault,
    encoded,
)
from ansible_collections.appmail.settings.plugins.module_utils._sasl.registry import Registration, reveals_secret
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import MASK, clean, cut

from .alphabets import readable
from .authentication import choose, clear_text_refused, log_in, may_reveal, wire_form
from .dialogue import Dialogue
from .replies import NotAReply, joined
from .session import Session
from .verdicts import IMAP_AUTH_RULES, IMAP_HELLO_RULES, IMAP_MAILBOX_RULES, Rule, rule_for


class LoginCommand(ClientOnly):
    """See Mechanism. Its one message is user and password with a NUL between, which the dialogue quotes."""

    def __init__(self, credentials: Credentials) -> None:
        self._message = b"\0".join(encoded(credentials))

    def initial_response(self) -> bytes | None:
        return self._message

    def respond(self, challenge: bytes) -> bytes:  # noqa: ARG002  # there is no challenge to answer
        raise MechanismFault("the server put a question that LOGIN has no answer to")


# No mechanism of SASL, so the registry has none of it.
LOGIN_COMMAND = Registration("LOGIN", lambda: LoginCommand)
ID_PATIENCE = 3.0  # seconds
RESPONSE_LINES_LIMIT = 1000
INITIAL_RESPONSE_LIMIT = 8000  # octets; RFC 7162 4 asks servers to take lines of 8192
# Protocols that greet alike, and then answer in their own way.
_KIN = re.compile(r"\b(imsp|acap|mupdate|sync server|sysinfo server|managesieve|sieve)\b", re.IGNORECASE)
_STATUS = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH)(?: +\[([^\]]*)\])?(?: +(.*))?\Z", re.IGNORECASE | re.DOTALL)
_LITERAL = re.compile(rb"\{(\d{1,9})\+?\}\Z")
_QUOTABLE = re.compile(rb"[ -~]*\Z")


class ImapDialogue(Dialogue):
    """See Dialogue."""

    STARTTLS_ACCEPTED = "OK"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        # A tag that cannot be foreseen: nobody can send the answer before the question.
        self._tag = os.urandom(3).hex().upper().encode("ascii")
        self._count = 0
        self._capabilities: list[str] = []
        self.goodbye = b"Z LOGOUT"

    # -- the stages --

    def log_in(self, credentials: Credentials) -> None:
        """One login with these credentials."""
        session = self._session
        with session.stage("auth"):
            chosen = self._choose()
            exchange = _LoginCommandExchange(self) if chosen is LOGIN_COMMAND else _AuthenticateExchange(self)
            log_in(session, chosen, exchange, credentials, IMAP_AUTH_RULES)

    def after_login(self) -> None:
        """The mailbox, where there is a login to open it."""
        mailbox = self._endpoint.mailbox
        if mailbox is None or self._session.facts.auth_mechanism is None:
            return
        with self._session.stage("mailbox"):
            reply = self._examine(mailbox)
            if reply.code != "OK":
                raise self._mailbox_failure(mailbox, reply)
            self._session.facts.reply = reply

    def _examine(self, mailbox: str) -> Reply:
        """The answer to EXAMINE; where the server wants to know the client first (NetEase), after it was told."""
        examine = b"EXAMINE " + quoted(mailbox_name(mailbox))
        reply = self.command(examine)
        if reply.code != "NO" or "ID" not in self._capabilities:
            return reply
        if self._rule(IMAP_MAILBOX_RULES, reply).cure != "client_id":
            return reply
        try:
            with self._session.hurried(ID_PATIENCE):
                self.command(b'ID ("name" "appmail.settings")')  # RFC 2971 3.1
                again = self.command(examine)
        except (DeadlineExpired, Disconnected, NotAReply):
            self._session.in_step = False
            return reply
        if again.code == "OK":
            self._session.facts.warn("client_id_wanted")
        return again

    def _mailbox_failure(self, mailbox: str, reply: Reply) -> CheckFailure:
        if reply.code == "BYE":
            return CheckFailure("disconnected", "the server ended the conversation at EXAMINE", reply=reply)
        rule = self._rule(IMAP_MAILBOX_RULES, reply)
        reason, cure = rule.reason, rule.cure
        if reason == "mailbox_not_found" and mailbox.upper() == "INBOX" and not cure:
            # Every account has one (RFC 9051 5.1), in any case of letters: its spelling is never wrong.
            missing = reply.enhanced_code in ("NONEXISTENT", "TRYCREATE")
            reason, cure = (reason, "inbox") if missing else ("unknown", "mailbox_trouble")
        return CheckFailure(reason, f"the server does not open the mailbox {mailbox}", reply=reply, cure=cure)

    def _rule(self, rules: Sequence[Rule], reply: Reply) -> Rule:
        session = self._session
        return rule_for(rules, reply, secure=session.secure, ours=session.own_words())

    def _open(self) -> None:
        self._greeting()
        if self._capabilities:
            return
        try:
            self._ask_capabilities()
        except CheckFailure as failure:
            if failure.reason == "protocol_error" and _KIN.search(self._session.opening):
                detail = "what answers there greets like IMAP and speaks something else"
                raise CheckFailure("not_imap", detail, stage="greeting", reply=failure.reply) from failure
            raise

    def _forget_capabilities(self) -> None:
        self._capabilities = []

    def _offers_starttls(self) -> bool:
        return "STARTTLS" in self._capabilities

    def _say_starttls(self) -> Reply:
        return self.command(b"STARTTLS")

    def _greeting(self) -> None:
        session = self._session
        with session.stage("greeting"):
            session.await_greeting(lambda data: b"* ".startswith(data[:2]))
            line = session.read_line()
            session.heard(line)
            reply = _status(line[2:])
            session.facts.reply = reply
            if reply.code == "BYE":
                raise self._refused_service(reply)
            if reply.code == "PREAUTH":
                detail = "the server counts this connection as logged in already"
                raise CheckFailure("already_authenticated", detail, reply=reply)
            if reply.code != "OK":
                raise CheckFailure("protocol_error", "the greeting is none that IMAP knows", reply=reply)
            self._note_capabilities(_capabilities_in_code(line))

    def _ask_capabilities(self) -> None:
        with self._session.stage("hello"):
            self._note_capabilities([])
            reply = self.command(b"CAPABILITY")
            if reply.code == "BYE":
                raise self._refused_service(reply)
            if reply.code != "OK":
                raise CheckFailure("unknown", "the server refused CAPABILITY", reply=reply)

    def _refused_service(self, reply: Reply) -> CheckFailure:
        rule = self._rule(IMAP_HELLO_RULES, reply)
        return CheckFailure(rule.reason, "the server takes no work now", reply=reply, cure=rule.cure)

    def _choose(self) -> Registration:
        """The one way to log in. The LOGIN command stands where SASL has nothing, unless the server forbids it."""
        session = self._session
        sasl = [capability[5:] for capability in session.facts.capabilities if capability.startswith("AUTH=")]
        forbidding = [word for word in ("LOGINDISABLED", "XTLSREQUIRED") if word in self._capabilities]
        forbidden = bool(forbidding)
        if forbidden and not session.secure:
            sasl = [name for name in sasl if not reveals_secret(name)]
            if not sasl or self._endpoint.mechanism.upper() not in ("AUTO", *sasl):
                detail = f"the server forbids a login without TLS ({forbidding[0]})"
                raise CheckFailure("auth_requires_encryption", detail)
        if forbidden and not sasl:
            raise CheckFailure("auth_not_offered", "the server offers no way to log in")
        try:
            return choose(session, sasl)
        except CheckFailure as failure:
            if failure.reason == "auth_requires_encryption" or forbidden:
                raise
            return self._login_command(sasl)

    def _login_command(self, sasl: list[str]) -> Registration:
        if self._endpoint.mechanism not in ("auto", "login"):
            offered = ", ".join([*sasl, "the LOGIN command"])
            detail = f"the server offers {offered}; not {self._endpoint.mechanism.upper()}"
            raise CheckFailure("auth_mechanism_not_offered", detail)
        if not may_reveal(self._session):
            raise clear_text_refused()
        return LOGIN_COMMAND

    # -- commands and responses --

    def command(self, line: bytes, shown: str | None = None) -> Reply:
        """Send one command and read up to its tagged answer."""
        answer = self.begin(line, shown)
        if isinstance(answer, bytes):
            raise NotAReply("the server asks for more where nothing is left to say")
        return answer

    def begin(self, line: bytes, shown: str | None = None) -> bytes | Reply:
        """Send one command and read up to a continuation request (its text) or the tagged answer."""
        self._count += 1
        tag = self._current_tag()
        shown_line = None if shown is None else f"{tag.decode('ascii')} {shown}"
        self._session.send(tag + b" " + line, shown=shown_line)
        return self._said()

    def go_on(self, line: bytes) -> bytes | Reply:
        """Send what a continuation request asked for; it is always a secret."""
        self._session.send(line, shown=MASK)
        return self._said()

    def wire_form(self, response: bytes) -> bytes:
        return wire_form(self._session, response)

    @property
    def has_initial_response(self) -> bool:
        return "SASL-IR" in self._capabilities

    @property
    def has_literal_plus(self) -> bool:
        return "LITERAL+" in self._capabilities

    def _current_tag(self) -> bytes:
        return self._tag + str(self._count).encode("ascii")

    def _said(self) -> bytes | Reply:
        alerts: list[str] = []
        tag = self._current_tag() + b" "
        for _count in range(RESPONSE_LINES_LIMIT):
            line = self._read_line()
            if line.startswith(b"+"):
                return line[1:].strip()
            if line.startswith(tag):
                tagged = len(tag)
                return _with_alerts(_status(line[tagged:]), alerts)
            if not line.startswith(b"* "):
                raise NotAReply("what came is not an IMAP response", line)
            reply = self._untagged(line, alerts)
            if reply is not None:
                return reply
        raise NotAReply(f"more than {RESPONSE_LINES_LIMIT} lines in answer to one command")

    def _untagged(self, line: bytes, alerts: list[str]) -> Reply | None:
        """Note an untagged response; BYE is the last word, whatever was asked."""
        if line[2:13].upper() == b"CAPABILITY ":
            self._note_capabilities(line[13:].split())
        match = _STATUS.match(line[2:])
        if match is None:
            return None
        reply = _status(line[2:])
        if reply.code in ("NO", "BAD"):
            alerts.append(reply.text)
        return reply if reply.code == "BYE" else None

    def _read_line(self) -> bytes:
        """One line with its literals put in place."""
        session = self._session
        line = session.read_line()
        session.heard(line, challenge=b"+ ")
        while True:
            literal = _LITERAL.search(line)
            if literal is None:
                return session.masked_octets(line)
            octets = session.read_octets(int(literal.group(1)))
            line = line[: literal.start()] + octets + session.read_line()

    def _note_capabilities(self, words: list[bytes]) -> None:
        facts = self._session.facts
        self._capabilities = [clean(capability).upper() for capability in words]
        facts.capabilities = [cut(self._session.scrub(capability), 200) for capability in self._capabilities]
        facts.auth_offered = [capability[5:] for capability in facts.capabilities if capability.startswith("AUTH=")]
        if words and "LOGINDISABLED" not in self._capabilities and "LOGIN" not in facts.auth_offered:
            facts.auth_offered.append("LOGIN")


class _AuthenticateExchange:
    """RFC 9051 6.2.2, with an initial response where the server has SASL-IR (RFC 4959)."""

    def __init__(self, dialogue: ImapDialogue) -> None:
        self._dialogue = dialogue

    def begin(self, name: str, initial: bytes | None) -> bytes | Reply:
        command = b"AUTHENTICATE " + name.encode("ascii")
        if initial is None:
            return self._dialogue.begin(command)
        line = self._dialogue.wire_form(initial)
        if self._dialogue.has_initial_response and len(line) < INITIAL_RESPONSE_LIMIT:
            shown = f"AUTHENTICATE {name} {MASK}"
            return self._dialogue.begin(command + b" " + line, shown)
        answer = self._dialogue.begin(command)
        return answer if isinstance(answer, Reply) else self.answer(initial)

    def answer(self, response: bytes) -> bytes | Reply:
        return self._dialogue.go_on(self._dialogue.wire_form(response))


class _LoginCommandExchange:
    """LOGIN with quoted strings, or literals for what cannot be quoted (RFC 9051 4.3)."""

    def __init__(self, dialogue: ImapDialogue) -> None:
        self._dialogue = dialogue

    def begin(self, name: str, initial: bytes | None) -> bytes | Reply:
        username, _nul, password = (initial or b"").partition(b"\0")
        command = name.encode("ascii") + b" "
        if _QUOTABLE.match(username + password):
            return self._dialogue.begin(command + quoted(username) + b" " + quoted(password), f"{name} {MASK} {MASK}")
        plus = b"+" if self._dialogue.has_literal_plus else b""
        parts = [command + _literal_head(username, plus), username + b" " + _literal_head(password, plus), password]
        if plus:
            return self._dialogue.begin(b"\r\n".join(parts), f"{name} {MASK} {MASK}")
        answer = self._dialogue.begin(parts[0], f"{name} {MASK}")
        for part in parts[1:]:
            if isinstance(answer, Reply):
                return answer
            answer = self._dialogue.go_on(part)
        return answer

    def answer(self, response: bytes) -> bytes | Reply:
        """Never asked for: the mechanism has no answer to a challenge."""
        return self._dialogue.go_on(response)


def quoted(text: bytes) -> bytes:
    """A quoted string of printable ASCII (RFC 9051 4.3)."""
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def mailbox_name(name: str) -> bytes:
    """A mailbox name in modified UTF-7 (RFC 3501 5.1.3)."""
    parts = []
    for part in re.findall(r"[ -~]+|[^ -~]+", name):
        if part.isascii() and part.isprintable():
            parts.append(part.replace("&", "&-").encode("ascii"))
        else:
            shifted = b64encode(part.encode("utf-16-be", "surrogatepass")).rstrip(b"=").replace(b"/", b",")
            parts.append(b"&" + shifted + b"-")
    return b"".join(parts)


def _literal_head(octets: bytes, plus: bytes) -> bytes:
    return b"{" + str(len(octets)).encode("ascii") + plus + b"}"


def _status(text: bytes) -> Reply:
    """OK, NO, BAD, BYE or PREAUTH with its response code and text. Raises NotAReply."""
    match = _STATUS.match(text)
    if match is None:
        raise NotAReply("what came is not an IMAP status", text)
    code = clean(match.group(2) or b"").split(" ", 1)[0].upper()
    (words,) = readable([match.group(3) or b""])
    return Reply(match.group(1).decode("ascii").upper(), code or None, words.strip())


def _with_alerts(reply: Reply, alerts: list[str]) -> Reply:
    """What an untagged NO or BAD said before belongs to a refusal."""
    if reply.code == "OK" or not alerts:
        return reply
    return Reply(reply.code, reply.enhanced_code, joined([reply.text, *alerts]))


def _capabilities_in_code(line: bytes) -> list[bytes]:
    match = re.match(rb"\* OK +\[CAPABILITY ([^\]]*)\]", line, re.IGNORECASE)
    return match.group(1).split() if match else []
