# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a check found: the facts gathered on the way, and the failure that ended it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone

from .reasons import REASONS

# RFC 5530 3, and Gmail's THROTTLED.
IMAP_TEMPORARY_CODES = ("UNAVAILABLE", "INUSE", "LIMIT", "THROTTLED", "SERVERBUG")


@dataclass(frozen=True)
class Reply:
    """What a server said. `code` is SMTP's number, or IMAP's OK, NO, BAD, BYE, PREAUTH; `enhanced_code` is RFC 3463's
    (5.7.8) or IMAP's response code (AUTHENTICATIONFAILED). `text` is cleaned of control characters and short."""

    code: int | str | None
    enhanced_code: str | None
    text: str

    @property
    def temporary(self) -> bool:
        """Whether the code itself says "later" (RFC 5321 4.2.1; of IMAP's response codes RFC 5530 3)."""
        if isinstance(self.code, int):
            return 400 <= self.code < 500
        return self.code in ("NO", "BAD", "BYE") and self.enhanced_code in IMAP_TEMPORARY_CODES

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.code, self.enhanced_code, self.text) if part)


class CheckFailure(Exception):
    """Why a check ended before its last stage. `stage` is None where the current one is meant; `cure` names one of the
    reason's special hints."""

    def __init__(
        self, reason: str, detail: str, *, stage: str | None = None, reply: Reply | None = None, cure: str = ""
    ) -> None:
        super().__init__(detail)
        self.reason = REASONS[reason].name
        self.detail = detail
        self.stage = stage
        self.reply = reply
        self.cure = cure


@dataclass(frozen=True)
class AddressFailure:
    """One address of the host that could not be connected to."""

    address: str
    reason: str
    detail: str


@dataclass(frozen=True)
class Certificate:
    """The facts of a certificate that a person asks for. Times are seconds since 1970, `sha256` is of the whole
    certificate, in lower-case hexadecimal."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    sha256: str


@dataclass
class Facts:
    """What one attempt saw, stage by stage; whatever ends it, this stands."""

    stage: str = "resolve"
    timings: dict[str, float] = field(default_factory=dict)  # milliseconds by stage
    address: str | None = None
    address_failures: list[AddressFailure] = field(default_factory=list)
    tls_version: str | None = None
    tls_cipher: str | None = None
    certificate: Certificate | None = None
    capabilities: list[str] = field(default_factory=list)
    auth_offered: list[str] = field(default_factory=list)
    auth_mechanism: str | None = None
    auth_verified: bool | None = None
    logins: int = 0
    deferrals: list[CheckFailure] = field(default_factory=list)  # sender or recipients put off, and tried again
    warnings: list[str] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    reply: Reply | None = None

    def warn(self, name: str) -> None:
        """Note a warning of the table, once."""
        if name not in self.warnings:
            self.warnings.append(name)


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
        return self.failure is not None and is_temporary(self.failure)


def is_temporary(failure: CheckFailure) -> bool:
    return REASONS[failure.reason].temporary or (failure.reply is not None and failure.reply.temporary)


def iso_time(seconds: float) -> str:
    """Seconds since 1970 as 2026-11-21T10:00:00Z."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
