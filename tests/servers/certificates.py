# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of every kind that a server may show, by name, made on the spot."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
import warnings
from pathlib import Path
from typing import Callable

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAMES = ("localhost", "127.0.0.1", "::1")
DAY = datetime.timedelta(days=1)


class Authority:
    """A certificate authority with a key of its own."""

    def __init__(self, name: str) -> None:
        self.name = _named(name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        self.certificate = (
            _builder(self.name, self.name, self.key, -DAY, 365 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    def issue(
        self,
        names: tuple[str, ...],
        begins: datetime.timedelta,
        ends: datetime.timedelta,
        purpose: x509.ObjectIdentifier,
        *,
        names_authority_key: bool = True,
        common_name: str | None = None,
    ) -> bytes:
        """A key and a certificate for these names, as PEM; with none of them it has a common name alone."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_named(common_name or names[0]), self.name, key, begins, ends).add_extension(
            x509.ExtendedKeyUsage([purpose]), critical=False
        )
        if names:
            alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
            builder = builder.add_extension(alternatives, critical=False)
        if names_authority_key:
            issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
            builder = builder.add_extension(issuer, critical=False)
        return _pem(key, builder.sign(self.key, hashes.SHA256()))


class Certificates:
    """One authority that clients trust (`ca_file`), and server contexts by name:

    good, expiring (in 5 days), expired, early (not yet valid), misnamed, untrusted, self_signed, wrong_purpose,
    no_authority_key (which does not say by which key it was signed), old_tls (TLS 1.1 at most), no_common_cipher, and
    client_certificate_12 and _13, which want one of `client_file`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = Authority("Test authority")
        self._stranger = Authority("Strange authority")
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self._authority.certificate.public_bytes(serialization.Encoding.PEM))
        self.client_file = folder / "client.pem"
        self.strange_client_file = folder / "strange-client.pem"
        for authority, path in ((self._authority, self.client_file), (self._stranger, self.strange_client_file)):
            path.write_bytes(authority.issue(("app.example.edu",), -DAY, 365 * DAY, ExtendedKeyUsageOID.CLIENT_AUTH))
        self._made: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def context(self, name: str) -> ssl.SSLContext:
        """The server's context of this name, made when first asked for, by one thread at a time."""
        with self._lock:
            if name not in self._made:
                self._made[name] = _MAKERS[name](self)
            return self._made[name]

    def issued(
        self,
        *names: str,
        begins: datetime.timedelta = -DAY,
        ends: datetime.timedelta = 365 * DAY,
        trusted: bool = True,
        purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
        names_authority_key: bool = True,
        common_name: str | None = None,
    ) -> ssl.SSLContext:
        """A context with a certificate for these names, valid from and until so long from now."""
        authority = self._authority if trusted else self._stranger
        pem = authority.issue(
            names, begins, ends, purpose, names_authority_key=names_authority_key, common_name=common_name
        )
        return self._loaded(pem)

    def self_signed(self) -> ssl.SSLContext:
        """A context with a certificate that is its own issuer."""
        key, name = ec.generate_private_key(ec.SECP256R1()), _named("mail.example.edu")
        certificate = (
            _builder(name, name, key, -DAY, DAY)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        return self._loaded(_pem(key, certificate))

    def asking_for_client(self, version: ssl.TLSVersion) -> ssl.SSLContext:
        """A context that wants the client's certificate, in this version of TLS."""
        context = self.issued(*NAMES)
        context.minimum_version = context.maximum_version = version
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(str(self.ca_file))
        return context

    def _loaded(self, pem: bytes) -> ssl.SSLContext:
        path = self._folder / f"server-{len(self._made)}.pem"
        path.write_bytes(pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(path))
        return context


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begins: datetime.timedelta,
    ends: datetime.timedelta,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )


def _pem(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> bytes:
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(encoding)


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
    "wrong_purpose": lambda certificates: certificates.issued(*NAMES, purpose=ExtendedKeyUsageOID.CLIENT_AUTH),
    "without_names": lambda certificates: certificates.issued(common_name="localhost"),
    "no_authority_key": lambda certificates: certificates.issued(*NAMES, names_authority_key=False),
    "old_tls": _old_tls,
    "no_common_cipher": _no_common_cipher,
    "client_certificate_12": lambda certificates: certificates.asking_for_client(ssl.TLSVersion.TLSv1_2),
    "client_certificate_13": lambda certificates: certificates.asking_for_client(ssl.TLSVersion.TLSv1_3),
}
