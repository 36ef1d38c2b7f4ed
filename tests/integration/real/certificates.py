# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for the real servers: one that is right, and one for each way to be wrong."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "127.0.0.1"
NAMES = ("localhost", HOST)


@dataclass(frozen=True)
class Certificate:
    """A certificate with its chain, and its key, as PEM files."""

    chain: Path
    key: Path


@dataclass(frozen=True)
class Certificates:
    authority: Path
    good: Certificate
    expired: Certificate
    misnamed: Certificate
    untrusted: Certificate
    self_signed: Certificate


def issue(folder: Path) -> Certificates:
    """Make an authority on the spot and let it sign; the untrusted certificate is another authority's."""
    authority = trustme.CA()
    authority_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(authority_file))
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    return Certificates(
        authority=authority_file,
        good=_write(folder, "good", authority.issue_cert(*NAMES)),
        expired=_write(folder, "expired", authority.issue_cert(*NAMES, not_after=yesterday)),
        misnamed=_write(folder, "misnamed", authority.issue_cert("other.example")),
        untrusted=_write(folder, "untrusted", trustme.CA().issue_cert(*NAMES)),
        self_signed=_self_signed(folder, yesterday),
    )


def _write(folder: Path, name: str, leaf: trustme.LeafCert) -> Certificate:
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return _written(folder, name, chain, leaf.private_key_pem.bytes())


def _self_signed(folder: Path, begins: datetime.datetime) -> Certificate:
    """What a package makes when it is installed: a certificate that is its own issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAMES[0])])
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAMES[0])]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return _written(folder, "self_signed", certificate.public_bytes(pem), private)


def _written(folder: Path, name: str, chain: bytes, key: bytes) -> Certificate:
    certificate = Certificate(chain=folder / f"{name}.pem", key=folder / f"{name}.key")
    certificate.chain.write_bytes(chain)
    certificate.key.touch(mode=0o600)
    certificate.key.write_bytes(key)
    return certificate
