# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two sources of the same settings: what wins is carried, with its place, and what they disagree about is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted, SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names

SECRETS = ("Sommer#2026;x", "Winter-99")
MASTER = "smtp      inet  n  -  y  -  -  smtpd\nsmtp      unix  -  -  y  -  -  smtp\n"
MAIN = "relayhost = [mail.example.org]:587\nsmtp_tls_security_level = encrypt\n"
GRAFANA = "[smtp]\nenabled = true\nhost = a.example.org:25\npassword = Sommer#2026;x\n"


@dataclass(frozen=True)
class Case:
    """Files by their names in target.yml, and sources over them by theirs; `said` are findings: `FILE:LINE: TEXT`."""

    app: str
    files: Mapping[str, str]
    leaves: Mapping[str, tuple[Any, str, int | None]]
    said: tuple[str, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)


CASES: Mapping[str, Case] = {
    "the client service's own option, over two lines": Case(
        "postfix",
        {"main.cf": MAIN, "master.cf": f"{MASTER}# comment\n  -o smtp_tls_security_level=may\n"},
        {"smtp.tls.verify": (False, "master.cf", 4), "smtp.host": ("mail.example.org", "main.cf", 1)},
        (
            "master.cf:4: Postfix: smtp_tls_security_level is may here, and encrypt at main.cf:2; -o of the client "
            "service wins over main.cf, so this one is carried",
        ),
    ),
    "the newer spelling with braces": Case(
        "postfix",
        {"main.cf": MAIN, "master.cf": f"{MASTER} -o {{ smtp_helo_name = relay.example.org }}\n"},
        {"smtp.helo_name": ("relay.example.org", "master.cf", 3)},
    ),
    "the client service that default_transport names": Case(
        "postfix",
        {
            "main.cf": f"{MAIN}default_transport = out:\n",
            "master.cf": f"{MASTER}out unix - - y - - smtp -o smtp_tls_security_level=secure\n",
        },
        {"smtp.tls.verify": (True, "master.cf", 3)},
        ("master.cf:3: Postfix: smtp_tls_security_level is secure here, and encrypt at main.cf:2",),
    ),
    "a server's option, which is no client's": Case(
        "postfix",
        {"main.cf": MAIN, "master.cf": f"{MASTER}submission inet n - y - - smtpd\n  -o smtp_tls_security_level=none\n"},
        {"smtp.encryption": ("starttls", "main.cf", 1)},
        (
            "master.cf:4: Postfix: smtp_tls_security_level is none for submission/inet alone; encrypt at main.cf:2 "
            "is carried, for all others",
        ),
    ),
    "an option that only the relay service has": Case(
        "postfix",
        {"main.cf": MAIN, "master.cf": f"{MASTER}relay unix - - y - - smtp\n -o smtp_helo_timeout=5\n"},
        {"smtp.host": ("mail.example.org", "main.cf", 1)},
        ("master.cf:4: Postfix: smtp_helo_timeout is 5 for relay/unix alone; nothing is carried",),
    ),
    "an option that says the same": Case(
        "postfix",
        {"main.cf": MAIN, "master.cf": f"{MASTER}  -o smtp_tls_security_level=encrypt\n"},
        {"smtp.encryption": ("starttls", "main.cf", 1)},
    ),
    "a key that the program has from elsewhere, and one that it does not know": Case(
        "postfix",
        {"main.cf": f"{MAIN}smtp_helo_name = relay.example.org\n"},
        {"smtp.tls.verify": (False, "main.cf", 2)},
        (
            "main.cf:2: Postfix: smtp_tls_security_level is encrypt here, and postconf says that may takes effect, "
            "which is carried",
            "main.cf:3: Postfix: smtp_helo_name is relay.example.org here, and postconf says that it does not "
            "take effect",
        ),
        {"main.cf": "relayhost = [mail.example.org]:587\nsmtp_tls_security_level = may\n"},
    ),
    "an environment over a file, with a secret that differs": Case(
        "grafana",
        {
            "grafana.ini": GRAFANA,
            "environment": "# by the package\nGF_SMTP_HOST=b.example.org:587\nGF_SMTP_PASSWORD=Winter-99\n"
            "GF_SMTP_PASSWORD__FILE=/x\n",
        },
        {"smtp.host": ("b.example.org", "environment", 2), "smtp.auth.password": ("Winter-99", "environment", 3)},
        (
            "environment:2: Grafana: smtp.host is b.example.org:587 here, and a.example.org:25 at grafana.ini:3; "
            "Grafana takes its environment before its file, so this one is carried",
            "environment:3: Grafana: smtp.password is another one here than at grafana.ini:4",
        ),
    ),
    "a container's environment without a file, as a list": Case(
        "grafana",
        {
            "compose": "services:\n  db: {image: postgres, environment: {GF_SMTP_HOST: wrong.example.org}}\n"
            "  web:\n    image: grafana/grafana:11\n    environment:\n      - GF_SMTP_HOST=b.example.org:587\n"
            "      - GF_SMTP_FROM_ADDRESS=${FROM}\n      - GF_SMTP_PASSWORD=a$$b\n"
        },
        {"smtp.host": ("b.example.org", "compose", 6), "smtp.auth.password": ("a$b", "compose", 8)},
        ("compose:7: Grafana: smtp.from_address comes from a variable here, so what takes effect is not known",),
    ),
    "a container's environment that is written into the file, in capitals": Case(
        "gitea",
        {
            "app.ini": "[mailer]\nENABLED = true\nPROTOCOL = smtp+starttls\nSMTP_ADDR = mail.example.org\n",
            "compose": "services:\n  git:\n    image: docker.io/gitea/gitea\n"
            "    environment:\n      GITEA__MAILER__PROTOCOL: smtps\n",
        },
        {"smtp.encryption": ("implicit_tls", "compose", 5)},
        ("compose:5: Gitea: mailer.PROTOCOL is smtps here, and smtp+starttls at app.ini:3; its container writes",),
    ),
    "what an admin page saved over the environment": Case(
        "vaultwarden",
        {
            "mail.env": "SMTP_HOST=mail.example.org\nSMTP_PORT=587\nSMTP_SECURITY=starttls\n",
            "config.json": '{\n  "smtp_host": "mail.example.org",\n  "smtp_port": 465,\n'
            '  "smtp_security": "force_tls",\n  "smtp_accept_invalid_certs": true\n}\n',
        },
        {"smtp.port": (465, "config.json", 3), "smtp.encryption": ("implicit_tls", "config.json", 4)},
        (
            "config.json:3: Vaultwarden: SMTP_PORT is 465 here, and 587 at mail.env:2",
            "config.json:4: Vaultwarden: SMTP_SECURITY",
        ),
    ),
    "an environment over JSON": Case(
        "mattermost",
        {
            "config.json": '{"EmailSettings": {\n"SMTPServer": "a.example.org",\n"SMTPPort": "587"}}\n',
            "environment": "MM_EMAILSETTINGS_SMTPSERVER=b.example.org\nMM_EMAILSETTINGS_SMTPPORT=587\n",
        },
        {"smtp.host": ("b.example.org", "environment", 1)},
        (
            "environment:1: Mattermost: EmailSettings.SMTPServer is b.example.org here, and a.example.org at "
            "config.json:2",
        ),
    ),
    "a file of the administrator's in place of Debian's": Case(
        "exim4",
        {
            "update-exim4.conf.conf": "dc_eximconfig_configtype='smarthost'\ndc_smarthost='mail.example.org::587'\n",
            "exim4.conf": "begin transports\n",
        },
        {"smtp.host": ("mail.example.org", "update-exim4.conf.conf", 2)},
        ("exim4.conf: Exim: Exim reads this file alone where it is there",),
    ),
    "macros that Exim has from elsewhere": Case(
        "exim4",
        {
            "update-exim4.conf.conf": "dc_eximconfig_configtype='smarthost'\ndc_smarthost='mail.example.org::587'\n",
            "exim4.conf.localmacros": "REMOTE_SMTP_SMARTHOST_HOSTS_REQUIRE_TLS = *\n"
            "REMOTE_SMTP_HELO_DATA = a.example.org\n",
        },
        {
            "smtp.encryption": ("starttls_opportunistic", "update-exim4.conf.conf", 2),
            "smtp.helo_name": ("b.example.org", "exim4.conf.localmacros", 2),
        },
        (
            "exim4.conf.localmacros:1: Exim: REMOTE_SMTP_SMARTHOST_HOSTS_REQUIRE_TLS is * here, and exim4 says that it "
            "does not take effect",
            "exim4.conf.localmacros:2: Exim: REMOTE_SMTP_HELO_DATA is a.example.org here, and exim4 says that "
            "b.example.org takes effect, which is carried",
            "update-exim4.conf.conf:2: Exim: Exim still sends through another relay than this file names",
        ),
        {
            "exim4.conf.localmacros": "_HAVE_TLS=y\nDCsmarthost=old.example.org::25\n"
            "REMOTE_SMTP_HELO_DATA=b.example.org\n"
        },
    ),
    "a source that is not of its format": Case(
        "grafana",
        {"grafana.ini": GRAFANA, "compose": "services:\n  a: [\n"},
        {"smtp.host": ("a.example.org", "grafana.ini", 3)},
        ("compose:3: Grafana: is not compose",),
    ),
}


