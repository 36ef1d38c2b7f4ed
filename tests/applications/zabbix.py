# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The import of Zabbix' own frontend: the media type that it made of a file."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import flags, programs
from tests.applications.proof import Trap
from tests.applications.written import Written

PACKAGES = ("zabbix-frontend-php",)
ALONE = True
TRAPS = {
    "a number": Trap("mediatype.yaml", 'smtp_port: "587"', "smtp_port: 587"),
    "a word in lower case": Trap("mediatype.yaml", '"STARTTLS"', '"starttls"'),
    "a certificate for any name": Trap("mediatype.yaml", 'smtp_verify_host: "YES"', 'smtp_verify_host: "NO"'),
    "verification that is left out": Trap("mediatype.yaml", '      smtp_verify_peer: "YES"\n', ""),
}
# The frontend's numbers for its words: SMTP_CONNECTION_SECURITY_* of its defines.inc.php.
_MODES = {"0": "none", "1": "starttls", "2": "implicit_tls"}


def why_not() -> str | None:
    """Say why Zabbix' frontend cannot be asked here, or nothing."""
    return None if shutil.which("php") else "php is not installed"


def version() -> str:
    """Such as 6.0.14."""
    defines = Path("/usr/share/zabbix/include/defines.inc.php").read_text(encoding="utf-8")
    return re.search(r"'ZABBIX_VERSION',\s*'([0-9.]+)", defines)[1]  # type: ignore[index]


def read(written: Written) -> dict[str, JSON]:
    """The media type as the frontend would hand it to its API."""
    values = programs.read(["php", programs.READERS / "zabbix.php", written.files["mediatype.yaml"]])
    login = values["smtp_authentication"] == "1"
    verify = {values["smtp_verify_host"], values["smtp_verify_peer"]}
    return {
        "smtp.host": values["smtp_server"],
        "smtp.port": int(str(values["smtp_port"])),
        "smtp.encryption": _MODES.get(str(values["smtp_security"])),
        "smtp.helo_name": values["smtp_helo"] or None,
        "smtp.auth.username": values["username"] if login else None,
        "smtp.auth.password": values["password"] if login else None,
        "smtp.tls.verify": {"0": False, "1": True}.get(str(verify.pop())) if len(verify) == 1 else None,
        **flags.sender(values["smtp_email"]),
    }
