# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One rule for every playbook of the collection: where an inventory and its variables may lie, and who is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.playbooks import MANAGED_PYTHON, run_playbook

SETTINGS = (
    "email_settings: {schema_version: 1, smtp: {host: smtp.example.edu, encryption: starttls, port: %s},"
    " sender: {address: noreply@example.edu}}\n"
)
TARGETS = "email_targets: [{app: msmtp}]\nemail_check: never\nemail_dest_root: %s\n"
HOSTS = (
    "dev:\n  hosts: {dev-app1: }\n"
    f"  vars: {{ansible_connection: local, ansible_python_interpreter: {MANAGED_PYTHON}}}\n"
)

# The layout -> the file with the settings, the inventory, and the folder that one stands in.
LAYOUTS = {
    "everything at the top": ("group_vars/dev.yml", "hosts.yml", "."),
    "an inventory with variables of its own": ("inventories/dev/group_vars/dev.yml", "inventories/dev", "."),
    "variables beside the playbooks, an inventory elsewhere": ("group_vars/dev.yml", "inventories/dev", "."),
    "a folder of playbooks": ("playbooks/group_vars/dev.yml", "inventories/dev", "playbooks"),
}


def laid_out(folder: Path, variables: str, inventory: str, port: object) -> str:
    """Write a project; answers its inventory as it is named from anywhere."""
    hosts = folder / inventory / "hosts.yml" if "." not in inventory else folder / inventory
    for file, text in ((folder / variables, SETTINGS % port + TARGETS % (folder / "root")), (hosts, HOSTS)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return str(folder / inventory)


@pytest.mark.parametrize(("variables", "inventory", "stand"), LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("own", [False, True], ids=["by its full name", "imported by a playbook of one's own"])
def test_the_same_variables_count_for_the_gate_and_for_what_is_written(
    tmp_path: Path, variables: str, inventory: str, stand: str, *, own: bool
) -> None:
    sources = laid_out(tmp_path, variables, inventory, 70000)
    folder = tmp_path / stand

    def run(name: str, *more: str) -> tuple[int, str]:
        playbook = f"appmail.settings.{name}"
        if own:
            (folder / "site.yml").write_text(f"- import_playbook: {playbook}\n", encoding="utf-8")
            playbook = "site.yml"
        done = run_playbook(folder, "-i", sources, *more, playbook=playbook)
        return done.status, done.output

    for name in ("validate", "apply"):
        status, output = run(name)
        assert status == 2, output
        assert f"{variables.removeprefix(stand + '/')}:1:" in output, output
        assert "70000 is greater than 65535" in output
    laid_out(tmp_path, variables, inventory, 2525)
    for name in ("validate", "apply"):
        status, output = run(name)
        assert status == 0, output
    assert "port 2525\n" in (tmp_path / "root/etc/msmtprc").read_text(encoding="utf-8")


# A playbook -> what it is given beside the pattern.
PLAYBOOKS: Mapping[str, tuple[str, ...]] = {
    "validate": (),
    "check": (),
    "apply": (),
    "compare": ("-e", '{"email_compare_environments": {"dev": "dev"}}'),
}


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_pattern_that_matches_nothing_fails(tmp_path: Path, name: str) -> None:
    """A mistyped name must not be green."""
    inventory = laid_out(tmp_path, "group_vars/dev.yml", "hosts.yml", 587)
    done = run_playbook(
        tmp_path, "-i", inventory, "-e", "email_hosts=pord", *PLAYBOOKS[name], playbook=f"appmail.settings.{name}"
    )
    assert done.status not in (0, 2 if name != "compare" else 1), done.output
    assert "pord" in done.output


@pytest.mark.parametrize("name", ["validate", "check", "apply"])
def test_an_inventory_without_hosts_fails_and_says_what_to_type(tmp_path: Path, name: str) -> None:
    (tmp_path / "hosts.yml").write_text("all: {}\n", encoding="utf-8")
    done = run_playbook(tmp_path, "-i", "hosts.yml", playbook=f"appmail.settings.{name}")
    assert done.status != 0
    assert "the inventory has no hosts: name one with -i" in done.output
