# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is changed in silence: an application's own default is carried, or the key that apply would write is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target


class Case(NamedTuple):
    """Files; the leaves that are carried; what apply would change, in words, and what it would not."""

    app: str
    files: Mapping[str, str]
    leaves: Mapping[str, JSON]
    told: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


GRAFANA = "[smtp]\nenabled = true\nhost = mail.example.org:587\nfrom_address = g@example.org\n"
GITEA = "[mailer]\nENABLED = true\nSMTP_ADDR = mail.example.org\nFROM = g@example.org\nSMTP_PORT = "
MSMTP = "account default\nhost mail.example.org\ntls on\nfrom m@example.org\nauth on\nuser u\npassword se:cret\n"
CASES: Mapping[str, Case] = {
    "Grafana takes STARTTLS where it is offered": Case(
        "grafana",
        {"grafana.ini": GRAFANA},
        {"smtp.encryption": "starttls_opportunistic", "smtp.tls.verify": True},
        (),
        ("startTLS_policy", "skip_verify"),
    ),
    "Grafana takes TLS at once on 465": Case(
        "grafana",
        {"grafana.ini": GRAFANA.replace(":587", ":465")},
        {"smtp.encryption": "implicit_tls"},
        (),
        ("startTLS_policy",),
    ),
    "Gitea tells by the port: submissions": Case(
        "gitea", {"app.ini": f"{GITEA}465\n"}, {"smtp.encryption": "implicit_tls"}
    ),
    "Gitea tells by the port: submission": Case(
        "gitea", {"app.ini": f"{GITEA}587\n"}, {"smtp.encryption": "starttls_opportunistic"}
    ),
    "Gitea tells by the port: smtp": Case("gitea", {"app.ini": f"{GITEA}25\n"}, {"smtp.encryption": "none"}),
    "Vaultwarden requires STARTTLS, and waits 15 seconds": Case(
        "vaultwarden",
        {"mail.env": "SMTP_HOST=mail.example.org\nSMTP_FROM=v@example.org\n"},
        {"smtp.encryption": "starttls", "smtp.port": 587, "smtp.timeout": 15, "smtp.tls.verify": True},
        (),
        ("SMTP_",),
    ),
    "sSMTP speaks without TLS, at 25": Case(
        "ssmtp",
        {"ssmtp.conf": "mailhub=mail.example.org\n".replace("mailhub", "MailHub")},
        {"smtp.encryption": "none", "smtp.port": 25},
    ),
    "msmtp lets programs name the sender, and has no timeout": Case(
        "msmtp",
        {"msmtprc": MSMTP},
        {"sender.allow_custom_address": True, "smtp.port": 25, "smtp.tls.verify": True},
        ("set timeout = 30", "set passwordeval"),
        ("tls_certcheck", "allow_from_override", "set_from_header"),
    ),
    "Alertmanager requires STARTTLS": Case(
        "alertmanager",
        {"alertmanager.yml": "global:\n  smtp_smarthost: mail.example.org:587\n  smtp_from: a@example.org\n"},
        {"smtp.encryption": "starttls"},
        (),
        ("smtp_require_tls",),
    ),
    "Postfix, of which the file says less than the block": Case(
        "postfix",
        {"main.cf": "relayhost = [mail.example.org]:587\nsmtp_tls_security_level = may\n"},
        {"smtp.encryption": "starttls_opportunistic", "smtp.tls.verify": False},
        ("set smtp_helo_timeout = 30s",),
        ("smtp_tls_wrappermode", "smtp_connect_timeout", "smtp_tls_security_level"),
    ),
    "Postfix that does not log in, though a login is there": Case(
        "postfix",
        {
            "main.cf": "relayhost = [mail.example.org]:587\nsmtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd\n",
            "sasl_passwd": "[mail.example.org]:587 u:se:cret\n",
        },
        {"smtp.auth.username": None, "smtp.auth.password": None},
        ("smtp_sasl_auth_enable is not yes, so Postfix does not log in",),
    ),
    "a value that apply would write otherwise, which is a secret": Case(
        "msmtp",
        {"msmtprc": MSMTP.replace("auth on", "auth off"), "msmtp-password": "se:cret\nmore\n"},
        {"smtp.auth.username": None},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_defaults_are_carried_or_told(name: str) -> None:
    case = CASES[name]
    seen = [SeenFile(name, f"/etc/{name}", text=text) for name, text in case.files.items()]
    adopted = read_application(find_target(case.app).at(), None, seen, {})
    assert {leaf: adopted.values().get(leaf) for leaf in case.leaves} == case.leaves
    messages = [remark.message for remark in adopted.remarks]
    for words in case.told:
        assert any(words in message for message in messages), messages
    changes = [remark.message for remark in adopted.remarks if remark.rule == "would_change"]
    assert not [message for message in changes if any(words in message for words in case.silent)]
    assert not [message for message in messages if "se:cret" in message]
