# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each admin page refuses, with the page's own words as the reason, and what it takes at its boundaries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import jsonschema
import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import TARGETS_FOLDER, find_target
from tests.unit.targets.pages import ABSENT, APPS, changed, judged


@dataclass(frozen=True)
class Case:
    """A change of a page's spec, and what the page says to it: the rule at the path, with words of the reason."""

    name: str
    app: str
    changes: Mapping[str, object] = field(default_factory=dict)
    rule: str = ""
    path: str = ""
    words: str = ""
    options: Mapping[str, object] = field(default_factory=dict)


def cases(table: list[Case]) -> list[object]:
    return [pytest.param(case, id=f"{case.app}: {case.name}") for case in table]


NO_LOGIN = {"smtp.auth": ABSENT}
NO_TLS = {"smtp.encryption": "none", "smtp.port": ABSENT}
VENDOR_HOST = {"smtp.host": "smtp.infinitecampus.org"}
ADDRESS_LOGIN = {"smtp.auth.username": "mail@example.edu"}

TAKEN = [
    # Tegrity
    Case("as it is", "tegrity"),
    Case("SMTP fields all blank", "tegrity", {"smtp": ABSENT}),
    Case("no login", "tegrity", NO_LOGIN),
    Case("TLS where it is offered", "tegrity", {"smtp.encryption": "starttls_opportunistic"}),
    Case("port 25 written", "tegrity", {"smtp.port": 25}),
    Case("an IP address", "tegrity", {"smtp.host": "192.0.2.1"}),
    Case("no contacts", "tegrity", {"contacts": ABSENT}),
    # Infinite Campus
    Case("as it is", "infinite_campus"),
    *(
        Case(f"timeout {seconds}", "infinite_campus", {"smtp.timeout": seconds})
        for seconds in (30, 60, 120, 180, 240, 300)
    ),
    Case("no timeout", "infinite_campus", {"smtp.timeout": ABSENT}),
    Case("blank port without TLS", "infinite_campus", NO_TLS),
    Case("implicit TLS", "infinite_campus", {"smtp.encryption": "implicit_tls", "smtp.port": 465}),
    Case("throttle 1", "infinite_campus", {"delivery.max_per_second": 1}),
    Case("throttle 999", "infinite_campus", {"delivery.max_per_second": 999}),
    Case("100 MB", "infinite_campus", {"attachments.max_size_mb": 100}),
    Case("1.3 MB without a host", "infinite_campus", {"smtp": ABSENT, "attachments.max_size_mb": 1.3}),
    Case("no limit without a host", "infinite_campus", {"smtp": ABSENT, "attachments.max_size_mb": ABSENT}),
    Case("no attachments without a host", "infinite_campus", {"smtp": ABSENT, "attachments.allowed": False}),
    Case("1.3 MB on the vendor's host", "infinite_campus", {**VENDOR_HOST, "attachments.max_size_mb": 1.3}),
    Case("10 MB, not the vendor's host", "infinite_campus", {"smtp.host": "infinitecampus.example.edu"}),
    Case("10 MB, not the vendor's domain", "infinite_campus", {"smtp.host": "notinfinitecampus.org"}),
    Case("10 MB, said not to be the vendor's", "infinite_campus", VENDOR_HOST, options={"vendor_host": False}),
    # SmarterTrack
    Case("as it is", "smartertrack"),
    Case("without SSL", "smartertrack", {"smtp.encryption": "none"}),
    Case("no login", "smartertrack", NO_LOGIN),
    Case("sender and recipient the same", "smartertrack", {"sender.address": "errors@example.edu"}),
    Case("sender alone", "smartertrack", {"error_notifications": ABSENT, "sender.address": "a@example.edu"}),
    Case("no address at all", "smartertrack", {"error_notifications": ABSENT}),
    Case("another port", "smartertrack", {"smtp.port": 2465}),
    # TeamConnect
    Case("as it is", "teamconnect"),
    Case("port 465 with SSL", "teamconnect", {"smtp.port": 465}),
    Case("port 25 without SSL", "teamconnect", {"smtp.encryption": "none", "smtp.port": 25}),
    Case("no port without SSL", "teamconnect", NO_TLS),
    Case("IMAP port 993 with SSL", "teamconnect", {"imap.port": 993}),
    Case("IMAP port 143 without SSL", "teamconnect", {"imap.encryption": "none", "imap.port": 143}),
    Case("no IMAP", "teamconnect", {"imap": ABSENT}),
    Case("INBOX", "teamconnect", {"imap.mailbox": "INBOX"}),
    Case("no login", "teamconnect", NO_LOGIN),
    Case("sender is reply-to", "teamconnect", {"sender.address": "legal@example.edu"}),
    # FlexiCapture
    Case("as it is", "flexicapture"),
    Case("without SSL", "flexicapture", {"smtp.encryption": "none"}),
    Case("another port", "flexicapture", {"smtp.port": 2525, "smtp.encryption": "none"}),
    Case("login is the sender", "flexicapture", {**ADDRESS_LOGIN, "sender": ABSENT}),
    Case("login is the sender, written", "flexicapture", {**ADDRESS_LOGIN, "sender": {"address": "Mail@example.edu"}}),
    Case("login is the sender, under a name", "flexicapture", {**ADDRESS_LOGIN, "sender.address": ABSENT}),
    Case("login sends as another", "flexicapture", ADDRESS_LOGIN),
    Case("no login", "flexicapture", NO_LOGIN),
]

