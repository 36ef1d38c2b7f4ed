# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The shapes of what the modules return for an endpoint; their documentation says what stands in them."""

from __future__ import annotations

from typing import TypedDict


class ReplyResult(TypedDict):
    """A server's reply; `code` is a number in SMTP, and a word such as NO in IMAP."""

    code: int | str | None
    enhanced_code: str | None
    text: str


class CertificateResult(TypedDict):
    """A server's certificate; `days_left` is negative once it has expired."""

    subject: str
    issuer: str
    names: list[str]
    not_after: str
    days_left: int
    sha256: str


class TlsResult(TypedDict):
    """The TLS session."""

    version: str
    cipher: str | None
    certificate: CertificateResult | None


class AuthResult(TypedDict):
    """The login; `verified` is None where nobody looked whether the server checks one."""

    offered: list[str]
    mechanism: str | None
    verified: bool | None


class AddressResult(TypedDict):
    """An address of the server that could not be connected to."""

    address: str
    reason: str
    detail: str


class AttemptResult(TypedDict):
    """One of several attempts; `duration` is in milliseconds, None for what was put off within a conversation."""

    category: str
    reason: str
    stage: str | None
    temporary: bool
    address: str | None
    addresses: list[AddressResult]
    logins: int
    duration: float | None


class CheckResult(TypedDict):
    """One endpoint's result; `timings` are milliseconds by stage."""

    name: str
    host: str
    port: int
    encryption: str
    category: str
    msg: str
    reason: str
    stage: str
    hint: str
    reply: ReplyResult | None
    temporary: bool
    attempts: list[AttemptResult]
    checked_from: str
    address: str | None
    tls: TlsResult | None
    auth: AuthResult
    capabilities: list[str]
    warnings: list[str]
    timings: dict[str, float]
    transcript: list[str] | None
