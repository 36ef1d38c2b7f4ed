# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples that ansible-doc shows are run as they stand, against real servers that have the examples' names."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from tests.integration.documents import COMMON, Documents, documents_of_the_collection, examples_of, undescribed
from tests.integration.playbooks import assert_no_secret, run_playbook
from tests.integration.repositories import commit, git, write
from tests.oauth.authlib_server import BY_CERTIFICATE, Answer, Asked, Client, Consent, Registry, answer
from tests.oauth.certificates import ClientKey, authority, client_key
from tests.oauth.token_server import TokenServer
from tests.servers.local_names import environment
from tests.servers.mail_server import MailServer

pytestmark = pytest.mark.once

# -- what runs, and what comes of it --

# Documents whose examples run in check mode: what they write is not this test's to have.
IN_CHECK_MODE = ("module validate", "module render", "module adopt", "module compare")
# What the examples of all others come to: the reason of each server that they check, or None where they check none.
REASONS: Mapping[str, list[str] | None] = {
    "Prove that the server takes these settings, before anything uses them": ["ok"],
    "Look at many servers at a time and go on whatever they say": ["ok", "ok"],
    "Show what is wrong with each": None,
    "Check a server whose certificate comes from the campus authority": ["ok"],
    "Prove that the mailbox can be read with these settings": ["ok"],
    "Warn in time of certificates that end within a month": ["ok", "ok"],
    "Check the servers of this host's applications": ["ok"],
    "Leave one report of all hosts where the CI service looks": ["ok"],
    "Look at what would be refused, and go on": ["ok"],
    "Bring the settings of this host's applications up to date": ["ok"],
    "Check before and after, and be patient with a greylisting server": ["ok"],
    "Check the servers of all applications in one call": ["ok"],
    "Microsoft 365, by the application's own right": ["ok"],
    "Microsoft 365, by a certificate, for incoming mail": ["ok"],
    "Google, by a refresh token": ["ok"],
    "A token server of one's own": ["ok"],
    "Judge what was asked for": None,
    "The record of the whole inventory": None,
    "One record of the slices that several jobs judged, and of what the hosts' checks saw": None,
}
NOT_RUN = {
    "Write the settings of two applications": "files and a group of Postfix and Alertmanager are the host's own",
}
# How many logins these checks are, all together: one each, for the second check of `check: both` goes without.
LOGINS = 13
# Files of a host that an example names: the test has them elsewhere.
PATHS = {"/etc/ssl/certs/campus.pem": "campus.pem", "/etc/ansible/mail-client.pem": "mail-client.pem"}

# -- the servers that the examples name --

# The listener of the local server that each name leads to; None is the token server.
SERVERS: Mapping[str, str | None] = {
    "smtp.example.edu:587": "smtp_starttls",
    "smtp.example.edu:465": "smtp_implicit_tls",
    "relay.example.edu:25": "smtp_relay",
    "imap.example.edu:993": "imap_implicit_tls",
    "imap2.example.edu:143": "imap_starttls",
    "smtp.office365.com:587": "smtp_starttls",
    "outlook.office365.com:993": "imap_implicit_tls",
    "smtp.gmail.com:587": "smtp_starttls",
    "login.microsoftonline.com:443": None,
    "oauth2.googleapis.com:443": None,
    "login.example.edu:443": None,
}
PASSWORD, TOKEN = "s3cr&t/wörd+42", "eyJ0.T0ken/of+the-account"
CLIENT_SECRET, REFRESH = "cl1ent&secret/Ö+7", "r3fresh/T0ken+of-noreply"
MICROSOFT, GOOGLE = "11112222-bbbb-3333-cccc-4444dddd5555", "mail.apps.googleusercontent.com"


@dataclass(frozen=True)
class ClientOfMicrosoft(Client):
    """Microsoft takes one application by its secret as well as by its certificate."""

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in (self.method, BY_CERTIFICATE)


class Providers(TokenServer):
    """A token server at each address that it is asked at, such as each organisation has at Microsoft's."""

    def answer(self, asked: Asked) -> Answer | None:
        self.asked.append(asked)
        return answer(self.registry, f"https://{asked.headers['Host']}{asked.path}", asked)


def registry(key: ClientKey) -> Registry:
    scopes = ("mail", "https://outlook.office365.com/.default")
    clients = [
        ClientOfMicrosoft(MICROSOFT, CLIENT_SECRET, scopes=scopes, public_key=key.public),
        Client(GOOGLE, CLIENT_SECRET),
        Client("svc-mail", CLIENT_SECRET),
    ]
    consents = {REFRESH: Consent(GOOGLE, "noreply@example.edu")}
    return Registry(clients, consents, make_token=lambda _account: TOKEN, scopes=scopes)


