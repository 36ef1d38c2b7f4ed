# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Mutt: what it says of its variables, and sending with it."""

from __future__ import annotations

import re
import subprocess
from urllib.parse import unquote, urlsplit

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.proof import Letter, Trap
from tests.applications.world import HOST, SYSTEM_CA_FILE
from tests.applications.written import Written

PACKAGES = ("mutt",)
TRAPS = {
    "TLS that may be left out": Trap("appmail.rc", 'ssl_force_tls="yes"', 'ssl_force_tls="no"'),
    "a scheme of another encryption": Trap("appmail.rc", 'smtp_url="smtp:', 'smtp_url="smtps:'),
    "a variable that nobody knows": Trap("appmail.rc", "ssl_force_tls", "ssl_force_starttls"),
}
_NAMES = (
    *("smtp_url", "smtp_pass", "smtp_authenticators", "ssl_starttls", "ssl_force_tls", "ssl_ca_certificates_file"),
    *("ssl_verify_host_override", "ssl_client_cert", "ssl_use_tlsv1", "ssl_use_tlsv1_1", "ssl_use_tlsv1_2"),
    *("connect_timeout", "hostname", "from", "realname", "use_envelope_from", "envelope_from_address"),
)
_OLDEST = {"ssl_use_tlsv1": "1.0", "ssl_use_tlsv1_1": "1.1", "ssl_use_tlsv1_2": "1.2"}


def version() -> str:
    """Such as 2.2.12."""
    said = subprocess.run(["mutt", "-v"], capture_output=True, check=True, text=True).stdout
    return re.search(r"Mutt ([0-9.]+)", said)[1]  # type: ignore[index]


def read(_written: Written) -> dict[str, JSON]:
    """What Mutt's variables are in the spec's terms."""
    command = ["mutt", *(part for name in _NAMES for part in ("-Q", name))]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert "rror" not in done.stderr, done.stderr
    own = dict(map(_variable, done.stdout.splitlines()))
    url = urlsplit(own["smtp_url"])
    login = url.username is not None
    assert (own["use_envelope_from"], own["envelope_from_address"]) == ("yes", own["from"])
    return {
        "smtp.host": url.hostname,
        "smtp.port": url.port,
        "smtp.encryption": _encryption(url.scheme, own),
        "smtp.timeout": int(own["connect_timeout"]),
        "smtp.helo_name": None if own["hostname"] == HOST else own["hostname"],
        "smtp.tls.ca_file": _other_than(own["ssl_ca_certificates_file"], str(SYSTEM_CA_FILE)),
        "smtp.tls.server_name": own["ssl_verify_host_override"] or None,
        "smtp.tls.minimum_version": next((_OLDEST[name] for name in _OLDEST if own[name] == "yes"), "1.3"),
        "smtp.tls.client_certificate": own["ssl_client_cert"] or None,
        "smtp.auth.username": unquote(url.username) if url.username else None,
        "smtp.auth.password": own["smtp_pass"] or None,
        "smtp.auth.mechanism": (own["smtp_authenticators"] or "auto") if login else None,
        "sender.address": own["from"],
        "sender.display_name": own["realname"] or None,
    }


def _variable(line: str) -> tuple[str, str]:
    """A variable in one of the ways that Mutt shows it."""
    state = re.fullmatch(r"(\w+) is (un)?set", line)
    if state:
        return state[1], "no" if state[2] else "yes"
    name, _sign, value = line.partition("=")
    return name, re.sub(r"\\(.)", r"\1", value.removeprefix('"').removesuffix('"'))


def _encryption(scheme: str, own: dict[str, str]) -> str:
    if scheme == "smtps":
        return "implicit_tls"
    if own["ssl_force_tls"] == "yes":
        return "starttls"
    return "starttls_opportunistic" if own["ssl_starttls"] == "yes" else "none"


def _other_than(value: str, default: str) -> str | None:
    return None if value == default else value


def send(_written: Written, letter: Letter) -> str | None:
    """Send one message as a local program would; what Mutt says if it could not."""
    command = ["mutt", "-s", "hello", letter.recipient]
    done = subprocess.run(command, input=b"hello\n", capture_output=True, check=False)
    return done.stderr.decode() or f"status {done.returncode}" if done.returncode else None
