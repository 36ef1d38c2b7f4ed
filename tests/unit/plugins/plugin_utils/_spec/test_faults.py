# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault of the spec's schema says, and the cure that it names."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import dotted
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import compile_schema, settings_schema
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets

MISSING = {
    "one of a few words": (
        "{schema_version: 1, smtp: {host: smtp.example.edu}}",
        "smtp.encryption: is missing and must be set to none, starttls_opportunistic, starttls or implicit_tls",
    ),
    "one value alone": (
        "{smtp: {host: smtp.example.edu, encryption: none}}",
        "schema_version: is missing and must be set to 1",
    ),
    "any of many": (
        "{schema_version: 1, smtp: {encryption: none}}",
        "smtp.host: is missing and must be set",
    ),
    "a secret": (
        "{schema_version: 1, smtp: {host: smtp.example.edu, encryption: starttls, auth: {username: u}}}",
        "smtp.auth.password: is missing and must be set",
    ),
}


@pytest.mark.parametrize(("spec", "expected"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_told_with_what_it_may_be(spec: str, expected: str) -> None:
    faults = settings_schema().faults(yaml.safe_load(spec), Secrets())
    assert [f"{dotted(fault.path)}: {fault.message}" for fault in faults] == [expected]


# How Ansible's YAML 1.1 reads a number that is written like this, it is text; YAML 1.2 and people differ.
NUMBERS = {
    "2.5e2": "; YAML reads it as text: write 250",
    "1e3": "; YAML reads it as text: write 1000",
    "0o17": "; YAML reads it as text: write 15",
    "1,000": "; YAML reads it as text: write 1000",
    "'30'": "; write it without quotes",
    "'30.0'": "; write it without quotes",
    # Without its quotes it would be 309.
    "'0465'": "; YAML reads it as text: write 465",
    "0587": "; YAML reads it as text: write 587",
    "'1.2.3'": "",
    "30s": "; write the number alone, without a unit",
    "10 MB": "; write the number alone, without a unit",
    "5 minutes": "; write the number alone, without a unit",
    "50%": "; write the number alone, without a unit",
    "2.5e-1": "",
    "1e400": "",
    "1e30": "",
    "'nan'": "",
    "1,00": "",
    "soon": "",
}


@pytest.mark.parametrize(("written", "cure"), NUMBERS.items(), ids=NUMBERS)
def test_a_number_that_yaml_takes_for_text(written: str, cure: str) -> None:
    value = yaml.safe_load(written)
    value = value if isinstance(value, str) else written
    [fault] = compile_schema({"type": "integer"}, "a number").faults(value, Secrets())
    assert fault.message == f"must be a whole number, not text{cure}"


# What other programs call an encryption -> what is proposed.
WORDS = {
    "smtps": "implicit_tls",
    "SMTPS": "implicit_tls",
    "encrypt": "starttls",
    "may": "starttls_opportunistic",
    "plain": "none",
    "start_tls": "starttls",
    "implicit-tls": "implicit_tls",
}


@pytest.mark.parametrize(("word", "ours"), WORDS.items(), ids=WORDS)
def test_a_word_of_another_program_is_told_with_ours(word: str, ours: str) -> None:
    spec = {"schema_version": 1, "smtp": {"host": "smtp.example.edu", "encryption": word}}
    [fault] = settings_schema().faults(spec, Secrets())
    assert fault.message.endswith(f"; did you mean {ours}?")


def test_the_one_number_that_is_right_as_text() -> None:
    [fault] = settings_schema().faults({"schema_version": "1"}, Secrets())
    assert fault.message == "must be the number 1, not text; write it without quotes"


def test_a_fraction_that_yaml_takes_for_text() -> None:
    [fault] = compile_schema({"type": "number"}, "a number").faults("2.5e-1", Secrets())
    assert fault.message == "must be a number, not text; YAML reads it as text: write 0.25"
