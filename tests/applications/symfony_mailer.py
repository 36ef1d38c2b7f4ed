# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Symfony Mailer: what its Dotenv and its DSN made of the settings, and sending with it."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import php, programs
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PACKAGES = (
    *("php-symfony-mailer", "php-symfony-mime", "php-symfony-dotenv", "php-symfony-event-dispatcher", "php-psr-log"),
    *("php-email-validator", "php-doctrine-lexer", "php-doctrine-deprecations", "php-psr-event-dispatcher"),
    *("php-symfony-event-dispatcher-contracts", "php-symfony-deprecation-contracts", "php-psr-container"),
    *("php-symfony-service-contracts", "php-psr-cache"),
)
ALONE = True
TRAPS = {
    "STARTTLS, which another may strip": Trap(".env.local", "smtps://", "smtp://", "implicit_tls"),
    "a certificate that nobody verifies": Trap(".env.local", "verify_peer=1", "verify_peer=0", "implicit_tls"),
    "a mode that this version does not know": Trap(
        ".env.local", "smtps://", "smtp://relay.example.edu:465?require_tls=1#", "implicit_tls"
    ),
}


def why_not() -> str | None:
    """Say why Symfony Mailer cannot be asked here, or nothing."""
    return php.why_not("mbstring", "intl")


def version() -> str:
    """Such as 5.4.53, as its package of Debian has it."""
    return programs.package_version("php-symfony-mailer")


def read(written: Written) -> dict[str, JSON]:
    """What Dotenv and Dsn made of the settings."""
    dsn = programs.read(["php", programs.SENDERS / "symfony_mailer.php", written.files[".env.local"]])
    encrypted = dsn["scheme"] == "smtps"
    assert dsn["require_tls"] is None, "this version does not know it"
    return {
        "smtp.host": dsn["host"],
        "smtp.port": dsn["port"],
        "smtp.encryption": "implicit_tls" if encrypted else "starttls_opportunistic",
        "smtp.tls.verify": {"1": True, "0": False, None: None}[dsn["verify_peer"]],  # type: ignore[index]
        "smtp.helo_name": dsn["local_domain"],
        "smtp.auth.username": dsn["user"],
        "smtp.auth.password": dsn["password"],
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by Symfony Mailer."""
    sender = programs.SENDERS / "symfony_mailer.php"
    return programs.failure(["php", sender, written.files[".env.local"], letter.recipient])