@contextlib.contextmanager
def servers(folder: Path) -> Iterator[tuple[MailServer, dict[str, str]]]:
    """The servers, and the environment in which their names lead to them and both their authorities are known."""
    client = client_key(trustme.KeyType.RSA)
    (folder / "mail-client.pem").write_text(client.certificate)
    (folder / "key.json").write_text(json.dumps({"vault_mail_client_key": client.key}))
    by = authority(folder, *(name.partition(":")[0] for name, listener in SERVERS.items() if listener is None))
    names = {name.partition(":")[0] for name in SERVERS}
    accounts = ("noreply@example.edu", "tickets@example.edu", "svc-mail")
    passwords, by_token = dict.fromkeys(("svc-mail", "inbound"), PASSWORD), dict.fromkeys(accounts, TOKEN)
    with (
        MailServer(passwords, folder / "campus.pem", tokens=by_token, names=names) as mail,
        Providers(by.context, registry(client)) as tokens,
    ):
        ports = {name: mail.ports[listener] if listener else tokens.port for name, listener in SERVERS.items()}
        authorities = folder / "authorities.pem"
        authorities.write_bytes(mail.ca_file.read_bytes() + by.ca_file.read_bytes())
        yield mail, {**environment(folder / "names", ports), "SSL_CERT_FILE": str(authorities)}


# -- the project that they stand in --

SETTINGS: Mapping[str, object] = {
    "schema_version": 1,
    "smtp": {
        "host": "smtp.example.edu",
        "encryption": "starttls",
        "auth": {"username": "svc-mail", "password": "{{ vault_smtp_password }}"},
    },
    "sender": {"address": "noreply@example.edu"},
    "contacts": {"administrator": "postmaster@example.edu"},
}
MSMTP = {
    "app": "msmtp",
    "dest": {"msmtprc": "{{ inventory_dir }}/msmtprc", "msmtp-password": "{{ inventory_dir }}/msmtp-password"},
}
VARIABLES = {
    "email_settings_base": {},
    "email_settings": SETTINGS,
    "email_targets": [MSMTP],
    "vault_smtp_password": PASSWORD,
    "vault_imap_password": PASSWORD,
    "vault_mail_client_secret": CLIENT_SECRET,
    "vault_mail_refresh_token": REFRESH,
    "mail_client_id": GOOGLE,
}
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
PROJECT = {
    "hosts.yml": {"all": {"hosts": {"app1": LOCAL}}},
    "group_vars/all.yml": VARIABLES,
    **{
        f"inventories/{name}/{file}": content
        for name in ("staging", "production")
        for file, content in {
            "hosts.yml": {"all": {"hosts": {f"{name}-app1": None}}},
            "group_vars/all.yml": VARIABLES,
        }.items()
    },
}
# What another job has done before an example: it stands before it in the play.
BEFORE: Mapping[str, list[dict[str, object]]] = {
    "One record of the slices that several jobs judged, and of what the hosts' checks saw": [
        {
            "name": "The slice of one job",
            "appmail.settings.report": {"hosts": "{{ ansible_play_hosts_all }}", "formats": ["json"], "dest": "slices"},
            "run_once": True,
        },
        {
            "name": "What one host's check saw",
            "appmail.settings.check": {"settings": "{{ email_settings }}", "record_dest": "observed"},
        },
    ]
}


def project(folder: Path, plays: list[dict[str, Any]]) -> None:
    """A repository with the plays, whose main branch is where it was pushed to."""
    write(folder, {name: yaml.safe_dump(content, allow_unicode=True) for name, content in PROJECT.items()})
    write(folder, {"play.yml": yaml.safe_dump(plays, sort_keys=False)})
    git(folder, "init", "--quiet")
    commit(folder)
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")


@pytest.fixture(scope="module", name="documents")
def documents_fixture() -> Documents:
    return documents_of_the_collection()


# -- and that they run --


def examples(documents: Documents, kinds: Callable[[str], bool]) -> list[dict[str, Any]]:
    found = [example for name, document in documents.items() if kinds(name) for example in examples_of(document)]
    return [example for example in found if example["name"] not in NOT_RUN]


def in_check_mode(document: str) -> bool:
    return document in IN_CHECK_MODE


