# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Mailman Core: what it made of its configuration, and sending by its own connection."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import programs
from tests.applications.proof import Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written

PIP = ("mailman==3.3.10",)
USERS = (User("list", 64_941),)
SETTINGS = Path("/etc/mailman3/mailman.cfg")
TRAPS = {
    "no TLS": Trap(SETTINGS.name, "smtp_secure_mode = starttls", "smtp_secure_mode = smtp"),
    "a certificate that nobody verifies": Trap(SETTINGS.name, "smtp_verify_cert = yes", "smtp_verify_cert = no"),
    "a key in another section": Trap(SETTINGS.name, "smtp_secure_mode", "secure_mode"),
}
_MODES = {"smtp": "none", "starttls": "starttls", "smtps": "implicit_tls"}
_VERSION = "from importlib.metadata import version; print(version('mailman'))"


def version() -> str:
    """Such as 3.3.10."""
    return programs.said([programs.PYTHON, "-c", _VERSION]).strip()


def prepare() -> None:
    """Leave a file of others, with what Mailman needs to start."""
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    Path("/run/lock/mailman").mkdir(parents=True)
    SETTINGS.write_text("[mailman]\nlayout: fhs\n\n[mta]\nmax_recipients: 50\n", encoding="utf-8")


def read(written: Written) -> dict[str, JSON]:
    """What Mailman made of its configuration."""
    values = programs.read(_mailman(written))
    assert values["smtp_verify_cert"] == values["smtp_verify_hostname"]
    owner = values["site_owner"]
    return {
        "smtp.host": values["smtp_host"],
        "smtp.port": int(str(values["smtp_port"])),
        "smtp.encryption": _MODES[str(values["smtp_secure_mode"])],
        "smtp.tls.verify": values["smtp_verify_cert"] == "yes",
        "smtp.auth.username": values["smtp_user"] or None,
        "smtp.auth.password": values["smtp_pass"] or None,
        "contacts.administrator": None if owner == "changeme@example.com" else owner,
    }


def _mailman(written: Written) -> list[str | Path]:
    return [programs.PYTHON, programs.SENDERS / "mailman_mail.py", written.files[SETTINGS.name]]


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by Mailman's connection."""
    return programs.failure([*_mailman(written), letter.recipient])
