# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real WordPress' wp_mail, with PHPMailer as it brings it along, and what the plugin made of PHPMailer."""

from __future__ import annotations

from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import php, programs
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PACKAGES = ("wordpress",)
# What else it stands on is a web server and a database.
ALONE = True
TRAPS = {
    "STARTTLS where it is offered": Trap("appmail.php", "'tls'", "''"),
    "a word that PHPMailer does not know": Trap("appmail.php", "'tls'", "'starttls'"),
    "a certificate that nobody verifies": Trap("appmail.php", "['verify_peer'] = true", "['verify_peer'] = false"),
}
_MODES = {("", False): "none", ("", True): "starttls_opportunistic", ("tls", True): "starttls"}


def why_not() -> str | None:
    """Say why WordPress' mailer cannot be asked here, or nothing."""
    return php.why_not()


def version() -> str:
    """Such as 6.1.9."""
    return str(php.evaluated("[require '/usr/share/wordpress/wp-includes/version.php', $wp_version][1]"))


def read(written: Written) -> dict[str, JSON]:
    """What became of PHPMailer when wp_mail had called the plugin."""
    mailer: dict[str, Any] = programs.read(["php", *_wp_mail(written), "someone@example.org", "read"])
    mode = (mailer["SMTPSecure"], mailer["SMTPAutoTLS"])
    named = mailer["FromName"]
    assert mailer["Mailer"] == "smtp"
    assert mailer["Sender"] == mailer["From"]
    return {
        "smtp.host": mailer["Host"],
        "smtp.port": mailer["Port"],
        "smtp.encryption": "implicit_tls" if mode[0] == "ssl" else _MODES[mode],
        "smtp.timeout": mailer["Timeout"],
        "smtp.helo_name": mailer["Hostname"] or None,
        "smtp.auth.username": mailer["Username"] if mailer["SMTPAuth"] else None,
        "smtp.auth.password": mailer["Password"] if mailer["SMTPAuth"] else None,
        "smtp.auth.mechanism": php.mechanism(mailer["AuthType"], mailer["SMTPAuth"] and "a name"),
        **php.tls("smtp", (mailer["SMTPOptions"] or {}).get("ssl", {})),
        "sender.address": mailer["From"],
        "sender.display_name": None if named == "WordPress" else named,
        "sender.reply_to": next(iter(mailer["ReplyTo"]), None),
    }


def _wp_mail(written: Written) -> list[Any]:
    return [programs.SENDERS / "wordpress.php", written.files["appmail.php"]]


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by wp_mail."""
    return programs.failure(["php", *_wp_mail(written), letter.recipient])
