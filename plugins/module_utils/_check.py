# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Check endpoints: one result each, in the given order, equal endpoints once, many at a time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from ansible_collections.appmail.settings.plugins.module_utils._certificate import iso_time
from ansible_collections.appmail.settings.plugins.module_utils._connection import Network, SystemNetwork
from ansible_collections.appmail.settings.plugins.module_utils._conversation import Session, host_name
from ansible_collections.appmail.settings.plugins.module_utils._deadline import Deadline, Turn
from ansible_collections.appmail.settings.plugins.module_utils._endpoint import Endpoint, TlsSettings
from ansible_collections.appmail.settings.plugins.module_utils._login_gate import AlreadyRefused, LoginGates
from ansible_collections.appmail.settings.plugins.module_utils._mechanisms._protocol import Credentials
from ansible_collections.appmail.settings.plugins.module_utils._outcome import (
    Certificate,
    CheckFailure,
    Facts,
    Reply,
)
from ansible_collections.appmail.settings.plugins.module_utils._reasons import (
    FAILING_CATEGORIES,
    REASONS,
    category_message,
)
from ansible_collections.appmail.settings.plugins.module_utils._redact import Scrubber, cut
from ansible_collections.appmail.settings.plugins.module_utils._replies import TEXT_LIMIT
from ansible_collections.appmail.settings.plugins.module_utils._smtp import SmtpDialogue
from ansible_collections.appmail.settings.plugins.module_utils._tls import (
    LOOK,
    CertificateRefused,
    Contexts,
    HandshakeUnexplained,
    is_below,
    unverified,
)

MAX_PARALLEL = 50
# Which category is the worst of a run: without a connection nothing is known, without a login nothing can be sent.
_SEVERITY = ("complete", "failed", "login_failed", "connection_failed")


class Dialogue(Protocol):
    """A protocol's way through its stages. Each step raises CheckFailure where it ends early."""

    #: What is left to be said at the end, without waiting for an answer.
    goodbye: bytes

    def __init__(self, session: Session) -> None: ...

    def approach(self) -> None: ...

    def meet(self) -> None: ...

    def log_in(self, credentials: Credentials) -> None: ...

    def after_login(self) -> None: ...


def dialogue_for(protocol: str) -> type[Dialogue]:
    """The protocol's dialogue. IMAP's is loaded where it is spoken: hosts that read no mail need not read its code."""
    if protocol == "imap":
        from ansible_collections.appmail.settings.plugins.module_utils._imap import ImapDialogue

        return ImapDialogue
    return SmtpDialogue


class Attempt:
    """One conversation with an endpoint: what it saw, and how it ended."""

    def __init__(self, facts: Facts, failure: CheckFailure | None, seconds: float) -> None:
        self.facts = facts
        self.failure = failure
        self.seconds = seconds

    @property
    def reason(self) -> str:
        return self.failure.reason if self.failure is not None else "ok"

    @property
    def stage(self) -> str:
        return (self.failure.stage or self.facts.stage) if self.failure is not None else "done"

    @property
    def temporary(self) -> bool:
        return self.failure is not None and _temporary(self.failure)


