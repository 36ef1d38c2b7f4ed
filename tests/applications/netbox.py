# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetBox' settings as Python runs them, and sending with Django as NetBox' settings.py hands them to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import flags, programs
from tests.applications.proof import Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written

PIP = ("django==5.2.19",)
USERS = (User("netbox", 64_942),)
SETTINGS = Path("/opt/netbox/netbox/netbox/configuration.py")
TRAPS = {
    "TLS both at once and by STARTTLS": Trap(SETTINGS.name, "['USE_SSL'] = False", "['USE_SSL'] = True"),
    "no TLS": Trap(SETTINGS.name, "['USE_TLS'] = True", "['USE_TLS'] = False"),
    "a key that nobody knows": Trap(SETTINGS.name, "['USE_TLS']", "['TLS']"),
}


def version() -> str:
    """Of Django, such as 5.2.19."""
    return programs.said([programs.PYTHON, "-m", "django", "--version"]).strip()


def prepare() -> None:
    """Leave a file of others with what NetBox' example has of it."""
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    SETTINGS.write_text(
        "EMAIL = {'SERVER': 'localhost', 'PORT': 25, 'TIMEOUT': 10, 'FROM_EMAIL': ''}\n", encoding="utf-8"
    )


def read(written: Written) -> dict[str, JSON]:
    """What Python made of EMAIL."""
    run = programs.read([programs.PYTHON, programs.READERS / "read_python.py", written.files[SETTINGS.name]])
    email: dict[str, Any] = run["EMAIL"]  # type: ignore[assignment]
    return {
        "smtp.host": email["SERVER"],
        "smtp.port": email["PORT"],
        "smtp.encryption": flags.encryption({"USE_TLS": False, **email}, "USE_TLS", "USE_SSL"),
        "smtp.timeout": email["TIMEOUT"],
        **flags.login(email, "USERNAME", "PASSWORD"),
        "sender.address": email["FROM_EMAIL"],
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by django.core.mail, with EMAIL handed to it as NetBox' settings.py does."""
    settings = written.files[SETTINGS.name]
    return programs.failure([programs.PYTHON, programs.SENDERS / "netbox_mail.py", settings, letter.recipient])
