# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real sSMTP: with -d it logs what it read, and it sends at once."""

from __future__ import annotations

import re
import subprocess

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.proof import Letter, Trap
from tests.applications.world import SYSLOG
from tests.applications.written import Written
from tests.integration.real.daemons import wait_until

PACKAGES = ("ssmtp",)
UNSEEN = {"smtp.encryption": "for UseSTARTTLS it logs what UseTLS is"}
TRAPS = {
    "a word that nobody knows": Trap("ssmtp.conf", "UseTLS=YES\nUseSTARTTLS=YES", "UseTSL=YES"),
    "TLS of another kind": Trap("ssmtp.conf", "UseSTARTTLS=YES", "UseSTARTTLS=NO"),
    "blanks around the sign": Trap("ssmtp.conf", "UseSTARTTLS=YES", "UseSTARTTLS = YES"),
    "a password with a sign that ends it": Trap("ssmtp.conf", "AuthPass=", "AuthPass=ab=cd#"),
}

_SET = re.compile(r'Set (\w+)="(.*)"$', re.MULTILINE)


def version() -> str:
    """Such as 2.64."""
    said = subprocess.run(["ssmtp", "-V"], capture_output=True, check=False, text=True).stderr
    return re.search(r"sSMTP ([0-9.]+)", said)[1]  # type: ignore[index]


def read(written: Written) -> dict[str, JSON]:
    """What sSMTP logs of its file; nobody listens where it would send then."""
    mark = SYSLOG.mark()
    _run(Letter(), "-d")
    wait_until("sSMTP to end", lambda: "Cannot open" in SYSLOG.since(mark))
    own = dict(_SET.findall(SYSLOG.since(mark)))
    users = written.files["revaliases"].read_text(encoding="utf-8").splitlines()[1:]
    login = "AuthUser" in own
    return {
        "smtp.host": own["MailHub"],
        "smtp.port": int(own["RemotePort"]),
        "smtp.helo_name": own.get("HostName"),
        "smtp.tls.client_certificate": own.get("TLSCert") if own["UseTLSCert"] == "True" else None,
        "smtp.auth.username": own.get("AuthUser"),
        "smtp.auth.password": own.get("AuthPass"),
        "smtp.auth.mechanism": own.get("AuthMethod", "auto").lower() if login else None,
        "sender.address": users[0].partition(":")[2] if users else None,
        "sender.allow_custom_address": own["FromLineOverride"] == "True",
        "contacts.administrator": own.get("Root"),
    }


def send(_written: Written, letter: Letter) -> str | None:
    """Send one message as a local program would."""
    done = _run(letter)
    return done.stderr.decode() if done.returncode else None


def _run(letter: Letter, *options: str) -> subprocess.CompletedProcess[bytes]:
    command = ["ssmtp", *options, letter.recipient]
    return subprocess.run(command, input=letter.message, capture_output=True, check=False)
