# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as people write them: what is read, at which line, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted, SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target

# app, files by name, leaves with their values and lines, what is said of what else stands there.
CASES: Mapping[str, tuple[str, Mapping[str, str], Mapping[str, tuple[Any, int | None]], tuple[str, ...]]] = {
    "a port by its name, a level that no spec can say, a login elsewhere": (
        "postfix",
        {
            "main.cf": "relayhost = mail.example.org:smtps\nsmtp_tls_wrappermode = yes\n"
            "smtp_tls_security_level = dane\n"
            "smtp_sasl_password_maps = inline:{mail.example.org=u:secret}\n"
        },
        {"smtp.host": ("mail.example.org", 1), "smtp.port": (465, 1), "smtp.encryption": ("implicit_tls", 1)},
        ("smtp.tls.verify is written in a way that is not understood", "smtp_sasl_password_maps has no counterpart"),
    ),
    "a login that lies elsewhere, and a relay twice": (
        "postfix",
        {
            "main.cf": "relayhost = a.example.org\nsmtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = hash:/etc/x\n"
            "relayhost = b.example.org\n"
        },
        {"smtp.host": ("b.example.org", 4)},
        ("Postfix: logs in with what this names, which was not read", "relayhost is set 2 times (lines 1, 4)"),
    ),
    "a login whose password lies elsewhere, in clear text": (
        "alertmanager",
        {
            "alertmanager.yml": "global:\n  smtp_smarthost: a.example.org:25\n  smtp_require_tls: false\n"
            "  smtp_auth_username: svc\n  smtp_auth_password_file: /etc/x\n"
        },
        {"smtp.encryption": ("none", 2), "smtp.auth.password": (None, None)},
        ("Alertmanager: sends its password in clear text: take starttls or implicit_tls",),
    ),
    "receivers that say what a spec says for all, and one that says otherwise": (
        "alertmanager",
        {
            "alertmanager.yml": "global:\n  smtp_smarthost: a.example.org:587\n  smtp_from: a@example.org\n"
            "receivers:\n  - name: ops\n    email_configs:\n      - to: ops@example.org\n"
            "        headers: {Reply-To: desk@example.org, Subject: Alert}\n"
            "        tls_config: {insecure_skip_verify: true, min_version: TLS13, ca_file: /etc/ca.pem}\n"
            "  - name: dev\n    email_configs:\n      - to: dev@example.org\n        require_tls: false\n"
            "        tls_config: {insecure_skip_verify: false}\n        headers: {From: b@example.org}\n"
        },
        {
            "smtp.tls.verify": (False, 9),
            "smtp.tls.minimum_version": ("1.3", 9),
            "sender.reply_to": ("desk@example.org", 8),
        },
        (
            "this receiver has a setting that the first receiver has not",
            "this receiver has a setting of its own in place of the one of global",
            "a spec cannot say this, and apply leaves it out",
        ),
    ),
    "a receiver that verifies, and a global setting that does not": (
        "alertmanager",
        {
            "alertmanager.yml": "global:\n  smtp_smarthost: a.example.org:587\n  smtp_from: a@example.org\n"
            "  smtp_tls_config: {insecure_skip_verify: true, min_version: TLS13}\n"
            "receivers:\n  - name: ops\n    email_configs:\n      - to: ops@example.org\n"
            "        headers: {reply-to: desk@example.org}\n        tls_config: {insecure_skip_verify: false}\n"
        },
        {"smtp.tls.verify": (None, None), "sender.reply_to": ("desk@example.org", 9)},
        (),
    ),
    "a relay without a port": (
        "postfix",
        {"main.cf": "# by hand\nrelayhost = [2001:db8::25]\n"},
        {"smtp.host": ("2001:db8::25", 2), "smtp.port": (25, 2), "smtp.encryption": ("none", 2)},
        (),
    ),
    "line ends of another system, and a key twice": (
        "grafana",
        {"grafana.ini": "[smtp]\r\nenabled = true\r\nhost = a.example.org:465\r\nhost = b.example.org:465\r\n"},
        {"smtp.host": ("b.example.org", 4)},
        ("smtp.host is set 2 times (lines 3, 4)",),
    ),
    "a quoted value with a comment behind it": (
        "gitea",
        {
            "app.ini": "[mailer]\nENABLED = true\nPROTOCOL=smtps\nSMTP_ADDR=mail.example.org ; our relay\n"
            "SMTP_PORT=465\n"
        },
        {"smtp.host": ("mail.example.org", 4), "smtp.encryption": ("implicit_tls", 3)},
        (),
    ),
    "a word that is none of the application's": (
        "gitea",
        {"app.ini": "[mailer]\nENABLED = true\nPROTOCOL = dummy\nSMTP_ADDR = mail.example.org\n"},
        {"smtp.host": ("mail.example.org", 4)},
        ("PROTOCOL",),
    ),
    "a password that Ruby fills in, and symbols": (
        "redmine",
        {
            "configuration.yml": "production:\n  email_delivery:\n    delivery_method: :smtp\n    smtp_settings:\n"
            "      address: mail.example.org\n      enable_starttls: true\n      authentication: :login\n"
            '      user_name: redmine\n      password: <%= ENV["SMTP_PASSWORD"].to_json %>\n'
        },
        {"smtp.auth.mechanism": ("login", 7), "smtp.auth.username": ("redmine", 8), "smtp.auth.password": (None, None)},
        (
            "smtp_settings.password is filled in when the application starts: set smtp.auth.password in the spec",
            "the login's password is not in these files",
        ),
    ),
    "a password that Grafana fills in": (
        "grafana",
        {
            "grafana.ini": "[smtp]\nenabled = true\nuser = g\npassword = $__file{/etc/grafana/secret}\n"
            "from_name = ${NAME}\n"
        },
        {"smtp.auth.username": ("g", 3), "smtp.auth.password": (None, None), "sender.display_name": (None, None)},
        ("smtp.password is filled in when", "smtp.from_name is filled in when"),
    ),
    "STARTTLS where nothing is said of it": (
        "grafana",
        {
            "grafana.ini": "[smtp]\nenabled = true\nhost = a.example.org:587\n"
            "user = g\npassword = secret\nehlo_identity = \n"
        },
        {"smtp.encryption": ("starttls_opportunistic", 3), "smtp.helo_name": (None, None)},
        ("Grafana: sends its password in clear text to whoever takes STARTTLS out of the answer: take starttls",),
    ),
    "a policy that there is not": (
        "grafana",
        {"grafana.ini": "[smtp]\nenabled = true\nhost = a.example.org:587\nstartTLS_policy = Always\n"},
        {"smtp.encryption": (None, None)},
        ("smtp.startTLS_policy",),
    ),
    "mail that is switched off": (
        "gitea",
        {"app.ini": "[mailer]\nENABLED = false\nPROTOCOL = smtps\nSMTP_ADDR = mail.example.org\n"},
        {"smtp.host": ("mail.example.org", 4)},
        ("Gitea: mailer.ENABLED is false, and apply writes True",),
    ),
    "two accounts, of which the last is not the one that is used": (
        "msmtp",
        {
            "msmtprc": "defaults\n\tauth on\n\ttls on\n#tls_certcheck off\naccount one\n  host one.example.org\n"
            "  port 587\n"
            "  user one\n  password secret-one\naccount two : one\n  host two.example.org\n  password secret-two\n"
            "account default : one\n"
        },
        {
            "smtp.host": ("one.example.org", 6),
            "smtp.auth.username": ("one", 8),
            "smtp.auth.password": ("secret-one", 9),
            "smtp.encryption": ("starttls", 3),
            "smtp.tls.verify": (True, 3),
        },
        ("msmtp: line 10 has no counterpart",),
    ),
    "an account that inherits, and says otherwise": (
        "msmtp",
        {"msmtprc": "account a\nhost a.example.org\ntls on\naccount default : a\nhost b.example.org\nport 2587\n"},
        {"smtp.host": ("b.example.org", 5), "smtp.port": (2587, 6), "smtp.encryption": ("starttls", 3)},
        (),
    ),
    "no account by its name": (
        "msmtp",
        {"msmtprc": "host a.example.org\r\ntls\ton\r\ntls_starttls off\r\n"},
        {"smtp.host": ("a.example.org", 1), "smtp.port": (465, 2), "smtp.encryption": ("implicit_tls", 2)},
        (),
    ),
    "what an application never does, though a spec would say that it does": (
        "monit",
        {"appmail": "set mailserver mail.example.org port 587 using tls\n"},
        {"smtp.tls.verify": (False, 1), "smtp.encryption": ("starttls", 1)},
        ("Monit: takes any certificate",),
    ),
    "Debian's Exim with two smarthosts, and macros of its own kind": (
        "exim4",
        {
            "update-exim4.conf.conf": "dc_eximconfig_configtype='satellite'\n"
            "dc_smarthost='mail.example.org::587;backup.example.org'\n",
            "exim4.conf.localmacros": "REMOTE_SMTP_SMARTHOST_HOSTS_REQUIRE_TLS = *\n"
            "REMOTE_SMTP_RETURN_PATH = noreply@example.org\n",
            "passwd.client": "# target:login:password\nmail.example.org:relay:se:cret\nother.example.org:u:p\n",
        },
        {
            "smtp.host": ("mail.example.org", 2),
            "smtp.port": (587, 2),
            "smtp.encryption": ("starttls", 2),
            "smtp.tls.verify": (False, 2),
            "sender.address": ("noreply@example.org", 2),
            "smtp.auth.username": ("relay", None),
            "smtp.auth.password": ("se:cret", None),
        },
        ("several relays, and a spec has one: the first is carried",),
    ),
    "Debian's Exim that delivers by itself": (
        "exim4",
        {"update-exim4.conf.conf": "dc_eximconfig_configtype='internet'\ndc_smarthost=''\n"},
        {},
        ("Exim is not set to send through a relay",),
    ),
    "OpenSMTPD with a macro, a second relay and a line that goes on": (
        "opensmtpd",
        {
            "smtpd.conf": 'relay = "mail.example.org"\ntable creds file:/etc/mail/creds\nlisten on all\n'
            'action "list" relay host smtp://lists.example.org\n'
            'action "out" relay \\\n  host smtp+tls://me@mail.example.org auth <creds> helo $relay tls no-verify\n'
            'match for domain "lists.example.org" action "list"\nmatch from local for any action "out"\n',
            "smtpd.secrets": "you u:p\nme relay:se:cret\n",
        },
        {
            "smtp.host": ("mail.example.org", 5),
            "smtp.port": (25, 5),
            "smtp.encryption": ("starttls", 5),
            "smtp.tls.verify": (False, 5),
            "smtp.helo_name": ("mail.example.org", 5),
            "smtp.auth.username": ("relay", None),
            "smtp.auth.password": ("se:cret", None),
        },
        ("another relay, for the mail that other rules send there", "takes mail from other hosts as well"),
    ),
    "sSMTP's users with a relay of their own": (
        "ssmtp",
        {
            "revaliases": "# local:outgoing:server\nroot:noreply@example.org:mail.example.org:587\n"
            "backup:b@example.org\n"
        },
        {"sender.address": ("noreply@example.org", 2)},
        ("a relay for this user alone", "backup has no counterpart"),
    ),
    "Alertmanager's receivers with relays and recipients of their own": (
        "alertmanager",
        {
            "alertmanager.yml": "global:\n  smtp_smarthost: mail.example.org:587\nroute: {receiver: ops}\nreceivers:\n"
            "  - name: ops\n    email_configs:\n      - to: ops@example.org\n      - to: night@example.org\n"
            "        smarthost: night.example.org:25\n        auth_username: night\n"
        },
        {"smtp.host": ("mail.example.org", 2), "smtp.encryption": ("starttls", 2)},
        ("several relays: this receiver has one of its own", "a setting of its own in place of"),
    ),
}


