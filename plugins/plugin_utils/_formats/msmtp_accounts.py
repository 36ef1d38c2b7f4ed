# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Which settings of an msmtprc take effect: those of the account `default`, with what it inherits.

msmtp(1), CONFIGURATION FILES: `defaults` are for the accounts below it, `account NAME : OTHER` begins with what the
other one has, and `default` is the account that is used where none is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import Entry

_LINE = re.compile(r"[ \t]*(?P<name>[^\s#]\S*)(?:[ \t]+(?P<value>.*?))?[ \t\r]*")


# Alone on its line the word is on (msmtp(1), Configuration files).
_SWITCHES = {"add_missing_date_header", "add_missing_from_header", "allow_from_override", "auth", "auto_from"}
_SWITCHES |= {"keepbcc", "remove_bcc_headers", "set_date_header", "set_from_header", "set_msgid_header", "syslog"}
_SWITCHES |= {"tls", "tls_certcheck", "tls_starttls", "undisclosed_recipients"}


@dataclass(frozen=True)
class Command:
    """A line with its name and value; `line` counts from 1."""

    name: str
    value: str
    line: int


@dataclass
class Accounts:
    """The commands of the default account in the order that they take effect in, and the lines of all others."""

    commands: list[Command] = field(default_factory=list)
    others: list[Command] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """The commands as entries of a file."""
        return [(command.name, command.value) for command in self.commands]


def default_account(text: str) -> Accounts:
    """What takes effect where no account is named; of a file of one account without that name, what that one has."""
    defaults, accounts, current = list[Command](), dict[str, list[Command]](), None
    heads: list[Command] = []
    for command in _commands(text):
        if command.name == "defaults":
            defaults, current = [], None
        elif command.name == "account":
            name, _colon, bases = command.value.partition(":")
            inherited = [c for other in bases.split(",") for c in accounts.get(other.strip(), ())]
            accounts[name.strip()] = current = [*defaults, *inherited]
            heads.append(command)
        else:
            (defaults if current is None else current).append(command)
    chosen = accounts.get("default", next(iter(accounts.values())) if len(accounts) == 1 else [])
    chosen = chosen or (defaults if not accounts else [])
    # A command of the account itself stands in place of what it inherits.
    effective = list({command.name: command for command in chosen}.values())
    lines = {command.line for command in chosen}
    others = [head for head in heads if not _is_only_a_name(head, accounts, lines)]
    return Accounts(effective, others)


def _is_only_a_name(head: Command, accounts: dict[str, list[Command]], lines: set[int]) -> bool:
    """Whether all that an account has takes effect."""
    own = accounts[head.value.partition(":")[0].strip()]
    return all(command.line in lines for command in own)


def _commands(text: str) -> list[Command]:
    matches = ((number, _LINE.fullmatch(line)) for number, line in enumerate(text.split("\n"), start=1))
    found = ((number, match["name"], match["value"]) for number, match in matches if match)
    return [Command(name, value or ("on" if name in _SWITCHES else ""), number) for number, name, value in found]
