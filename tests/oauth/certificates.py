# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for a token server and for its clients."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, RSAKey

from tests.oauth.token_server import NAME


@dataclass(frozen=True)
class Authority:
    """An authority whose certificate lies in `ca_file`; `context` is a server's that it vouches for."""

    ca_file: Path
    context: ssl.SSLContext


def authority(folder: Path, *names: str) -> Authority:
    """An authority, and a server with these names, or with `NAME`."""
    made, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = names or (NAME,)
    made.issue_cert(*names).configure_cert(context)
    ca_file = folder / f"authority-of-{names[0]}.pem"
    made.cert_pem.write_to_path(str(ca_file))
    return Authority(ca_file, context)


@dataclass(frozen=True)
class ClientKey:
    """A client's certificate and private key as PEM, and its public key as a server has it."""

    certificate: str
    key: str = field(repr=False)
    public: RSAKey | ECKey


def client_key(kind: trustme.KeyType) -> ClientKey:
    leaf = trustme.CA().issue_cert("client.example.test", key_type=kind)
    pem = leaf.cert_chain_pems[0].bytes()
    public = x509.load_pem_x509_certificate(pem).public_key()
    public_pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    known = (RSAKey if kind is trustme.KeyType.RSA else ECKey).import_key(public_pem)
    return ClientKey(pem.decode(), leaf.private_key_pem.bytes().decode(), known)
