# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real nullmailer: what it hands to its program that speaks SMTP, and that program.

nullmailer-send reads the files, and gives what it read to /usr/lib/nullmailer/smtp: for reading, another program stands
in that place and writes it down.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.installed import packaged_version
from tests.applications.proof import Letter, Trap
from tests.applications.world import HOST
from tests.applications.written import Written
from tests.integration.real.daemons import wait_until

PACKAGES = ("nullmailer",)
UNSEEN = {
    "smtp.timeout": "nullmailer-send keeps it to itself",
    "delivery.retry_interval": "nullmailer-send keeps it to itself",
}
TRAPS = {
    "TLS that nobody asks for": Trap("remotes", " --starttls", ""),
    "TLS of another kind": Trap("remotes", "--starttls", "--tls"),
    "a certificate that nobody verifies": Trap("remotes", "--starttls", "--starttls --insecure"),
    "a password that is not quoted": Trap("remotes", "--pass=", "--pass=a "),
}

_QUEUE = Path("/var/spool/nullmailer")
_SMTP = Path("/usr/lib/nullmailer/smtp")
_SEEN = Path("/tmp/nullmailer-seen")
# The options are on standard input, a line each, the envelope and the message on the third.
_SPY = f"""#!/bin/sh
{{ echo "HELOHOST=$HELOHOST"; cat; echo ----; cat <&3; }} >{_SEEN}.new
mv {_SEEN}.new {_SEEN}
"""
_OUTCOME = re.compile("Sent file|Sending failed")


def version() -> str:
    """Such as 2.2."""
    return packaged_version("nullmailer")


def prepare() -> None:
    """What the package makes when it is installed."""
    os.mkfifo(_QUEUE / "trigger")
    shutil.chown(_QUEUE / "trigger", "mail")
    _SMTP.rename(_SMTP.with_name("smtp.real"))
    _SMTP.symlink_to("smtp.real")


def read(_written: Written) -> dict[str, JSON]:
    """What nullmailer-send hands over for one message to root."""
    _SEEN.unlink(missing_ok=True)
    with _in_the_place_of_smtp(_SPY):
        _sending(Letter("root"), _SEEN.exists)
    told, _line, message = _SEEN.read_text(encoding="utf-8").partition("----\n")
    own = dict(line.partition("=")[::2] for line in told.splitlines())
    sender, recipient = message.splitlines()[:2]
    login = "user" in own
    return {
        "smtp.host": own["host"],
        "smtp.port": int(own["port"]),
        "smtp.encryption": "starttls" if "starttls" in own else "implicit_tls" if "tls" in own else "none",
        "smtp.helo_name": _other_than(own["HELOHOST"], HOST),
        "smtp.tls.verify": "insecure" not in own,
        "smtp.tls.ca_file": own.get("x509cafile"),
        "smtp.tls.client_certificate": own.get("x509certfile"),
        "smtp.tls.client_key": own.get("x509keyfile"),
        "smtp.auth.username": own.get("user"),
        "smtp.auth.password": own.get("pass"),
        "smtp.auth.mechanism": ("login" if "auth-login" in own else "auto") if login else None,
        "sender.address": _other_than(sender, f"root@{HOST}"),
        "contacts.administrator": _other_than(recipient, f"root@{HOST}"),
    }


def send(_written: Written, letter: Letter) -> str | None:
    """Send one message; what nullmailer-send says of its first attempt where that came to nothing."""
    said = _sending(letter, lambda: False)
    return None if "Sent file" in said else said


def _sending(letter: Letter, seen: Callable[[], bool]) -> str:
    """What nullmailer-send says until something was seen, or until its first attempt is over."""
    for path in (_QUEUE / "queue").iterdir():
        path.unlink()
    subprocess.run(["nullmailer-inject", letter.recipient], input=letter.message, check=True, capture_output=True)
    log = _QUEUE / "log"
    with log.open("wb") as output:
        command = ["nullmailer-send"]
        with subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, user="mail", group="mail") as process:
            wait_until(
                "nullmailer to send",
                lambda: seen() or bool(_OUTCOME.search(log.read_text("utf-8"))) or process.poll() is not None,
            )
            process.terminate()
    return log.read_text(encoding="utf-8")


@contextlib.contextmanager
def _in_the_place_of_smtp(text: str) -> Iterator[None]:
    _SMTP.unlink()
    _SMTP.write_text(text, encoding="utf-8")
    _SMTP.chmod(0o755)
    try:
        yield
    finally:
        _SMTP.unlink()
        _SMTP.symlink_to("smtp.real")


def _other_than(value: str, default: str) -> str | None:
    return None if value == default else value
