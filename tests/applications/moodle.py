# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moodle's settings as PHP runs them, and sending with PHPMailer as Moodle's get_mailer() hands them to it."""

from __future__ import annotations

from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import php, programs
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PACKAGES = ("libphp-phpmailer",)
TRAPS = {
    "no TLS": Trap("mail.php", "smtpsecure = 'tls'", "smtpsecure = ''"),
    "TLS at once for STARTTLS": Trap("mail.php", "smtpsecure = 'tls'", "smtpsecure = 'ssl'"),
    "a word that PHPMailer does not know": Trap("mail.php", "smtpsecure = 'tls'", "smtpsecure = 'starttls'"),
}
_MODES = {"": "none", "tls": "starttls", "ssl": "implicit_tls"}


def why_not() -> str | None:
    """Say why PHPMailer cannot be asked here, or nothing."""
    return php.why_not()


def version() -> str:
    """Of PHPMailer, such as 6.6.3."""
    return programs.package_version("libphp-phpmailer")


def read(written: Written) -> dict[str, JSON]:
    """What PHP made of $CFG."""
    cfg: dict[str, Any] = programs.read(["php", *_moodle(written)])
    host, _colon, port = cfg["smtphosts"].rpartition(":")
    return {
        "smtp.host": host,
        "smtp.port": int(port),
        "smtp.encryption": _MODES[cfg["smtpsecure"]],
        "smtp.auth.username": cfg["smtpuser"] or None,
        "smtp.auth.password": cfg["smtppass"] or None,
        "smtp.auth.mechanism": php.mechanism(cfg.get("smtpauthtype"), cfg["smtpuser"]),
        "sender.address": cfg["noreplyaddress"],
        "contacts.helpdesk": cfg.get("supportemail"),
    }


def _moodle(written: Written) -> list[Any]:
    return [programs.SENDERS / "moodle.php", written.files["mail.php"]]


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by PHPMailer."""
    return programs.failure(["php", *_moodle(written), letter.recipient])
