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
from typing import TYPE_CHECKING

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
    MAX_PARALLEL,
    Endpoint,
    TlsSettings,
)
from ansible_collections.appmail.settings.plugins.module_utils._check.facts import (
    Attempt,
    Certificate,
    CheckFailure,
    Facts,
    iso_time,
)
from ansible_collections.appmail.settings.plugins.module_utils._check.results import result
from ansible_collections.appmail.settings.plugins.module_utils._network.connection import Network, SystemNetwork
from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import Deadline, Turn
from ansible_collections.appmail.settings.plugins.module_utils._network.tls import (
    LOOK,
    CertificateRefused,
    Contexts,
    HandshakeUnexplained,
    is_below,
    unverified,
)
from ansible_collections.appmail.settings.plugins.module_utils._sasl.mechanism import Credentials
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import Scrubber

from .dialogue import Dialogue
from .replies import scrubbed
from .session import Session, host_name
from .shared_logins import AlreadyRefused, LoginGates
from .smtp import PipeliningRefused, SmtpDialogue

if TYPE_CHECKING:
    from ansible_collections.appmail.settings.plugins.module_utils._check.shapes import CheckResult


def dialogue_for(protocol: str) -> type[Dialogue]:
    """The protocol's dialogue. IMAP's is loaded where it is spoken: hosts that read no mail need not read its code."""
    if protocol == "imap":
        from .imap import ImapDialogue

        return ImapDialogue
    return SmtpDialogue


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
            used = sum(1 + len(attempt.facts.deferrals) for attempt in attempts)
            tried = replace(endpoint, retries=max(0, endpoint.retries - used)) if used else endpoint
            attempt = self._attempt(tried, deadline, scrub)
            attempts.append(attempt)
            used += 1 + len(attempt.facts.deferrals)
            if used > endpoint.retries or not _may_be_tried_again(attempt) or not deadline.allows(endpoint.retry_delay):
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
            try:
                self._converse(endpoint, deadline, scrub, facts)
            except PipeliningRefused:
                facts = Facts(transcript=facts.transcript)
                self._converse(endpoint, deadline, scrub, facts, one_at_a_time=True)
        except CheckFailure as verdict:
            failure = verdict
        except Exception as fault:  # noqa: BLE001  # a fault of ours is a result too, and never a traceback with a secret
            failure = CheckFailure("unknown", f"the check itself failed: {_place(fault)}", stage=facts.stage)
        return Attempt(facts, failure, time.monotonic() - started)

    def _converse(
        self, endpoint: Endpoint, deadline: Deadline, scrub: Scrubber, facts: Facts, *, one_at_a_time: bool = False
    ) -> None:
        session = Session(
            endpoint,
            self.network,
            self.contexts,
            deadline,
            scrub,
            facts=facts,
            login_gate=self.logins.of(endpoint),
            one_at_a_time=one_at_a_time,
        )
        dialogue = dialogue_for(endpoint.protocol)(session)
        try:
            session.connect()
            dialogue.approach()
            dialogue.meet()
            if endpoint.username is not None:
                dialogue.log_in(_credentials(endpoint))
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

    def _look_at_certificate(self, refusing: Session, refused: CertificateRefused) -> None:
        """Fetch the refused certificate over a second connection, for its dates and names; nothing is sent over it."""
        refusing.remark("a second connection looks at the certificate that was refused")
        look = self._look(refusing, unverified(refusing.tls))
        certificate = look.certificate
        if certificate is not None:
            facts = refusing.facts
            facts.tls_version, facts.tls_cipher = look.tls_version, look.tls_cipher
            facts.certificate = certificate
            if refused.reason == "certificate_name_mismatch" and not certificate.names:
                refused.cure = "without_names"
                facts.warn("certificate_without_names")
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
) -> list[CheckResult]:
    """One result mapping per endpoint, in the given order. Equal endpoints are checked once.

    Endpoints that differ in other things may share a login. Where it is refused at one of them, it is not tried at the
    others, for a few wrong logins lock an account.
    """
    outcomes = _check_in_parallel(Checker(network), _servers_in_turn(dict.fromkeys(endpoints)), max_parallel)
    checked_from = host_name()
    return [result(endpoint, outcomes[endpoint], checked_from) for endpoint in endpoints]


def _servers_in_turn(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """One endpoint of each server, then the second of each, and so on: those of a server that never answers begin early
    enough to end with the others, and no server is asked by all threads while another one is idle."""
    turns: dict[tuple[str, int], int] = {}
    ranked: list[tuple[int, Endpoint]] = []
    for endpoint in endpoints:
        server = (endpoint.host, endpoint.port)
        turns[server] = turns.get(server, 0) + 1
        ranked.append((turns[server], endpoint))
    return [endpoint for _turn, endpoint in sorted(ranked, key=lambda entry: entry[0])]


def _check_in_parallel(checker: Checker, waiting: Sequence[Endpoint], limit: int) -> dict[Endpoint, list[Attempt]]:
    """All attempts by endpoint, at the most `limit` endpoints at a time; no threads for one."""
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


def _may_be_tried_again(attempt: Attempt) -> bool:
    """Whether its failure may pass; a run logs in once, whatever came of it, and wherever it was."""
    if attempt.facts.logins or isinstance(attempt.failure, AlreadyRefused):
        return False
    return attempt.temporary


def _scrub(attempt: Attempt, scrub: Scrubber) -> None:
    """Take secrets out of everything that came from the server and is going to be shown."""
    facts, failure = attempt.facts, attempt.failure
    facts.reply = scrubbed(facts.reply, scrub)
    if failure is not None:
        failure.reply = scrubbed(failure.reply, scrub)
    if facts.certificate is not None:
        facts.certificate = replace(
            facts.certificate,
            subject=scrub(facts.certificate.subject),
            issuer=scrub(facts.certificate.issuer),
            names=tuple(scrub(name) for name in facts.certificate.names),
        )


def _certificate_detail(reason: str, certificate: Certificate, scrub: Scrubber) -> str:
    if reason == "certificate_expired":
        if certificate.not_after > time.time():
            return "; it is not the server's own certificate but one above it in the chain"
        return f" on {iso_time(certificate.not_after)}"
    if reason == "certificate_not_yet_valid":
        return f"; it begins on {iso_time(certificate.not_before)}"
    if reason == "certificate_name_mismatch":
        if not certificate.names:
            return (
                f"; it bears no name at all but the common name, its subject is {scrub(certificate.subject) or 'empty'}"
            )
        return f"; it bears {scrub(', '.join(certificate.names[:20]))}"
    return f"; its issuer is {scrub(certificate.issuer) or 'not named'}"


def _credentials(endpoint: Endpoint) -> Credentials:
    return Credentials(endpoint.username or "", endpoint.password or "", endpoint.host, endpoint.port)


def _place(fault: Exception) -> str:
    """The kind of a fault and where it arose; never its text, which may hold anything."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" in {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else ""
    return type(fault).__name__ + where
