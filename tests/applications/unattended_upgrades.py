# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real apt, whose settings unattended-upgrades reads: what it understood."""

from __future__ import annotations

import re
import shutil

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import programs
from tests.applications.proof import Trap
from tests.applications.written import Written

TRAPS = {
    "a comment in place of a value": Trap("52appmail", 'Mail "mail', 'Mail //"mail'),
    "a setting of another name": Trap("52appmail", "::Mail ", "::Email "),
}


def why_not() -> str | None:
    """Say why apt cannot be asked here, or nothing."""
    return None if shutil.which("apt-config") else "apt is not installed"


def version() -> str:
    """Such as 2.6.1, of apt."""
    return re.search(r"apt ([0-9.]+)", programs.said(["apt-config", "--version"]))[1]  # type: ignore[index]


def read(_written: Written) -> dict[str, JSON]:
    """What apt knows by the names that unattended-upgrades asks for."""
    values = dict(
        line.split(" ", 1)
        for line in programs.said(["apt-config", "dump", "--format", "%f %v%n"]).splitlines()
        if line.startswith("Unattended-Upgrade::")
    )
    return {
        "contacts.administrator": values.get("Unattended-Upgrade::Mail"),
        "sender.address": values.get("Unattended-Upgrade::Sender"),
    }
