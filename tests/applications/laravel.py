# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Dotenv that Laravel has made of its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import php, programs
from tests.applications.proof import Trap
from tests.applications.written import Written

PACKAGES = ("php-vlucas-phpdotenv", "php-phpoption", "php-graham-campbell-result-type")
ALONE = True
SETTINGS = Path("/var/www/laravel/.env")
TRAPS = {
    "STARTTLS, which another may strip": Trap(SETTINGS.name, "MAIL_SCHEME=smtps", "MAIL_SCHEME=smtp", "implicit_tls"),
    "mail that goes to a log": Trap(SETTINGS.name, "MAIL_MAILER=smtp", "MAIL_MAILER=log", "implicit_tls"),
}
_MODES = {"smtp": "starttls_opportunistic", "smtps": "implicit_tls"}


def why_not() -> str | None:
    """Say why Laravel's Dotenv cannot be asked here, or nothing."""
    return php.why_not("mbstring")


def version() -> str:
    """Of phpdotenv, such as 5.4.1."""
    return programs.package_version("php-vlucas-phpdotenv")


def prepare() -> None:
    """Leave a file of others."""
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    SETTINGS.write_text("APP_NAME=Ours\n", encoding="utf-8")


def read(written: Written) -> dict[str, JSON]:
    """What Dotenv made of the file."""
    values: dict[str, Any] = programs.read(["php", programs.READERS / "laravel.php", written.files[SETTINGS.name]])
    assert (values["MAIL_MAILER"], values["MAIL_URL"]) == ("smtp", "")
    return {
        "smtp.host": values["MAIL_HOST"],
        "smtp.port": int(values["MAIL_PORT"]),
        "smtp.encryption": _MODES[values["MAIL_SCHEME"]],
        "smtp.helo_name": values.get("MAIL_EHLO_DOMAIN"),
        "smtp.auth.username": values["MAIL_USERNAME"] or None,
        "smtp.auth.password": values["MAIL_PASSWORD"] or None,
        "sender.address": values["MAIL_FROM_ADDRESS"],
        "sender.display_name": values.get("MAIL_FROM_NAME"),
    }
