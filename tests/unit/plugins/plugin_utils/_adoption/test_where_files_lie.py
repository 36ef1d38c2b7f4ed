# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files where packages, people and containers put them: what is found without options, and where it is written then."""

from __future__ import annotations

import base64
import fnmatch
import json
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._secrets.sealing import seal
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.host import (
    letter,
    read_answer,
    to_mapping,
    wanted_targets,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.tree import Host, variable_files
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names

MAIN = "relayhost = [mail.example.org]:587\nsmtp_tls_security_level = encrypt\n"
GRAFANA = "[smtp]\nenabled = true\nhost = mail.example.org:587\n"
COMPOSE = "services:\n  web:\n    image: grafana/grafana:11\n    environment: {GF_SMTP_HOST: 'mail.example.org:587'}\n"


class Case(NamedTuple):
    """A host's files; the applications that are found, with the paths in `dest`; words of findings by their files."""

    files: Mapping[str, str]
    found: Mapping[str, Mapping[str, str]]
    said: Mapping[str, str] = {}


CASES: Mapping[str, Case] = {
    "where the package has it": Case({"/etc/grafana/grafana.ini": GRAFANA}, {"grafana": {}}),
    "where another system's package has it": Case(
        {"/etc/alertmanager/alertmanager.yml": "global: {smtp_smarthost: 'mail.example.org:587'}\n"},
        {"alertmanager": {"alertmanager.yml": "/etc/alertmanager/alertmanager.yml"}},
    ),
    "a folder that a container has mounted": Case(
        {"/srv/git/data/gitea/conf/app.ini": "[mailer]\nENABLED = true\nSMTP_ADDR = mail.example.org\n"},
        {"gitea": {"app.ini": "/srv/git/data/gitea/conf/app.ini"}},
    ),
    "a container's environment alone": Case({"/srv/metrics/compose.yml": COMPOSE}, {"grafana": {}}),
    "a container of something else": Case({"/srv/db/compose.yml": COMPOSE.replace("grafana/grafana", "postgres")}, {}),
    "a name that many applications have, with keys of one": Case(
        {"/var/www/shop/.env": "APP_NAME=Shop\nMAIL_HOST=mail.example.org\nMAIL_PORT=587\n"},
        {"laravel": {".env": "/var/www/shop/.env"}},
    ),
    "a name that many applications have, with keys of none": Case({"/var/www/shop/.env": "DEBUG=0\n"}, {}),
    "another instance beside": Case(
        {"/etc/postfix/main.cf": MAIN, "/etc/postfix-out/main.cf": MAIN},
        {"postfix": {}},
        {"/etc/postfix-out/main.cf": "is another main.cf, and left: to adopt it, name it in dest"},
    ),
    "another instance alone": Case(
        {"/etc/postfix-out/main.cf": MAIN}, {"postfix": {"main.cf": "/etc/postfix-out/main.cf"}}
    ),
    "an application's main file, which is read and never written": Case(
        {"/etc/monit/monitrc": "set daemon 120\nset mailserver mail.example.org port 587\nset alert ops@example.org\n"},
        {"monit": {}},
        {"/etc/monit/monitrc": "apply writes /etc/monit/conf.d/appmail, and what stands here still counts: take out"},
    ),
    "a main file without anything about mail": Case({"/etc/monit/monitrc": "set daemon 120\n"}, {}),
    "a main file beside one that is there": Case(
        {
            "/etc/monit/conf.d/appmail": "set mailserver mail.example.org port 587\n",
            "/etc/monit/monitrc": "set mailserver old.example.org\n",
        },
        {"monit": {}},
        {"/etc/monit/monitrc": "has keys of it as well, and is left: what stands here still counts"},
    ),
    "a file that only its own program writes": Case(
        {"/srv/cloud/config/config.php": "<?php $CONFIG = array ('mail_smtphost' => 'mail.example.org');"},
        {"nextcloud": {}},
    ),
    "a file of that name with nothing about mail": Case({"/srv/shop/config/config.php": "<?php $CONFIG = [];"}, {}),
    "a jail.local, as Debian's own remarks advise": Case(
        {"/etc/fail2ban/jail.local": "[DEFAULT]\ndestemail = ops@example.org\nsender = bans@example.org\n"},
        {"fail2ban": {}},
        {"/etc/fail2ban/jail.local": "apply writes /etc/fail2ban/jail.d/appmail.local"},
    ),
}


def adopt(files: Mapping[str, str]) -> list[Adopted]:
    """All known applications on a host with these files."""
    wanted = wanted_targets([], [], [])
    payload, key = letter(wanted)
    seen = [
        {
            "target": file["target"],
            "name": file["name"],
            "path": path,
            "owner": "root",
            "group": "root",
            "mode": "0600",
            "content": base64.b64encode(files[path].encode()).decode(),
        }
        for file in payload["files"]
        for pattern in dict.fromkeys(file["paths"])
        for path in files
        if fnmatch.fnmatchcase(path, pattern) and path.count("/") == pattern.count("/")
    ]
    return read_answer(wanted, seal(key, json.dumps({"files": seen, "dumps": []})), key)


@pytest.mark.parametrize("name", CASES)
def test_what_is_found_without_options(name: str) -> None:
    case = CASES[name]
    adopted = adopt(case.files)
    assert {application.app for application in adopted} == set(case.found)
    found = {application.app: to_mapping(application, lambda text: (text, text)) for application in adopted}
    text = "".join(variable_files([Host("web1", "prod", group=True, found=found)]).values())
    for app, dest in case.found.items():
        assert found[app]["settings"], app
        for file, path in dest.items():
            assert f'{file}: "{path}"' in text
        assert dest or "dest:" not in text
    said = [(remark.file, remark.message) for application in adopted for remark in application.remarks]
    for path, words in case.said.items():
        assert any(words in message for file, message in said if file == path), said


def test_the_program_is_the_one_beside_the_file_that_was_found() -> None:
    (nextcloud,) = adopt(
        {"/srv/cloud/config/config.php": "<?php $CONFIG = array ('mail_smtphost' => 'a.example.org');"}
    )
    assert {name: option.value for name, option in nextcloud.options.items()} == {"occ": "/srv/cloud/occ"}


def test_a_file_that_only_its_own_program_writes_is_searched_for_by_its_name() -> None:
    payload, _key = letter(wanted_targets([{"app": "nextcloud"}], [], ["/data/*/config.php", "/data/*/app.ini"]))
    (file,) = payload["files"]
    assert "/data/*/config.php" in file["paths"]
    assert "/data/*/app.ini" not in file["paths"]


@pytest.mark.parametrize("app", target_names())
def test_further_places_are_others(app: str) -> None:
    """No place is named twice, and the name of a file stays its own."""
    for file in find_target(app).files:
        places = [file.path, *file.found_at, *file.found_in]
        assert len(places) == len(set(places))
