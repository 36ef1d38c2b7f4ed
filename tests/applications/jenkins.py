# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that Jenkins' Configuration as Code reads a file and expands its variables with."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import flags, java
from tests.applications.java import why_not
from tests.applications.proof import Trap
from tests.applications.world import User
from tests.applications.written import Written

__all__ = ["ALONE", "PACKAGES", "TRAPS", "USERS", "read", "version", "why_not"]

PACKAGES = ("libyaml-snake-java", "libcommons-text-java", "libcommons-lang3-java")
ALONE = True
USERS = (User("jenkins", 64_917),)
TRAPS = {
    "a path that is not expanded": Trap("mail.yaml", "${readFile:", "^${readFile:"),
    "a file that is not there": Trap("mail.yaml", "mail-password}", "mail-passwords}"),
    "a line break at the password's end": Trap("mail-password", "a-password", "a-password\n"),
    "both at once": Trap("mail.yaml", "useSsl: false", "useSsl: true"),
}
_MODES = {("false", "false"): "none", ("false", "true"): "starttls", ("true", "false"): "implicit_tls"}


def version() -> str:
    """Such as 1.33, of SnakeYAML."""
    (jar,) = Path("/usr/share/java").glob("snakeyaml-[0-9]*.jar")
    return jar.stem.removeprefix("snakeyaml-")


def read(written: Written) -> dict[str, JSON]:
    """What comes out of the file and the password's."""
    values = java.ask(
        java.program("JenkinsRead", "snakeyaml", "commons-text", "commons-lang3"), "read", written.files["mail.yaml"]
    )
    own = {
        name: values.get(f"unclassified.mailer.{name}") for name in ("smtpHost", "useSsl", "useTls", "replyToAddress")
    }
    login = {name: values.get(f"unclassified.mailer.authentication.{name}") for name in ("username", "password")}
    return {
        "smtp.host": own["smtpHost"],
        "smtp.port": int(values["unclassified.mailer.smtpPort"]),
        "smtp.encryption": _MODES.get((str(own["useSsl"]), str(own["useTls"]))),
        "smtp.auth.username": login["username"],
        "smtp.auth.password": login["password"],
        "sender.reply_to": own["replyToAddress"],
        **flags.sender(values["unclassified.location.adminAddress"]),
    }
