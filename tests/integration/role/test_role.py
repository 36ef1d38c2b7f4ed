# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role against a mail server: nothing is written before the server has taken the settings."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import Run, assert_no_secret, run_playbook
from tests.servers.mail_server import MailServer
from tests.tools.pythons import find_python

PASSWORD = "correct&horse=battery staple"
WRONG_PASSWORD = "wrong&horse=battery staple"


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer({"svc-mail": PASSWORD}) as running:
        yield running


def apply(
    folder: Path, smtp: Mapping[str, object], *arguments: str, password: str = PASSWORD, **variables: object
) -> Run:
    """Run the role over one application, below the folder."""
    (folder / "group_vars").mkdir(exist_ok=True)
    given = {
        "vault_smtp_password": password,
        "email_settings": {
            "schema_version": 1,
            "smtp": {
                "host": "localhost",
                "encryption": "starttls",
                "timeout": 10,
                "auth": {"username": "svc-mail", "password": "{{ vault_smtp_password }}"},
                **smtp,
            },
            "sender": {"address": "noreply@example.edu"},
        },
        "email_targets": [{"app": "msmtp"}],
        "email_dest_root": str(folder / "root"),
        **variables,
    }
    (folder / "group_vars" / "all.yml").write_text(yaml.safe_dump(given), encoding="utf-8")
    play = {"hosts": "all", "gather_facts": False, "roles": ["appmail.settings.email"]}
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    return run_playbook(folder, *arguments)


def starttls(server: MailServer, **smtp: object) -> dict[str, object]:
    """The settings that suit the server."""
    return {"port": server.ports["smtp_starttls"], "tls": {"ca_file": str(server.ca_file)}, **smtp}


def test_writes_once_and_logs_in_once_a_run(tmp_path: Path, server: MailServer) -> None:
    logins = server.counts("smtp_starttls").logins
    first = apply(tmp_path, starttls(server), "-vvvv")
    assert "changed=1" in first.output, first.output
    assert server.counts("smtp_starttls").logins == logins + 1
    second = apply(tmp_path, starttls(server), "-vvvv")
    assert "changed=0" in second.output
    assert server.counts("smtp_starttls").logins == logins + 2
    assert (tmp_path / "root" / "etc" / "msmtp-password").read_text().strip() == PASSWORD
    assert_no_secret(first.output + second.output, PASSWORD)


def test_equal_servers_of_two_applications_are_checked_once(tmp_path: Path, server: MailServer) -> None:
    logins = server.counts("smtp_starttls").logins
    run = apply(tmp_path, starttls(server), email_targets=[{"app": "msmtp"}, {"app": "postfix"}])
    assert "changed=1" in run.output, run.output
    assert server.counts("smtp_starttls").logins == logins + 1


FAILURES = {
    "wrong password": (
        "smtp_starttls",
        {},
        WRONG_PASSWORD,
        "SMTP login failed. Check server login or password.",
        "auth_rejected",
        1,
    ),
    "closed port": (
        "closed",
        {},
        PASSWORD,
        "SMTP server connection failed. Check server url or port",
        "connection_refused",
        0,
    ),
    "unknown host": (
        "smtp_starttls",
        {"host": "mail.invalid"},
        PASSWORD,
        "SMTP server connection failed. Check server url or port",
        "dns_",
        0,
    ),
    "silent server": (
        "silent",
        {"timeout": 3},
        PASSWORD,
        "SMTP server connection failed. Check server url or port",
        "greeting_timeout",
        0,
    ),
    "STARTTLS missing": ("smtp_none", {}, PASSWORD, "Test connection failed", "starttls_not_offered", 0),
    "untrusted certificate": ("smtp_untrusted", {}, PASSWORD, "Test connection failed", "certificate_untrusted", 0),
}


@pytest.mark.parametrize(
    ("listener", "smtp", "password", "message", "reason", "logins"), FAILURES.values(), ids=FAILURES
)
def test_a_failed_check_says_why_and_nothing_is_written(
    tmp_path: Path,
    server: MailServer,
    listener: str,
    smtp: Mapping[str, object],
    password: str,
    message: str,
    reason: str,
    logins: int,
) -> None:
    before = server.counts(listener).logins if listener != "closed" else 0
    run = apply(tmp_path, starttls(server, port=server.ports[listener], **smtp), "-vvvv", password=password)
    assert run.status == 2
    assert f"Module failed: {message}" in run.output
    assert f'"reason": "{reason}' in run.output
    assert "changed=0" in run.output
    assert not (tmp_path / "root").exists()
    assert (server.counts(listener).logins if listener != "closed" else 0) == before + logins
    assert_no_secret(run.output, PASSWORD, WRONG_PASSWORD)


def test_a_failed_check_can_be_a_warning(tmp_path: Path, server: MailServer) -> None:
    run = apply(tmp_path, starttls(server, port=server.ports["closed"]), email_check_on_failure="warn")
    assert run.status == 0, run.output
    assert "[WARNING]: SMTP server connection failed. Check server url or port" in run.output
    assert "changed=1" in run.output


