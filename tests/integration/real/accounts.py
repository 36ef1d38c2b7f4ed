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
