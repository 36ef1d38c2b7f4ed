# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs than ansible-playbook that run what the collection has: what they say, their status, and no secret."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import MANAGED_PYTHON, VAULT_PASSWORD, Run, assert_no_secret
from tests.integration.repositories import commit, git, vaulted, write
from tests.integration.runtimes.private_data import environment, require
from tests.servers.leaks import leaks
from tests.servers.mail_server import MailServer

pytestmark = pytest.mark.once

USER = "svc-mail"
PASSWORD = "Wr0ng/+é=42 at all"
HOSTS = ("dev-app1", "prod-app1", "prod-app2")


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer({USER: "another"}) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, server: MailServer) -> Path:
    """Three hosts, whose login the server refuses."""
    folder = tmp_path / "project"
    local = {"ansible_connection": "local", "ansible_python_interpreter": MANAGED_PYTHON}
    inventory = {"dev": {"hosts": {HOSTS[0]: local}}, "production": {"hosts": dict.fromkeys(HOSTS[1:], local)}}
    smtp = {
        "host": "localhost",
        "port": server.ports["smtp_starttls"],
        "encryption": "starttls",
        "auth": {"username": USER, "password": "{{ vault_smtp_password }}"},
    }
    given = {
        "email_settings": {"schema_version": 1, "smtp": smtp, "sender": {"address": "noreply@example.edu"}},
        "email_targets": [{"app": "msmtp"}],
        "email_check_options": {"tls": {"ca_file": str(server.ca_file)}},
        "email_dest_root": f"{tmp_path}/hosts/{{{{ inventory_hostname }}}}",
    }
    write(
        folder,
        {
            "hosts.yml": yaml.safe_dump(inventory),
            "group_vars/all/email.yml": yaml.safe_dump(given),
            "group_vars/all/vault.yml": f"vault_smtp_password: {vaulted(PASSWORD)}\n",
        },
    )
    return folder


def run(folder: Path, *command: str, typed: Sequence[str] = ()) -> Run:
    done = subprocess.run(
        [require(command[0]), *command[1:]],
        cwd=folder,
        input="".join(f"{line}\n" for line in typed),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment(ANSIBLE_VAULT_PASSWORD_FILE=str(VAULT_PASSWORD), COLUMNS="10000", HOME=str(folder.parent)),
    )
    return Run(done.returncode, done.stdout + done.stderr)


def assert_kept(*texts: str) -> None:
    """The password stands in none of the texts, in no form."""
    for text in texts:
        assert_no_secret(text, PASSWORD)
        assert leaks(text, USER, PASSWORD) == []


# Words of a server that refuses the login, as each program passes them on.
REFUSED = "SMTP login failed. Check server login or password. localhost:"


def test_navigator_without_a_container(project: Path) -> None:
    artifact = project / "artifact.json"
    options = ("--ee", "false", "-m", "stdout", "--pas", str(artifact), "--lf", str(project / "log"), "--ll", "debug")
    judged = run(project, "ansible-navigator", "run", "appmail.settings.validate", "-i", "hosts.yml", *options)
    assert judged.status == 0, judged.output
    assert judged.output.count("email settings are valid") == 1
    assert json.loads(artifact.read_text(encoding="utf-8"))["status"] == "successful"

    checked = run(project, "ansible-navigator", "run", "appmail.settings.check", "-i", "hosts.yml", "-vvv", *options)
    assert checked.status == 2, checked.output
    written = json.loads(artifact.read_text(encoding="utf-8"))
    assert written["status"] == "failed"
    [play] = written["plays"]
    results = {task["host"]: task["res"]["reason"] for task in play["tasks"]}
    assert results == dict.fromkeys(HOSTS, "auth_rejected")
    assert REFUSED in checked.output
    assert_kept(judged.output, checked.output, artifact.read_text("utf-8"), (project / "log").read_text("utf-8"))


def test_pull(project: Path, tmp_path: Path, server: MailServer) -> None:
    """The repository names the machine that pulls it; ansible-pull limits the run to what this one may be called."""
    here = socket.gethostname()
    hosts = {"production": {"hosts": {here: {"ansible_python_interpreter": MANAGED_PYTHON}, "another": {}}}}
    write(
        project,
        {"hosts.yml": yaml.safe_dump(hosts), "local.yml": "- import_playbook: appmail.settings.apply\n"},
    )
    git(project, "init", "--quiet")
    commit(project)
    pulled = tmp_path / "pulled"
    command = (
        "ansible-pull",
        "-U",
        f"file://{project}",
        "-d",
        str(pulled),
        "-i",
        str(pulled / "hosts.yml"),
        "-c",
        "local",
    )
    refused = server.counts("smtp_starttls").failed_logins
    applied = run(tmp_path, *command, "-e", "email_check_on_failure=warn")
    assert applied.status == 0, applied.output
    # ansible-pull mixes what a playbook prints with what it warns of, letter by letter: the server tells as well.
    assert server.counts("smtp_starttls").failed_logins == refused + 1
    assert [path.name for path in (tmp_path / "hosts").iterdir()] == [here]
    assert_kept(applied.output)


# A module, its arguments, how many hosts fail, and what is said.
SETTINGS = '"settings": "{{ email_settings }}", "targets": "{{ email_targets }}"'
CA_FILE = '"check_options": "{{ email_check_options }}"'
AD_HOC = {
    "check": ("check", f"{{{SETTINGS}, {CA_FILE}}}", 3, REFUSED),
    "check, nothing given": ("check", "", 3, "settings is missing: give the spec, usually {{ email_settings }}"),
    "validate, a host's": ("validate", f"{{{SETTINGS}}}", 0, "email settings are valid"),
    "validate, all hosts": ("validate", '{"hosts": "{{ groups.all }}"}', 0, "2 environments, 3 hosts"),
    "validate, a variable that is not there": ("validate", "settings={{ email_setings }}", 3, "uses email_setings"),
    "render": ("render", f'{{{SETTINGS}, "dest_root": "{{{{ email_dest_root }}}}"}}', 0, "2 of 2 files changed"),
    "smtp_check, nothing given": ("smtp_check", "", 3, "host or endpoints must be given"),
    "the role": ("ansible.builtin.include_role", "name=appmail.settings.email", 3, REFUSED),
}


@pytest.mark.parametrize(("module", "arguments", "failing", "words"), AD_HOC.values(), ids=AD_HOC)
def test_ad_hoc(project: Path, module: str, arguments: str, failing: int, words: str) -> None:
    name = module if "." in module else f"appmail.settings.{module}"
    done = run(project, "ansible", "all", "-i", "hosts.yml", "-m", name, *(["-a", arguments] if arguments else []))
    assert done.output.count(" | FAILED! => ") == failing, done.output
    assert (done.status != 0) == (failing > 0)
    assert words in done.output
    assert "Traceback" not in done.output
    assert_kept(done.output)


def test_console(project: Path) -> None:
    typed = (
        "appmail.settings.validate hosts='{{ groups.all }}'",
        "cd dev",
        "appmail.settings.check settings='{{ email_settings }}' check_options='{{ email_check_options }}'",
        "appmail.settings.check",
        "exit",
    )
    done = run(project, "ansible-console", "-i", "hosts.yml", "all", typed=typed)
    assert done.status == 0, done.output
    assert done.output.count("\n2 environments, 3 hosts") == 1
    assert done.output.count("dev-app1 | FAILED! => ") == 2
    assert REFUSED in done.output
    assert "settings is missing: give the spec, usually {{ email_settings }}" in done.output
    assert_kept(done.output)