class Checker:
    """One run: what all its endpoints share."""

    def __init__(self, network: Network | None = None) -> None:
        self.network: Network = network if network is not None else SystemNetwork()
        self.contexts = Contexts()
        self.logins = LoginGates()
        self._working = threading.Lock()

    def check(self, endpoint: Endpoint) -> list[Attempt]:
        """All attempts at an endpoint, the last one being its verdict. Never raises for anything a server does."""
        turn = Turn(self._working)
        turn.take()
        try:
            return self._check(endpoint, Deadline(endpoint.timeout, turn))
        finally:
            turn.give()

    def _check(self, endpoint: Endpoint, deadline: Deadline) -> list[Attempt]:
        scrub = Scrubber([endpoint.password] if endpoint.password else [])
        attempts: list[Attempt] = []
        while True:
            attempt = self._attempt(endpoint, deadline, scrub)
            attempts.append(attempt)
            again = (
                len(attempts) + len(attempt.facts.deferrals) <= endpoint.retries
                and attempt.temporary
                # A run logs in once, whatever came of it, and wherever it was.
                and attempt.facts.logins == 0
                and not isinstance(attempt.failure, AlreadyRefused)
                and deadline.allows(endpoint.retry_delay)
            )
            if not again:
                _scrub(attempt, scrub)
                return attempts
            deadline.wait(lambda _left: time.sleep(endpoint.retry_delay))

    def _attempt(self, endpoint: Endpoint, deadline: Deadline, scrub: Scrubber) -> Attempt:
        started = time.monotonic()
        facts = Facts()
        failure = None
        try:
            if endpoint.encryption != "none":
                self.contexts.get(endpoint.tls)  # a file that cannot be read is found before connecting
            self._converse(endpoint, deadline, scrub, facts)
        except CheckFailure as found:
            failure = found
        except Exception as fault:  # noqa: BLE001  # a fault of ours is a result too, and never a traceback with a secret
            failure = CheckFailure("unknown", f"the check itself failed: {_place(fault)}", stage=facts.stage)
        return Attempt(facts, failure, time.monotonic() - started)

    def _converse(self, endpoint: Endpoint, deadline: Deadline, scrub: Scrubber, facts: Facts) -> None:
        session = Session(endpoint, self.network, self.contexts, deadline, scrub, facts=facts)
        dialogue = dialogue_for(endpoint.protocol)(session)
        try:
            session.connect()
            dialogue.approach()
            dialogue.meet()
            if endpoint.username is not None:
                self._log_in(dialogue, session)
            dialogue.after_login()
        except CertificateRefused as refused:
            self._look_at_certificate(session, refused)
            raise
        except HandshakeUnexplained as failure:
            self._look_for_older_tls(session, failure)
            raise
        finally:
            session.finish(dialogue.goodbye)
        if endpoint.probe_invalid_login and facts.auth_verified:
            self._probe_invalid_login(session)
        facts.stage = "done"

    def _log_in(self, dialogue: Dialogue, session: Session) -> None:
        """Log in once, unless the login was refused at another endpoint that shares it."""
        endpoint, facts = session.endpoint, session.facts
        facts.stage = "auth"
        gate = self.logins.of(endpoint)
        with gate.passage(session.deadline):
            try:
                dialogue.log_in(_credentials(endpoint))
            except CheckFailure as failure:
                if facts.logins > 0 and _settles_the_login(failure):
                    gate.refused(failure.reason, _scrubbed(failure.reply, session.scrub))
                raise
            gate.accepted()

    def _look_at_certificate(self, refusing: Session, refused: CertificateRefused) -> None:
        """Fetch the refused certificate over a second connection, for its dates and names; nothing is sent over it."""
        refusing.remark("a second connection looks at the certificate that was refused")
        seen = self._look(refusing, unverified(refusing.tls))
        certificate = seen.certificate
        if certificate is not None:
            facts = refusing.facts
            facts.tls_version, facts.tls_cipher = seen.tls_version, seen.tls_cipher
            facts.certificate = certificate
            refused.detail += _certificate_detail(refused.reason, certificate, refusing.scrub)

    def _look_for_older_tls(self, session: Session, failure: HandshakeUnexplained) -> None:
        """Find out over a second connection, which takes any version, whether the server's are too old."""
        minimum = session.tls.minimum_version
        if minimum <= LOOK.minimum_version:
            return
        session.remark("a second connection looks whether the server speaks an older version of TLS")
        version = self._look(session, replace(LOOK, server_name=session.tls.server_name)).tls_version
        if version is not None and is_below(version, minimum):
            failure.reason, failure.stage = "tls_version_unsupported", "tls"
            failure.detail += f"; the server speaks {version}"

    def _look(self, first: Session, tls: TlsSettings) -> Facts:
        """What another connection sees, by other TLS settings, up to the end of the handshake; no more than there was
        if it fails too."""
        look = Session(first.endpoint, self.network, self.contexts, first.deadline, first.scrub, tls=tls)
        try:
            look.connect([first.address] if first.address else None)
            dialogue_for(look.endpoint.protocol)(look).approach()
        except CheckFailure:
            pass  # what the first connection found stands without it
        finally:
            look.finish()
        return look.facts

    def _probe_invalid_login(self, session: Session) -> None:
        """One login with a made-up user: a server that accepts it accepts anybody."""
        session.remark("a second connection tries a made-up login")
        probe = Session(session.endpoint, self.network, self.contexts, session.deadline, session.scrub)
        dialogue = dialogue_for(probe.endpoint.protocol)(probe)
        endpoint = session.endpoint
        made_up = Credentials(
            f"appmail-check-{os.urandom(8).hex()}", os.urandom(16).hex(), endpoint.host, endpoint.port
        )
        try:
            probe.connect([session.address] if session.address else None)
            dialogue.approach()
            dialogue.meet()
            dialogue.log_in(made_up)
        except CheckFailure:
            pass  # refused, as it should be; or not judged, which says nothing against the login that was accepted
        else:
            session.facts.auth_verified = False
            session.facts.warn("login_not_verified")
        finally:
            probe.finish(dialogue.goodbye)


