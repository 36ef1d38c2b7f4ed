# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real libraries that Grafana reads its settings and sends its mail with: ini.v1 and mail.v2."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import go, programs
from tests.applications.go import why_not
from tests.applications.proof import Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written

__all__ = ["ALONE", "PACKAGES", "TRAPS", "USERS", "read", "send", "version", "why_not"]

PACKAGES = ("golang-gopkg-mail.v2-dev", "golang-gopkg-ini.v1-dev")
ALONE = True
USERS = (User("grafana", 64_912),)
TRAPS = {
    "a policy in another spelling": Trap("grafana.ini", "MandatoryStartTLS", "mandatoryStartTLS"),
    "a password that is cut": Trap("grafana.ini", "password = a-password", "password = a-pass#word"),
    "a certificate that nobody verifies": Trap("grafana.ini", "skip_verify = false", "skip_verify = true"),
}
# mail.v2, smtp.go: opportunistic, mandatory, none.
_POLICIES = ("starttls_opportunistic", "starttls", "none")


def version() -> str:
    """Such as 2.3.1, of mail.v2."""
    changes = Path("/usr/share/doc/golang-gopkg-mail.v2-dev/changelog.Debian.gz")
    return re.search(r"\(([0-9.]+)-", gzip.decompress(changes.read_bytes()).decode())[1]  # type: ignore[index]


def read(written: Written) -> dict[str, JSON]:
    """What the libraries would connect and write with."""
    values = programs.read([go.program("grafana"), "read", written.files["grafana.ini"]])
    mode = "implicit_tls" if values["at_once"] else _POLICIES[int(str(values["policy"]))]
    return {
        "smtp.host": values["host"],
        "smtp.port": values["port"],
        "smtp.encryption": mode,
        "smtp.helo_name": values["name"] or None,
        "smtp.auth.username": values["user"] or None,
        "smtp.auth.password": values["password"] or None,
        "smtp.tls.verify": not values["skip_verify"],
        "smtp.tls.client_certificate": values["cert_file"] or None,
        "smtp.tls.client_key": values["key_file"] or None,
        "sender.address": values["from_address"],
        "sender.display_name": values["from_name"] or None,
        "sender.reply_to": values["reply_to"] or None,
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message; what the library says if it could not."""
    return programs.failure([go.program("grafana"), "send", written.files["grafana.ini"], letter.recipient])
