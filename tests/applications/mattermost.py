# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of SMTP in Go that Mattermost sends with, and Go's own reading of its file into Mattermost's types."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import go, programs
from tests.applications.go import why_not
from tests.applications.proof import Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written

__all__ = ["TRAPS", "USERS", "prepare", "read", "send", "version", "why_not"]

USERS = (User("mattermost", 64_915),)
TRAPS = {
    "a port that is a number": Trap("config.json", '"SMTPPort": "465"', '"SMTPPort": 465', "implicit_tls"),
    "STARTTLS, which nobody requires": Trap("config.json", '"TLS"', '"STARTTLS"', "implicit_tls"),
    "a word in lower case": Trap("config.json", '"TLS"', '"tls"', "implicit_tls"),
}
_MODES = {"": "none", "STARTTLS": "starttls_opportunistic", "TLS": "implicit_tls"}


def version() -> str:
    """Such as 1.19.8, of Go."""
    return re.search(r"go([0-9.]+)", programs.said(["go", "version"]))[1]  # type: ignore[index]


def prepare() -> None:
    """A file of Mattermost's own, with settings that are not ours."""
    file = Path("/opt/mattermost/config/config.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"ServiceSettings": {"SiteURL": "https://chat.example.edu"}}\n', encoding="utf-8")


def read(written: Written) -> dict[str, JSON]:
    """What Go made of the file."""
    values: dict[str, Any] = programs.read([go.program("mattermost"), "read", written.files["config.json"]])
    own, login = values["EmailSettings"], values["EmailSettings"]["EnableSMTPAuth"]
    return {
        "smtp.host": own["SMTPServer"],
        "smtp.port": int(own["SMTPPort"]),
        "smtp.encryption": _MODES.get(own["ConnectionSecurity"]),
        "smtp.timeout": own["SMTPServerTimeout"],
        "smtp.auth.username": own["SMTPUsername"] if login else None,
        "smtp.auth.password": own["SMTPPassword"] if login else None,
        "smtp.tls.verify": not own["SkipServerCertificateVerification"],
        "sender.address": own["FeedbackEmail"],
        "sender.display_name": own["FeedbackName"] or None,
        "sender.reply_to": own["ReplyToAddress"] or None,
        "contacts.helpdesk": values["SupportSettings"]["SupportEmail"] or None,
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message; what Go says if it could not."""
    return programs.failure([go.program("mattermost"), "send", written.files["config.json"], letter.recipient])
