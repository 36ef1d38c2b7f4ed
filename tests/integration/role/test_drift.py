# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role in check mode tells what somebody set by hand, setting by setting, and never a secret."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import Run, assert_no_secret, run_playbook
from tests.servers.leaks import leaks

PASSWORD = "correct&horse=battery staple"
BY_HAND = "Sommer#2026;x und=mehr"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two applications as the role wrote them."""
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "email_settings": {
            "schema_version": 1,
            "smtp": {
                "host": "mail.example.edu",
                "encryption": "implicit_tls",
                "auth": {"username": "svc-mail", "password": "{{ vault_smtp_password }}"},
            },
            "sender": {"address": "noreply@example.edu"},
        },
        "vault_smtp_password": PASSWORD,
        "email_targets": [{"app": "msmtp"}, {"app": "gitea"}],
        "email_dest_root": str(tmp_path / "root"),
        "email_check": "never",
        "email_record_dest": str(tmp_path / "seen"),
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"app1": {}}, "vars": variables}}))
    play = {"hosts": "all", "gather_facts": False, "roles": ["appmail.settings.email"]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    assert apply(tmp_path).status == 0
    return tmp_path


def apply(project: Path, *arguments: str) -> Run:
    return run_playbook(project, "-i", "hosts.yml", *arguments)


def change(project: Path, name: str, old: str, new: str) -> str:
    """Set a file otherwise by hand; its path."""
    file = project / "root" / name.lstrip("/")
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return str(file)


def by_hand(project: Path) -> tuple[str, str]:
    change(project, "/etc/gitea/app.ini", "SMTP_PORT = 465", "SMTP_PORT = 25")
    gitea = change(project, "/etc/gitea/app.ini", PASSWORD, BY_HAND)
    return change(project, "/etc/msmtprc", "syslog LOG_MAIL", "syslog LOG_MAIL\ntls_certcheck off"), gitea


def test_what_was_set_by_hand_is_told_in_check_mode_alone(project: Path) -> None:
    """Setting by setting, with the line that wins; beside the diff where there is one, and kept for the record."""
    msmtp, gitea = by_hand(project)
    line = len(Path(msmtp).read_text().splitlines())
    said = (
        f"msmtp: smtp.tls.verify: true wanted, false in effect; {msmtp}:{line} wins",
        f"gitea: smtp.port: 465 wanted, 25 in effect; {gitea}:5 wins",
        f"gitea: smtp.auth.password: differs; {gitea}:",
    )
    made = apply(project, "--check")
    assert made.status == 0, made.output
    assert [sentence for sentence in said if sentence not in made.output] == []
    _kept_for_the_record(project)
    output = apply(project, "--check", "--diff", "-vvvvv").output
    assert [sentence for sentence in said if sentence not in output] == []
    assert "-tls_certcheck off" in output
    assert '"drift": [' in output
    assert_no_secret(output, PASSWORD, BY_HAND)
    assert not [found for secret in (PASSWORD, BY_HAND) for found in leaks(output, "svc-mail", secret)]
    assert "drift by setting" not in apply(project, "-v").output
    assert "drift by setting" not in apply(project, "--check", "--diff").output


def _kept_for_the_record(project: Path) -> None:
    kept = sorted((project / "seen").rglob("*.json"))[-1].read_text()
    (told,) = [row for row in json.loads(kept)["observed"]["drift"] if row["setting"] == "smtp.tls.verify"]
    assert (told["host"], told["application"], told["wanted"], told["in_effect"]) == ("app1", "msmtp", True, False)
    assert not [found for secret in (PASSWORD, BY_HAND) for found in leaks(kept, "svc-mail", secret)]


def test_the_record_tells_it_in_every_form(project: Path) -> None:
    by_hand(project)
    apply(project, "--check")
    formats = ["csv", "html", "json", "junit", "markdown", "prometheus", "sarif"]
    given = {"email_audit_dest": str(project / "record"), "email_audit_formats": formats}
    audit = run_playbook(project, "-i", "hosts.yml", "-e", json.dumps(given), playbook="appmail.settings.audit")
    assert audit.status == 0, audit.output
    said = "smtp.tls.verify: true wanted, false in effect;"
    forms = {file.name: file.read_text() for file in (project / "record").iterdir()}
    for name in ("email-record.html", "email-record.md", "email-drift.csv", "email-action-plan.csv"):
        assert said in forms[name], name
    for name in ("email-record.junit.xml", "email-record.sarif"):
        assert said.partition(": ")[2] in forms[name], name
    assert 'email_settings_drift{host="app1",application="msmtp"} 1' in forms["email_settings.prom"]
    assert "2 of 2 applications are set otherwise than intended" in audit.output
    for text in (audit.output, *forms.values()):
        assert not [found for secret in (PASSWORD, BY_HAND) for found in leaks(text, "svc-mail", secret)]


def test_a_filled_sheet_of_an_admin_page(project: Path) -> None:
    """What somebody wrote down from the page is compared by label; a secret in it is refused and shown nowhere."""
    given = {
        "email_targets": [{"app": "smartertrack"}],
        "email_current_sheets": ["smartertrack.settings.yml"],
    }
    (project / "given.json").write_text(json.dumps(given))
    assert apply(project, "-e", "@given.json").status == 0
    (sheet,) = (project / "root").rglob("smartertrack.settings.yml")
    text = sheet.read_text()
    assert "value: 465" in text
    filled = project / "smartertrack.settings.yml"
    filled.write_text(text.replace("value: 465", "value: 465\n        current: 25"))
    made = apply(project, "-e", "@given.json", "--check")
    assert made.status == 0, made.output
    assert "smtp.port (SMTP Server Port): 465 wanted, 25 in effect; smartertrack.settings.yml:" in made.output
    _validate_tells_it_too(project)
    filled.write_text(text.replace('label: "New Password"', f"label: \"New Password\"\n        current: '{BY_HAND}'"))
    refused = apply(project, "-e", "@given.json", "--check", "-vvvvv")
    assert refused.status == 2
    assert "a sheet is no place for a secret" in refused.output
    assert not [found for secret in (PASSWORD, BY_HAND) for found in leaks(refused.output, "svc-mail", secret)]


def _validate_tells_it_too(project: Path) -> None:
    judged = {
        "settings": "{{ email_settings }}",
        "targets": "{{ email_targets }}",
        "current_sheets": "{{ email_current_sheets }}",
    }
    tasks = [
        {"appmail.settings.validate": judged, "register": "judged"},
        {"ansible.builtin.debug": {"msg": "{{ judged.drift | map(attribute='message') | join }}"}},
    ]
    (project / "validate.yml").write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    made = run_playbook(project, "-i", "hosts.yml", "-e", "@given.json", playbook="validate.yml")
    assert "smtp.port (SMTP Server Port): 465 wanted, 25 in effect; smartertrack.settings.yml:" in made.output


def test_what_cannot_be_written_is_told_all_the_same(project: Path) -> None:
    gitea = change(project, "/etc/gitea/app.ini", "SMTP_PORT = 465\n", "SMTP_PORT = 465\nSMTP_PORT = 25\n")
    made = apply(project, "--check")
    assert made.status == 2
    assert f"gitea: smtp.port: 465 wanted, 25 in effect; {gitea}:6 wins" in made.output
