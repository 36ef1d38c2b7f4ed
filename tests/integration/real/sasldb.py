# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts for servers that know people by Cyrus SASL: its database, and the file that names it for a server."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.integration.real.accounts import ACCOUNTS, DOMAIN
from tests.integration.real.daemons import DaemonError
from tests.tools.mail_servers import FOLDER

# Where the library looks for a server's file, which is its name and .conf.
PLACE = "/usr/lib/sasl2"


def sasldb(server: str, folder: Path) -> str:
    """Make the database of the accounts in a folder, by the tool that lies beside a server; give its settings."""
    program = FOLDER / server / "usr" / "sbin" / "saslpasswd2"
    database = folder / "sasldb2"
    for account in ACCOUNTS:
        command = [str(program), "-p", "-c", "-f", str(database), "-u", DOMAIN, account.name]
        made = subprocess.run(command, input=account.password, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise DaemonError(f"{program.name}: {made.stderr}")
    return f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {database}\nlog_level: 3\n"
