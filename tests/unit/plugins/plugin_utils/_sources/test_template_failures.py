# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a template came to nothing, by Ansible's own errors: what is missing is named, and no value ever is."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import UNTEMPLATABLE, explain_failure

from .test_origins import load, vault

CANARY = "Canary-Pw-4711"
NOT_YET = "; facts, and what a play knows of itself, are not there before a play runs: set a variable in its place"
BRACES = (
    "cannot be templated: Jinja cannot read what stands in its braces; a text with {{ or {% that is no template needs"
    " !unsafe before it"
)
OF_ANOTHER_TYPE = (
    "cannot be templated: a value in it is of another type than it is used as, such as text that is added to a number"
)
# A template -> what is said of it.
FAILURES = {
    "{{ nope }}": "uses nope, which is not defined",
    "{{ nope() }}": "uses nope, which is not defined",
    "{{ nope | mandatory }}": "uses nope, which is not defined",
    "{{ lookup('vars', 'nope') }}": "uses nope, which is not defined",
    "{{ ansible_fqdn }}": f"uses ansible_fqdn, which is not defined{NOT_YET}",
    "{{ ansible_play_hosts }}": f"uses ansible_play_hosts, which is not defined{NOT_YET}",
    "{{ ansible_user }}": "uses ansible_user, which is not defined",
    "{{ ansible_facts.fqdn }}": f"uses the fact fqdn, which is not there{NOT_YET}",
    "{{ ansible_facts['default_ipv4'].address }}": f"uses the fact default_ipv4, which is not there{NOT_YET}",
    "{{ relay.nope }}": "looks in a mapping for nope, which is not there",
    "{{ relay['no-pe'].x }}": "looks in a mapping for no-pe, which is not there",
    "{{ relay.host.nope }}": "looks in a text for nope, which is not there",
    "{{ relays[5] }}": "looks in a list for 5, which is not there",
    "{{ empty[0] }}": "looks for entry 0, from 0, of a shorter list",
    "{{ empty | first }}": "takes the first entry of a list that is empty",
    "{{ relay[secret] }}": "looks in a mapping for what is not there",
    "{{ groups['web'][0] }}": "uses the group web, which the inventory does not have",
    "{{ hostvars.web1.relay }}": "uses the host web1, which the inventory does not have",
    "{{ undef(hint='name a relay') }}": "uses something, which is not defined: name a relay",
    "{{ undef(hint=secret) }}": "uses something, which is not defined",
    "{{ undef() | mandatory('name it') }}": "cannot be templated: the filter plugin ansible.builtin.mandatory failed:"
    " name it",
    "{{ undef() | mandatory(secret) }}": "cannot be templated: the filter plugin ansible.builtin.mandatory failed",
    "{{ nope ": BRACES,
    "{{ nope | }}": BRACES,
    "{% if nope %}": BRACES,
    "{{ 1 + 'a' }}": OF_ANOTHER_TYPE,
    "{{ 1 / 0 }}": "cannot be templated: it divides by zero",
    "{{ 1 | nosuch }}": "cannot be templated: there is no filter named nosuch",
    "{{ 1 is nosuch }}": "cannot be templated: there is no test named nosuch",
    "{{ lookup('file', '/nope') }}": "cannot be templated: the lookup plugin file failed: there is no such file",
    "{{ secret | from_json }}": "cannot be templated: the filter plugin ansible.builtin.from_json failed",
}
VARIABLES = {
    "secret": CANARY,
    "relay": {"host": "smtp.example.edu"},
    "relays": ["a.example.edu"],
    "empty": [],
    "groups": {},
    "hostvars": {},
    "ansible_facts": {},
}


def explained(template: object, variables: dict[str, object]) -> str:
    with pytest.raises(UNTEMPLATABLE) as raised:
        Templar(loader=DataLoader(), variables=variables).template(template)
    return explain_failure(raised.value)[0]


@pytest.mark.parametrize(("template", "sentence"), FAILURES.items(), ids=FAILURES)
def test_what_a_template_lacks_is_named_and_no_value(template: str, sentence: str) -> None:
    said = explained(trust_as_template(template), VARIABLES)
    assert said == sentence
    assert CANARY not in said


def encrypted(label: str, password: Path) -> str:
    """A vaulted text whose password nobody here has, as it stands in YAML."""
    password.write_text("another password")
    written = vault("encrypt_string", f"--vault-id={label}@{password}", f"--encrypt-vault-id={label}", CANARY)
    return written.partition("\n")[2].rstrip()


@pytest.mark.parametrize(
    ("name", "sentence"),
    {
        "of another password": "is vaulted, and none of the vault passwords opens it; it was encrypted for prod: give"
        " --vault-id prod@FILE",
        "no vault at all": "is marked !vault, and is not what ansible-vault wrote, or not all of it: encrypt it again",
        "cut off": "is marked !vault, and is not what ansible-vault wrote, or not all of it: encrypt it again",
    }.items(),
)
def test_what_is_vaulted_says_which_password_is_missing(name: str, sentence: str, tmp_path: Path) -> None:
    whole = encrypted("prod", tmp_path / "password")
    text = {"of another password": whole, "no vault at all": f"  {CANARY}", "cut off": whole[:-1]}[name]
    file = tmp_path / "vars.yml"
    file.write_text(f"password: !vault |\n{text}\n")
    with pytest.raises(UNTEMPLATABLE) as raised:
        load(file)
    assert explain_failure(raised.value)[0] == sentence


def test_what_stands_in_braces_in_a_vault_is_a_part_of_the_secret(tmp_path: Path) -> None:
    file = tmp_path / "vars.yml"
    file.write_text("password: '{{ Canary }}'\n")
    vault("encrypt", str(file))
    with pytest.raises(UNTEMPLATABLE) as raised:
        load(file)
    assert "Canary" not in explain_failure(raised.value)[0]