NOT_IN_THE_TIMEOUT_LIST = "SMTP Timeout dropdown list includes"
ONE_SSL_BOX = "Enable secure sockets layer (SSL) - Check this box"
LIMITED_BY_THE_VENDOR = "limited to 1.3 MB regardless of what is entered"

REFUSED = [
    # Tegrity
    Case("no host", "tegrity", {"smtp.host": ABSENT}, "required", "smtp.host", "This field is required."),
    Case("port 587", "tegrity", {"smtp.port": 587}, "refused", "smtp.port", "fields are SMTP server"),
    Case(
        "required STARTTLS",
        "tegrity",
        {"smtp.encryption": "starttls", "smtp.port": 25},
        "refused",
        "smtp.encryption",
        "fields are SMTP server",
    ),
    Case(
        "implicit TLS",
        "tegrity",
        {"smtp.encryption": "implicit_tls", "smtp.port": 25},
        "refused",
        "smtp.encryption",
        "fields are SMTP server",
    ),
    Case(
        "certificate not verified",
        "tegrity",
        {"smtp.encryption": "starttls_opportunistic", "smtp.tls": {"verify": False}},
        "refused",
        "smtp.tls.verify",
    ),
    Case("mechanism", "tegrity", {"smtp.auth.mechanism": "plain"}, "refused", "smtp.auth.mechanism"),
    Case(
        "two administrators",
        "tegrity",
        {"contacts.administrator": "a@b.edu,c@d.edu"},
        "pattern",
        "contacts.administrator",
        "It cannot be multiple email addresses.",
    ),
    Case("a list", "tegrity", {"contacts.administrator": ["a@b.edu"]}, "type", "contacts.administrator"),
    Case(
        "user's address",
        "tegrity",
        {"sender.use_user_address": True},
        "refused",
        "sender.use_user_address",
        "address listed in the From field for all emails",
    ),
    Case(
        "addresses to leave out",
        "tegrity",
        {"delivery": {"excluded_recipients": ["a@example.edu"]}},
        "refused",
        "delivery.excluded_recipients",
    ),
    # Infinite Campus
    *(
        Case(
            f"timeout {seconds}",
            "infinite_campus",
            {"smtp.timeout": seconds},
            "refused",
            "smtp.timeout",
            NOT_IN_THE_TIMEOUT_LIST,
        )
        for seconds in (29, 31, 59, 299, 301)
    ),
    Case(
        "no sender", "infinite_campus", {"sender": ABSENT}, "default_sender_required", "sender.address", "is required"
    ),
    Case(
        "no sender's address",
        "infinite_campus",
        {"sender.address": ABSENT},
        "default_sender_required",
        "sender.address",
        "This field is required",
    ),
    Case(
        "vendor's name",
        "infinite_campus",
        {"sender.address": "infinitecampus@example.edu"},
        "sender_is_not_the_vendor",
        "sender.address",
        'Do not include "infinitecampus"',
    ),
    Case(
        "vendor's domain in capitals",
        "infinite_campus",
        {"sender.address": "noreply@mail.InfiniteCampus.org"},
        "sender_is_not_the_vendor",
        "sender.address",
        'Do not include "infinitecampus"',
    ),
    Case(
        "STARTTLS without a port",
        "infinite_campus",
        {"smtp.port": ABSENT},
        "port_with_tls",
        "smtp.port",
        "Enter the SMTP Port",
    ),
    Case(
        "implicit TLS without a port",
        "infinite_campus",
        {"smtp.encryption": "implicit_tls", "smtp.port": ABSENT},
        "port_with_tls",
        "smtp.port",
        "Enter the SMTP Port",
    ),
    Case(
        "TLS where it is offered",
        "infinite_campus",
        {"smtp.encryption": "starttls_opportunistic"},
        "refused",
        "smtp.encryption",
        "Checkbox indicates whether or not",
    ),
    Case(
        "throttle 0",
        "infinite_campus",
        {"delivery.max_per_second": 0},
        "minimum",
        "delivery.max_per_second",
        "from 1 to 999",
    ),
    Case(
        "throttle 1000",
        "infinite_campus",
        {"delivery.max_per_second": 1000},
        "maximum",
        "delivery.max_per_second",
        "from 1 to 999",
    ),
    Case(
        "101 MB",
        "infinite_campus",
        {"attachments.max_size_mb": 101},
        "attachment_limit",
        "attachments.max_size_mb",
        "The maximum file size is 100 MB",
    ),
    Case(
        "just above 100 MB",
        "infinite_campus",
        {"attachments.max_size_mb": 100.1},
        "attachment_limit",
        "attachments.max_size_mb",
        "The maximum file size is 100 MB",
    ),
    Case(
        "101 MB on the vendor's host",
        "infinite_campus",
        {**VENDOR_HOST, "attachments.max_size_mb": 101},
        "attachment_limit",
        "attachments.max_size_mb",
        "The maximum file size is 100 MB",
    ),
    *(
        Case(
            name,
            "infinite_campus",
            changes,
            "attachment_limit_of_vendor_host",
            "attachments.max_size_mb",
            LIMITED_BY_THE_VENDOR,
            options,
        )
        for name, changes, options in (
            ("1.4 MB without a host", {"smtp": ABSENT, "attachments.max_size_mb": 1.4}, {}),
            ("10 MB without a host, nothing said", {"smtp": ABSENT, "attachments.allowed": ABSENT}, {}),
            ("1.4 MB on the vendor's host", {**VENDOR_HOST, "attachments.max_size_mb": 1.4}, {}),
            ("vendor's host in capitals", {"smtp.host": "SMTP.InfiniteCampus.COM"}, {}),
            ("vendor's host with a dot", {"smtp.host": "smtp.infinitecampus.org."}, {}),
            ("vendor's domain itself", {"smtp.host": "infinitecampus.com"}, {}),
            ("said to be the vendor's host", {}, {"vendor_host": True}),
        )
    ),
    Case(
        "name beside the address",
        "infinite_campus",
        {"sender.use_display_name": True},
        "refused",
        "sender.use_display_name",
    ),
    Case("CA file", "infinite_campus", {"smtp.tls": {"ca_file": "/ca.pem"}}, "refused", "smtp.tls.ca_file"),
    # SmarterTrack
    Case("no SMTP", "smartertrack", {"smtp": ABSENT}, "smtp_server_required", "smtp", "The outgoing SMTP server name"),
    Case(
        "sender is not the recipient",
        "smartertrack",
        {"sender.address": "other@example.edu"},
        "sender_is_recipient",
        "error_notifications.address",
        "both sent from this address and sent to this address",
    ),
    Case("STARTTLS", "smartertrack", {"smtp.encryption": "starttls"}, "refused", "smtp.encryption", ONE_SSL_BOX),
    Case(
        "TLS where it is offered",
        "smartertrack",
        {"smtp.encryption": "starttls_opportunistic"},
        "refused",
        "smtp.encryption",
        ONE_SSL_BOX,
    ),
    Case(
        "user's address",
        "smartertrack",
        {"sender.use_user_address": True},
        "refused",
        "sender.use_user_address",
        "both sent from this address",
    ),
    # TeamConnect
    Case(
        "no SMTP",
        "teamconnect",
        {"smtp": ABSENT},
        "outgoing_mail_server_required",
        "smtp",
        "email notifications will not be sent",
    ),
    Case("port 587", "teamconnect", {"smtp.port": 587}, "refused", "smtp.port", "TeamConnect uses port 465"),
    Case(
        "port 25 with SSL",
        "teamconnect",
        {"smtp.port": 25},
        "port_with_ssl",
        "smtp.port",
        "port 465 as the default SSL port",
    ),
    Case(
        "port 465 without SSL",
        "teamconnect",
        {"smtp.encryption": "none", "smtp.port": 465},
        "port_without_ssl",
        "smtp.port",
        "through port 25",
    ),
    Case(
        "STARTTLS on 465",
        "teamconnect",
        {"smtp.encryption": "starttls", "smtp.port": 465},
        "refused",
        "smtp.encryption",
        "if the SMTP server uses SSL",
    ),
    Case("no sender", "teamconnect", {"sender": ABSENT, "imap": ABSENT}, "reply_to_required", "sender.reply_to"),
    Case(
        "no reply-to",
        "teamconnect",
        {"sender.reply_to": ABSENT, "imap": ABSENT},
        "reply_to_required",
        "sender.reply_to",
        "A reply-to address is required",
    ),
    Case(
        "sender is not reply-to",
        "teamconnect",
        {"sender.address": "other@example.edu"},
        "sender_is_reply_to",
        "sender.address",
        "Reply-to address and email From address",
    ),
    Case("no password", "teamconnect", {"smtp.auth.password": ABSENT}, "required", "smtp.auth.password"),
    Case("no username", "teamconnect", {"smtp.auth.username": ABSENT}, "required", "smtp.auth.username"),
    Case(
        "IMAP without a login",
        "teamconnect",
        {"imap.auth": ABSENT},
        "incoming_login_required",
        "imap.auth",
        "The password of the email account",
    ),
    Case(
        "IMAP port 1143", "teamconnect", {"imap.port": 1143}, "refused", "imap.port", "port 993 as the default SSL port"
    ),
    Case(
        "IMAP port 143 with SSL",
        "teamconnect",
        {"imap.port": 143},
        "incoming_port_with_ssl",
        "imap.port",
        "port 993 as the default SSL port",
    ),
    Case(
        "IMAP port 993 without SSL",
        "teamconnect",
        {"imap.encryption": "none", "imap.port": 993},
        "incoming_port_without_ssl",
        "imap.port",
        "port 143 as the default non-SSL port",
    ),
    Case(
        "another folder",
        "teamconnect",
        {"imap.mailbox": "Incoming"},
        "refused",
        "imap.mailbox",
        "only pays attention to unread emails",
    ),
    Case(
        "custom sender", "teamconnect", {"sender.allow_custom_address": True}, "refused", "sender.allow_custom_address"
    ),
    # FlexiCapture
    Case(
        "no SMTP",
        "flexicapture",
        {"smtp": ABSENT},
        "smtp_server_required",
        "smtp",
        "To launch the notification service",
    ),
    Case(
        "STARTTLS",
        "flexicapture",
        {"smtp.encryption": "starttls"},
        "refused",
        "smtp.encryption",
        "port 465 is used for SSL-encrypted connections",
    ),
    Case(
        "login no address, no address",
        "flexicapture",
        {"sender.address": ABSENT},
        "other_account_settings",
        "sender.address",
        "Use other account settings",
    ),
    Case(
        "login no address, no name",
        "flexicapture",
        {"sender.display_name": ABSENT},
        "other_account_settings",
        "sender.display_name",
        "Use other account settings",
    ),
    Case(
        "no login, no name",
        "flexicapture",
        {**NO_LOGIN, "sender.display_name": ABSENT},
        "other_account_settings",
        "sender.display_name",
        "does not match the e-mail address format",
    ),
    Case(
        "login sends as another, no name",
        "flexicapture",
        {**ADDRESS_LOGIN, "sender.display_name": ABSENT},
        "other_account_has_a_name",
        "sender.display_name",
        "filling out the Name and E-mail address fields",
    ),
    Case(
        "user's address",
        "flexicapture",
        {"sender.use_user_address": True},
        "refused",
        "sender.use_user_address",
        "address from which e-mail notifications will be sent",
    ),
]

