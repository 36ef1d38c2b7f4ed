# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make new-target`: a folder that loads without a fault, of a working file of the application or of a few answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from tests.tools.new_target import main

SECRET = "S3cret/W0rd+42"
# A working file -> whose it is, and for each key of the application what is proposed; None where it is none of ours.
FILES: Mapping[str, tuple[str, str, Mapping[str, object]]] = {
    "grafana.ini": (
        f"[server]\nroot_url = x\n[smtp]\nenabled = true\nhost = smtp.example.edu:587\nuser = u\npassword = {SECRET}\n"
        "skip_verify = false\nfrom_name = N\nehlo_identity = e\nstartTLS_policy = MandatoryStartTLS\n",
        "keys",
        {
            "server.root_url": None,
            "smtp.enabled": {"constant": "true"},
            "smtp.host": {"host_port": ["smtp.host", "smtp.port"]},
            "smtp.user": "smtp.auth.username",
            "smtp.password": "smtp.auth.password",
            "smtp.skip_verify": {"leaf": "smtp.tls.verify", "words": {True: False, False: True}},
            "smtp.from_name": "sender.display_name",
            "smtp.ehlo_identity": "smtp.helo_name",
            "smtp.startTLS_policy": {"leaf": "smtp.encryption", "words": {"starttls": "MandatoryStartTLS"}},
        },
    ),
    "airflow.cfg": (
        "[smtp]\nsmtp_host = h\nsmtp_port = 587\nsmtp_starttls = True\nsmtp_ssl = False\nsmtp_timeout = 15\n"
        "smtp_mail_from = Ops <a@example.edu>\nsmtp_retry_limit = 3\n",
        "keys",
        {
            "smtp.smtp_host": "smtp.host",
            "smtp.smtp_port": "smtp.port",
            "smtp.smtp_starttls": {
                "leaf": "smtp.encryption",
                "words": {"none": "False", "starttls": "True", "implicit_tls": "False"},
            },
            "smtp.smtp_ssl": {
                "leaf": "smtp.encryption",
                "words": {"none": "False", "starttls": "False", "implicit_tls": "True"},
            },
            "smtp.smtp_timeout": "smtp.timeout",
            "smtp.smtp_mail_from": {"mailbox": ["sender.address", "sender.display_name"]},
            "smtp.smtp_retry_limit": None,
        },
    ),
    "mail.env": (
        f"# theirs\nSMTP_HOST=h\nSMTP_SECURITY=force_tls\nSMTP_PASSWORD='{SECRET}'\nSMTP_AUTH=yes\n",
        "whole",
        {
            "SMTP_HOST": "smtp.host",
            "SMTP_SECURITY": {"leaf": "smtp.encryption", "words": {"implicit_tls": "force_tls"}},
            "SMTP_PASSWORD": "smtp.auth.password",
            "SMTP_AUTH": {"present": "smtp.auth", "words": {True: "yes", False: "no"}},
        },
    ),
    "mail.properties": (
        "mail.smtp.host=h\nmail.smtp.timeout=10000\nmail.smtp.from=a@example.edu\nmail.smtp.replyto=b@example.edu\n",
        "whole",
        {
            "mail.smtp.host": "smtp.host",
            "mail.smtp.timeout": {"leaf": "smtp.timeout", "unit": "ms"},
            "mail.smtp.from": "sender.address",
            "mail.smtp.replyto": "sender.reply_to",
        },
    ),
    "app.json": (
        '{"mail": {"server": "h", "useSSL": true, "userName": "u"}, "imapHost": "i", "log": 3}',
        "keys",
        {
            "mail.server": "smtp.host",
            "mail.useSSL": {
                "leaf": "smtp.encryption",
                "words": {"none": False, "starttls": False, "implicit_tls": True},
            },
            "mail.userName": "smtp.auth.username",
            "imapHost": None,
            "log": None,
        },
    ),
    "unknown.conf": ("SMARTHOST h\nPORT 25\n", "whole", {"SMARTHOST": "smtp.host", "PORT": "smtp.port"}),
}


@pytest.mark.parametrize("name", FILES)
def test_a_working_file_gives_the_keys_and_what_they_probably_hold(name: str, tmp_path: Path) -> None:
    text, ours, expected = FILES[name]
    (tmp_path / name).write_text(text)
    assert main(["my_app", "--from", str(tmp_path / name), "--folder", str(tmp_path / "targets")]) == 0
    written = (tmp_path / "targets" / "my_app" / "target.yml").read_text()
    assert SECRET not in written
    (file,) = yaml.safe_load(written)["files"]
    assert file.get("ours", "whole") == ours
    assert {key: file["keys"].get(key) for key in expected} == expected
    assert file["keys"].keys() == {key for key, entry in expected.items() if entry is not None}
    # Loading it is what finds faults.
    assert find_target("my_app", [str(tmp_path / "targets")]).app == "my_app"


def test_a_few_answers_give_a_target_that_renders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = {"format": "dotenv", "path on the host": ""}
    assert main(["ledger", "--folder", str(tmp_path)], lambda question: answers[question.partition(" [")[0]]) == 0
    assert "Go through every TODO in it" in capsys.readouterr().out
    spec = {
        "schema_version": 1,
        "smtp": {"host": "h.example.edu", "encryption": "starttls", "auth": {"username": "u", "password": SECRET}},
        "sender": {"address": "a@example.edu"},
    }
    judged = judge(Request(settings=spec, targets=[{"app": "ledger"}], target_paths=[str(tmp_path)]))
    assert judged.errors == ()
    assert judged.targets[0].files[0].path == "/etc/ledger/mail.conf"
    assert "ENCRYPTION=starttls\n" in judged.targets[0].files[0].content


REFUSED = {
    "a folder that is there": (["ledger"], "target.yml is there already"),
    "a name that is none": (["My-App"], "My-App is no name of a folder"),
    "a format that is none": (["other", "--format", "xls"], "there is no format xls"),
    "a file that is not there": (["other", "--from", "/nowhere/app.ini"], "No such file"),
}


@pytest.mark.parametrize(("arguments", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_laid_out_is_said(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "target.yml").touch()
    assert main([*arguments, "--folder", str(tmp_path)], lambda _question: "") == 1
    assert said in capsys.readouterr().err
