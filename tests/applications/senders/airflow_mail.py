# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Airflow that is installed here, asked line by line, for its imports take seconds.

Each line is JSON: an environment, and the recipient of a message, or null to be told what Airflow makes of the
environment. The answer is a line of JSON too: null or what was wrong, or the settings.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping

from airflow.configuration import conf  # type: ignore[import-not-found]
from airflow.exceptions import AirflowNotFoundException  # type: ignore[import-not-found]
from airflow.models import Connection  # type: ignore[import-not-found]
from airflow.providers.smtp.hooks.smtp import SmtpHook  # type: ignore[import-not-found]
from airflow.utils.email import send_email  # type: ignore[import-not-found]


def send(recipient: str) -> None:
    """Send two messages, as Airflow's tasks do and as the operators of the provider do."""
    send_email(recipient, "hello", "hello")
    with SmtpHook() as hook:
        hook.send_email_smtp(to=recipient, subject="hello", html_content="hello")


def settings() -> dict[str, object]:
    """What Airflow's own configuration and its connection say."""
    connection = Connection.get_connection_from_secrets("smtp_default")
    return {
        "host": conf.get("smtp", "smtp_host"),
        "port": conf.getint("smtp", "smtp_port"),
        "starttls": conf.getboolean("smtp", "smtp_starttls"),
        "ssl": conf.getboolean("smtp", "smtp_ssl"),
        "timeout": conf.getint("smtp", "smtp_timeout"),
        "from": conf.get("smtp", "smtp_mail_from"),
        "from_email": conf.get("email", "from_email"),
        "ssl_context": conf.get("email", "ssl_context"),
        "login": connection.login,
        "password": connection.password,
        "connection": [connection.host, connection.port],
        "extra": connection.extra_dejson,
    }


def answer(environment: Mapping[str, str], recipient: str | None) -> None:
    """Print the answer to one line."""
    os.environ.update(environment)
    try:
        said: object = None
        if recipient is None:
            said = settings()
        else:
            send(recipient)
    except Exception as error:  # noqa: BLE001  # whatever it is, someone waits for an answer
        said = f"{type(error).__name__}: {error}"
    os.write(_ANSWERS, f"{json.dumps(said)}\n".encode())


# Looking for a connection imports more, which then is there for all.
with contextlib.suppress(AirflowNotFoundException):
    Connection.get_connection_from_secrets("smtp_default")
# Airflow prints what it does on what was standard output.
_ANSWERS = os.dup(1)
os.dup2(2, 1)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        answer(*json.loads(line))
        os._exit(0)
    os.waitpid(child, 0)
