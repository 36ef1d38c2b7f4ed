# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Monit: what it says it will do, and an alert sent by it."""

from __future__ import annotations

import re
import subprocess
from email.utils import parseaddr
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import programs
from tests.applications.proof import Letter, Trap
from tests.applications.world import OWN_CA_FILE
from tests.applications.written import Written

PACKAGES = ("monit",)
UNSEEN = {
    "smtp.auth.username": "Monit shows no login; it is what the relay sees",
    "smtp.auth.password": "Monit shows no login; it is what the relay sees",
}
TRAPS = {
    "a word that is taken, and means clear text": Trap("appmail", "using tls", "using STARTTLS"),
    "sender and answers on one line": Trap(
        "appmail", "  from: noreply@example.edu\n", "  from: x noreply@example.edu y\n"
    ),
}
_MAIN = Path("/etc/monit/proof")
_SERVER = re.compile(
    r"Mail server\(s\) += (?P<host>\S+):(?P<port>\d+)(?P<tls> using TLS)?"
    r" with timeout (?P<timeout>[\d.]+) (?P<unit>[sm])(?: using '(?P<name>[^']*)' as my hostname)?$",
    re.MULTILINE,
)


def version() -> str:
    """Such as 5.33.0."""
    return re.search(r"version ([0-9.]+)", programs.said(["monit", "--version"]))[1]  # type: ignore[index]


def prepare() -> None:
    """A control file that has ours in it and something to tell, and the certificates that are named in some cases."""
    own = OWN_CA_FILE.read_text(encoding="utf-8")
    for name in ("one", "two"):
        Path(f"/etc/ssl/{name}.pem").write_text(own, encoding="utf-8")
    _MAIN.parent.mkdir(parents=True, exist_ok=True)
    _MAIN.write_text(
        "set daemon 1\nset idfile /run/monit.id\nset statefile /run/monit.state\nset pidfile /run/monit.pid\n"
        "include /etc/monit/conf.d/appmail\ncheck file missing with path /nonexistent\n",
        encoding="utf-8",
    )
    _MAIN.chmod(0o600)


def _told() -> str:
    return programs.said(["monit", "-vv", "-I", "-t", "-c", _MAIN])


def read(_written: Written) -> dict[str, JSON]:
    """What Monit says that it will do."""
    told = _told()
    server = _SERVER.search(told)
    assert server is not None, told
    port = int(server["port"])
    tls = dict(option.split(": ", 1) for option in _value(told, "SSL options", "").split(", ") if option)
    name, address = parseaddr(_value(told, "Mail from", ""))
    return {
        "smtp.host": server["host"],
        "smtp.port": port,
        # By the port alone, as Monit decides it.
        "smtp.encryption": "none" if not server["tls"] else "starttls" if port in (25, 587) else "implicit_tls",
        "smtp.timeout": float(server["timeout"]) * {"s": 1, "m": 60}[server["unit"]],
        "smtp.helo_name": server["name"],
        "smtp.tls.ca_file": tls.get("CACertificateFile"),
        "smtp.tls.client_certificate": tls.get("clientpemfile"),
        "sender.address": address,
        "sender.display_name": name or None,
        "sender.reply_to": _value(told, "Mail reply to") or None,
        "contacts.administrator": _value(told, "Alert mail to") or None,
    }


def _value(told: str, name: str, default: str = "") -> str:
    line = re.search(f"^ *{name} += (.*)$", told, re.MULTILINE)
    return line[1] if line else default


def send(_written: Written, _letter: Letter) -> str | None:
    """Let Monit tell of a file that is not there; what it says if it could not."""
    for name in ("id", "state", "pid"):
        Path(f"/run/monit.{name}").unlink(missing_ok=True)
    running = subprocess.Popen(
        ["timeout", "20", "monit", "-v", "-I", "-c", str(_MAIN)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert running.stdout is not None
    said: list[str] = []
    try:
        for line in running.stdout:
            said.append(line)
            if "Delivery failed" in line:
                return "".join(said)
            if line.startswith("SMTP <- 250") and "SMTP -> DATA\n" in said:
                return None
    finally:
        running.kill()
        running.wait()
    return "".join(said) or "Monit ended"
