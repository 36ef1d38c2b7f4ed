# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The people that the real servers know. Their passwords are made up and guard nothing."""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN = "example.test"


@dataclass(frozen=True)
class Account:
    name: str
    password: str

    @property
    def address(self) -> str:
        return f"{self.name}@{DOMAIN}"


ALICE = Account("alice", "correct horse $battery% {{ staple }}")
BOB = Account("bob", "tr0ub4dor&3")
ACCOUNTS = (ALICE, BOB)

# What a server has to hold beside the usual: a name and a password that are not ASCII (already as SASLprep, RFC 4013,
# leaves them), and a long password.
NON_ASCII = Account("jürgen", "Grüße IX")
LONG_PASSWORD = Account("long", "".join(f"{number:04}-" for number in range(100)))
ODD_ACCOUNTS = (NON_ASCII, LONG_PASSWORD)
TEAM_ADDRESS = f"team@{DOMAIN}"  # of all of them
