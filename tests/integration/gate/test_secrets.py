# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secret in twelve wrong places is printed in none of them: in no report, in no form, at no verbosity."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.playbooks import VAULT_PASSWORD, Run, assert_no_secret, run_playbook

SECRET = "Tr0ub4dor&3 + hunter/2"
FORMATS = ["github", "gitlab", "json", "junit", "sarif"]

# Each place has a fault, so that something is said about it.
SETTINGS = """\
email_policies: [secrets-vaulted]
email_settings:
  schema_version: 1
  smtp:
    host: "{{ vault_secret }}"                                     # 1: whole, as a host's name
    encryption: "{{ vault_secret }}"                               # 2: where a word is wanted
    helo_name: "{{ vault_secret | b64encode }}"                    # 3: in base64
    auth:
      username: ["{{ vault_secret }}"]                             # 4: of the wrong type
      pasword: "{{ vault_secret }}"                                # 5: under a misspelt name
  imap:
    host: imap.example.edu
    encryption: implicit_tls
    auth:
      username: inbound
      password: CLEAR                                              # 6: in clear text, which a policy refuses
  sender:
    address: "{{ vault_secret }}@example.edu"                      # 7: as part of an address
    "{{ vault_secret }}": true
    CLEAR: true                                                    # 8: as a key
  application:
    url: "ftp://u:{{ vault_secret | urlencode }}@app.example.edu"  # 9: percent-encoded
  error_notifications:
    level: ["{{ ('user:' ~ vault_secret) | b64encode }}"]
  contacts:
    administrator: "{{ ('user:' ~ vault_secret) | b64encode }}"    # 10: in base64 behind a name
  waivers:
    - {policy: secrets-vaulted, path: smtp.port, until: "2020-01-01", reason: CLEAR}   # 11: in a reason
email_targets:
  - app: alertmanager
    version: "{{ vault_secret }}"                                  # 12: as a target's version
  - app: "{{ vault_secret }}"
    accept: ["{{ vault_secret }}"]
"""
UNREADABLE = """\
email_settings:
  schema_version: 1
  smtp: {host: "{{ vault_secret | no_such_filter }}", helo_name: "{{ {'CLEAR': 1}[vault_secret ~ 'x'] }}"}
"""


def vaulted(secret: str) -> str:
    command = [str(Path(sys.executable).parent / "ansible-vault"), "encrypt_string", "--stdin-name", "vault_secret"]
    return subprocess.run(
        [*command, "--vault-password-file", str(VAULT_PASSWORD)],
        input=secret,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    folder = tmp_path_factory.mktemp("secrets")
    clear = json.dumps(SECRET)
    for host, text in (("wrong", SETTINGS), ("unreadable", UNREADABLE)):
        (folder / "host_vars").mkdir(exist_ok=True)
        (folder / "host_vars" / f"{host}.yml").write_text(
            text.replace("'CLEAR'", f"'{SECRET}'").replace("CLEAR", clear)
        )
    (folder / "group_vars").mkdir()
    (folder / "group_vars" / "all.yml").write_text(vaulted(SECRET))
    (folder / "hosts").write_text("wrong\nunreadable\n")
    variables = json.dumps({"email_formats": FORMATS, "email_report_dest": str(folder / "reports")})
    arguments = ("-i", "hosts", "-vvvv", "-e", variables)
    return run_playbook(folder, *arguments, playbook="appmail.settings.validate"), folder / "reports"


def test_something_is_said_about_each_place(run: tuple[Run, Path]) -> None:
    report = json.loads((run[1] / "email-settings.json").read_text())
    assert run[0].status == 2
    assert {found["path"] for found in report["errors"]} >= {
        "application.url",
        "contacts.administrator",
        "email_targets[0].version",
        "email_targets[1].app",
        "imap.auth.password",
        "sender",
        "sender.address",
        "smtp.auth.pasword",
        "smtp.auth.username",
        "smtp.encryption",
        "smtp.helo_name",
        "smtp.host",
        "waivers[0].until",
    }
    assert {str(found["hosts"]) for found in report["errors"] if found["rule"] == "template"} == {"['unreadable']"}


def test_no_form_of_the_secret_is_printed(run: tuple[Run, Path]) -> None:
    assert_no_secret(run[0].output, SECRET)


@pytest.mark.parametrize(
    "name", ["email-settings.json", "email-settings.junit.xml", "email-settings.sarif", "gl-code-quality-report.json"]
)
def test_no_form_of_the_secret_is_reported(name: str, run: tuple[Run, Path]) -> None:
    text = (run[1] / name).read_text(encoding="utf-8")
    assert text
    assert_no_secret(text, SECRET)
