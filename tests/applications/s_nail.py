# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real S-nail: the variables that it has after reading its files, and sending with it."""

from __future__ import annotations

import re
import subprocess
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PACKAGES = ("s-nail",)
TRAPS = {
    "a variable that nobody knows": Trap("s-nail.rc", "smtp-use-starttls", "smtp-use-startls"),
    "a certificate that nobody verifies": Trap("s-nail.rc", "tls-verify=strict", "tls-verify=ignore"),
    "a scheme of no encryption": Trap("s-nail.rc", "mta=smtps:", "mta=smtp:", "implicit_tls"),
}
_NAMES = (
    *("mta", "smtp-use-starttls", "smtp-auth", "tls-verify", "tls-ca-file", "tls-config-pairs"),
    *("socket-connect-timeout", "hostname", "from", "reply-to", "password"),
)
_VERSIONS = {"TLSv1": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3"}


def version() -> str:
    """Such as 14.9.24."""
    said = _run("--version").stdout.decode()
    return re.search(r"v([0-9.]+)", said)[1]  # type: ignore[index]


def read(_written: Written) -> dict[str, JSON]:
    """What S-nail's variables are in the spec's terms."""
    own = _variables()
    url = urlsplit(own["mta"])
    login = url.username is not None
    name, address = parseaddr(own["from"])
    return {
        "smtp.host": url.hostname,
        "smtp.port": url.port,
        "smtp.encryption": _encryption(url.scheme, own),
        "smtp.timeout": int(own["socket-connect-timeout"]),
        "smtp.helo_name": own.get("hostname"),
        "smtp.tls.verify": {"strict": True, "ignore": False}.get(own.get("tls-verify", "")),
        "smtp.tls.ca_file": own.get("tls-ca-file"),
        "smtp.tls.minimum_version": _VERSIONS.get(own.get("tls-config-pairs", "").removeprefix("MinProtocol=")),
        "smtp.auth.username": unquote(url.username) if url.username else None,
        "smtp.auth.password": own.get("password"),
        "smtp.auth.mechanism": own.get("smtp-auth", "auto") if login else None,
        "sender.address": address,
        "sender.display_name": name or None,
        "sender.reply_to": own.get("reply-to"),
    }


def _encryption(scheme: str, own: dict[str, str]) -> str:
    if scheme == "smtps":
        return "implicit_tls"
    return "starttls" if "smtp-use-starttls" in own else "none"


def _variables() -> dict[str, str]:
    """Each variable that is set, as S-nail expands it; one that is only true is 1."""
    commands = [part for name in _NAMES for part in ("-Y", f'echo "${{{name}}}"')]
    lines = _run("-#", "-:s", *commands, "-Yxit").stdout.decode().splitlines()
    return {name: value for name, value in zip(_NAMES, lines, strict=True) if value}


def send(_written: Written, letter: Letter) -> str | None:
    """Send one message as a local program would; what S-nail says if it could not."""
    done = _run("-:s", "-Ssendwait", "-s", "hello", letter.recipient, message=b"hello\n")
    return done.stderr.decode() or f"status {done.returncode}" if done.returncode else None


def _run(*arguments: str, message: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["s-nail", *arguments], input=message, capture_output=True, check=False)
