# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From what a check saw to what a person reads: one result an endpoint, and the worst of a run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .endpoint import DEFAULT_PORTS, Endpoint
from .facts import Attempt, Certificate, Facts, Reply, iso_time
from .reasons import FAILING_CATEGORIES, OPEN_PORTS, REASONS, WARNINGS, category_message

# Needed by whoever reads the source alone: a host that checks does without it.
if TYPE_CHECKING:
    from .shapes import AttemptResult, CertificateResult, CheckResult, ReplyResult, TlsResult

# Which category is the worst of a run: without a connection nothing is known, without a login nothing can be sent.
_SEVERITY = ("complete", "failed", "login_failed", "connection_failed")


class Verdict(NamedTuple):
    """What is said of a run as a whole: the worst result's, and None in three parts where nothing was checked.

    `failed` says whether any category is one that fails the task.
    """

    category: str | None
    reason: str | None
    stage: str | None
    message: str
    failed: bool

    def to_result(self) -> dict[str, str | None]:
        """The parts that a task returns beside its results."""
        return {"category": self.category, "reason": self.reason, "stage": self.stage}


def worst(results: Sequence[CheckResult], fail_on: Sequence[str] = FAILING_CATEGORIES) -> Verdict:
    """The worst result: among those that fail the run, if any does; the first of the worst.

    Of many, `message` ends with how many did not pass, whether they fail the run or not.
    """
    if not results:
        return Verdict(None, None, None, "nothing was checked: there are no endpoints", failed=False)
    failing = [row for row in results if row["category"] in fail_on]
    chosen = max(failing or results, key=lambda row: _SEVERITY.index(row["category"]))
    message = chosen["msg"]
    bad = sum(row["category"] in FAILING_CATEGORIES for row in results)
    if bad and len(results) > 1:
        message += f" ({bad} of {len(results)} endpoints did not pass: see results)"
    return Verdict(chosen["category"], chosen["reason"], chosen["stage"], message, failed=bool(failing))


def result(endpoint: Endpoint, attempts: Sequence[Attempt], checked_from: str) -> CheckResult:
    """What the modules return for one endpoint."""
    last = attempts[-1]
    facts = last.facts
    reason = REASONS[last.reason]
    reply = last.failure.reply if last.failure is not None else facts.reply
    cure = last.failure.cure if last.failure is not None else ""
    hint = reason.cures.get(cure, reason.hint).format(**_hint_values(endpoint, facts))
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
        "attempts": [row for attempt in attempts for row in _attempt_rows(attempt)],
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
        return f"{documented}: {named}, {_achieved(endpoint, attempt.facts)}."
    quoted = f"; it said: {reply}" if reply is not None else ""
    parts = (
        documented if documented.endswith(".") else documented + ".",
        f"{named}: {attempt.reason} at {attempt.stage}: {attempt.failure.detail}{quoted}".rstrip(".") + ".",
        hint,
    )
    return " ".join(part for part in parts if part)


def warning_text(name: str, result: Mapping[str, object]) -> str:
    """The sentence of one of a result's warnings, with what the result knows of it."""
    values = {"not_after": "a day", "days_left": "a few", "greeting_seconds": "some"}
    timings, tls = result.get("timings"), result.get("tls")
    if isinstance(timings, Mapping) and "greeting" in timings:
        values["greeting_seconds"] = f"{timings['greeting'] / 1000:.1f}"
    certificate = tls.get("certificate") if isinstance(tls, Mapping) else None
    if isinstance(certificate, Mapping):
        values["not_after"] = str(certificate["not_after"])[:10]
        values["days_left"] = str(certificate["days_left"])
    return WARNINGS[name].format(**values)


def _achieved(endpoint: Endpoint, facts: Facts) -> str:
    """How far the check went, which is never as far as a message."""
    encryption = facts.tls_version or "not encrypted"
    login = "no login"
    if facts.auth_mechanism is not None:
        login = f"login by {facts.auth_mechanism}" + ("" if facts.auth_verified else " not verified")
    if endpoint.sender is None:
        return f"{encryption}, {login}"
    envelope = "sender and recipients accepted up to RCPT TO" if endpoint.recipients else "sender accepted at MAIL FROM"
    return f"{encryption}, {login}, {envelope}; no message was sent, and some servers refuse after DATA"


def _attempt_rows(attempt: Attempt) -> list[AttemptResult]:
    """An attempt, and before it what it put off and tried again in the same conversation."""
    deferred: list[AttemptResult] = [
        {
            "category": REASONS[deferral.reason].category,
            "reason": deferral.reason,
            "stage": deferral.stage,
            "temporary": True,
            "address": attempt.facts.address,
            "addresses": [],
            "logins": 0,
            "duration": None,
        }
        for deferral in attempt.facts.deferrals
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
                {"address": failure.address, "reason": failure.reason, "detail": failure.detail}
                for failure in attempt.facts.address_failures
            ],
            "logins": attempt.facts.logins,
            "duration": round(attempt.seconds * 1000, 1),
        },
    ]


def _reply(reply: Reply) -> ReplyResult:
    return {"code": reply.code, "enhanced_code": reply.enhanced_code, "text": reply.text}


def _tls(facts: Facts) -> TlsResult | None:
    if facts.tls_version is None:
        return None
    certificate = facts.certificate
    return {
        "version": facts.tls_version,
        "cipher": facts.tls_cipher,
        "certificate": None if certificate is None else _certificate(certificate),
    }


def _certificate(certificate: Certificate) -> CertificateResult:
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": list(certificate.names),
        "not_after": iso_time(certificate.not_after),
        "days_left": int((certificate.not_after - time.time()) // 86400),
        "sha256": certificate.sha256,
    }


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
        "mechanism": endpoint.mechanism,
        "used": facts.auth_mechanism or endpoint.mechanism,
        "open_ports": OPEN_PORTS[endpoint.protocol],
        "starttls_port": DEFAULT_PORTS[endpoint.protocol]["starttls"],
        "implicit_tls_port": DEFAULT_PORTS[endpoint.protocol]["implicit_tls"],
    }
