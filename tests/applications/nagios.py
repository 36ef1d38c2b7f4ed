# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Nagios: the objects that it made of its files."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import programs
from tests.applications.proof import Trap
from tests.applications.world import User
from tests.applications.written import Written

PACKAGES = ("nagios4-core", "nagios4-common")
ALONE = True
USERS = (User("nagios", 64_913),)
TRAPS = {
    "a comment in the middle of an address": Trap("appmail.cfg", "mail-admin@", "mail;admin@"),
    "a key that nobody knows": Trap("appmail.cfg", "  email ", "  e-mail "),
    "another command": Trap("appmail.cfg", "commands appmail-host", "commands notify-host-by-email"),
}
_MAIN, _OBJECTS = Path("/etc/nagios4/proof.cfg"), Path("/run/nagios.objects")
_CHECKED = """
define command {
  command_name ok
  command_line /bin/true
}
define host {
  host_name h
  address 127.0.0.1
  use generic-host
  check_command ok
  max_check_attempts 1
  contact_groups admins
}
define service {
  host_name h
  service_description s
  use generic-service
  check_command ok
  contact_groups admins
}
"""


def version() -> str:
    """Such as 4.4.6."""
    return re.search(r"Nagios Core ([0-9.]+)", programs.said(["nagios4", "--version"]))[1]  # type: ignore[index]


def prepare() -> None:
    """A main file that has ours in it, and something to check."""
    objects = "\n".join(
        f"cfg_file=/etc/nagios4/objects/{name}.cfg" for name in ("commands", "contacts", "timeperiods", "templates")
    )
    Path("/etc/nagios4/proof-objects.cfg").write_text(_CHECKED, encoding="utf-8")
    _MAIN.write_text(
        f"nagios_user=root\nnagios_group=root\nlog_file=/run/nagios.log\ncheck_result_path=/run\nprecached_object_file={_OBJECTS}\n"
        f"{objects}\ncfg_file=/etc/nagios4/proof-objects.cfg\ncfg_dir=/etc/nagios4/conf.d\n",
        encoding="utf-8",
    )


def _objects() -> dict[tuple[str, str], dict[str, str]]:
    """Each object's keys by its kind and name."""
    programs.said(["nagios4", "-p", "-v", _MAIN])
    objects = {}
    for kind, body in re.findall(
        r"^define (\w+) \{\n(.*?)^\t\}", _OBJECTS.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        keys = dict(line.strip().partition("\t")[::2] for line in body.splitlines())
        objects[kind, keys.get(f"{kind}_name", "")] = keys
    return objects


def read(_written: Written) -> dict[str, JSON]:
    """The contact that gets the mail, and who it is from in both of its commands."""
    objects = _objects()
    contact = objects["contact", "appmail"]
    commands = [contact[f"{kind}_notification_commands"] for kind in ("host", "service")]
    lines = [objects["command", name]["command_line"] for name in commands]
    senders = re.findall(r"/usr/bin/mail -r '([^']*)' ", "\n".join(lines))
    members = objects["contactgroup", "admins"]["members"].split(",")
    return {
        "contacts.administrator": contact.get("email") if "appmail" in members else None,
        "sender.address": senders[0] if len(senders) == 2 and len(set(senders)) == 1 else None,
    }