WARNED = [
    Case("no host", "infinite_campus", {"smtp": ABSENT, "attachments": ABSENT}, "vendor_host_is_presumed", "smtp"),
    Case("which TLS", "infinite_campus", {}, "use_tls_is_one_checkbox", "smtp.encryption", "Use TLS"),
    Case("verification", "infinite_campus", {}, "not_documented", "smtp.tls.verify"),
    Case("which SSL", "smartertrack", {}, "ssl_is_one_box", "smtp.encryption", "must be SSL"),
    Case("level", "smartertrack", {}, "levels_are_not_listed", "error_notifications.level", "from the list"),
    Case("name", "teamconnect", {}, "name_is_teamconnect", "sender.use_display_name", "Appends reply-to-address"),
    Case(
        "user's name with another address",
        "teamconnect",
        {"sender.use_user_address": True},
        "address_is_reply_to",
        "sender.use_user_address",
        "first/last name (TeamConnect)",
    ),
    Case(
        "mailbox is not the sender",
        "teamconnect",
        {"imap.auth.username": "inbound"},
        "incoming_username_sends",
        "imap.auth.username",
        "uses to send emails",
    ),
    Case("SSL on another port", "flexicapture", {"smtp.port": 2465}, "ssl_on_another_port", "smtp.port", "465"),
    Case("port", "tegrity", {}, "not_documented", "smtp.port"),
    Case("opportunistic TLS", "tegrity", {}, "not_documented", "smtp.encryption"),
]


