# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Airflow: what it made of its environment, and sending as its tasks and its operators do."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import flags, programs
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PIP = ("--no-deps", "-r", str(Path(__file__).with_suffix(".txt")))
TRAPS = {
    "no TLS": Trap("mail.env", "SMTP_STARTTLS=true", "SMTP_STARTTLS=false"),
    "TLS both at once and by STARTTLS": Trap("mail.env", "SMTP_SSL=false", "SMTP_SSL=true"),
    "a certificate that nobody verifies": Trap("mail.env", "SSL_CONTEXT=default", "SSL_CONTEXT=none"),
    "a login in place of the connection's": Trap("mail.env", "CONN_SMTP_DEFAULT", "CONN_SMTP"),
}
_VERSION = "from importlib.metadata import version; print(version('apache-airflow-core'))"


def version() -> str:
    """Such as 3.3.2."""
    return programs.said([programs.PYTHON, "-c", _VERSION]).strip()


@cache
def _airflow() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [programs.PYTHON, programs.SENDERS / "airflow_mail.py"],
        env={**programs.environment(), "AIRFLOW_HOME": "/var/lib/airflow"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _asked(written: Written, recipient: str | None) -> Any:  # noqa: ANN401
    """What Airflow says with the variables of its file, which a shell reads as systemd does."""
    command = ["env", "-i", "/bin/sh", "-ac", '. "$0"; exec /usr/bin/env -0', str(written.files["mail.env"])]
    environment = programs.said(command).rstrip("\0").split("\0")
    daemon = _airflow()
    assert daemon.stdin is not None
    assert daemon.stdout is not None
    daemon.stdin.write(f"{json.dumps([dict(entry.split('=', 1) for entry in environment), recipient])}\n")
    daemon.stdin.flush()
    return json.loads(daemon.stdout.readline())


def read(written: Written) -> dict[str, JSON]:
    """What Airflow's configuration and its connection say."""
    values = _asked(written, None)
    extra = values["extra"]
    assert values["connection"] == [values["host"], values["port"]]
    assert (extra["timeout"], extra["ssl_context"]) == (values["timeout"], values["ssl_context"])
    assert (extra["disable_tls"], extra["disable_ssl"]) == (not values["starttls"], not values["ssl"])
    assert values["from_email"] == values["from"]
    return {
        "smtp.host": values["host"],
        "smtp.port": values["port"],
        "smtp.encryption": flags.encryption(values, "starttls", "ssl"),
        "smtp.timeout": values["timeout"],
        "smtp.tls.verify": {"default": True, "none": False}[values["ssl_context"]],
        **flags.login(values, "login", "password"),
        **flags.sender(values["from"]),
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message as a task does, and one by the provider's hook."""
    said = _asked(written, letter.recipient)
    return None if said is None else str(said)