FLEET = "one,two,three,four"


@pytest.mark.parametrize(("logs_in", "expected"), [("every", 4), ("once", 1)])
def test_hosts_that_share_an_account(tmp_path: Path, server: MailServer, logs_in: str, expected: int) -> None:
    before = server.counts("smtp_starttls")
    logins, connections = before.logins, before.connections
    own_root = f"{tmp_path}/{{{{ inventory_hostname }}}}"
    fleet = ("-i", f"{FLEET},", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}")
    run = apply(tmp_path, starttls(server), *fleet, email_check_login=logs_in, email_dest_root=own_root)
    assert run.status == 0, run.output
    assert run.output.count("changed=1") == 4
    after = server.counts("smtp_starttls")
    assert (after.logins - logins, after.connections - connections) == (expected, 4)
    assert ("another host of this run tries this login" in run.output) is (logs_in == "once")


def test_before_and_after_log_in_once_together(tmp_path: Path, server: MailServer) -> None:
    before = server.counts("smtp_starttls")
    logins, connections = before.logins, before.connections
    run = apply(tmp_path, starttls(server), email_check="both")
    assert run.status == 0, run.output
    after = server.counts("smtp_starttls")
    assert (after.logins - logins, after.connections - connections) == (1, 2)


def test_never_connects_nowhere(tmp_path: Path, server: MailServer) -> None:
    connections = server.counts("smtp_starttls").connections
    assert apply(tmp_path, starttls(server), email_check="never").status == 0
    assert server.counts("smtp_starttls").connections == connections


def test_check_mode_checks_and_writes_nothing(tmp_path: Path, server: MailServer) -> None:
    logins = server.counts("smtp_starttls").logins
    run = apply(tmp_path, starttls(server), "--check", "--diff")
    assert "changed=1" in run.output, run.output
    assert server.counts("smtp_starttls").logins == logins + 1
    assert not (tmp_path / "root").exists()
    assert_no_secret(run.output, PASSWORD)


def test_options_of_the_check_win_over_the_settings(tmp_path: Path, server: MailServer) -> None:
    smtp = starttls(server, host="smtp.example.edu")
    options = {"host": "localhost", "recipients": ["somebody@example.edu"]}
    run = apply(tmp_path, smtp, email_check_options=options)
    assert run.status == 0, run.output
    unknown = apply(tmp_path, smtp, email_check_options={"recipient": "somebody@example.edu"})
    assert "check_options: recipient is not an option of a check; did you mean recipients?" in unknown.output


def test_a_service_is_reloaded_only_when_its_files_changed(tmp_path: Path, server: MailServer) -> None:
    target = tmp_path / "targets" / "own"
    target.mkdir(parents=True)
    sections = ("imap", "sender", "contacts", "delivery", "attachments", "error_notifications", "application")
    description = {
        "label": "own",
        "kind": "config_file",
        "documentation": {"title": "none", "product": "own", "source": "this test"},
        "files": [{"name": "own.conf", "path": "/etc/own.conf", "mode": "0640"}],
        "reload": {"command": ["touch", str(tmp_path / "reloaded")]},
        "coverage": {
            "smtp": {"carried": True},
            **{section: {"not_carried": "this test needs no more"} for section in sections},
            "sender.address": {"carried": True},
        },
    }
    (target / "target.yml").write_text(yaml.safe_dump(description), encoding="utf-8")
    (target / "own.conf.j2").write_text("host={{ settings.smtp.host }}\n", encoding="utf-8")
    variables = {"email_targets": [{"app": "own"}], "email_target_paths": ["targets"], "email_reload": True}
    assert apply(tmp_path, starttls(server), **variables).status == 0
    assert (tmp_path / "reloaded").exists()
    (tmp_path / "reloaded").unlink()
    assert apply(tmp_path, starttls(server), **variables).status == 0
    assert not (tmp_path / "reloaded").exists()


def test_a_spec_that_is_no_mapping_is_one_sentence_without_its_value(tmp_path: Path) -> None:
    run = apply(tmp_path, {}, "-vvvv", email_settings="hunter2-in-place-of-a-mapping")
    assert run.status == 2
    assert "group_vars/all.yml:2:17: email_settings: must be a mapping of settings, not text" in run.output
    assert_no_secret(run.output, "hunter2-in-place-of-a-mapping")


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7"])
def test_a_python_that_is_too_old_is_one_sentence_and_no_secret(tmp_path: Path, version: str) -> None:
    old = find_python(version)
    if old is None:
        pytest.skip(f"no Python {version} here")
    run = apply(tmp_path, {}, "-vvvv", "-e", f"ansible_python_interpreter={old}")
    assert run.status == 2
    assert "Python 3.8 or newer is needed there" in run.output
    assert "Traceback" not in run.output
    assert_no_secret(run.output, PASSWORD)
