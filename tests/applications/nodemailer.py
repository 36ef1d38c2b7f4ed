# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Nodemailer: what its connection is made with, and sending with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import flags, programs
from tests.applications.proof import Letter, Trap
from tests.applications.world import HOST
from tests.applications.written import Written

NPM = ("nodemailer@10.6.1",)
TRAPS = {
    "STARTTLS where it is offered": Trap("mail.json", '"requireTLS": true', '"requireTLS": false'),
    "a text, which is true in any case": Trap("mail.json", '"secure": false', '"secure": "false"'),
    "another spelling": Trap("mail.json", '"requireTLS": true', '"requireTls": true'),
    "a certificate that nobody verifies": Trap(
        "mail.json", '"rejectUnauthorized": true', '"rejectUnauthorized": false', "implicit_tls"
    ),
}
_MODES = {
    "[false, false, true]": "none",
    "[false, false, false]": "starttls_opportunistic",
    "[false, true, false]": "starttls",
    "[true, false, false]": "implicit_tls",
}
_SENDER = programs.SENDERS / "nodemailer_mail.js"


def why_not() -> str | None:
    """Say why Nodemailer cannot be asked here, or nothing."""
    return None if shutil.which("npm") else "npm is not installed"


def version() -> str:
    """Such as 10.6.1."""
    return programs.said(["node", "-p", "require('nodemailer/package.json').version"]).strip()


def read(written: Written) -> dict[str, JSON]:
    """What Nodemailer would connect with, and what it takes for every message."""
    values = programs.read(["node", _SENDER, written.files["mail.json"]])
    auth, tls, defaults = (_mapping(values.get(name)) for name in ("auth", "tls", "defaults"))
    mode = json.dumps([values[name] for name in ("secureConnection", "requireTLS", "ignoreTLS")])
    waits = {int(str(values[f"{name}Timeout"])) for name in ("connection", "greeting", "socket")}
    mechanism = values.get("authMethod")
    return {
        "smtp.host": values["host"],
        "smtp.port": values["port"],
        "smtp.encryption": _MODES.get(mode),
        "smtp.timeout": waits.pop() / 1000 if len(waits) == 1 else None,
        "smtp.helo_name": values["name"] if values["name"] != HOST else None,
        "smtp.auth.username": auth.get("user"),
        "smtp.auth.password": auth.get("pass"),
        "smtp.auth.mechanism": (str(mechanism).lower() if mechanism else "auto") if auth else None,
        "smtp.tls.verify": tls.get("rejectUnauthorized"),
        "smtp.tls.server_name": tls.get("servername"),
        "smtp.tls.minimum_version": str(tls.get("minVersion", "")).removeprefix("TLSv") or None,
        "sender.reply_to": defaults.get("replyTo"),
        **flags.sender(defaults["from"]),
    }


def _mapping(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, Mapping) else {}


def send(written: Written, letter: Letter) -> str | None:
    """Send one message; what Nodemailer says if it could not."""
    return programs.failure(["node", _SENDER, written.files["mail.json"], letter.recipient])
