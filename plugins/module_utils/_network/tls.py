# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""TLS over any transport: one context per distinct setting, every failure told apart.

The handshake goes through memory, so that its last flight can leave together with the first command.
"""

from __future__ import annotations

import os
import ssl
import sys
import threading
import warnings
from contextlib import suppress
from dataclasses import replace

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import TlsSettings
from ansible_collections.appmail.settings.plugins.module_utils._check.facts import CheckFailure

from .connection import Disconnected, Transport
from .deadline import Deadline, DeadlineExpired

READ_SIZE = 65536
# How much of a handshake is kept to look for a CertificateRequest in it.
_KEPT = 131072
_HANDSHAKE_RECORD, _ALERT_RECORD = 22, 21
_CERTIFICATE_REQUEST = 13
_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
# By the names that OpenSSL has for them.
_NUMBERS = {"TLSv1": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3"}
WEAK_VERSIONS = ("TLSv1", "TLSv1.1")
# Any server that speaks TLS at all answers this one; nothing is ever sent over it but a greeting and STARTTLS.
LOOK = TlsSettings(verify=False, minimum_version="1.0")


def is_below(version: str, minimum: str) -> bool:
    """Whether a version, as OpenSSL names it (TLSv1), is older than the minimum_version of the settings (1.2)."""
    return _NUMBERS.get(version, minimum) < minimum


class NotTls(Exception):
    """The other side answered a TLS hello with something else: its first bytes."""

    def __init__(self, received: bytes) -> None:
        super().__init__("not TLS")
        self.received = received


class CertificateRefused(CheckFailure):
    """The server's certificate was not accepted."""


class HandshakeUnexplained(CheckFailure):
    """The server ended the handshake without a word why, which may be the version of TLS.

    Dovecot 2.3 and Python's asyncio hang up; GnuTLS says only that nothing it was offered suits it.
    """