def check_endpoints(
    endpoints: Sequence[Endpoint], max_parallel: int = MAX_PARALLEL, network: Network | None = None
) -> list[dict[str, object]]:
    """One result mapping per endpoint, in the given order. Equal endpoints are checked once.

    Endpoints that differ in other things may share a login. Where it is refused at one of them, it is not tried at the
    others, for a few wrong logins lock an account.
    """
    outcomes = _check_in_parallel(Checker(network), _servers_in_turn(dict.fromkeys(endpoints)), max_parallel)
    checked_from = host_name()
    return [result(endpoint, outcomes[endpoint], checked_from) for endpoint in endpoints]


def _settles_the_login(failure: CheckFailure) -> bool:
    """Whether the same login can only do harm at another endpoint: it was refused, or tried too often already."""
    return REASONS[failure.reason].category == "login_failed" or failure.reason == "auth_too_many_attempts"


def _servers_in_turn(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """One endpoint of each server, then the second of each, and so on: those of a server that never answers begin early
    enough to end with the others, and no server is asked by all threads while another one is idle."""
    turns: dict[tuple[str, int], int] = {}
    ranked: list[tuple[int, Endpoint]] = []
    for endpoint in endpoints:
        server = (endpoint.host, endpoint.port)
        turns[server] = turns.get(server, 0) + 1
        ranked.append((turns[server], endpoint))
    return [endpoint for _turn, endpoint in sorted(ranked, key=lambda each: each[0])]


def _check_in_parallel(checker: Checker, waiting: Sequence[Endpoint], limit: int) -> dict[Endpoint, list[Attempt]]:
    """All attempts by endpoint, at the most ``limit`` endpoints at a time; no threads for one."""
    outcomes: dict[Endpoint, list[Attempt]] = {}
    left = iter(waiting)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                endpoint = next(left, None)
            if endpoint is None:
                return
            outcomes[endpoint] = checker.check(endpoint)

    threads = [threading.Thread(target=work, name="check") for _each in range(min(limit, len(waiting)) - 1)]
    started = [thread for thread in threads if _starts(thread)]
    work()
    for thread in started:
        thread.join()
    return outcomes


def _starts(thread: threading.Thread) -> bool:
    """A host that gives us no more threads gets its work done by those there are."""
    try:
        thread.start()
    except RuntimeError:
        return False
    return True


def worst(results: Sequence[dict[str, object]], fail_on: Sequence[str] = FAILING_CATEGORIES) -> dict[str, object]:
    """The worst result's category, reason, stage and msg, and `failed`: whether any category is one of `fail_on`.

    Among those that fail the run, if any does; the first of the worst. None in all four where there are no results.
    """
    if not results:
        none = dict.fromkeys(("category", "reason", "stage"))
        return {**none, "msg": "nothing was checked: there are no endpoints", "failed": False}
    failing = [each for each in results if each["category"] in fail_on]
    chosen = max(failing or results, key=lambda each: _SEVERITY.index(str(each["category"])))
    message = str(chosen["msg"])
    others = len(failing) - 1
    if others > 0:
        message += f" ({others} more of {len(results)} endpoints did not pass: see results)"
    return {
        "category": chosen["category"],
        "reason": chosen["reason"],
        "stage": chosen["stage"],
        "msg": message,
        "failed": bool(failing),
    }


def _scrub(attempt: Attempt, scrub: Scrubber) -> None:
    """Take secrets out of everything that came from the server and is going to be shown."""
    facts, failure = attempt.facts, attempt.failure
    facts.reply = _scrubbed(facts.reply, scrub)
    if failure is not None:
        failure.reply = _scrubbed(failure.reply, scrub)
    if facts.certificate is not None:
        facts.certificate = replace(
            facts.certificate,
            subject=scrub(facts.certificate.subject),
            issuer=scrub(facts.certificate.issuer),
            names=tuple(scrub(each) for each in facts.certificate.names),
        )


def _scrubbed(reply: Reply | None, scrub: Scrubber) -> Reply | None:
    if reply is None:
        return None
    enhanced = cut(scrub(reply.enhanced_code), 80) if reply.enhanced_code else None
    return replace(reply, text=cut(scrub(reply.text), TEXT_LIMIT), enhanced_code=enhanced)


# -- results ---------------------------------------------------------------------------------------------------------


def result(endpoint: Endpoint, attempts: Sequence[Attempt], checked_from: str) -> dict[str, object]:
    """What the modules return for one endpoint."""
    last = attempts[-1]
    facts = last.facts
    reason = REASONS[last.reason]
    reply = last.failure.reply if last.failure is not None else facts.reply
    hint = reason.hint.format(**_hint_values(endpoint, facts))
    return {
        "name": endpoint.name,
        "host": endpoint.host,
        "port": endpoint.port,
        "encryption": endpoint.encryption,
        "category": reason.category,
        "msg": _message(endpoint, last, reply, hint),
        "reason": reason.name,
        "stage": last.stage,
        "hint": hint,
        "reply": None if reply is None else _reply(reply),
        "temporary": last.temporary,
        "attempts": [row for each in attempts for row in _attempt_rows(each)],
        "checked_from": checked_from,
        "address": facts.address,
        "tls": _tls(facts),
        "auth": {
            "offered": facts.auth_offered,
            "mechanism": facts.auth_mechanism,
            "verified": facts.auth_verified,
        },
        "capabilities": facts.capabilities,
        "warnings": facts.warnings,
        "timings": {stage: round(spent, 1) for stage, spent in facts.timings.items()},
        "transcript": facts.transcript if endpoint.transcript else None,
    }


def _message(endpoint: Endpoint, attempt: Attempt, reply: Reply | None, hint: str) -> str:
    """The documented message first, then which endpoint, what was seen, and the cure."""
    documented = category_message(REASONS[attempt.reason].category, endpoint.protocol)
    named = endpoint.name if endpoint.label in endpoint.name else f"{endpoint.name} ({endpoint.label})"
    if attempt.failure is None:
        return f"{documented}: {named}, {_achieved(attempt.facts)}."
    said = f"; it said: {reply}" if reply is not None else ""
    parts = (
        documented if documented.endswith(".") else documented + ".",
        f"{named}: {attempt.reason} at {attempt.stage}: {attempt.failure.detail}{said}".rstrip(".") + ".",
        hint,
    )
    return " ".join(part for part in parts if part)


def _achieved(facts: Facts) -> str:
    encryption = facts.tls_version or "not encrypted"
    if facts.auth_mechanism is None:
        return f"{encryption}, no login"
    return f"{encryption}, login by {facts.auth_mechanism}" + ("" if facts.auth_verified else " not verified")


def _attempt_rows(attempt: Attempt) -> list[dict[str, object]]:
    """An attempt, and before it what it put off and tried again in the same conversation."""
    deferred: list[dict[str, object]] = [
        {
            "category": REASONS[each.reason].category,
            "reason": each.reason,
            "stage": each.stage,
            "temporary": True,
            "address": attempt.facts.address,
            "addresses": [],
            "logins": 0,
            "duration": None,
        }
        for each in attempt.facts.deferrals
    ]
    return [
        *deferred,
        {
            "category": REASONS[attempt.reason].category,
            "reason": attempt.reason,
            "stage": attempt.stage,
            "temporary": attempt.temporary,
            "address": attempt.facts.address,
            "addresses": [
                {"address": each.address, "reason": each.reason, "detail": each.detail}
                for each in attempt.facts.address_failures
            ],
            "logins": attempt.facts.logins,
            "duration": round(attempt.seconds * 1000, 1),
        },
    ]


def _reply(reply: Reply) -> dict[str, object]:
    return {"code": reply.code, "enhanced_code": reply.enhanced_code, "text": reply.text}


def _tls(facts: Facts) -> dict[str, object] | None:
    if facts.tls_version is None:
        return None
    certificate = facts.certificate
    return {
        "version": facts.tls_version,
        "cipher": facts.tls_cipher,
        "certificate": None if certificate is None else _certificate(certificate),
    }


def _certificate(certificate: Certificate) -> dict[str, object]:
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": list(certificate.names),
        "not_after": iso_time(certificate.not_after),
        "days_left": int((certificate.not_after - time.time()) // 86400),
        "sha256": certificate.sha256,
    }


def _certificate_detail(reason: str, certificate: Certificate, scrub: Scrubber) -> str:
    if reason == "certificate_expired":
        if certificate.not_after > time.time():
            return "; it is not the server's own certificate but one above it in the chain"
        return f" on {iso_time(certificate.not_after)}"
    if reason == "certificate_not_yet_valid":
        return f"; it begins on {iso_time(certificate.not_before)}"
    if reason == "certificate_name_mismatch":
        return f"; it bears {scrub(', '.join(certificate.names[:20])) or 'no name at all'}"
    return f"; its issuer is {scrub(certificate.issuer) or 'not named'}"


def _hint_values(endpoint: Endpoint, facts: Facts) -> dict[str, object]:
    return {
        "host": endpoint.host,
        "port": endpoint.port,
        "encryption": endpoint.encryption,
        "protocol": endpoint.protocol.upper(),
        "timeout": f"{endpoint.timeout:g}",
        "address_family": endpoint.address_family,
        "helo_name": endpoint.helo_name or "not set",
        "minimum_version": endpoint.tls.minimum_version,
        "ca_file": endpoint.tls.ca_file or "not set",
        "offered": ", ".join(facts.auth_offered) or "nothing",
        "sender": endpoint.sender,
        "mailbox": endpoint.mailbox,
    }


def _temporary(failure: CheckFailure) -> bool:
    return REASONS[failure.reason].temporary or (failure.reply is not None and failure.reply.temporary)


def _credentials(endpoint: Endpoint) -> Credentials:
    return Credentials(endpoint.username or "", endpoint.password or "", endpoint.host, endpoint.port)


def _place(fault: Exception) -> str:
    """The kind of a fault and where it arose; never its text, which may hold anything."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" in {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else ""
    return type(fault).__name__ + where
