# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions by their two kinds of names; and what depends on the Python that judges a certificate.

Since 3.13 it is stricter by default (VERIFY_X509_STRICT).
"""

from __future__ import annotations

import platform
import ssl

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from ansible_collections.appmail.settings.plugins.module_utils._network import tls as _tls
from ansible_collections.appmail.settings.plugins.module_utils._network.tls import is_below
from tests.servers.certificates import Certificates
from tests.servers.scenarios import implicit
from tests.servers.scripted import HOST, ScriptedServer


def judge(strictly: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this Python judge as 3.13 does by default, or as those before it."""
    default = ssl.create_default_context

    def create_default_context(cafile: str | None = None) -> ssl.SSLContext:
        context = default(cafile=cafile)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.verify_flags |= ssl.VERIFY_X509_STRICT if strictly else ssl.VERIFY_DEFAULT
        return context

    monkeypatch.setattr(_tls.ssl, "create_default_context", create_default_context)


def checked(certificate: str, connections: int, certificates: Certificates) -> dict[str, object]:
    script = implicit(certificate=certificate)
    with ScriptedServer((script,) * connections, certificates) as server:
        given = {"host": HOST, "port": server.port, "encryption": "implicit_tls", "timeout": 10}
        endpoint = endpoint_from_mapping("smtp", {**given, "tls": {"ca_file": str(certificates.ca_file)}})
        (result,) = check_endpoints([endpoint], 1)
        server.wait()
    assert len(server.peers) == connections
    return result


# OpenSSL asks for an authority key identifier, if it is to be strict, since 3.0.
@pytest.mark.skipif(ssl.OPENSSL_VERSION_INFO < (3,), reason=f"{ssl.OPENSSL_VERSION} is not as strict")
def test_a_certificate_that_only_a_stricter_python_refuses(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(True, monkeypatch)
    result = checked("no_authority_key", 2, certificates)
    assert (result["category"], result["reason"], result["stage"]) == ("failed", "certificate_invalid", "tls")
    for words in ("Missing Authority Key Identifier", f"Python {platform.python_version()}", ssl.OPENSSL_VERSION):
        assert words in str(result["msg"])
    assert "issued anew" in str(result["hint"])
    assert "another host" in str(result["hint"])


@pytest.mark.parametrize(("certificate", "strictly"), [("no_authority_key", False), ("good", True)])
def test_a_certificate_that_passes(
    certificate: str, strictly: bool, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(strictly, monkeypatch)
    assert checked(certificate, 1, certificates)["reason"] == "ok"


@pytest.mark.parametrize(
    ("version", "minimum", "below"),
    [
        ("TLSv1", "1.0", False),
        ("TLSv1", "1.1", True),
        ("TLSv1.1", "1.1", False),
        ("TLSv1.1", "1.2", True),
        ("TLSv1.2", "1.0", False),
        ("TLSv1.2", "1.2", False),
        ("TLSv1.2", "1.3", True),
        ("TLSv1.3", "1.3", False),
    ],
)
def test_a_version_below_the_minimum(version: str, minimum: str, below: bool) -> None:
    assert is_below(version, minimum) is below