def read(app: str, files: Mapping[str, str]) -> Adopted:
    at = find_target(app).at()
    return read_application(at, None, [SeenFile(name, f"/etc/{name}", text=text) for name, text in files.items()], {})


@pytest.mark.parametrize("name", CASES)
def test_read_as_it_was_meant(name: str) -> None:
    app, files, leaves, said = CASES[name]
    adopted = read(app, files)
    known = {leaf: (setting.value, setting.line) for leaf, setting in adopted.settings.items()}
    assert {leaf: known.get(leaf, (None, None)) for leaf in leaves} == leaves
    sentences = [remark.message for remark in (*adopted.remarks, *adopted.left)]
    for words in said:
        assert any(words in sentence for sentence in sentences), sentences
    assert not any("u:secret" in sentence or "se:cret" in sentence for sentence in sentences)


RECEIVERS: Mapping[str, tuple[str, bool]] = {
    "addresses alone": ("[{name: ops, email_configs: [{to: ops@example.org, send_resolved: true}]}]", True),
    "a service's key in an address that names it": ("[{name: ops, slack_configs: [{api_url: https://secret}]}]", False),
    "a password of an address, which is left out": (
        "[{name: ops, email_configs: [{to: a@example.org, auth_password: secret}]}]",
        True,
    ),
    "a key of an address that nobody knows": ("[{name: ops, email_configs: [{to: a@example.org, x: secret}]}]", False),
}