def test_every_example_is_run_or_says_why_not(documents: Documents) -> None:
    names = [example["name"] for document in documents.values() for example in examples_of(document)]
    others = [name for name in names if name not in NOT_RUN]
    run = [example["name"] for example in examples(documents, in_check_mode)]
    assert len(set(names)) == len(names)
    assert set(NOT_RUN) <= set(names)
    assert set(others) - set(run) == set(REASONS)


def moved(value: object, folder: Path, seen: set[str]) -> object:
    """The value with its `PATHS` in the folder; those that it has are in `seen`."""
    if isinstance(value, dict):
        return {key: moved(below, folder, seen) for key, below in value.items()}
    if isinstance(value, list):
        return [moved(below, folder, seen) for below in value]
    text = value if isinstance(value, str) else ""
    for path in (path for path in PATHS if path in text):
        seen.add(path)
        text = text.replace(path, str(folder / PATHS[path]))
    return text or value


def plays_of(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One play of the tasks, each with its result registered and shown at the end, and the plays behind it."""
    tasks: list[dict[str, Any]] = []
    shown = {}
    for number, example in enumerate(example for example in found if "hosts" not in example):
        task = {"register": f"example_{number}", **example}
        shown[task["name"]] = f"{{{{ {task['register']} }}}}"
        tasks += [*BEFORE.get(task["name"], ()), task]
    results = {
        "name": "Results",
        "vars": {"shown": shown},
        "ansible.builtin.debug": {"msg": "{{ 'results=' ~ (shown | to_json) }}"},
    }
    play = {"name": "Examples", "hosts": "all", "gather_facts": False, "tasks": [*tasks, results]}
    return [play, *(example for example in found if "hosts" in example)]


def test_examples_run_as_they_stand_in_check_mode(documents: Documents, tmp_path: Path) -> None:
    tasks = examples(documents, in_check_mode)
    project(tmp_path, plays_of(tasks))
    done = run_playbook(tmp_path, "-i", "hosts.yml", "--check")
    assert done.status == 0, done.output
    results = done.printed("results")
    assert isinstance(results, dict)
    assert list(results) == [task["name"] for task in tasks]
    assert_described(documents, tasks, results)


def test_examples_run_as_they_stand_against_servers(documents: Documents, tmp_path: Path) -> None:
    seen: set[str] = set()
    as_they_stand = examples(documents, lambda document: not in_check_mode(document))
    found = [{key: moved(below, tmp_path, seen) for key, below in example.items()} for example in as_they_stand]
    folder = tmp_path / "project"
    project(folder, plays_of(found))
    with servers(tmp_path) as (mail, surroundings):
        done = run_playbook(folder, "-i", "hosts.yml", "-e", f"@{tmp_path}/key.json", environment=surroundings)
    assert done.status == 0, done.output
    assert_no_secret(done.output, PASSWORD, TOKEN, CLIENT_SECRET, REFRESH)
    results = done.printed("results")
    assert isinstance(results, dict)
    plays = {example["name"] for example in found if "hosts" in example}
    reasons = {name: reasons_of(result) for name, result in results.items()}
    assert {**reasons, **dict.fromkeys(plays)} == REASONS, done.output
    assert all(f"PLAY [{name}]" in done.output for name in plays)
    assert seen == set(PATHS)
    assert_described(documents, found, results)
    counts = [mail.counts(name) for name in mail.ports if name != "closed"]
    assert [(count.failed_logins, count.messages) for count in counts] == [(0, 0)] * len(counts)
    assert sum(count.logins for count in counts) == LOGINS


def assert_described(documents: Documents, found: list[dict[str, Any]], results: Mapping[str, Any]) -> None:
    """What came back is what the modules' documents describe, key by key; and what they show of it is true."""
    for example in found:
        module = next((key for key in example if key.startswith("appmail.settings.")), None)
        if module:
            returned = documents[f"module {module.removeprefix('appmail.settings.')}"]["return"]
            result = {key: value for key, value in results[example["name"]].items() if key not in COMMON}
            assert undescribed(result, returned) == [], example["name"]
            if "msmtp" in result.get("coverage", {}):
                assert {**result["coverage"]["msmtp"], "waived": []} == {**shown(returned["coverage"]), "waived": []}


def shown(coverage: Mapping[str, Any]) -> Mapping[str, Any]:
    """The coverage of msmtp that a document shows, whole or key by key."""
    if "sample" in coverage:
        return dict(coverage["sample"]["msmtp"])
    return {key: about["sample"] for key, about in coverage["contains"].items()}


def reasons_of(result: Mapping[str, Any]) -> list[str] | None:
    return [server["reason"] for server in result["results"]] if "results" in result else None
