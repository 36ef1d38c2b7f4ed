# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real library that Gitea reads its settings with, ini.v1; the words are read as Gitea's source has them."""

from __future__ import annotations

import json
import subprocess
from email.utils import parseaddr
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import go
from tests.applications.go import why_not
from tests.applications.installed import packaged_version
from tests.applications.programs import READERS
from tests.applications.proof import Trap
from tests.applications.world import User
from tests.applications.written import Written

__all__ = ["ALONE", "PACKAGES", "TRAPS", "USERS", "read", "version", "why_not"]

PACKAGES = ("golang-gopkg-ini.v1-dev",)
ALONE = True
USERS = (User("git", 64_914),)
TRAPS = {
    "a password that is cut": Trap("app.ini", "PASSWD = a-password", "PASSWD = a-pass#word", "implicit_tls"),
    "a word that was in its manual": Trap("app.ini", "PROTOCOL = smtps", "PROTOCOL = smtp+startls", "implicit_tls"),
}
_MODES = {"smtp": "none", "smtp+starttls": "starttls_opportunistic", "smtps": "implicit_tls"}


def version() -> str:
    """Such as 1.67.0, of ini.v1."""
    return packaged_version("golang-gopkg-ini.v1-dev")


def read(written: Written) -> dict[str, JSON]:
    """What the library reads, as modules/setting/mailer.go takes it."""
    folder = Path("/run/gitea")
    folder.mkdir(exist_ok=True)
    (folder / "file").write_bytes(written.files["app.ini"].read_bytes())
    done = subprocess.run([str(go.program("read", READERS))], cwd=folder, capture_output=True, check=True)
    own: dict[str, str] = {key.removeprefix("mailer."): value for key, value in json.loads(done.stdout).items()}
    assert own["ENABLED"] == "true"
    name, address = parseaddr(own["FROM"])
    with_certificate = own.get("USE_CLIENT_CERT") == "true"
    return {
        "smtp.host": own["SMTP_ADDR"],
        "smtp.port": int(own["SMTP_PORT"]),
        "smtp.encryption": _MODES[own["PROTOCOL"]],
        "smtp.helo_name": own.get("HELO_HOSTNAME"),
        "smtp.tls.verify": own.get("FORCE_TRUST_SERVER_CERT") != "true",
        "smtp.tls.client_certificate": own.get("CLIENT_CERT_FILE") if with_certificate else None,
        "smtp.tls.client_key": own.get("CLIENT_KEY_FILE") if with_certificate else None,
        "smtp.auth.username": own.get("USER"),
        "smtp.auth.password": own.get("PASSWD"),
        "sender.address": address,
        "sender.display_name": name or None,
    }
