# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Fail2Ban: what its client would have its server do for a jail."""

from __future__ import annotations

import ast
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import programs
from tests.applications.proof import Trap
from tests.applications.written import Written

PACKAGES = ("fail2ban",)
TRAPS = {
    "a setting that no action is given": Trap("appmail.local", "sender = ", "sendername = "),
    "an action that tells nobody": Trap("appmail.local", "%(action_mw)s", "%(action_)s"),
}
# Fail2Ban is of the system's Python, whatever runs the proof.
_CLIENT = ("/usr/bin/python3", "/usr/bin/fail2ban-client")


def version() -> str:
    """Such as 1.0.2."""
    return programs.said([*_CLIENT, "--version"]).split()[1].lstrip("v")


def prepare() -> None:
    """One jail."""
    Path("/var/log/proof.log").touch()
    jail = Path("/etc/fail2ban/jail.d/defaults-debian.conf")
    jail.write_text("[sshd]\nenabled = true\nbackend = polling\nlogpath = /var/log/proof.log\n", encoding="utf-8")


def read(_written: Written) -> dict[str, JSON]:
    """What the jail's action that mails is set to."""
    lines = programs.said([*_CLIENT, "-d"]).splitlines()
    commands = [ast.literal_eval(line) for line in lines if line.startswith("[")]
    (action,) = [
        dict(command[4]) for command in commands if command[0] == "multi-set" and command[3] == "sendmail-whois"
    ]
    name = action["sendername"]
    return {
        "contacts.administrator": action["dest"],
        "sender.address": action["sender"],
        "sender.display_name": None if name == "Fail2Ban" else name,
    }
