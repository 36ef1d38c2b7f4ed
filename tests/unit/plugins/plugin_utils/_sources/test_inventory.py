# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host is given, read from an inventory by Ansible itself: its templates may use all that a play's may."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import read_hosts

# What a host's `email_settings` holds -> what it comes to, or why it has no value.
TEMPLATES = {
    "another host's variable": ("{{ hostvars['relay1'].address }}", "10.0.0.1"),
    "its own among all hosts'": ("{{ hostvars[inventory_hostname].name }}", "app"),
    "of each host of a group": ("{{ groups['relays'] | map('extract', hostvars, 'address') | join(',') }}", "10.0.0.1"),
    "what leads further there": ("{{ hostvars.relay1.led_to }}", "10.0.0.1"),
    "by name": ("{{ vars['name'] }}", "app"),
    "a host that there is not": (
        "{{ hostvars['relay9'].address }}",
        "looks in hostvars for a host that the inventory does not have",
    ),
    "a variable that it does not have": (
        "{{ hostvars['relay1'].adress }}",
        "looks in a value for adress, which is not there",
    ),
}


def hostvars_of(folder: Path, variables: str) -> HostVars:
    """Ansible's own variables of an inventory: `variables` are those of the host app1, beside the host relay1."""
    (folder / "hosts.yml").write_text(
        "apps: {hosts: {app1: {name: app}}}\nrelays: {hosts: {relay1: {address: 10.0.0.1, led_to: '{{ address }}'}}}\n"
    )
    (folder / "group_vars").mkdir()
    (folder / "group_vars" / "apps.yml").write_text(variables)
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(folder / "hosts.yml")])
    return HostVars(inventory, VariableManager(loader=loader, inventory=inventory), loader)


def read(folder: Path, template: str) -> object:
    """What the host app1 is given as its `email_settings`."""
    hostvars = hostvars_of(folder, f'email_settings: {{smtp: {{host: "{template}"}}}}\n')
    (host,) = read_hosts(hostvars, ["app1"])
    said = [failure.message for failure in host.failures]
    said += [oddity.message for oddities in host.oddities.values() for oddity in oddities]
    return said[0] if said else host.values["email_settings"]["smtp"]["host"]  # type: ignore[call-overload, index]


MAY_BE_A_SECRET = (
    "cannot be templated, and may be no template: a text with {{ or {% in it needs !unsafe before it, or in a vault"
    " {% raw %} around it"
)
# What stands in a password that cannot be templated -> what is said.
PASSWORDS = {
    "{{ vault_pasword }}": "uses vault_pasword, which is not defined",
    "{{ vault_pasword | trim }}": "uses vault_pasword, which is not defined",
    "C4nary{{Xk91}}x": MAY_BE_A_SECRET,
    "C4nary{{ Xk91.Xk91 }}": MAY_BE_A_SECRET,
    "{{Xk91}}{{Xk91}}": MAY_BE_A_SECRET,
    "C4nary{{ 1 | Xk91 }}": MAY_BE_A_SECRET,
    "C4nary{%Xk91": MAY_BE_A_SECRET,
}


@pytest.mark.parametrize("led", [False, True], ids=["written there", "a template leads to it"])
@pytest.mark.parametrize(("password", "sentence"), PASSWORDS.items(), ids=PASSWORDS)
def test_what_stands_in_braces_in_a_secret_is_a_part_of_it(
    password: str, sentence: str, led: bool, tmp_path: Path
) -> None:
    given = "{{ secret }}" if led else password
    written = f"email_settings: {{smtp: {{auth: {{password: '{given}'}}}}}}\nsecret: '{password}'\n"
    (host,) = read_hosts(hostvars_of(tmp_path, written), ["app1"])
    assert [oddity.message for oddities in host.oddities.values() for oddity in oddities] == [sentence]
    assert ("Xk91" in repr(host)) is False


@pytest.mark.parametrize(("template", "value"), TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_uses_what_a_play_has(template: str, value: str, tmp_path: Path) -> None:
    assert read(tmp_path, template) == value
