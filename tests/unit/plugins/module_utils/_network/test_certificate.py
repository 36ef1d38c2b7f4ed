# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of certificates, as another reader of them sees them."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import iso_time
from ansible_collections.appmail.settings.plugins.module_utils._network.certificate import certificate_facts

KEY = ec.generate_private_key(ec.SECP256R1())
NAMES: dict[str, x509.GeneralName] = {
    "mail.example.edu": x509.DNSName("mail.example.edu"),
    "192.0.2.1": x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
    "2001:db8::1": x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
}


def made(
    subject: list[x509.NameAttribute[str]],
    names: list[x509.GeneralName],
    begins: datetime.datetime,
    ends: datetime.datetime,
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example CA")]))
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def utc(year: int) -> datetime.datetime:
    return datetime.datetime(year, 6, 30, 12, 34, 56, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize("names", [[], ["mail.example.edu"], list(NAMES)], ids=["none", "one", "all kinds"])
@pytest.mark.parametrize("years", [(1999, 2049), (2024, 2051)], ids=["two-digit years", "four-digit years"])
def test_facts(names: list[str], years: tuple[int, int]) -> None:
    subject = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Universität"),
        x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.edu"),
    ]
    der = made(subject, [NAMES[name] for name in names], utc(years[0]), utc(years[1]))
    facts = certificate_facts(der)
    assert facts.subject == "C=DE, O=Universität, CN=mail.example.edu"
    assert facts.issuer == "CN=Example CA"
    assert facts.names == tuple(names)
    assert (facts.not_before, facts.not_after) == (utc(years[0]).timestamp(), utc(years[1]).timestamp())
    assert iso_time(facts.not_after) == f"{years[1]}-06-30T12:34:56Z"
    assert facts.sha256 == hashlib.sha256(der).hexdigest()


DER = made([], [NAMES["mail.example.edu"]], utc(2024), utc(2025))


def test_a_certificate_that_is_cut_off_still_has_its_digest() -> None:
    for length in range(len(DER)):
        assert certificate_facts(DER[:length]).sha256 == hashlib.sha256(DER[:length]).hexdigest()


@pytest.mark.parametrize("octet", [0x00, 0x30, 0x7F, 0x80, 0x84, 0xFF])
def test_no_octet_can_make_it_fail(octet: int) -> None:
    for position in range(len(DER)):
        changed = DER[:position] + bytes([octet]) + DER[position + 1 :]
        assert certificate_facts(changed).sha256 == hashlib.sha256(changed).hexdigest()


def test_names_bring_nothing_that_a_terminal_obeys() -> None:
    evil = "Universität\x1b[2J\n::error::\u202e"
    subject = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, evil)]
    facts = certificate_facts(made(subject, [x509.DNSName("a\x1b[2J\n::error::b")], utc(2024), utc(2051)))
    assert facts is not None
    assert facts.subject == "O=Universität\\x1b[2J\\n::error::\\u202e"
    assert facts.names == ("a\\x1b[2J\\n::error::b",)