@pytest.mark.parametrize("name", RECEIVERS)
def test_who_gets_alerts_is_shown_where_nothing_in_it_is_secret(name: str) -> None:
    receivers, shown = RECEIVERS[name]
    text = (
        "global: {smtp_smarthost: 'mail.example.org:587', slack_api_url: https://secret, resolve_timeout: 5m}\n"
        f"route: {{receiver: ops, routes: []}}\ninhibit_rules: []\ntemplates: [a.tmpl]\nreceivers: {receivers}\n"
    )
    adopted = read("alertmanager", {"alertmanager.yml": text})
    assert {name: option.secret for name, option in adopted.options.items()} == {
        "route": False,
        "global": True,
        "config": False,
        "receivers": not shown,
    }
    assert adopted.options["global"].value == {"slack_api_url": "https://secret", "resolve_timeout": "5m"}
    assert adopted.options["config"].value == {"inhibit_rules": [], "templates": ["a.tmpl"]}
    assert adopted.options["receivers"].line == 5
    assert adopted.left == []


def test_options_are_without_what_settings_say() -> None:
    """In receivers the gate would refuse it."""
    _app, files, _leaves, _said = CASES["receivers that say what a spec says for all, and one that says otherwise"]
    seen = [SeenFile(name, f"/etc/{name}", text=text) for name, text in files.items()]
    adopted = read_application(find_target("alertmanager").at(), None, seen, {})
    assert adopted.options["receivers"].value == [
        {
            "name": "ops",
            "email_configs": [
                {"to": "ops@example.org", "headers": {"Subject": "Alert"}, "tls_config": {"ca_file": "/etc/ca.pem"}}
            ],
        },
        {"name": "dev", "email_configs": [{"to": "dev@example.org"}]},
    ]
