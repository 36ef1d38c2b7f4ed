# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real MediaWiki's mailer: what PHP made of its settings, and sending as its UserMailer does."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import php, programs
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PACKAGES = ("mediawiki",)
# What else it stands on is a web server and a database.
ALONE = True
SETTINGS = Path("/etc/mediawiki/LocalSettings.php")
TRAPS = {
    "STARTTLS, which another may strip": Trap(SETTINGS.name, "ssl://relay", "tcp://relay", "implicit_tls"),
    "a certificate that nobody verifies": Trap(
        SETTINGS.name, "['verify_peer'] = true", "['verify_peer'] = false", "implicit_tls"
    ),
    "no login": Trap(SETTINGS.name, "['auth'] = true", "['auth'] = false", "implicit_tls"),
    "STARTTLS that is not asked for": Trap(SETTINGS.name, "['starttls'] = true", "['starttls'] = false"),
}


def why_not() -> str | None:
    """Say why MediaWiki's mailer cannot be asked here, or nothing."""
    return php.why_not()


def version() -> str:
    """Such as 1.39.17."""
    text = Path("/usr/share/mediawiki/includes/Defines.php").read_text(encoding="utf-8")
    return re.search(r"'MW_VERSION', '([0-9.]+)'", text)[1]  # type: ignore[index]


def prepare() -> None:
    """Leave a file of others that is opened."""
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    SETTINGS.write_text("<?php\n$wgSitename = 'Ours';\n", encoding="utf-8")


def read(written: Written) -> dict[str, JSON]:
    """What PHP made of the settings."""
    values = php.variables(written.files[SETTINGS.name])
    smtp = values["wgSMTP"]
    scheme, host = smtp["host"].split("://")
    auth = smtp["auth"]
    modes = {("tcp", False): "none", ("ssl", False): "implicit_tls"}
    starttls = "starttls_opportunistic" if auth else "starttls"
    return {
        "smtp.host": host,
        "smtp.port": smtp["port"],
        "smtp.encryption": modes.get((scheme, smtp["starttls"]), starttls),
        "smtp.timeout": smtp["timeout"],
        "smtp.helo_name": smtp.get("localhost"),
        "smtp.auth.username": smtp.get("username") if auth else None,
        "smtp.auth.password": smtp.get("password") if auth else None,
        "smtp.auth.mechanism": php.mechanism(None if auth is True else auth, "" if auth is False else "a name"),
        **php.tls("smtp", smtp.get("socket_options", {}).get("ssl", {})),
        "sender.address": values["wgPasswordSender"],
        "sender.reply_to": values.get("wgNoReplyAddress"),
        "contacts.administrator": values.get("wgEmergencyContact"),
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by the mailer that MediaWiki brings along."""
    return programs.failure(["php", programs.SENDERS / "mediawiki.php", written.files[SETTINGS.name], letter.recipient])
