# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Django: what it made of its settings, and sending with its own backend."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import flags, programs
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PIP = ("django==5.2.19",)
TRAPS = {
    "TLS both at once and by STARTTLS": Trap("mail_settings.py", "EMAIL_USE_SSL = False", "EMAIL_USE_SSL = True"),
    "a text, which is true in any case": Trap("mail_settings.py", "EMAIL_USE_SSL = False", "EMAIL_USE_SSL = 'False'"),
    "no TLS": Trap("mail_settings.py", "EMAIL_USE_TLS = True", "EMAIL_USE_TLS = False"),
}


def version() -> str:
    """Such as 5.2.19."""
    return programs.said([programs.PYTHON, "-m", "django", "--version"]).strip()


def read(written: Written) -> dict[str, JSON]:
    """What Python made of the settings."""
    values = programs.read([programs.PYTHON, programs.READERS / "read_python.py", written.files["mail_settings.py"]])
    return {
        "smtp.host": values["EMAIL_HOST"],
        "smtp.port": values["EMAIL_PORT"],
        "smtp.encryption": flags.encryption(values, "EMAIL_USE_TLS", "EMAIL_USE_SSL"),
        "smtp.timeout": values["EMAIL_TIMEOUT"],
        **flags.login(values, "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"),
        **flags.sender(values["DEFAULT_FROM_EMAIL"]),
        "error_notifications.address": _address(values.get("ADMINS")),
        "contacts.administrator": _address(values.get("MANAGERS")),
    }


def _address(people: JSON) -> JSON:
    """Of pairs of a name and an address, the first one's address."""
    return people[0][1] if isinstance(people, list) else None


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by django.core.mail."""
    settings = written.files["mail_settings.py"]
    return programs.failure([programs.PYTHON, programs.SENDERS / "django_mail.py", settings, letter.recipient])
