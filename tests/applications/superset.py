# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Superset's settings, and sending with its own function over its own defaults."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import flags, programs
from tests.applications.installed import PYTHON
from tests.applications.proof import Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written

# What it stands on weighs 800 MB, and nothing of that sends mail.
PIP = ("--no-deps", "apache-superset==6.1.0")
USERS = (User("superset", 64_940),)
TRAPS = {
    "a certificate that nobody verifies": Trap("superset_config.py", "SMTP_SSL_SERVER_AUTH = True", ""),
    "no TLS": Trap("superset_config.py", "SMTP_STARTTLS = True", "SMTP_STARTTLS = False"),
    "STARTTLS, by default, for TLS at once": Trap("superset_config.py", "SMTP_STARTTLS = False", "", "implicit_tls"),
    "a login with its default name": Trap("superset_config.py", "SMTP_USER = '", "SMTP_NAME = '"),
}
_VERSION = "from importlib.metadata import version; print(version('apache-superset'))"


def version() -> str:
    """Such as 6.1.0."""
    return programs.said([programs.PYTHON, "-c", _VERSION]).strip()


def read(written: Written) -> dict[str, JSON]:
    """What Python made of the settings."""
    values = programs.read([programs.PYTHON, programs.READERS / "read_python.py", written.files["superset_config.py"]])
    return {
        "smtp.host": values["SMTP_HOST"],
        "smtp.port": values["SMTP_PORT"],
        "smtp.encryption": flags.encryption(values, "SMTP_STARTTLS", "SMTP_SSL"),
        "smtp.tls.verify": values.get("SMTP_SSL_SERVER_AUTH"),
        **flags.login(values, "SMTP_USER", "SMTP_PASSWORD"),
        **flags.sender(values["SMTP_MAIL_FROM"]),
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by Superset's send_email_smtp."""
    sender = programs.SENDERS / "superset_mail.py"
    package = Path(os.environ[PYTHON]) / "superset"
    settings = written.files["superset_config.py"]
    return programs.failure([programs.PYTHON, sender, package, settings, letter.recipient])
