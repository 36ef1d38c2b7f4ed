# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real msmtp: what it understood of its files, and sending with it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PACKAGES = ("msmtp",)
TRAPS = {
    "a certificate that nobody verifies": Trap("msmtprc", "tls_certcheck on", "tls_certcheck off"),
    "TLS of another kind": Trap("msmtprc", "tls_starttls on", "tls_starttls off"),
}

_TLS = ("verify", "ca_file", "server_name", "minimum_version", "client_certificate", "client_key")
_OLDEST = {"+VERS-TLS1.0": "1.0", "+VERS-TLS1.1": "1.1", "+VERS-TLS1.2": "1.2", "+VERS-TLS1.3": "1.3"}


def why_not() -> str | None:
    """Say why msmtp cannot be asked here, or nothing."""
    return None if shutil.which("msmtp") else "msmtp is not installed (apt-get install msmtp)"


def version() -> str:
    """Such as 1.8.23."""
    done = subprocess.run(["msmtp", "--version"], capture_output=True, check=True, text=True)
    return re.search(r"version ([0-9.]+)", done.stdout)[1]  # type: ignore[index]


def said(msmtprc: Path) -> dict[str, str | None]:
    """Every setting that msmtp would use, under its own name."""
    command = ["msmtp", "-C", str(msmtprc), "--pretend", "--", "anyone@example.org"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, text=True)
    pairs = (line.partition(" = ") for line in done.stdout.split("\n") if " = " in line)
    return {name: None if value == "(not set)" else value for name, _equals, value in pairs}


def read(written: Written) -> dict[str, JSON]:
    """What msmtp made of its files, in the spec's own terms: every leaf that the target carries."""
    own = said(written.files["msmtprc"])
    custom = own["allow_from_override"] == "on"
    assert own["set_from_header"] == ("auto" if custom else "on")
    domain = own["domain"]
    return {
        "smtp.host": own["host"],
        "smtp.port": int(str(own["port"])),
        "smtp.encryption": _encryption(own),
        "smtp.timeout": int(str(own["timeout"]).split(" ", 1)[0]),
        "smtp.helo_name": None if domain == "localhost" else domain,
        **_tls(own),
        **_login(own),
        "sender.address": own["from"],
        "sender.allow_custom_address": custom,
    }


def _encryption(own: dict[str, str | None]) -> str:
    if own["tls"] == "off":
        return "none"
    return {"on": "starttls", "off": "implicit_tls"}[str(own["tls_starttls"])]


def _tls(own: dict[str, str | None]) -> dict[str, JSON]:
    if own["tls"] == "off":
        return {f"smtp.tls.{name}": None for name in _TLS}
    accepted = str(own["tls_priorities"]).removeprefix("NORMAL:-VERS-ALL:").split(":")
    key, certificate = own["tls_key_file"], own["tls_cert_file"]
    return {
        "smtp.tls.verify": own["tls_certcheck"] == "on",
        "smtp.tls.ca_file": None if own["tls_trust_file"] == "system" else own["tls_trust_file"],
        "smtp.tls.server_name": own["tls_host_override"],
        "smtp.tls.minimum_version": _OLDEST[accepted[-1]],
        "smtp.tls.client_certificate": certificate,
        "smtp.tls.client_key": None if key == certificate else key,
    }


def _login(own: dict[str, str | None]) -> dict[str, JSON]:
    if own["auth"] == "none":
        return {f"smtp.auth.{name}": None for name in ("username", "password", "mechanism")}
    # msmtp shows no password, but the command that prints it; it takes the first line (password_eval() in password.c).
    printed = subprocess.run(["sh", "-c", str(own["passwordeval"])], capture_output=True, check=True).stdout
    return {
        "smtp.auth.username": own["user"],
        "smtp.auth.password": printed.split(b"\n", 1)[0].decode(),
        "smtp.auth.mechanism": "auto" if own["auth"] == "choose" else str(own["auth"]).lower(),
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message; what msmtp says if it could not."""
    done = submit(written.files["msmtprc"], letter.recipient, letter.message)
    return done.stderr.decode() if done.returncode else None


def submit(msmtprc: Path, recipient: str, message: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Send one message, as a local program would; the outcome is what that program sees."""
    command = ["msmtp", "-C", str(msmtprc), *options, "--", recipient]
    return subprocess.run(command, input=message, capture_output=True, check=False)
