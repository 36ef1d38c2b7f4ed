# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Log in once: choose the mechanism, speak it, and judge the answer. SMTP and IMAP differ only in their framing."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Protocol

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import CheckFailure, Reply
from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import run_within
from ansible_collections.appmail.settings.plugins.module_utils._sasl.mechanism import (
    Credentials,
    Mechanism,
    MechanismFault,
    NotEncodable,
)
from ansible_collections.appmail.settings.plugins.module_utils._sasl.registry import (
    AUTO,
    MECHANISMS,
    Registration,
)
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import cut

from .replies import scrubbed
from .session import Session
from .verdicts import Rule, rule_for, says_that_it_failed

CHALLENGE_LIMIT = 8


class Exchange(Protocol):
    """How a protocol frames a login. Both methods give the next challenge as it came, or the final reply."""

    def begin(self, name: str, initial: bytes | None) -> bytes | Reply:
        """Name the mechanism, with what the client says first, where it does."""

    def answer(self, response: bytes) -> bytes | Reply:
        """Send what a challenge asks for."""


def choose(session: Session, offered: Sequence[str]) -> Registration:
    """The one mechanism to try, of those that the server offers (upper case). Raises CheckFailure."""
    choice = session.endpoint.mechanism
    ours = AUTO if choice == "auto" else (MECHANISMS[choice],)
    fitting = [mechanism for mechanism in ours if mechanism.name in offered]
    if not fitting:
        asked = "none of them can be done with a user and a password" if choice == "auto" else f"not {choice.upper()}"
        raise CheckFailure("auth_mechanism_not_offered", f"the server offers {', '.join(offered)}; {asked}")
    safe = [mechanism for mechanism in fitting if may_reveal(session) or not mechanism.reveals_secret]
    if not safe:
        raise clear_text_refused()
    return safe[0]


def may_reveal(session: Session) -> bool:
    """A password goes over an unencrypted connection only where the settings say so in so many words."""
    return session.secure or session.endpoint.encryption == "none"


def clear_text_refused() -> CheckFailure:
    """The failure for a login that would have shown the password."""
    return CheckFailure(
        "auth_requires_encryption", "the connection is not encrypted, and the password is not sent in clear"
    )


def log_in(
    session: Session, chosen: Registration, exchange: Exchange, credentials: Credentials, rules: Sequence[Rule]
) -> None:
    """One login, no more. Raises CheckFailure unless the server accepts it."""
    facts = session.facts
    facts.auth_mechanism = chosen.name
    try:
        mechanism = chosen.load()(credentials)
    except NotEncodable as fault:
        raise CheckFailure("auth_not_encodable", f"{chosen.name}: {fault}") from fault
    if chosen.reveals_secret and not session.secure:
        facts.warn("password_sent_in_clear")
    path = (chosen.name, session.secure)
    with session.login_gate.passage(session.deadline, path):
        facts.logins += 1
        session.scrub.is_told = True
        reply = _converse(session, chosen, mechanism, exchange)
        facts.reply = reply
        if reply.code not in (235, "OK"):
            failure = _refusal(session, chosen, mechanism, reply, rules)
            session.login_gate.refused(failure.reason, scrubbed(reply, session.scrub), path)
            raise failure
        session.login_gate.accepted()
        try:
            note_accepted(session, judged=mechanism.accepted() and not says_that_it_failed(reply))
        except MechanismFault as fault:
            raise _mechanism_failure(session, chosen, fault, reply) from fault


def note_accepted(session: Session, *, judged: bool) -> None:
    """The login was accepted; `judged` is False if the server said so before it had been told everything, or says in
    words that it failed."""
    session.facts.auth_verified = judged
    if not judged:
        session.facts.warn("login_not_verified")


def _converse(session: Session, chosen: Registration, mechanism: Mechanism, exchange: Exchange) -> Reply:
    """The final reply to a login. A challenge that cannot be answered is a CheckFailure that quotes it."""
    answer = exchange.begin(chosen.name, mechanism.initial_response())
    try:
        for _turn in range(CHALLENGE_LIMIT):
            if isinstance(answer, Reply):
                break
            challenge = _decoded(answer, strict=not chosen.reveals_secret)
            answer = exchange.answer(_respond(session, mechanism, challenge))
    except MechanismFault as fault:
        asked = 334 if session.endpoint.protocol == "smtp" else "+"
        quoted = Reply(asked, None, session.scrub.shown(answer, 120)) if isinstance(answer, bytes) else answer
        raise _mechanism_failure(session, chosen, fault, quoted) from fault
    if isinstance(answer, Reply):
        return answer
    raise _mechanism_failure(session, chosen, MechanismFault("the server does not stop asking"), session.facts.reply)


def _mechanism_failure(
    session: Session, chosen: Registration, fault: MechanismFault, reply: Reply | None
) -> CheckFailure:
    session.in_step = False
    return CheckFailure("protocol_error", f"{chosen.name}: {fault}", reply=reply)


def _respond(session: Session, mechanism: Mechanism, challenge: bytes) -> bytes:
    if mechanism.COSTLY:
        return run_within(session.deadline, lambda: mechanism.respond(challenge))
    return mechanism.respond(challenge)


def _refusal(
    session: Session, chosen: Registration, mechanism: Mechanism, reply: Reply, rules: Sequence[Rule]
) -> CheckFailure:
    if mechanism.token_fault and not reply.temporary:
        fault = cut(session.scrub(mechanism.token_fault), 200)
        return CheckFailure("auth_token_invalid", f"the server refused the token: {fault}", reply=reply)
    rule = rule_for(rules, reply, secure=session.secure, ours=session.own_words())
    reason, cure = rule.reason, rule.cure
    if reason == "unknown" and isinstance(reply.code, int) and reply.code < 400:
        return CheckFailure("protocol_error", "the answer to AUTH is none that SMTP knows", reply=reply)
    if reason == "unknown" and reply.code == "BYE":
        reason = "disconnected"
    if reason == "auth_rejected":
        reason, cure = _rejected(session, chosen)
    return CheckFailure(reason, f"the server did not accept the login ({chosen.name})", reply=reply, cure=cure)


def _rejected(session: Session, chosen: Registration) -> tuple[str, str]:
    """What a plain refusal means by what was shown: a token, a proof made from the password, or the password."""
    if chosen.takes_token:
        return "auth_token_invalid", "account"
    others = {"PLAIN", "LOGIN"} & set(session.facts.auth_offered)
    return "auth_rejected", "mechanism" if others and not chosen.reveals_secret else ""


def _decoded(challenge: bytes, *, strict: bool) -> bytes:
    """A challenge from its base64. Unless something is to be computed from it (`strict`) it is taken as it is if it is
    none, for some servers send their questions bare."""
    try:
        return b64decode(challenge.strip(), validate=True)
    except ValueError:
        if strict:
            raise MechanismFault("the server's challenge is not base64") from None
        return challenge.strip()


def wire_form(session: Session, response: bytes) -> bytes:
    """A response in base64, known as a secret from now on: a server may echo it."""
    line = b64encode(response)
    if len(response) > 4:
        session.scrub.add_base64(line.decode("ascii"))
    return line
