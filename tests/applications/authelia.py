# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The YAML library that Authelia reads with, and Go's own reading of addresses, as Authelia uses it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import go, programs
from tests.applications.go import why_not
from tests.applications.proof import Trap
from tests.applications.world import User
from tests.applications.written import Written

__all__ = ["ALONE", "PACKAGES", "TRAPS", "USERS", "read", "version", "why_not"]

PACKAGES = ("golang-gopkg-yaml.v3-dev",)
ALONE = True
USERS = (User("authelia", 64_916),)
TRAPS = {
    "TLS that need not be": Trap("mail.yml", "disable_require_tls: false", "disable_require_tls: true"),
    "a key of another name": Trap("mail.yml", "disable_require_tls", "disable_requiretls"),
    "a scheme of another kind": Trap("mail.yml", "submissions:", "smtps:", "implicit_tls"),
}


def version() -> str:
    """Such as 3.0.1, of yaml.v3."""
    changes = Path("/usr/share/doc/golang-gopkg-yaml.v3-dev/changelog.Debian.gz")
    return re.search(r"\(([0-9.]+)", gzip.decompress(changes.read_bytes()).decode())[1]  # type: ignore[index]


def read(written: Written) -> dict[str, JSON]:
    """What the libraries made of the file."""
    values = programs.read([go.program("authelia"), written.files["mail.yml"]])
    return {
        "smtp.host": values["host"],
        "smtp.port": int(str(values["port"])),
        "smtp.encryption": values["mode"],
        "smtp.timeout": values["timeout"],
        "smtp.helo_name": values["identifier"] or None,
        "smtp.auth.username": values["username"] or None,
        "smtp.auth.password": values["password"] or None,
        "smtp.tls.verify": not values["skip_verify"],
        "smtp.tls.server_name": values["server_name"] or None,
        "smtp.tls.minimum_version": str(values["minimum"]).removeprefix("TLS") or None,
        "sender.address": values["address"],
        "sender.display_name": values["name"] or None,
    }
