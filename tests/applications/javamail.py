# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spring's own mail sender with the real JavaMail: what its session is made of, and sending with it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import java
from tests.applications.java import why_not
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

__all__ = ["ALONE", "PACKAGES", "TRAPS", "read", "send", "version", "why_not"]

PACKAGES = (
    "libspring-context-support-java",
    "libspring-context-java",
    "libspring-core-java",
    "libspring-beans-java",
    "libcommons-logging-java",
    "libmail-java",
    "libactivation-java",
)
ALONE = True
_PREFIX = "spring.mail.properties.mail.smtp."
TRAPS = {
    "STARTTLS where it is offered": Trap(
        "mail.properties", f"{_PREFIX}starttls.required=true", f"{_PREFIX}starttls.required=false"
    ),
    "a word of another spelling": Trap(
        "mail.properties", f"{_PREFIX}starttls.required=true", f"{_PREFIX}startls.required=true"
    ),
    "without smtp in the name": Trap(
        "mail.properties", f"{_PREFIX}starttls.required", "spring.mail.properties.mail.starttls.required"
    ),
    "a certificate for any name": Trap(
        "mail.properties", f"{_PREFIX}ssl.checkserveridentity=true", f"{_PREFIX}ssl.checkserveridentity=false"
    ),
}
_JARS = ("spring3-context.support", "spring3-context", "spring3-core", "spring3-beans", "commons-logging")


def version() -> str:
    """Such as 1.6.5, of JavaMail."""
    (jar,) = Path("/usr/share/java").glob("javax.mail-[0-9]*.jar")
    return jar.stem.removeprefix("javax.mail-")


def _program() -> subprocess.Popen[str]:
    return java.program("JavaMail", *_JARS, "javax.mail", "javax.activation")


def read(written: Written) -> dict[str, JSON]:
    """What Spring's sender and its session hold."""
    values = java.ask(_program(), "read", written.files["mail.properties"])
    return {"smtp.host": values["host"], "smtp.port": int(values["port"]), **java.understood(values)}


def send(written: Written, letter: Letter) -> str | None:
    """Send one message; what Spring says if it could not."""
    return java.ask(_program(), "send", written.files["mail.properties"], letter.recipient).get("failed")
