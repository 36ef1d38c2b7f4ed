# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook appmail.settings.compare on git repositories and inventories, as a user runs it."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.playbooks import Run, assert_no_secret, run_playbook
from tests.integration.repositories import STRANGE_VAULT, commit, encrypted, git, vaulted, write

SECRETS = ("hunter2-of-dev", "hunter2-of-production", "hunter2-in-clear-text", "hunter2-that-is-new")

HOSTS = """\
dev: {hosts: {dev-app1: {}}}
production: {hosts: {prod-app1: {}, prod-app2: {}}}
"""
BASE = """\
email_settings_base:
  schema_version: 1
  smtp:
    host: smtp.example.edu
    encryption: starttls
    auth:
      username: svc-mail
      password: "{{ smtp_password }}"
"""
FILES = {
    "inventory/hosts.yml": HOSTS,
    "inventory/group_vars/all.yml": BASE,
    "inventory/group_vars/dev/email.yml": "email_settings: {}\nemail_targets: [{app: postfix}]\n",
    "inventory/group_vars/dev/vault.yml": f"smtp_password: {vaulted('hunter2-of-dev')}\n",
    "inventory/group_vars/production/email.yml": "email_settings: {}\nemail_targets: [{app: postfix}, {app: msmtp}]\n",
    # A file that is vaulted as a whole.
    "inventory/group_vars/production/vault.yml": encrypted("smtp_password: hunter2-of-production\n"),
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A user's repository with one commit, `main`."""
    folder = tmp_path / "repository"
    write(folder, FILES)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    return folder


def compare(
    folder: Path,
    *variables: str,
    verbosity: str = "-vvvv",
    environment: Mapping[str, str] | None = None,
    **more: object,
) -> tuple[Run, dict[str, object]]:
    """Run the playbook with JSON for programs; answers the run and what it wrote."""
    reports = folder.parent / "reports"
    given = json.dumps(
        {"email_compare_dest": str(reports), "email_compare_formats": ["text", "markdown", "json"], **more}
    )
    run = run_playbook(
        folder,
        "-i",
        "inventory",
        verbosity,
        "-e",
        given,
        *(part for variable in variables for part in ("-e", variable)),
        playbook="appmail.settings.compare",
        environment=environment or {},
    )
    written = reports / "email-differences.json"
    return run, json.loads(written.read_text(encoding="utf-8")) if written.exists() else {}


def differences(result: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """environment -> path -> (before, after), or the one word for a secret."""
    return {
        environment["name"]: {
            each["path"]: each["change"] if each["secret"] else (each["before"], each["after"], len(each["hosts"]))
            for each in environment["differences"]
        }
        for environment in result["environments"]  # type: ignore[attr-defined]
        if environment["differences"]
    }


CHANGES: dict[str, tuple[dict[str, str], dict[str, dict[str, object]]]] = {
    "nothing": ({}, {}),
    "a comment, and the same vaulted once more": (
        {
            "inventory/group_vars/all.yml": f"# words\n{BASE}",
            "inventory/group_vars/dev/vault.yml": f"smtp_password: {vaulted('hunter2-of-dev')}\n",
        },
        {},
    ),
    "a default written down": (
        {
            "inventory/group_vars/dev/email.yml": FILES["inventory/group_vars/dev/email.yml"].replace(
                "{}", "{smtp: {port: 587, timeout: 30}}"
            )
        },
        {},
    ),
    "an encryption, and the port that follows": (
        {"inventory/group_vars/all.yml": BASE.replace("starttls", "implicit_tls")},
        {
            "dev": {"smtp.port": ([587], [465], 1), "smtp.encryption": (["starttls"], ["implicit_tls"], 1)},
            "production": {"smtp.port": ([587], [465], 2), "smtp.encryption": (["starttls"], ["implicit_tls"], 2)},
        },
    ),
    "one host alone": (
        {"inventory/host_vars/prod-app2.yml": "email_settings: {sender: {address: app2@example.edu}}\n"},
        {"production": {"sender.address": ([], ["app2@example.edu"], 1)}},
    ),
    "a vaulted password": (
        {"inventory/group_vars/dev/vault.yml": f"smtp_password: {vaulted('hunter2-that-is-new')}\n"},
        {"dev": {"smtp.auth.password": "changed"}},
    ),
    "a password vaulted with its file": (
        {"inventory/group_vars/production/vault.yml": encrypted("smtp_password: hunter2-that-is-new\n")},
        {"production": {"smtp.auth.password": "changed"}},
    ),
    "a password in clear text": (
        {"inventory/group_vars/dev/vault.yml": "smtp_password: hunter2-in-clear-text\n"},
        {"dev": {"smtp.auth.password": "changed"}},
    ),
    "no login any more": (
        {"inventory/group_vars/all.yml": BASE.split("    auth:", maxsplit=1)[0]},
        {
            name: {
                "smtp.auth.username": (["svc-mail"], [], hosts),
                "smtp.auth.password": "removed",
                "smtp.auth.mechanism": (["auto"], [], hosts),
            }
            for name, hosts in (("dev", 1), ("production", 2))
        },
    ),
    "a secret that strayed into an address": (
        {
            "inventory/group_vars/dev/email.yml": "email_settings: {application: {url: 'https://u:hunter2-of-dev@example.edu'}}\n"
            "email_targets: [{app: postfix}]\n"
        },
        {"dev": {"application.url": "added"}},
    ),
    "an application and its secrets": (
        {
            "inventory/group_vars/dev/email.yml": "email_settings: {}\nemail_targets: [{app: postfix},"
            " {app: alertmanager, options: {recipients: [a@example.edu],"
            " global: {opsgenie_api_key: hunter2-in-clear-text}}}]\n"
        },
        {
            "dev": {
                "email_targets[alertmanager]": ([], ["listed"], 1),
                "email_targets[alertmanager].options.global": "added",
                "email_targets[alertmanager].options.recipients": ([], [["a@example.edu"]], 1),
            }
        },
    ),
    "an application of which nothing is known": (
        {
            "inventory/group_vars/dev/email.yml": "email_settings: {}\n"
            "email_targets: [{app: postfix}, {app: ours, options: {pin: hunter2-in-clear-text}}]\n"
        },
        {"dev": {"email_targets[ours]": ([], ["listed"], 1), "email_targets[ours].options.pin": "added"}},
    ),
    "a waiver": (
        {
            "inventory/group_vars/dev/email.yml": "email_settings: {waivers: [{policy: ports-allowed, path: smtp.port,"
            " reason: until the move, until: '2026-12-31'}]}\nemail_targets: [{app: postfix}]\n"
        },
        {"dev": {"waivers[ports-allowed: smtp.port]": ([], ["until 2026-12-31: until the move"], 1)}},
    ),
}


@pytest.mark.parametrize(("files", "expected"), CHANGES.values(), ids=CHANGES)
def test_what_differs_from_a_revision(
    repository: Path, files: Mapping[str, str], expected: Mapping[str, Mapping[str, object]]
) -> None:
    write(repository, files)
    run, result = compare(repository, "email_compare_from_revision=main")
    assert run.status == 0, run.output
    assert differences(result) == expected
    reports = [file.read_text(encoding="utf-8") for file in (repository.parent / "reports").iterdir()]
    assert len(reports) == 3
    assert_no_secret("\n".join([run.output, *reports]), *SECRETS)
    # Nor anything that a secret could be recognised by.
    for secret in SECRETS:
        for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256):
            assert digest(secret.encode()).hexdigest() not in "\n".join([run.output, *reports])


def state(folder: Path) -> dict[str, object]:
    """Everything in a repository, git's own files included, but for its objects' access times."""
    return {
        str(file.relative_to(folder)): file.readlink() if file.is_symlink() else file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() or file.is_symlink()
    }


def test_reading_a_revision_leaves_everything_alone(repository: Path) -> None:
    write(repository, {"inventory/group_vars/dev/email.yml": "email_settings: {}\n", "not-in-git": "kept"})
    git(repository, "add", "inventory")
    write(repository, {"inventory/group_vars/all.yml": BASE.replace("starttls", "none")})
    before = state(repository)
    # A temporary folder of its own, to see what is left behind; in a short path, for Ansible puts a socket there.
    with tempfile.TemporaryDirectory(prefix="t") as temporary:
        revisions = ("email_compare_from_revision=main", "email_compare_to_revision=HEAD")
        run = compare(repository, *revisions, environment={"TMPDIR": temporary})[0]
        left = list(Path(temporary).rglob("appmail-*"))
    assert run.status == 0, run.output
    assert state(repository) == before
    assert git(repository, "worktree", "list").count("\n") == 1
    assert left == []


def test_two_revisions_in_a_git_hook(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository, {"inventory/group_vars/all.yml": BASE.replace("smtp.example.edu", "relay.example.edu")})
    commit(repository)
    # A hook is told of the repository that it is for by these, and they must not lead us elsewhere.
    monkeypatch.setenv("GIT_DIR", str(repository.parent / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(repository.parent / "elsewhere" / "index"))
    result = compare(repository, "email_compare_from_revision=HEAD~1", "email_compare_to_revision=HEAD")[1]
    changed = (["smtp.example.edu"], ["relay.example.edu"])
    assert differences(result) == {"dev": {"smtp.host": (*changed, 1)}, "production": {"smtp.host": (*changed, 2)}}


def test_new_and_lost_hosts(repository: Path) -> None:
    write(repository, {"inventory/hosts.yml": HOSTS.replace("prod-app2", "prod-app3")})
    run, result = compare(repository, "email_compare_from_revision=main", verbosity="-v")
    found = differences(result)["production"]
    assert found["smtp.host"] == (["smtp.example.edu"], [], 1) or found["smtp.host"] == ([], ["smtp.example.edu"], 1)
    assert found["smtp.auth.password"] in ("added", "removed")
    assert "new: prod-app3, gone: prod-app2" in run.output


def test_two_inventories(repository: Path) -> None:
    """Other hosts, other environment: what differs between staging and production."""
    for name, port in (("staging", 587), ("live", 2525)):
        write(
            repository,
            {
                f"{name}/hosts.yml": f"{name}: {{hosts: {{{name}-app1: {{}}, {name}-app2: {{}}}}}}\n",
                f"{name}/group_vars/all.yml": BASE + f"email_settings: {{smtp: {{port: {port}}}}}\n",
                f"{name}/group_vars/{name}/vault.yml": f"smtp_password: {vaulted(f'hunter2-of-{name}')}\n",
            },
        )
    run, result = compare(repository, email_compare_from_inventory=["staging"], email_compare_to_inventory=["live"])
    assert differences(result) == {
        "staging -> live": {"smtp.port": ([587], [2525], 2), "smtp.auth.password": "changed"}
    }
    assert_no_secret(run.output, "hunter2-of-staging", "hunter2-of-live")


UNREADABLE = {
    "a variable that is not defined": (
        "another_password: hunter2-in-clear-text\n",
        "after dev-app1: email_settings_base.smtp.auth.password uses smtp_password, which is not defined",
    ),
    "a vault of another password": (
        f"smtp_password: {vaulted('hunter2-of-dev', STRANGE_VAULT)}\n",
        "after dev-app1: email_settings_base.smtp.auth.password is vaulted, and none of the vault passwords opens it",
    ),
}


def test_what_a_promotion_would_change(repository: Path) -> None:
    """Two environments of one inventory: each value of the one beside the other's, and nothing of the rest."""
    for change in (
        {"email_compare_environments": {"production": "dev"}},
        {"email_compare_from_environment": "production", "email_compare_to_environment": "dev"},
    ):
        run, result = compare(repository, **change)
        assert run.status == 0
        assert differences(result) == {
            "production -> dev": {"smtp.auth.password": "changed", "email_targets[msmtp]": (["listed"], [], 1)}
        }
        assert_no_secret(run.output, *SECRETS)


def test_an_environment_that_there_is_not(repository: Path) -> None:
    run = compare(repository, email_compare_environments={"stagin": "production"})[0]
    assert run.status == 2
    assert "before has no environment stagin; there are dev, production" in run.output


def test_limit_is_for_what_is_compared(repository: Path) -> None:
    write(repository, {"inventory/group_vars/all.yml": BASE.replace("starttls", "implicit_tls")})
    run = run_playbook(
        repository,
        *("-i", "inventory", "--limit", "dev", "-e", "email_compare_from_revision=main"),
        playbook="appmail.settings.compare",
    )
    assert run.status == 0
    assert "in 1 of 1 environment\n" in run.output
    assert "dev: 2 differences, 1 host\n" in run.output


def test_another_project_is_read_with_its_own_variables(repository: Path) -> None:
    """What lies in the folder that one stands in counts for its own inventories, and would hide the other's values."""
    write(repository, {"group_vars/dev.yml": "email_settings: {smtp: {port: 2525}}\n"})
    other = repository.parent / "other"
    write(other, {**FILES, "group_vars/dev.yml": "email_settings: {smtp: {port: 25}}\n"})
    git(other, "init", "--quiet", "--initial-branch", "main")
    run, result = compare(repository, email_compare_from_inventory=["../other/inventory"])
    assert run.status == 0
    assert differences(result) == {"dev": {"smtp.port": ([25], [2525], 1)}}


@pytest.mark.parametrize(("vault", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_host_that_cannot_be_read_is_not_compared_and_fails_the_run(
    repository: Path, vault: str, sentence: str
) -> None:
    production = "email_settings: {smtp: {port: 25}}\n"
    write(repository, {"inventory/group_vars/dev/vault.yml": vault})
    write(repository, {"inventory/group_vars/production/email.yml": production})
    run, result = compare(repository, "email_compare_from_revision=main")
    assert run.status == 2
    assert result["unreadable"] == [sentence]
    assert "1 host not compared" in run.output
    assert differences(result).keys() == {"production"}
    assert differences(result)["production"]["smtp.port"] == ([587], [25], 2)
    assert_no_secret(run.output, *SECRETS)


def test_a_vaulted_file_that_no_password_opens(repository: Path) -> None:
    write(repository, {"inventory/group_vars/dev/vault.yml": encrypted("a: hunter2-of-dev\n", STRANGE_VAULT)})
    run, result = compare(repository, "email_compare_from_revision=main")
    assert (run.status, result) == (2, {})
    assert (
        "the inventory of after cannot be read: it is vaulted, and none of the vault passwords opens it" in run.output
    )
    assert_no_secret(run.output, *SECRETS)


REFUSED = {
    "nothing to compare with": (
        {},
        "before is missing: say with which inventory, git revision or environment to compare",
    ),
    "no such revision": ({"email_compare_from_revision": "nowhere"}, "has no revision nowhere"),
    "an option of git's": ({"email_compare_from_revision": "--help"}, "has no revision --help"),
    "no such inventory": ({"email_compare_from_inventory": ["other"]}, "the inventory other does not exist"),
    "not in that revision": (
        {"email_compare_from_revision": "main", "email_compare_from_inventory": ["later"]},
        "the inventory later does not exist in main",
    ),
    "no such form": (
        {"email_compare_from_revision": "main", "email_compare_formats": ["pdf"]},
        "value of formats must be",
    ),
}


@pytest.mark.parametrize(("variables", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compared(repository: Path, variables: Mapping[str, object], sentence: str) -> None:
    write(repository, {"later/hosts.yml": HOSTS})
    run, result = compare(repository, verbosity="-v", **variables)
    assert run.status == 2
    assert sentence in run.output
    assert "Traceback" not in run.output
    assert result == {}


def test_a_folder_that_is_in_no_repository(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    write(folder, FILES)
    run = compare(folder, "email_compare_from_revision=main", verbosity="-v")[0]
    assert run.status == 2
    assert "is in no git repository" in run.output


def test_the_same_comparison_gives_the_same_bytes(repository: Path) -> None:
    write(repository, {"inventory/group_vars/all.yml": BASE.replace("starttls", "none")})
    reports = repository.parent / "reports"
    written = []
    for _attempt in range(2):
        compare(repository, "email_compare_from_revision=main", verbosity="-v")
        written.append({file.name: file.read_bytes() for file in reports.iterdir()})
    assert written[0] == written[1]
    assert set(written[0]) == {"email-differences.txt", "email-differences.md", "email-differences.json"}
