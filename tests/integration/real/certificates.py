# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for the real servers: one that is right, and one for each way to be wrong."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import trustme

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
    )


def _write(folder: Path, name: str, leaf: trustme.LeafCert) -> Certificate:
    certificate = Certificate(chain=folder / f"{name}.pem", key=folder / f"{name}.key")
    certificate.chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    certificate.key.touch(mode=0o600)
    leaf.private_key_pem.write_to_path(str(certificate.key))
    return certificate
