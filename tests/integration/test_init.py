# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook appmail.settings.init: a project to start from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import Run, run_playbook


def init(folder: Path, answers: Mapping[str, str]) -> Run:
    given = json.dumps({f"email_init_{name}": value for name, value in answers.items()})
    return run_playbook(folder, "-e", given, playbook="appmail.settings.init", environment={"PWD": str(folder)})


def contents(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file() and ".ansible" not in file.parts)
    return {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in files}


ANSWERS: Mapping[str, tuple[Mapping[str, str], set[str]]] = {
    "none": ({}, {"dev", "staging", "production"}),
    "a login": ({"username": "svc-mail", "encryption": "implicit_tls"}, {"dev", "staging", "production"}),
    "one environment, several applications": (
        {"environments": "live", "targets": "postfix, msmtp", "sender": "it@example.edu"},
        {"live"},
    ),
    "characters that YAML knows": ({"username": 'svc: "mail" # \\'}, {"dev", "staging", "production"}),
}


@pytest.mark.parametrize(("answers", "environments"), ANSWERS.values(), ids=ANSWERS)
def test_the_project_passes_the_gate_at_once(
    tmp_path: Path, answers: Mapping[str, str], environments: set[str]
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
    assert init(tmp_path, {}).status == 0
    first = contents(tmp_path)
    assert first["site.yml"] == "mine\n"
    again = init(tmp_path, {"host": "other.example.edu"})
    assert again.status == 0
    assert "changed=0" in again.output
    assert contents(tmp_path) == first


@pytest.mark.parametrize("environments", ["", "dev, all", "pro-d", "a b"])
def test_names_that_are_no_groups_are_refused_before_anything_is_written(tmp_path: Path, environments: str) -> None:
    begun = init(tmp_path, {"environments": environments})
    assert begun.status == 2
    assert "email_init_environments: names of environments" in begun.output
    assert contents(tmp_path) == {}
