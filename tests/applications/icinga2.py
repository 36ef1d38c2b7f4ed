# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Icinga 2: the objects and variables that it made of its files."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import flags, programs
from tests.applications.proof import Trap
from tests.applications.world import User
from tests.applications.written import Written

PACKAGES = ("icinga2-bin", "icinga2-common")
USERS = (User("nagios", 64_913), User("adm", 4))
TRAPS = {
    "a variable of another name": Trap("appmail.conf", "notification_from", "notification_sender"),
    "a group that nobody writes to": Trap("appmail.conf", "groups =", "vars.groups ="),
}


def version() -> str:
    """Such as 2.13.6."""
    return re.search(r"r([0-9.]+)", programs.said(["icinga2", "--version"]))[1]  # type: ignore[index]


def prepare() -> None:
    """The folders that its package would make."""
    for name in ("/var/lib/icinga2", "/var/cache/icinga2", "/var/log/icinga2", "/run/icinga2", "/var/spool/icinga2"):
        Path(name).mkdir(parents=True, exist_ok=True)
        shutil.chown(name, "nagios", "nagios")
    os.environ["ICINGA2_USER"] = "nagios"


def read(_written: Written) -> dict[str, JSON]:
    """The user who gets the mail, and who it is from."""
    programs.said(["icinga2", "daemon", "-C"])
    user = programs.said(["icinga2", "object", "list", "--type", "User", "--name", "appmail"])
    plain = re.sub(r"\x1b\[[0-9;]*m", "", user)
    variables = re.sub(r"\x1b\[[0-9;]*m", "", programs.said(["icinga2", "variable", "list"]))
    email = re.search(r'\* email = "(.*)"', plain)
    sender = re.search(r'notification_from = "(.*)"', variables)
    assert "icingaadmins" in str(re.search(r"\* groups = \[(.*)\]", plain))
    return {
        "contacts.administrator": email[1] if email else None,
        **flags.sender(sender[1].replace('\\"', '"') if sender else ""),
    }
