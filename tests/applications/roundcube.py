# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Roundcube: what PHP made of its settings, and sending with its own rcube_smtp."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import php, programs
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PACKAGES = ("roundcube-core", "php-net-smtp", "php-net-socket", "php-auth-sasl", "php-pear", "php-mail-mime")
# What else they stand on is a web server and a database.
ALONE = True
SETTINGS = Path("/etc/roundcube/config.inc.php")
TRAPS = {
    "STARTTLS, which another may strip": Trap(SETTINGS.name, "ssl://relay", "tls://relay", "implicit_tls"),
    "a certificate that nobody verifies": Trap(
        SETTINGS.name, "['verify_peer'] = true", "['verify_peer'] = false", "implicit_tls"
    ),
    "the login of whoever writes": Trap(SETTINGS.name, "'a-password'", "'%p'", "implicit_tls"),
}
_MODES = {"smtp": "none", "imap": "none", "tls": "starttls_opportunistic", "ssl": "implicit_tls"}


def why_not() -> str | None:
    """Say why Roundcube cannot be asked here, or nothing."""
    return php.why_not("mbstring", "intl")


def version() -> str:
    """Such as 1.6.5."""
    return php.constant("/usr/share/roundcube/program/lib/Roundcube/bootstrap.php", "RCUBE_VERSION")


def prepare() -> None:
    """Leave nothing of the package's own settings but their first line."""
    SETTINGS.write_text("<?php\n$config = [];\n", encoding="utf-8")


def read(written: Written) -> dict[str, JSON]:
    """What PHP made of the settings."""
    config = php.variables(written.files[SETTINGS.name])["config"]
    size = config.get("max_message_size")
    help_desk = config.get("support_url")
    return {
        **_server("smtp", config),
        **_server("imap", config),
        "smtp.helo_name": config.get("smtp_helo_host"),
        "smtp.auth.username": config["smtp_user"] or None,
        "smtp.auth.password": config["smtp_pass"] or None,
        "smtp.auth.mechanism": php.mechanism(config.get("smtp_auth_type"), config["smtp_user"]),
        "attachments.max_size_mb": None if size is None else int(size.removesuffix("M")),
        "contacts.helpdesk": None if help_desk is None else help_desk.removeprefix("mailto:"),
    }


def _server(kind: str, config: php.Values) -> dict[str, JSON]:
    url = config[f"{kind}_host"]
    scheme, host, port = url.replace("://", ":").rsplit(":", 2)
    options = config.get(f"{kind}_conn_options", {}).get("ssl", {})
    return {
        f"{kind}.host": host,
        f"{kind}.port": int(port),
        f"{kind}.encryption": _MODES[scheme],
        f"{kind}.timeout": config[f"{kind}_timeout"],
        **php.tls(kind, options),
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by rcube_smtp."""
    return programs.failure(
        ["php", programs.SENDERS / "roundcube.php", written.files[SETTINGS.name].parent, letter.recipient]
    )
