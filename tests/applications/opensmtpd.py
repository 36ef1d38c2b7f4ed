# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real OpenSMTPD: its check says OK to nearly everything, so it is asked by sending."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.applications.proof import Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written
from tests.integration.real.daemons import Log, running, wait_until

PACKAGES = ("opensmtpd",)
USERS = (User("opensmtpd", 64_902, "/var/lib/opensmtpd/empty"), User("opensmtpq", 64_903))
TRAPS = {
    "TLS that may be left out": Trap("smtpd.conf", "smtp+tls:", "smtp:"),
    "no TLS at all": Trap("smtpd.conf", "smtp+tls:", "smtp+notls:"),
    "a certificate that nobody verifies": Trap("smtpd.conf", " helo ", " tls no-verify helo "),
    "a login of another label": Trap("smtpd.secrets", "relay ", "other "),
}
_LOG = Log(Path("/var/log/smtpd"))
_OUTCOME = re.compile(r" mta delivery .*result=|Failed to parse smarthost")


def version() -> str:
    """Such as 6.8.0p2."""
    said = subprocess.run(["smtpd", "-h"], capture_output=True, check=False, text=True).stderr
    return re.search(r"OpenSMTPD ([0-9.p]+)", said)[1]  # type: ignore[index]


def prepare() -> None:
    """What the package makes when it is installed."""
    Path("/etc/aliases").touch()
    for folder in (Path("/var/lib/opensmtpd/empty"), Path("/var/spool/smtpd")):
        folder.mkdir(parents=True, exist_ok=True)
    Path("/var/spool/smtpd").chmod(0o711)
    program = Path("/usr/sbin/smtpctl")
    shutil.chown(program, "root", "opensmtpq")
    program.chmod(0o2755)


def send(_written: Written, letter: Letter) -> str | None:
    """Send one message with a daemon that is started for it; what its log says if the relay did not take it."""
    for queue in Path("/var/spool/smtpd").iterdir():
        shutil.rmtree(queue)
    _LOG.path.unlink(missing_ok=True)
    with running(["smtpd", "-d", "-v"], _LOG, lambda: "offline scanning done" in _LOG.since(0), logs_to_output=True):
        command = ["sendmail", "-f", "root", letter.recipient]
        subprocess.run(command, input=letter.message, check=True, capture_output=True)
        wait_until("OpenSMTPD to send", lambda: _OUTCOME.search(_LOG.since(0)) is not None)
    said = _LOG.since(0)
    return None if 'result="Ok"' in said or "result=Ok" in said else said
