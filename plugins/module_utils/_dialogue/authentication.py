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
from .verdicts import Rule, reason_for

CHALLENGE_LIMIT = 8


class Exchange(Protocol):
    """How a protocol frames a login. Both methods give the next challenge, decoded, or the final reply."""

    def begin(self, name: str, initial: bytes | None) -> bytes | Reply: ...

    def answer(self, response: bytes) -> bytes | Reply: ...


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
        try:
            reply = _converse(session, chosen.name, mechanism, exchange)
            facts.reply = reply
            if reply.code not in (235, "OK"):
                failure = _refusal(session, chosen.name, mechanism, reply, rules)
                session.login_gate.refused(failure.reason, scrubbed(reply, session.scrub), path)
                raise failure
            session.login_gate.accepted()
            note_accepted(session, judged=mechanism.accepted())
        except MechanismFault as fault:
            session.in_step = False
            raise CheckFailure("protocol_error", f"{chosen.name}: {fault}", reply=facts.reply) from fault


def note_accepted(session: Session, *, judged: bool) -> None:
    """The login was accepted; `judged` is False if the server said so before it had been told everything."""
    session.facts.auth_verified = judged
    if not judged:
        session.facts.warn("login_not_verified")


def _converse(session: Session, name: str, mechanism: Mechanism, exchange: Exchange) -> Reply:
    answer = exchange.begin(name, mechanism.initial_response())
    for _turn in range(CHALLENGE_LIMIT):
        if isinstance(answer, Reply):
            return answer
        answer = exchange.answer(_respond(session, mechanism, answer))
    if isinstance(answer, Reply):
        return answer
    raise MechanismFault("the server does not stop asking")


def _respond(session: Session, mechanism: Mechanism, challenge: bytes) -> bytes:
    if mechanism.COSTLY:
        return run_within(session.deadline, lambda: mechanism.respond(challenge))
    return mechanism.respond(challenge)


def _refusal(session: Session, name: str, mechanism: Mechanism, reply: Reply, rules: Sequence[Rule]) -> CheckFailure:
    if mechanism.token_fault and not reply.temporary:
        fault = cut(session.scrub(mechanism.token_fault), 200)
        return CheckFailure("auth_token_invalid", f"the server refused the token: {fault}", reply=reply)
    reason = reason_for(rules, reply, secure=session.secure)
    if reason == "unknown" and isinstance(reply.code, int) and reply.code < 400:
        return CheckFailure("protocol_error", "the answer to AUTH is none that SMTP knows", reply=reply)
    if reason == "unknown" and reply.code == "BYE":
        reason = "disconnected"
    return CheckFailure(reason, f"the server did not accept the login ({name})", reply=reply)


def decoded(challenge: bytes) -> bytes:
    """A challenge from its base64; as it is if it is none, for some servers send their questions bare."""
    try:
        return b64decode(challenge.strip(), validate=True)
    except ValueError:
        return challenge.strip()


def wire_form(session: Session, response: bytes) -> bytes:
    """A response in base64, known as a secret from now on: a server may echo it."""
    line = b64encode(response)
    if len(response) > 4:
        session.scrub.add_base64(line.decode("ascii"))
    return line
