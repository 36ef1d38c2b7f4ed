# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users rely on of a module holds for the program that is sent in place of one."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import MANAGED_PYTHON, Run, assert_no_secret, run_playbook

PASSWORD = "Example-Passw0rd'\"/42"
SETTINGS: Mapping[str, object] = {
    "schema_version": 1,
    "smtp": {
        "host": "smtp.example.edu",
        "encryption": "starttls",
        "auth": {"username": "svc-mail", "password": "{{ vault_smtp_password }}"},
    },
    "sender": {"address": "noreply@example.edu"},
}


def play(folder: Path, task: Mapping[str, object] | None = None, **hosts: object) -> None:
    """A play that renders msmtp's file below the folder."""
    render = {"settings": "{{ email_settings }}", "targets": [{"app": "msmtp"}], "dest_root": str(folder / "root")}
    tasks = [{"appmail.settings.render": render, **(task or {})}]
    plays = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks, **hosts}]
    (folder / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    variables = {"email_settings": SETTINGS, "vault_smtp_password": PASSWORD}
    (folder / "group_vars").mkdir(exist_ok=True)
    (folder / "group_vars" / "all.yml").write_text(yaml.safe_dump(variables, sort_keys=False), encoding="utf-8")


def written(folder: Path) -> bool:
    return PASSWORD.partition("'")[0] in "".join(p.read_text() for p in (folder / "root").rglob("*") if p.is_file())


def run(folder: Path, *arguments: str, **environment: str) -> Run:
    done = run_playbook(folder, *arguments, environment=environment)
    assert_no_secret(done.output, PASSWORD)
    return done


WAYS: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "sent as a file": ((), {"ANSIBLE_PIPELINING": "0"}),
    "by pipelining": ((), {"ANSIBLE_PIPELINING": "1"}),
    "with all that Ansible says": (("-vvvvv",), {"ANSIBLE_PIPELINING": "1", "ANSIBLE_DEBUG": "0"}),
    "with more in the environment": ((), {"ANSIBLE_NO_TARGET_SYSLOG": "1"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_writes_once(way: str, tmp_path: Path) -> None:
    arguments, environment = WAYS[way]
    play(tmp_path)
    assert "changed=1" in run(tmp_path, "--diff", *arguments, **environment).output
    assert written(tmp_path)
    assert "changed=0" in run(tmp_path, "--diff", *arguments, **environment).output


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    play(tmp_path)
    assert "changed=1" in run(tmp_path, "--check", "--diff").output
    assert not (tmp_path / "root").exists()


def test_a_program_that_is_kept_shows_no_secret(tmp_path: Path) -> None:
    play(tmp_path)
    kept = tmp_path / "kept"
    run(tmp_path, ANSIBLE_KEEP_REMOTE_FILES="1", ANSIBLE_REMOTE_TMP=str(kept), ANSIBLE_PIPELINING="0")
    programs = [path for path in kept.rglob("*") if path.is_file()]
    assert programs
    for program in programs:
        assert_no_secret(program.read_text(encoding="utf-8"), PASSWORD)


def test_runs_where_it_is_delegated_to(tmp_path: Path) -> None:
    play(tmp_path, {"delegate_to": "elsewhere", "vars": {"ansible_connection": "local"}})
    other = tmp_path / "another-python"
    other.write_text(f'#!/bin/sh\ntouch "{tmp_path}/used"\nexec "{MANAGED_PYTHON}" "$@"\n', encoding="utf-8")
    other.chmod(0o755)
    hosts = {"all": {"hosts": {"localhost": {}, "elsewhere": {"ansible_python_interpreter": str(other)}}}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    assert "changed=1" in run(tmp_path, "-i", "hosts.yml").output
    assert (tmp_path / "used").exists()


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("sudo") is None, reason="sudo: only root becomes another user")
def test_becomes_another_user(tmp_path: Path) -> None:
    """What another user writes is that user's; the system's Python, for everybody may read it."""
    place = Path(tempfile.mkdtemp(prefix="appmail-"))
    try:
        shutil.chown(place, "nobody")
        render = {"settings": "{{ email_settings }}", "targets": [{"app": "msmtp", "owner": "nobody"}]}
        play(
            tmp_path,
            {"become": True, "become_user": "nobody", "appmail.settings.render": {**render, "dest_root": str(place)}},
        )
        done = run(tmp_path, "-e", "ansible_python_interpreter=/usr/bin/python3", ANSIBLE_PIPELINING="1")
        files = [path for path in place.rglob("*") if path.is_file()]
        assert [path.owner() for path in files] == ["nobody", "nobody"], done.output
    finally:
        shutil.rmtree(place)


def test_async_is_refused_with_a_sentence(tmp_path: Path) -> None:
    play(tmp_path, {"async": 10, "poll": 1})
    done = run(tmp_path)
    assert done.status == 2
    assert "does not support async" in done.output or "async is not supported" in done.output


def test_arguments_that_are_defaults_of_the_group(tmp_path: Path) -> None:
    play(tmp_path, module_defaults={"group/appmail.settings.all": {"target_paths": [str(tmp_path / "none")]}})
    done = run(tmp_path)
    assert "none" in done.output


def test_an_old_python_is_told_by_name(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{_AS_IF_OLD}" "$@"\n', encoding="utf-8")
    old.chmod(0o755)
    play(tmp_path, vars={"ansible_python_interpreter": str(old)})
    done = run(tmp_path, "-i", "localhost,", "-c", "local", ANSIBLE_PIPELINING="0")
    assert "the Python of this host is too old: Python 3.8 or newer is needed there" in done.output


# The version alone is made up; the program is read and run as it is.
_AS_IF_OLD = (
    "import sys; path = sys.argv[1]; sys.version_info = (3, 7, 0); exec(compile(open(path).read(), path, 'exec'))"
)


@pytest.mark.parametrize("wanted", [True, False])
def test_coverage_can_be_left_out(wanted: bool, tmp_path: Path) -> None:
    """It is most of a result, and Ansible keeps the results of all hosts."""
    play(tmp_path, {"register": "done"})
    plays = yaml.safe_load((tmp_path / "play.yml").read_text())
    plays[0]["tasks"][0]["appmail.settings.render"]["coverage"] = wanted
    plays[0]["tasks"].append({"ansible.builtin.debug": {"msg": "has={{ 'coverage' in done }}"}})
    (tmp_path / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    assert f'"msg": "has={wanted}"' in run(tmp_path).output


def test_the_result_is_what_the_module_documents(tmp_path: Path) -> None:
    play(tmp_path, {"register": "done"})
    plays = yaml.safe_load((tmp_path / "play.yml").read_text())
    plays[0]["tasks"].append({"ansible.builtin.debug": {"msg": "names={{ done.keys() | list | to_json }}"}})
    (tmp_path / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    names = json.loads(json.dumps(run(tmp_path).printed("names")))
    assert {"changed", "files", "reloads", "errors", "coverage", "msg"} <= set(names)
    assert "invocation" not in names