def read(case: Case) -> Adopted:
    seen = [SeenFile(name, name, text=text) for name, text in case.files.items()]
    return read_application(find_target(case.app).at(), None, seen, case.outputs)


@pytest.mark.parametrize("name", CASES)
def test_what_wins_is_carried_and_both_are_told(name: str) -> None:
    case = CASES[name]
    adopted = read(case)
    known = {leaf: (setting.value, setting.file, setting.line) for leaf, setting in adopted.settings.items()}
    assert {leaf: known.get(leaf) for leaf in case.leaves} == case.leaves
    about_sources = {"disagrees", "overridden", "unreadable"}
    lines = [f"{remark.file}{f':{remark.line}' if remark.line else ''}: {remark.message}" for remark in adopted.remarks]
    for words in case.said:
        assert any(line.startswith(words) for line in lines), lines
    assert case.said or not [remark for remark in adopted.remarks if remark.rule in about_sources]
    everything = [*lines, *(remark.message for remark in adopted.left)]
    assert not [line for line in everything if any(secret in line for secret in SECRETS)]


@pytest.mark.parametrize("app", [app for app in target_names() if find_target(app).overrides])
def test_every_source_over_a_file_has_a_case(app: str) -> None:
    known = {(case.app, name) for case in CASES.values() for name in case.files}
    alike = {"compose_of_forgejo": "compose"}
    # Authelia's environment is read as Grafana's is, and Gitea's file of it too.
    same_reader = {
        ("authelia", "compose"),
        ("gitea", "environment"),
        ("mattermost", "compose"),
        ("vaultwarden", "compose"),
    }
    for override in find_target(app).overrides:
        assert (app, alike.get(override.name, override.name)) in known | same_reader
