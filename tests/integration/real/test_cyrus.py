# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check against Cyrus IMAP, which asks Cyrus SASL about logins, and offers CRAM-MD5 before TLS.

An unknown user and a wrong password are one to it. It does not write down commands that it does not understand, so the
check's own transcript is searched for BAD.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.integration.real import cyrus as server
from tests.integration.real import mail_servers
from tests.integration.real.accounts import BOB
from tests.integration.real.cases import (
    LOGIN,
    UNKNOWN_USER,
    WRONG_PASSWORD,
    Case,
    concluded,
    logins,
    passes,
)
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import (
    MECHANISM_NOT_OFFERED,
    NO_STARTTLS,
    certificate,
    mailbox_not_there,
    refused,
)
from tests.integration.real.cyrus import Cyrus

PLAIN = {"mechanism": "plain"}
CASES = [
    passes("login after STARTTLS", "imap", "starttls", LOGIN),
    passes("login over implicit TLS", "imaps", "implicit_tls", LOGIN),
    passes("another login", "imap", "starttls", {"username": BOB.name, "password": BOB.password}),
    *(
        passes(f"login by {mechanism}", "imap", "starttls", {**LOGIN, "mechanism": mechanism})
        for mechanism in ("plain", "login", "cram-md5")
    ),
    passes("no login asked for", "imap", "starttls", {}),
    passes("INBOX", "imap", "starttls", {**LOGIN, "mailbox": "INBOX"}),
    passes("CRAM-MD5 in clear, which shows no password", "clear", "none", LOGIN),
    passes("PLAIN in clear, as asked for", "lax", "none", {**LOGIN, **PLAIN}, ("password_sent_in_clear",)),
    passes("opportunistic, not offered", "clear", "starttls_opportunistic", LOGIN, ("tls_not_used",)),
    refused("wrong password", {**WRONG_PASSWORD, **PLAIN}, service="imap"),
    refused("wrong password with LOGIN", {**WRONG_PASSWORD, "mechanism": "login"}, service="imap"),
    refused("wrong password, TLS first", {**WRONG_PASSWORD, **PLAIN}, service="imaps", encryption="implicit_tls"),
    refused("unknown user", {**UNKNOWN_USER, **PLAIN}, service="imap"),
    Case(
        "wrong password by CRAM-MD5, for which the server may hold no secret",
        "imap",
        "starttls",
        "auth_rejected",
        "auth",
        "login_failed",
        WRONG_PASSWORD,
        failed_logins=1,
        hint=("password", "CRAM-MD5", "plain"),
    ),
    Case(
        "PLAIN in clear",
        "clear",
        "none",
        "auth_requires_encryption",
        "auth",
        "login_failed",
        {**LOGIN, **PLAIN},
        hint=("starttls",),
    ),
    replace(MECHANISM_NOT_OFFERED, service="imap"),
    mailbox_not_there("Nowhere"),
    NO_STARTTLS,
    certificate("expired", "certificate_expired", "renewed"),
    certificate("misnamed", "certificate_name_mismatch"),
    certificate("untrusted", "certificate_untrusted", "ca_file"),
    certificate("selfsigned", "certificate_self_signed", "ca_file"),
]


@pytest.fixture(scope="module")
def cyrus(certificates: Certificates) -> Iterator[Cyrus]:
    with mail_servers.started(mail_servers.why_not("cyrus"), lambda: server.cyrus(certificates)) as running:
        yield running


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cyrus(case: Case, cyrus: Cyrus, certificates: Certificates) -> None:
    mark = cyrus.log.mark()
    case = replace(case, options={**case.options, "transcript": True})
    result = concluded("imap", HOST, cyrus.ports[case.service], case, certificates)
    tried = logins(result)
    assert cyrus.logins_since(mark, tried) == (tried, case.failed_logins)
    assert " BAD " not in json.dumps(result["transcript"])
