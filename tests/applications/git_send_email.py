# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Git: what it says of its settings and of the login, and its send-email."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PACKAGES = ("git-email", "libauthen-sasl-perl", "libio-socket-ssl-perl", "libmailtools-perl")
TRAPS = {
    "tls in capitals": Trap("gitconfig", "smtpEncryption = tls", "smtpEncryption = TLS"),
    "the word of others": Trap("gitconfig", "smtpEncryption = tls", "smtpEncryption = starttls"),
    "a certificate that nobody verifies": Trap("gitconfig", "smtpServerPort", 'smtpSSLCertPath = ""\nsmtpServerPort'),
}
_PATCH = Path("/var/tmp/0001-hello.patch")
_MODES = {"tls": "starttls", "ssl": "implicit_tls"}


def version() -> str:
    """Such as 2.39.5."""
    return subprocess.run(["git", "--version"], capture_output=True, check=True, text=True).stdout.split()[2]


def prepare() -> None:
    """A commit as a file, which is what is sent."""
    _PATCH.write_text(
        "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n"
        "From: Somebody <somebody@example.net>\nDate: Sat, 28 Nov 2026 09:00:00 +0000\n"
        "Subject: [PATCH] hello\n\nhello\n---\n a | 1 +\n",
        encoding="utf-8",
    )


def read(_written: Written) -> dict[str, JSON]:
    """What Git's settings are in the spec's terms."""
    listed = subprocess.run(["git", "config", "--system", "-z", "--list"], capture_output=True, check=True, text=True)
    own = dict(entry.partition("\n")[::2] for entry in listed.stdout.split("\0") if entry)
    host, port = own["sendemail.smtpserver"], own["sendemail.smtpserverport"]
    username = own.get("sendemail.smtpuser")
    name, address = parseaddr(own.get("sendemail.from", ""))
    certificates = own.get("sendemail.smtpsslcertpath")
    assert own.get("sendemail.envelopesender", "") == address
    return {
        "smtp.host": host,
        "smtp.port": int(port),
        "smtp.encryption": _MODES.get(own.get("sendemail.smtpencryption", ""), "none"),
        "smtp.helo_name": own.get("sendemail.smtpdomain"),
        "smtp.tls.verify": certificates != "",
        "smtp.tls.ca_file": certificates or None,
        "smtp.auth.username": username,
        "smtp.auth.password": _password(host, port, username) if username else None,
        "smtp.auth.mechanism": own.get("sendemail.smtpauth", "auto").lower() if username else None,
        "sender.address": address or None,
        "sender.display_name": name or None,
        "sender.reply_to": own.get("sendemail.replyto"),
    }


def _password(host: str, port: str, username: str) -> str | None:
    """What Git finds for a login, asked for as git-send-email asks (gitcredentials(7))."""
    asked = f"protocol=smtp\nhost={host}:{port}\nusername={username}\n\n"
    done = subprocess.run(
        ["git", "credential", "fill"], input=asked, capture_output=True, check=True, text=True, env=_environment()
    )
    return dict(line.partition("=")[::2] for line in done.stdout.splitlines()).get("password")


def _environment() -> Mapping[str, str]:
    """Without a terminal at which somebody could be asked."""
    return {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "/bin/false"}


def send(_written: Written, letter: Letter) -> str | None:
    """Send one patch; what git says if it could not."""
    command = ["git", "send-email", "--quiet", "--confirm=never", "--suppress-cc=all", f"--to={letter.recipient}"]
    done = subprocess.run(
        [*command, str(_PATCH)], cwd=_PATCH.parent, capture_output=True, check=False, env=_environment()
    )
    return done.stderr.decode() or f"status {done.returncode}" if done.returncode else None