@pytest.mark.parametrize("case", cases(TAKEN))
def test_taken(case: Case) -> None:
    judgement = judged(case.app, changed(case.app, case.changes), options=dict(case.options))
    assert [error.sentence() for error in judgement.errors] == []
    assert len(judgement.targets) == 1


@pytest.mark.parametrize("case", cases(REFUSED))
def test_refused(case: Case) -> None:
    judgement = judged(case.app, changed(case.app, case.changes), options=dict(case.options))
    assert [(error.rule, error.path) for error in judgement.errors] == [(case.rule, case.path)]
    assert case.words in (judgement.errors[0].documentation or "")
    assert judgement.errors[0].target == (case.app if case.words else judgement.errors[0].target)
    assert judgement.targets == ()


@pytest.mark.parametrize("case", cases(WARNED))
def test_warned(case: Case) -> None:
    judgement = judged(case.app, changed(case.app, case.changes))
    assert judgement.errors == ()
    warning = next(found for found in judgement.warnings if (found.rule, found.path) == (case.rule, case.path))
    assert case.words in (warning.documentation or "")


# What the spec's own schema refuses already, said by the page's rules as well: they hold by themselves.
BY_ITSELF: list[tuple[str, str, JSON]] = [
    ("tegrity", "smtp_server_required", {"smtp": {"timeout": 30}}),
    ("tegrity", "one_administrator", {"contacts": {"administrator": "a@example.edu, b@example.edu"}}),
    ("tegrity", "one_administrator", {"contacts": {"administrator": "a@example.edu;b@example.edu"}}),
    ("tegrity", "one_administrator", {"contacts": {"administrator": ["a@example.edu", "b@example.edu"]}}),
    ("infinite_campus", "throttle_range", {"delivery": {"max_per_second": 0}}),
    ("infinite_campus", "throttle_range", {"delivery": {"max_per_second": 1000}}),
    ("teamconnect", "login_is_both", {"smtp": {"auth": {"username": "a"}}}),
    ("teamconnect", "login_is_both", {"smtp": {"auth": {"password": "a"}}}),
]


@pytest.mark.parametrize(("app", "rule", "spec"), BY_ITSELF)
def test_refused_by_the_rule_itself(app: str, rule: str, spec: JSON) -> None:
    schema = next(each for each in schema_rules(app) if each["x-rule"] == rule)
    assert not jsonschema.Draft202012Validator(dict(schema)).is_valid(spec)


def schema_rules(app: str) -> Iterator[Tree]:
    file = TARGETS_FOLDER / app / "schema.json"
    yield from json.loads(file.read_text(encoding="utf-8"))["allOf"]


@pytest.mark.parametrize("app", APPS)
def test_every_rule_has_a_case_and_cites_the_page(app: str) -> None:
    rules = {str(rule["x-rule"]): rule["x-documentation"] for rule in schema_rules(app)}
    rules.update({rule.name: rule.documentation for rule in find_target(app).rules})
    seen = {case.rule for case in (*REFUSED, *WARNED) if case.app == app} | {
        rule for name, rule, _spec in BY_ITSELF if name == app
    }
    assert sorted(set(rules) - seen) == []
    assert [name for name, documentation in rules.items() if not documentation] == []
