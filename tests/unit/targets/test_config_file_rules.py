# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the configuration-file targets: what each refuses, with its reason, and what it lets through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put, steps, without

SPECS = Path(__file__).parents[2] / "specs" / "targets"
Changes = Mapping[str, JSON]


def judged(app: str, changes: Changes, entry: Changes) -> Judgement:
    spec: Tree = yaml.safe_load((SPECS / f"{app}.yml").read_text(encoding="utf-8"))
    for name, value in changes.items():
        spec = without(spec, steps(name)) if value is None else put(spec, name, value)
    return judge(Request(settings=spec, targets=[{"app": app, **entry}]))


@dataclass(frozen=True)
class Refused:
    """Changes of the target's spec, and the one rule that refuses them: where, and with which words."""

    app: str
    changes: Changes
    path: str
    rule: str
    said: str
    entry: Changes = field(default_factory=dict)


OLD: Changes = {"version": "0.25"}
REFUSED = {
    "Postfix without a relay": Refused(
        "postfix", {"smtp": None}, "smtp", "relay_required", "Postfix is given a relay here"
    ),
    "Postfix verifying nothing": Refused(
        "postfix",
        {"smtp.encryption": "starttls_opportunistic"},
        "smtp.tls.verify",
        "opportunistic_never_verifies",
        "encryption starttls does, or say tls.verify false",
    ),
    "Postfix and an IPv4 address": Refused(
        "postfix",
        {"smtp.host": "192.0.2.1"},
        "smtp.tls.server_name",
        "certificate_names_no_address",
        "192.0.2.1 is never found in one; give the name that the certificate bears",
    ),
    "Postfix and an IPv6 address": Refused(
        "postfix",
        {"smtp.host": "2001:db8::1", "smtp.encryption": "implicit_tls"},
        "smtp.tls.server_name",
        "certificate_names_no_address",
        "2001:db8::1 is never found in one",
    ),
    "Postfix and OAuth": Refused(
        "postfix",
        {"smtp.auth.mechanism": "xoauth2"},
        "smtp.auth.mechanism",
        "refused",
        "Cyrus SASL, which has no plugin",
    ),
    "Postfix and a user name with a colon": Refused(
        "postfix", {"smtp.auth.username": "a:b"}, "smtp.auth.username", "quoting", "before the first colon"
    ),
    "Postfix and a password with a line break": Refused(
        "postfix",
        {"smtp.auth.password": "a\nb"},
        "smtp.auth.password",
        "quoting",
        "ends the entry in the password table",
    ),
    "Postfix and a host that is not ASCII": Refused(
        "postfix", {"smtp.host": "bücher.example"}, "smtp.host", "quoting", "write xn--bcher-kva.example"
    ),
    "Postfix and a keyword": Refused(
        "postfix", {"smtp.tls.server_name": "nexthop"}, "smtp.tls.server_name", "quoting", "is a keyword"
    ),
    "Postfix and users' own addresses": Refused(
        "postfix", {"sender.use_user_address": True}, "sender.use_user_address", "refused", "rewrites every sender"
    ),
    "Postfix and addresses to leave out": Refused(
        "postfix",
        {"delivery.excluded_recipients": ["a@example.edu"]},
        "delivery.excluded_recipients",
        "refused",
        "would get mail all the same",
    ),
    "msmtp without a relay": Refused("msmtp", {"smtp": None}, "smtp", "relay_required", "through a relay only"),
    "msmtp without a sender": Refused(
        "msmtp", {"sender": None}, "sender.address", "sender_required", "the envelope sender is missing"
    ),
    "msmtp and TLS now and then": Refused(
        "msmtp",
        {"smtp.encryption": "starttls_opportunistic"},
        "smtp.encryption",
        "refused",
        "uses TLS or does not, whatever the server offers",
    ),
    "msmtp and a pattern": Refused(
        "msmtp", {"sender.address": "a%Ub@example.edu"}, "sender.address", "quoting", "for patterns"
    ),
    "msmtp and a token that is too long": Refused(
        "msmtp", {"smtp.auth.password": "x" * 4000}, "smtp.auth.password", "quoting", "more than 3000 bytes"
    ),
    "Alertmanager without a relay": Refused(
        "alertmanager", {"smtp": None}, "smtp", "smarthost_required", "through a relay only"
    ),
    "Alertmanager without a sender": Refused(
        "alertmanager", {"sender.address": None}, "sender.address", "sender_required", "without a sender"
    ),
    "Alertmanager without a recipient": Refused(
        "alertmanager", {"contacts": None}, "contacts.administrator", "recipient_required", "or options.recipients"
    ),
    "Alertmanager and TLS now and then": Refused(
        "alertmanager",
        {"smtp.encryption": "starttls_opportunistic"},
        "smtp.encryption",
        "refused",
        "requires TLS or never uses it",
    ),
    "Alertmanager and a mechanism": Refused(
        "alertmanager", {"smtp.auth.mechanism": "login"}, "smtp.auth.mechanism", "refused", "that the server lists"
    ),
    "Alertmanager and a kind of receiver that there is not": Refused(
        "alertmanager",
        {},
        "email_targets[0].options.receivers",
        "receiver_of_a_known_kind",
        "a kind that Alertmanager up to 0.32 refuses; it knows discord, email",
        {"options": {"receivers": [{"name": "ops", "emial_configs": [{"to": "ops@example.edu"}]}]}},
    ),
    "Alertmanager 0.25 and implicit TLS elsewhere": Refused(
        "alertmanager",
        {"smtp.encryption": "implicit_tls", "smtp.port": 2465},
        "smtp.port",
        "implicit_tls_on_465_only",
        "Alertmanager 0.25 uses implicit_tls on port 465 and on no other; nearest: 465",
        OLD,
    ),
    "Alertmanager 0.25 and STARTTLS on 465": Refused(
        "alertmanager",
        {"smtp.port": 465},
        "smtp.port",
        "port_465_is_implicit_tls",
        "always uses implicit_tls on port 465; nearest: 587 for starttls",
        OLD,
    ),
    "Alertmanager 0.31 and an IPv6 address": Refused(
        "alertmanager",
        {"smtp.host": "2001:db8::1"},
        "smtp.host",
        "no_ipv6_address",
        "loses the brackets of an IPv6 address",
        {"version": "0.31"},
    ),
    "Alertmanager and a password that ends with a blank": Refused(
        "alertmanager", {"smtp.auth.password": "a "}, "smtp.auth.password", "quoting", "which the application drops"
    ),
    "Alertmanager and an address that is not ASCII": Refused(
        "alertmanager", {"sender.address": "ü@example.edu"}, "sender.address", "quoting", "ASCII addresses only"
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused_by_one_rule_with_its_reason(case: Refused) -> None:
    errors = judged(case.app, case.changes, case.entry).errors
    assert [(error.path, error.rule, error.target) for error in errors] == [(case.path, case.rule, case.app)]
    assert case.said in errors[0].message
    assert case.rule == "quoting" or errors[0].documentation


ACCEPTED: dict[str, tuple[str, Changes, Changes]] = {
    "Postfix, opportunistic and honest": (
        "postfix",
        {"smtp.encryption": "starttls_opportunistic", "smtp.tls.verify": False},
        {},
    ),
    "Postfix, an address and a name": (
        "postfix",
        {"smtp.host": "192.0.2.1", "smtp.tls.server_name": "smtp.example.edu"},
        {},
    ),
    "Postfix, an address in clear text": ("postfix", {"smtp.host": "192.0.2.1", "smtp.encryption": "none"}, {}),
    "Postfix, an address unverified": ("postfix", {"smtp.host": "192.0.2.1", "smtp.tls.verify": False}, {}),
    "Postfix, a name that looks like none": ("postfix", {"smtp.host": "10.0.0.1.example.edu"}, {}),
    "Alertmanager 0.25, implicit TLS on 465": ("alertmanager", {"smtp.encryption": "implicit_tls"}, OLD),
    "Alertmanager 0.31, implicit TLS elsewhere": (
        "alertmanager",
        {"smtp.encryption": "implicit_tls", "smtp.port": 2465},
        {"version": "0.31"},
    ),
    "Alertmanager 0.31, STARTTLS on 465": ("alertmanager", {"smtp.port": 465}, {"version": "0.31"}),
    "Alertmanager 0.32, an IPv6 address": ("alertmanager", {"smtp.host": "2001:db8::1"}, {"version": "0.32"}),
    "Alertmanager, receivers of other kinds": (
        "alertmanager",
        {},
        {
            "options": {
                "receivers": [{"name": "a", "msteamsv2_configs": [{}]}, {"name": "b", "incidentio_configs": [{}]}]
            }
        },
    ),
    "Alertmanager, recipients of its own": (
        "alertmanager",
        {"contacts": None},
        {"options": {"recipients": ["ops@example.edu"]}},
    ),
}


@pytest.mark.parametrize(("app", "changes", "entry"), ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(app: str, changes: Changes, entry: Changes) -> None:
    judgement = judged(app, changes, entry)
    assert not judgement.errors
    assert judgement.targets


WARNED: dict[str, tuple[str, Changes, str]] = {
    "msmtp": ("msmtp", {"smtp.encryption": "none"}, "no_password_in_clear_text"),
    "Alertmanager": ("alertmanager", {"smtp.encryption": "none"}, "login_in_clear_text"),
}


@pytest.mark.parametrize(("app", "changes", "rule"), WARNED.values(), ids=WARNED)
def test_login_in_clear_text_is_warned_of(app: str, changes: Changes, rule: str) -> None:
    judgement = judged(app, changes, {})
    assert not judgement.errors
    assert rule in [warning.rule for warning in judgement.warnings]
    assert rule not in [warning.rule for warning in judged(app, {}, {}).warnings]


OPTIONS: dict[str, tuple[str, Changes]] = {
    "an option that is not there": ("alertmanager", {"recipient": ["a@example.edu"]}),
    "a recipient that is no address": ("alertmanager", {"recipients": ["ops"]}),
    "SMTP settings beside the spec": ("alertmanager", {"global": {"smtp_from": "a@example.edu"}}),
    "a route at the wrong place": ("alertmanager", {"config": {"route": {"receiver": "a"}}}),
    "a class that Postfix does not know": ("postfix", {"notify_classes": ["errors"]}),
    "a path that is not absolute": ("msmtp", {"aliases": "aliases"}),
}


@pytest.mark.parametrize(("app", "options"), OPTIONS.values(), ids=OPTIONS)
def test_options_are_strict(app: str, options: Changes) -> None:
    errors = judged(app, {}, {"options": dict(options)}).errors
    assert len(errors) == 1
    assert errors[0].target == app


@pytest.mark.parametrize(
    ("app", "changes", "secret"),
    [
        ("postfix", {"smtp.auth.password": "hunter2\n"}, "hunter2"),
        ("msmtp", {"smtp.auth.password": "hunter2\n"}, "hunter2"),
        ("alertmanager", {"smtp.auth.password": "hunter2\n"}, "hunter2"),
    ],
)
def test_password_that_cannot_be_written_is_not_told(app: str, changes: Changes, secret: str) -> None:
    errors = judged(app, changes, {}).errors
    assert errors
    assert secret not in "".join(error.message for error in errors)


def test_secrets_stand_in_no_file_that_others_may_read() -> None:
    for app in ("postfix", "msmtp", "alertmanager"):
        for file in judged(app, {"smtp.auth.password": "hunter2"}, {}).targets[0].files:
            if "hunter2" in file.content:
                assert file.mode in ("0600", "0640")
                assert "hunter2" not in str(file.masked)
