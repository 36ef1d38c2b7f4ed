# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of every kind that a server may show, by name, made on the spot."""

from __future__ import annotations

import datetime
import ssl
import warnings
from pathlib import Path
from typing import Callable

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAMES = ("localhost", "127.0.0.1", "::1")
DAY = datetime.timedelta(days=1)


class Certificates:
    """One authority that clients trust (`ca_file`), and server contexts by name:

    good, expiring (in 5 days), expired, early (not yet valid), misnamed, untrusted, self_signed, wrong_purpose,
    old_tls (TLS 1.1 at most), no_common_cipher, and client_certificate_12 and _13, which want one of `client_file`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self._stranger = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))
        self.client_file = folder / "client.pem"
        self._authority.issue_cert("client@example.edu").private_key_and_cert_chain_pem.write_to_path(
            str(self.client_file)
        )
        self.strange_client_file = folder / "strange-client.pem"
        self._stranger.issue_cert("client@example.edu").private_key_and_cert_chain_pem.write_to_path(
            str(self.strange_client_file)
        )
        self._made: dict[str, ssl.SSLContext] = {}

    def context(self, name: str) -> ssl.SSLContext:
        """The server's context of this name, made when first asked for."""
        if name not in self._made:
            self._made[name] = _MAKERS[name](self)
        return self._made[name]

    def issued(
        self, *names: str, begins: datetime.timedelta = -DAY, ends: datetime.timedelta = 365 * DAY, trusted: bool = True
    ) -> ssl.SSLContext:
        """A context with a certificate for these names, valid from and until so long from now."""
        now = datetime.datetime.now(datetime.timezone.utc)
        authority = self._authority if trusted else self._stranger
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names, not_before=now + begins, not_after=now + ends).configure_cert(context)
        return context

    def self_signed(self, *, purpose: x509.ObjectIdentifier | None = None) -> ssl.SSLContext:
        """A context with a certificate that is its own issuer, or, with a purpose, one that the authority issued."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.edu")])
        now = datetime.datetime.now(datetime.timezone.utc)
        authority = x509.load_pem_x509_certificate(self.ca_file.read_bytes())
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name if purpose is None else authority.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        )
        signer: ec.EllipticCurvePrivateKey = key
        if purpose is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            issuing = serialization.load_pem_private_key(self._authority.private_key_pem.bytes(), None)
            assert isinstance(issuing, ec.EllipticCurvePrivateKey)
            signer = issuing
        certificate = builder.sign(signer, hashes.SHA256())
        return self._loaded(key, certificate)

    def _loaded(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> ssl.SSLContext:
        path = self._folder / f"{certificate.serial_number:x}.pem"
        plain = serialization.NoEncryption()
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def asking_for_client(self, version: ssl.TLSVersion) -> ssl.SSLContext:
        """A context that wants the client's certificate, in this version of TLS."""
        context = self.issued(*NAMES)
        context.minimum_version = context.maximum_version = version
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(str(self.ca_file))
        return context


def _old_tls(certificates: Certificates) -> ssl.SSLContext:
    context = certificates.issued(*NAMES)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    return context


def _no_common_cipher(certificates: Certificates) -> ssl.SSLContext:
    """TLS 1.2 with a cipher that no client has by default."""
    context = certificates.issued(*NAMES)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-CAMELLIA128-SHA256")
    return context


_MAKERS: dict[str, Callable[[Certificates], ssl.SSLContext]] = {
    "good": lambda certificates: certificates.issued(*NAMES),
    "expiring": lambda certificates: certificates.issued(*NAMES, ends=5 * DAY),
    "expired": lambda certificates: certificates.issued(*NAMES, begins=-9 * DAY, ends=-2 * DAY),
    "early": lambda certificates: certificates.issued(*NAMES, begins=2 * DAY),
    "misnamed": lambda certificates: certificates.issued("other.example.edu", "192.0.2.7"),
    "untrusted": lambda certificates: certificates.issued(*NAMES, trusted=False),
    "self_signed": lambda certificates: certificates.self_signed(),
    "wrong_purpose": lambda certificates: certificates.self_signed(purpose=ExtendedKeyUsageOID.CLIENT_AUTH),
    "old_tls": _old_tls,
    "no_common_cipher": _no_common_cipher,
    "client_certificate_12": lambda certificates: certificates.asking_for_client(ssl.TLSVersion.TLSv1_2),
    "client_certificate_13": lambda certificates: certificates.asking_for_client(ssl.TLSVersion.TLSv1_3),
}
