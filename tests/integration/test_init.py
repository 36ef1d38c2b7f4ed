# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook appmail.settings.init: a project to start from; README.md shows how it is called."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import Run, run_playbook
from tests.integration.repositories import encrypted

pytestmark = pytest.mark.once


def init(folder: Path, answers: Mapping[str, object]) -> Run:
    given = json.dumps({f"email_init_{name}": value for name, value in answers.items()})
    return run_playbook(folder, "-e", given, playbook="appmail.settings.init")


def contents(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file() and ".ansible" not in file.parts)
    return {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in files}


THREE = {"dev", "staging", "production"}
ANSWERS: Mapping[str, tuple[Mapping[str, object], set[str]]] = {
    "none": ({}, THREE),
    "a login, with characters that YAML knows": ({"username": 'svc: "mail" # \\', "encryption": "implicit_tls"}, THREE),
    "one environment, several applications": (
        {"environments": "live", "targets": "postfix, msmtp", "sender": "it@example.edu"},
        {"live"},
    ),
    "no application, a login of blanks": ({"targets": "", "username": "  "}, THREE),
    "blanks, the same twice, names that YAML reads as something else": (
        {
            "host": " smtp.example.edu ",
            "environments": " yes ,, null, on, hosts, vars, on",
            "targets": " msmtp , , msmtp",
        },
        {"yes", "null", "on", "hosts", "vars"},
    ),
    "an application that needs more": (
        {
            "targets": "teamconnect",
            "encryption": "implicit_tls",
            "settings": {"sender": {"reply_to": "noreply@example.edu"}, "smtp": {"timeout": 60}},
        },
        THREE,
    ),
}


@pytest.mark.parametrize(("answers", "environments"), ANSWERS.values(), ids=ANSWERS)
def test_the_project_passes_the_gate_at_once(
    tmp_path: Path, answers: Mapping[str, object], environments: set[str]
) -> None:
    begun = init(tmp_path, answers)
    assert begun.status == 0, begun.output
    assert "ansible-playbook appmail.settings.validate" in begun.output
    settings = yaml.safe_load((tmp_path / "group_vars/all/email.yml").read_text(encoding="utf-8"))
    assert settings["email_settings_base"]["smtp"]["host"] == "smtp.example.edu"
    judged = run_playbook(tmp_path, "-i", "hosts.yml", playbook="appmail.settings.validate")
    assert judged.status == 0, judged.output
    assert set(yaml.safe_load((tmp_path / "hosts.yml").read_text(encoding="utf-8"))) == environments


def test_what_is_there_already_is_kept(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("mine\n", encoding="utf-8")
    begun = init(tmp_path, {})
    assert begun.status == 0
    assert "What was there already is as it was: site.yml" in begun.output
    first = contents(tmp_path)
    assert first["site.yml"] == "mine\n"
    again = init(tmp_path, {"host": "other.example.edu"})
    assert again.status == 0
    assert "changed=0" in again.output
    assert contents(tmp_path) == first


@pytest.mark.parametrize("environments", ["", "dev, all, pro-d"])
def test_names_that_are_no_groups_are_refused_before_anything_is_written(tmp_path: Path, environments: str) -> None:
    begun = init(tmp_path, {"environments": environments})
    assert begun.status == 2
    assert "email_init_environments: names of environments" in begun.output
    assert contents(tmp_path) == {}


REFUSED: Mapping[str, tuple[Mapping[str, object], Sequence[str]]] = {
    "all at once": (
        {"encryption": "tls", "host": "smtp.example.edu:587", "sender": "nobody", "targets": "msmpt"},
        ["smtp.encryption: tls is not one of none", "smtp.host: ", "sender.address: ", "did you mean msmtp?"],
    ),
    "what the application cannot": (
        {"targets": "teamconnect"},
        ["smtp.encryption: TeamConnect cannot honour starttls"],
    ),
    "a template": ({"username": "{% raw %}{{ nowhere }}{% endraw %}"}, ["what Ansible takes for a template"]),
}


@pytest.mark.parametrize(("answers", "said"), REFUSED.values(), ids=REFUSED)
def test_answers_that_the_gate_would_refuse_are_refused_before_anything_is_written(
    tmp_path: Path, answers: Mapping[str, object], said: Sequence[str]
) -> None:
    begun = init(tmp_path, answers)
    assert begun.status == 2
    assert [words for words in said if words not in begun.output] == []
    assert contents(tmp_path) == {}


def test_the_commands_that_it_names_work_once_the_password_is_encrypted(tmp_path: Path) -> None:
    begun = init(tmp_path, {"username": "svc-mail"})
    commands = re.findall(r"\d\. (ansible-playbook .*?)\"?,?$", begun.output, re.MULTILINE)
    assert [command.split()[1] for command in commands] == [
        "appmail.settings.validate",
        "appmail.settings.check",
        "site.yml",
    ]
    assert all("--ask-vault-pass" in command for command in commands)
    vault = tmp_path / "group_vars/all/vault.yml"
    assert vault.stat().st_mode & 0o777 == 0o600
    vault.write_text(encrypted(vault.read_text(encoding="utf-8")), encoding="utf-8")
    assert run_playbook(tmp_path, "-i", "hosts.yml", playbook="appmail.settings.validate").status == 0
