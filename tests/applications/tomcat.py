# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Tomcat: the session that an application looks up in it, and sending with that."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import java
from tests.applications.java import why_not
from tests.applications.proof import Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written

__all__ = ["ALONE", "PACKAGES", "TRAPS", "USERS", "read", "send", "version", "why_not"]

PACKAGES = ("libtomcat10-embed-java", "libjakarta-mail-java", "libjakarta-activation-java")
ALONE = True
USERS = (User("tomcat", 64_911),)
_FILE = "context.xml.default"
TRAPS = {
    "STARTTLS where it is offered": Trap(
        _FILE, 'mail.smtp.starttls.required="true"', 'mail.smtp.starttls.required="false"'
    ),
    "a password without its user": Trap(_FILE, 'mail.smtp.user="svc-mail"', 'username="svc-mail"'),
    "a certificate for any name": Trap(
        _FILE, 'mail.smtp.ssl.checkserveridentity="true"', 'mail.smtp.ssl.checkserveridentity="false"'
    ),
}


def version() -> str:
    """Such as 10.1.60."""
    (jar,) = Path("/usr/share/java").glob("tomcat10-embed-core-[0-9]*.jar")
    return jar.stem.removeprefix("tomcat10-embed-core-")


def _program() -> subprocess.Popen[str]:
    return java.program("TomcatMail", "tomcat10-embed-core", "jakarta-mail", "jakarta-activation")


def read(written: Written) -> dict[str, JSON]:
    """What the session holds."""
    values = java.ask(_program(), "read", written.files[_FILE])
    assert "failed" not in values, values["failed"]
    host, port = values["mail.smtp.host"], int(values["mail.smtp.port"])
    return {"smtp.host": host, "smtp.port": port, **java.understood(values)}


def send(written: Written, letter: Letter) -> str | None:
    """Send one message; what Jakarta Mail says if it could not."""
    return java.ask(_program(), "send", written.files[_FILE], letter.recipient).get("failed")
