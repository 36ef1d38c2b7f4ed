# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role against a mail server: nothing is written before the server has taken the settings."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
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
    folder: Path,
    smtp: Mapping[str, object],
    *arguments: str,
    password: str = PASSWORD,
    roles: Sequence[object] = ("appmail.settings.email",),
    **variables: object,
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
    play = {"hosts": "all", "gather_facts": False, "roles": list(roles)}
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


@pytest.mark.parametrize("playbook_check", ["before", "both"])
def test_a_refused_login_is_refused_for_all_before_anybody_writes(
    tmp_path: Path, server: MailServer, playbook_check: str
) -> None:
    logins = server.counts("smtp_starttls").logins
    own_root = f"{tmp_path}/roots/{{{{ inventory_hostname }}}}"
    fleet = ("-i", f"{FLEET},", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}")
    run = apply(
        tmp_path,
        starttls(server),
        *fleet,
        "-vvvv",
        password=WRONG_PASSWORD,
        email_check=playbook_check,
        email_check_login="once",
        email_dest_root=own_root,
    )
    assert run.status == 2
    assert run.output.count("failed=1") == 4
    assert run.output.count("tried this login for all hosts of the run, and it was refused (auth_rejected)") >= 3
    assert server.counts("smtp_starttls").logins == logins + 1
    assert not (tmp_path / "roots").exists()
    assert_no_secret(run.output, PASSWORD, WRONG_PASSWORD)


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


WRONG_OPTIONS = {
    "a category that there is not": ({"fail_on": ["conection_failed"]}, "fail_on must be a list of"),
    "a category that is no list": ({"fail_on": "failed"}, "fail_on must be a list of"),
    "as many as nobody can count": ({"max_parallel": "x"}, "max_parallel must be a whole number"),
    "TLS that is no mapping": ({"tls": "no"}, "tls must be a mapping"),
    "a deadline in words": ({"timeout": "soon"}, "timeout"),
}


@pytest.mark.parametrize(("options", "message"), WRONG_OPTIONS.values(), ids=WRONG_OPTIONS)
def test_a_wrong_option_of_the_check_writes_nothing(
    tmp_path: Path, server: MailServer, options: Mapping[str, object], message: str
) -> None:
    run = apply(tmp_path, starttls(server, port=server.ports["closed"]), email_check_options=options)
    assert run.status == 2
    assert f"check_options: {message}" in run.output
    assert not (tmp_path / "root").exists()


def own_targets(folder: Path, *names: str) -> dict[str, object]:
    """Applications of the user's own, each reloaded by a command that leaves a file; the role's variables for them."""
    sections = ("imap", "sender", "contacts", "delivery", "attachments", "error_notifications", "application")
    for name in names:
        place = folder / "targets" / name
        place.mkdir(parents=True)
        description = {
            "label": name,
            "kind": "config_file",
            "documentation": {"title": "none", "product": name, "source": "this test"},
            "files": [{"name": "own.conf", "path": f"/etc/{name}.conf", "mode": "0640"}],
            "reload": {"command": ["touch", str(folder / f"{name}-reloaded")]},
            "coverage": {
                "smtp": {"carried": True},
                **{section: {"not_carried": "this test needs no more"} for section in sections},
                "sender.address": {"carried": True},
            },
        }
        (place / "target.yml").write_text(yaml.safe_dump(description), encoding="utf-8")
        (place / "own.conf.j2").write_text("host={{ settings.smtp.host }}\n", encoding="utf-8")
    return {
        "email_targets": [{"app": name} for name in names],
        "email_target_paths": ["targets"],
        "email_reload": True,
    }


def reloaded(folder: Path) -> list[str]:
    """Which applications were reloaded since this was last asked."""
    found = sorted(folder.glob("*-reloaded"))
    for file in found:
        file.unlink()
    return [file.name.removesuffix("-reloaded") for file in found]


def test_an_application_is_reloaded_only_when_its_files_changed(tmp_path: Path, server: MailServer) -> None:
    variables = own_targets(tmp_path, "own")
    assert apply(tmp_path, starttls(server), **variables).status == 0
    assert reloaded(tmp_path) == ["own"]
    assert apply(tmp_path, starttls(server), **variables).status == 0
    assert reloaded(tmp_path) == []


def test_a_role_that_is_included_twice_reloads_what_both_changed(tmp_path: Path, server: MailServer) -> None:
    variables = own_targets(tmp_path, "one", "two")
    roles = [{"role": "appmail.settings.email", "email_targets": [{"app": name}]} for name in ("one", "two")]
    run = apply(tmp_path, starttls(server), roles=roles, **variables)
    assert run.status == 0, run.output
    assert reloaded(tmp_path) == ["one", "two"]


def test_a_failing_check_afterwards_leaves_the_application_with_its_new_file(
    tmp_path: Path, server: MailServer
) -> None:
    variables = own_targets(tmp_path, "own")
    run = apply(tmp_path, starttls(server, port=server.ports["closed"]), email_check="after", **variables)
    assert run.status == 2
    assert "SMTP server connection failed. Check server url or port" in run.output
    assert reloaded(tmp_path) == ["own"]


def test_a_misspelt_variable_is_refused_and_one_of_ones_own_told(tmp_path: Path, server: MailServer) -> None:
    run = apply(tmp_path, starttls(server), email_polices=["encryption-required"], email_check="never")
    assert run.status == 2
    assert "email_polices: is not a variable of this collection; did you mean email_policies?" in run.output
    run = apply(tmp_path, starttls(server), email_banner="hello", email_check="never", email_targets=[])
    assert run.status == 0, run.output
    assert "email_banner: is not a variable of this collection, and nothing that it reads uses it" in run.output
    assert "[WARNING]: email_targets: is empty" in run.output


def test_a_relative_root_is_refused_before_anything_connects(tmp_path: Path, server: MailServer) -> None:
    connections = server.counts("smtp_starttls").connections
    run = apply(tmp_path, starttls(server), email_dest_root="here")
    assert "dest_root is an absolute path on the host, not here" in run.output
    assert server.counts("smtp_starttls").connections == connections


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    run = apply(tmp_path, {}, "-e", "ansible_python_interpreter=/nowhere/python")
    assert (
        "the Python of this host was not found at /nowhere/python: name it in ansible_python_interpreter" in run.output
    )


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