class Contexts:
    """TLS contexts, made once per distinct setting: each costs some 20 ms, mostly the CA bundle."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[TlsSettings, ssl.SSLContext | CheckFailure] = {}

    def __len__(self) -> int:
        return len(self._made)

    def get(self, settings: TlsSettings) -> ssl.SSLContext:
        """The context for these settings. Raises CheckFailure (tls_file_unreadable)."""
        if settings.server_name is not None:
            settings = replace(settings, server_name=None)
        with self._lock:
            if settings not in self._made:
                self._made[settings] = _context_or_failure(settings)
            context = self._made[settings]
        if isinstance(context, CheckFailure):
            raise CheckFailure(context.reason, context.detail, stage=context.stage)
        return context


def unverified(settings: TlsSettings) -> TlsSettings:
    """The same settings for a look at a certificate that was refused."""
    return replace(settings, verify=False, ca_file=None)


def _context_or_failure(settings: TlsSettings) -> ssl.SSLContext | CheckFailure:
    try:
        return _context(settings)
    except CheckFailure as failure:
        return failure


def _context(settings: TlsSettings) -> ssl.SSLContext:
    context = _verifying(settings.ca_file) if settings.verify else _trusting()
    with warnings.catch_warnings():  # Python warns of the old versions; the result does so too, as weak_tls_version
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = _VERSIONS[settings.minimum_version]
    if settings.minimum_version < "1.2":
        context.set_ciphers("DEFAULT@SECLEVEL=0")  # OpenSSL 3 does TLS 1.0 and 1.1 at no other level
    if settings.client_certificate is not None:
        _load_client_certificate(context, settings.client_certificate, settings.client_key)
    return context


def _verifying(ca_file: str | None) -> ssl.SSLContext:
    """A context that trusts the named CA file, or else the host's own CAs."""
    if ca_file is not None:
        _check_readable("ca_file", ca_file)
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as fault:
        raise _unreadable("ca_file", ca_file or "", "it holds no certificate in PEM form") from fault
    if ssl.HAS_NEVER_CHECK_COMMON_NAME:
        # RFC 9525 2: a common name is no name of the server. Programs in Go refuse it, so nobody can rely on it.
        context.hostname_checks_common_name = False
    return context


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _load_client_certificate(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    _check_readable("client_certificate", certificate)
    if key is not None:
        _check_readable("client_key", key)
    try:
        # An empty passphrase, so that OpenSSL never asks for one on a terminal.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as fault:
        where = ("client_key", key) if key is not None else ("client_certificate", certificate)
        if getattr(fault, "reason", None) == "KEY_VALUES_MISMATCH":
            raise _unreadable(*where, "the key does not belong to the certificate") from fault
        raise _unreadable(*where, "it is not a PEM certificate and key, or the key has a passphrase") from fault


def _check_readable(option: str, path: str) -> None:
    try:
        with open(path, "rb") as file:
            file.read(1)
    except (OSError, ValueError) as fault:
        raise _unreadable(option, path, getattr(fault, "strerror", None) or "not a path") from fault


def _unreadable(option: str, path: str, why: str) -> CheckFailure:
    return CheckFailure("tls_file_unreadable", f"tls.{option} {os.fspath(path)!r}: {why}", stage="tls")


class TlsTransport:
    """A transport inside TLS. What the handshake has left to say is sent with the next command, or before a read."""

    def __init__(self, inner: Transport, context: ssl.SSLContext, server_name: str) -> None:
        self.address = inner.address
        self.local_address = inner.local_address
        self._inner = inner
        self._context = context
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        # Whether the goodbye was said already: then TLS's own is no flight of its own, the server closes first.
        self.parted = False
        self._seen = bytearray()
        self._read_before = False

    @property
    def answered(self) -> bool:
        """Whether the other side has spoken TLS."""
        return bool(self._seen)

    @property
    def version(self) -> str | None:
        return self._tls.version()

    @property
    def cipher(self) -> str | None:
        cipher = self._tls.cipher()
        return cipher[0] if cipher else None

    @property
    def certificate(self) -> bytes | None:
        """The server's certificate as DER, verified or not."""
        return self._tls.getpeercert(binary_form=True)

    def handshake(self, deadline: Deadline) -> None:
        """Raises CheckFailure, NotTls, DeadlineExpired, or Disconnected when the other side closed before TLS."""
        while True:
            try:
                self._tls.do_handshake()
                return
            except ssl.SSLWantReadError:
                pass
            except (ssl.SSLError, ValueError) as fault:
                self._send_alert(deadline)
                raise self._handshake_failure(fault) from fault
            self._flush(deadline)
            self._receive_handshake(deadline)

    def send(self, data: bytes, deadline: Deadline) -> None:
        try:
            self._tls.write(data)
        except ssl.SSLError as fault:
            raise Disconnected(_words(fault)) from fault
        self._flush(deadline)

    def receive(self, deadline: Deadline) -> bytes:
        self._flush(deadline)
        while True:
            try:
                data = self._tls.read(READ_SIZE)
            except ssl.SSLWantReadError:
                self._feed(self._inner.receive(deadline))
                continue
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            except ssl.SSLError as fault:
                raise self._read_failure(fault) from fault
            self._read_before = True
            return data

    def close(self, goodbye: bytes = b"") -> None:
        """The goodbye and TLS's own leave in one flight (RFC 8446 6.1), so that the other side says its own."""
        with suppress(ssl.SSLError, ValueError):
            if goodbye:
                self._tls.write(goodbye)
            if not self.parted:
                self._tls.unwrap()
        self._inner.close(self._outgoing.read())

    def _flush(self, deadline: Deadline) -> None:
        if self._outgoing.pending > 0:
            self._inner.send(self._outgoing.read(), deadline)

    def _send_alert(self, deadline: Deadline) -> None:
        with suppress(Disconnected, DeadlineExpired):
            self._flush(deadline)

    def _feed(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _receive_handshake(self, deadline: Deadline) -> None:
        try:
            data = self._inner.receive(deadline)
        except Disconnected as fault:
            if self._seen:
                raise CheckFailure("tls_handshake_failed", f"{fault} during the handshake", stage="tls") from fault
            raise
        if not data and not self._seen:
            raise Disconnected("closed when TLS was to begin")
        if not data:
            raise CheckFailure("tls_handshake_failed", "the server closed during the handshake", stage="tls")
        if not self._seen and data[0] not in (_HANDSHAKE_RECORD, _ALERT_RECORD):
            raise NotTls(data)
        if len(self._seen) < _KEPT:
            self._seen += data
        self._feed(data)

    def _handshake_failure(self, fault: Exception) -> CheckFailure:
        if isinstance(fault, ssl.SSLCertVerificationError):
            return _certificate_failure(fault)
        reason = str(getattr(fault, "reason", None) or "")
        if reason in _VERSION_FAULTS:
            return CheckFailure("tls_version_unsupported", _words(fault), stage="tls")
        refused = reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"
        if (refused and _asks_for_certificate(bytes(self._seen))) or reason in _CLIENT_CERTIFICATE_FAULTS:
            return CheckFailure("client_certificate_required", _words(fault), stage="tls")
        if refused and self._seen[0] == _ALERT_RECORD:
            return HandshakeUnexplained("tls_handshake_failed", _words(fault), stage="tls")
        return CheckFailure("tls_handshake_failed", _words(fault), stage="tls")

    def _read_failure(self, fault: ssl.SSLError) -> CheckFailure:
        """A fault after the handshake. With TLS 1.3 the server judges the client's certificate only then."""
        reason = str(fault.reason or "")
        if reason in _CLIENT_CERTIFICATE_FAULTS:
            return CheckFailure("client_certificate_required", _words(fault), stage="tls")
        if "ALERT" in reason and not self._read_before:
            return CheckFailure("tls_handshake_failed", _words(fault), stage="tls")
        if "ALERT" in reason:
            return CheckFailure("disconnected", f"the server ended TLS: {_words(fault)}")
        return CheckFailure("protocol_error", f"what came is not TLS any more: {_words(fault)}")


_VERSION_FAULTS = frozenset(
    (
        "UNSUPPORTED_PROTOCOL",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "WRONG_SSL_VERSION",
        "VERSION_TOO_LOW",
        "NO_PROTOCOLS_AVAILABLE",
        "INAPPROPRIATE_FALLBACK",
        "TLSV1_ALERT_INAPPROPRIATE_FALLBACK",
    )
)
# What a server says of a client's certificate that is missing or not to its liking (RFC 8446 6.2).
_CLIENT_CERTIFICATE_FAULTS = frozenset(
    (
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_NO_CERTIFICATE",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "TLSV1_ALERT_UNKNOWN_CA",
    )
)
# OpenSSL's X509_V_ERR_* by what a person has to do about them; all others are certificate_invalid.
_VERIFY_REASONS = {
    2: "certificate_untrusted",  # unable to get issuer certificate
    9: "certificate_not_yet_valid",
    10: "certificate_expired",
    18: "certificate_self_signed",  # the leaf
    19: "certificate_self_signed",  # in the chain
    20: "certificate_untrusted",  # unable to get local issuer certificate
    21: "certificate_untrusted",  # unable to verify the first certificate
    27: "certificate_untrusted",
    62: "certificate_name_mismatch",
    64: "certificate_name_mismatch",  # an IP address
}


def _certificate_failure(fault: ssl.SSLCertVerificationError) -> CertificateRefused:
    reason = _VERIFY_REASONS.get(fault.verify_code, "certificate_invalid")
    detail = str(fault.verify_message).rstrip(".")
    if reason == "certificate_invalid":
        python = ".".join(str(part) for part in sys.version_info[:3])
        detail = f"{detail} (judged by Python {python} with {ssl.OPENSSL_VERSION})"
    return CertificateRefused(reason, detail, stage="tls")


def _words(fault: Exception) -> str:
    """The library's own words, without the place in its C source."""
    reason = getattr(fault, "reason", None)
    return str(reason).replace("_", " ").lower() if reason else str(fault).partition(" (_ssl")[0]


def _asks_for_certificate(records: bytes) -> bool:
    """Whether a handshake that was in clear (TLS 1.2 and below) has a CertificateRequest in it (RFC 5246 7.4.4)."""
    messages = bytearray()
    while len(records) >= 5 and records[0] == _HANDSHAKE_RECORD:
        end = 5 + int.from_bytes(records[3:5], "big")
        messages += records[5:end]
        records = records[end:]
    while len(messages) >= 4:
        if messages[0] == _CERTIFICATE_REQUEST:
            return True
        end = 4 + int.from_bytes(messages[1:4], "big")
        messages = messages[end:]
    return False
