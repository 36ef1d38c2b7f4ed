# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pgAdmin's settings, and sending with Flask-Mail, as pgAdmin does."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import flags, programs
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PIP = ("flask-mail==0.10.0",)
TRAPS = {
    "TLS at once for STARTTLS": Trap("config_system.py", "MAIL_USE_SSL = False", "MAIL_USE_SSL = True"),
    "no TLS": Trap("config_system.py", "MAIL_USE_TLS = True", "MAIL_USE_TLS = False"),
}
_VERSION = "from importlib.metadata import version; print(version('flask-mail'))"


def version() -> str:
    """Of Flask-Mail, such as 0.10.0."""
    return programs.said([programs.PYTHON, "-c", _VERSION]).strip()


def read(written: Written) -> dict[str, JSON]:
    """What Python made of the settings."""
    values = programs.read([programs.PYTHON, programs.READERS / "read_python.py", written.files["config_system.py"]])
    return {
        "smtp.host": values["MAIL_SERVER"],
        "smtp.port": values["MAIL_PORT"],
        "smtp.encryption": flags.encryption(values, "MAIL_USE_TLS", "MAIL_USE_SSL"),
        **flags.login(values, "MAIL_USERNAME", "MAIL_PASSWORD"),
        **flags.sender(values["SECURITY_EMAIL_SENDER"]),
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by Flask-Mail."""
    settings = written.files["config_system.py"]
    return programs.failure([programs.PYTHON, programs.SENDERS / "pgadmin_mail.py", settings, letter.recipient])
