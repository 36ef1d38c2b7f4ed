# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts
short_description: The hosts that a playbook of this collection is for, and the project that they belong to
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Stands at C(hosts) in the collection's own playbooks, where Ansible evaluates it once, before the play begins.
  - Makes the folder that one stands in the project's folder, as if the playbook lay there. So C(group_vars) and
    C(host_vars) in it count, and relative paths start there, whichever playbook of the collection is run by its full
    name. A playbook of your own that imports one of the collection's keeps its own folder.
  - Refuses a pattern that matches no host, also together with C(--limit), and one with a part that is no host and no
    group of the inventory. Ansible itself only warns, leaves out what it does not know, and is green.
options:
  _terms:
    description: The pattern of hosts, as C(hosts) of a play has it. One, and V(all) if it is left out.
    type: list
    elements: str
    default: [all]
"""

EXAMPLES = r"""
- name: Judge what was asked for
  hosts: "{{ query('appmail.settings.hosts', email_hosts | default('all')) }}"
  gather_facts: false
  tasks:
    - name: Validate the email settings
      appmail.settings.validate:
        hosts: "{{ ansible_play_hosts_all }}"
      run_once: true
"""

RETURN = r"""
_raw:
  description: The pattern.
  type: list
  elements: str
  sample: [all]
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from ansible import context
from ansible.errors import AnsibleLookupError
from ansible.inventory.manager import InventoryManager, split_host_pattern
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.lookup import LookupBase

# Where Ansible finds the collection's own playbooks; a playbook of the user's lies elsewhere.
_OWN_PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"


class LookupModule(LookupBase):
    """See the documentation above."""

    def run(self, terms: Sequence[str], variables: dict[str, Any] | None = None, **_options: object) -> list[str]:
        pattern = str(terms[0]) if terms else "all"
        loader = cast(DataLoader, self._loader)
        if Path(loader.get_basedir()).resolve() == _OWN_PLAYBOOKS:
            loader.set_basedir(str(Path.cwd()))
        known = variables or {}
        # Whoever checks a playbook's syntax may do without an inventory.
        if not context.CLIARGS.get("syntax"):
            self._require_hosts(pattern, known.get("ansible_limit") or "", known.get("groups") or {})
        return [pattern]

    def _require_hosts(self, pattern: str, limit: str, groups: Mapping[str, Sequence[str]]) -> None:
        """Refuse what matches nothing in the inventory, of which the variables name each group's hosts."""
        inventory = InventoryManager(loader=self._loader, parse=False)
        for group, hosts in groups.items():
            inventory.add_group(group)
            for host in hosts:
                inventory.add_host(host, group=group)
        if not inventory.get_hosts(pattern=pattern):
            raise AnsibleLookupError(_no_host(pattern))
        # ansible-pull limits a run to all names that its machine may have, of which an inventory has one.
        limited = "all" if {"localhost", "127.0.0.1"} <= set(_names(limit)) else limit or "all"
        for option, given in (("email_hosts", pattern), ("--limit", limited)):
            unknown = unknown_names(inventory, given)
            if unknown:
                raise AnsibleLookupError(f"{option}: the inventory has no host or group {', '.join(unknown)}; {_CURE}")
        inventory.subset(limit or None)
        if not inventory.get_hosts(pattern=pattern):
            raise AnsibleLookupError(f"no host matches both email_hosts, {pattern}, and --limit, {limit}")


_CURE = "correct it, or name another inventory with -i"


def unknown_names(inventory: InventoryManager, pattern: str) -> list[str]:
    """The parts of a pattern that are no host and no group of an inventory."""
    names = (name for name in _names(pattern) if name not in inventory.groups)
    return [name for name in names if not inventory.get_hosts(pattern=name, ignore_limits=True)]


def _names(pattern: str) -> Iterator[str]:
    """The hosts and groups that a pattern names, those that it leaves out or has in common too."""
    for part in split_host_pattern(pattern):
        if part.startswith("@"):
            # A file of patterns, as Ansible leaves one for hosts to be tried again.
            for line in Path(part[1:]).read_text(encoding="utf-8").splitlines():
                yield from _names(line)
        else:
            yield part.lstrip("!&")


def _no_host(pattern: str) -> str:
    if pattern == "all":
        return "the inventory has no hosts: name one with -i, and see above whether it could be read"
    return f"no host of the inventory matches {pattern}: correct email_hosts, or name another inventory with -i"
