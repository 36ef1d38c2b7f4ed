# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real dma: it shows nothing of what it understood, so it is asked by sending."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.applications.proof import Letter, Trap
from tests.applications.world import SYSLOG
from tests.applications.written import Written
from tests.integration.real.daemons import wait_until

PACKAGES = ("dma",)
TRAPS = {
    "STARTTLS without SECURETRANSFER": Trap("dma.conf", "SECURETRANSFER\n", ""),
    "a login for another host": Trap("auth.conf", "|relay.", "|other."),
}

_OUTCOME = re.compile("delivery successful|delivery failed|deferred|failed: ")


def version() -> str:
    """Such as 0.13, as it stands in the program's own header."""
    program = Path(str(shutil.which("dma"))).read_bytes()
    return re.search(rb"DragonFly Mail Agent v([0-9.]+)", program)[1].decode()  # type: ignore[index]


def send(_written: Written, letter: Letter) -> str | None:
    """Send one message in the foreground; what dma writes to the log where its first attempt came to nothing."""
    mark = SYSLOG.mark()
    command = ["dma", "-D", "-f", "root", letter.recipient]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(letter.message)
        process.stdin.close()
        # It may have ended before its last line is written down.
        wait_until("dma to send", lambda: bool(process.poll()) or _OUTCOME.search(SYSLOG.since(mark)) is not None)
        # What could not be sent would be tried again in five minutes.
        process.terminate()
    said = SYSLOG.since(mark)
    return None if "delivery successful" in said else said
