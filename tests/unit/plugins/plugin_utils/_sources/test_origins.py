# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where values were written, whether they stand there in clear text, and when two are equal, by Ansible's own tags."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.constants import DEFAULT_VAULT_IDENTITY
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret, VaultSecretsContext
from ansible.template import Templar

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import (
    identity,
    is_literal,
    is_vaulted,
    place_of,
)

VAULT_PASSWORD = Path(__file__).parents[4] / "integration" / "vault-password"


def load(file: Path) -> dict[str, Any]:
    """A variables file as Ansible reads and templates it."""
    secrets = [(DEFAULT_VAULT_IDENTITY, VaultSecret(VAULT_PASSWORD.read_bytes().strip()))]
    if VaultSecretsContext.current(optional=True) is None:
        VaultSecretsContext.initialize(VaultSecretsContext(secrets=secrets))
    loader = DataLoader()
    loader.set_vault_secrets(secrets)
    variables = loader.load_from_file(str(file), trusted_as_template=True)
    return dict(Templar(loader=loader, variables=variables).template(variables))


def vault(*arguments: str, given: str = "") -> str:
    command = [str(Path(sys.executable).parent / "ansible-vault"), *arguments]
    done = subprocess.run(
        [*command, "--vault-password-file", str(VAULT_PASSWORD)],
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


WRITTEN = """\
plain: hunter2
quoted: "hunter2"
anchored: &secret hunter2
alias: *secret
block: |
  hunter2
folded: >-
  hunter2
led_to: "{{ plain }}"
put_together: "{{ plain }}{{ quoted }}"
looked_up: "{{ lookup('env', 'HOME') }}"
in_flow: {password: hunter2}
chosen: "{% if true %}hunter2{% endif %}"
"""
CLEAR: dict[str, bool | None] = {
    "plain": True,
    "quoted": True,
    "anchored": True,
    "alias": True,
    "block": True,
    "folded": True,
    "led_to": True,
    "put_together": False,
    "looked_up": None,
    "chosen": False,
    "vaulted": False,
    "led_to_vaulted": False,
}


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("origins") / "vars.yml"
    vaulted = vault("encrypt_string", "--stdin-name", "vaulted", given="hunter2")
    file.write_text(f'{WRITTEN}led_to_vaulted: "{{{{ vaulted }}}}"\n{vaulted}\n')
    return load(file)


@pytest.mark.parametrize(("name", "clear"), CLEAR.items(), ids=CLEAR)
def test_clear_text_is_told_from_templates_and_vaults(name: str, clear: bool | None, values: dict[str, Any]) -> None:
    assert is_literal(values[name]) is clear


def test_a_value_in_a_mapping_on_one_line(values: dict[str, Any]) -> None:
    assert is_literal(values["in_flow"]["password"]) is True


def test_a_vaulted_file_holds_no_clear_text(tmp_path: Path) -> None:
    file = tmp_path / "vault.yml"
    file.write_text("password: hunter2\n")
    vault("encrypt", str(file))
    password = load(file)["password"]
    assert is_vaulted(password)
    assert is_literal(password) is False


def test_what_cannot_be_known_is_not_claimed(tmp_path: Path) -> None:
    file = tmp_path / "vars.yml"
    file.write_text("password: hunter2\n")
    password = load(file)["password"]
    file.unlink()
    assert is_literal(password) is None
    assert is_literal("no place at all") is None


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "vars.yml"
    file.write_text("password: hunter2\n")
    password = load(file)["password"]
    assert is_literal(password) is True
    file.write_text("password: \"{{ lookup('env', 'HOME') }}\"\n")
    assert is_literal(password) is False


def test_equal_means_equal_values_at_equal_places(tmp_path: Path) -> None:
    one, same, other = tmp_path / "one.yml", tmp_path / "one.yml", tmp_path / "other.yml"
    for file in (one, other):
        file.write_text("smtp: {host: a.example, ports: [25, 587]}\n")
    assert identity(load(one)) == identity(load(same))
    assert identity(load(one)) != identity(load(other))


def test_true_is_not_one() -> None:
    assert identity({"a": True}) != identity({"a": 1})
    assert identity({"a": 1}) != identity({"a": 1.0})


def test_places_count_from_one(values: dict[str, Any]) -> None:
    place = place_of(values["plain"])
    assert place is not None
    assert (place.line, place.column) == (1, 8)
