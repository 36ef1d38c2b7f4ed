# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on the sheet and in the runbook of each admin page."""

from __future__ import annotations

import base64
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from ruamel.yaml import YAML

from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import MESSAGES
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import visible
from tests.unit.targets.pages import ABSENT, APPS, Rendered, changed, judged, rendered

# Copied from the pages, letter for letter and in their order.
LABELS = {
    "flexicapture": {
        "SMTP settings": [
            "SMTP server",
            "SMTP port",
            "SMTP login",
            "Password",
            "Use SSL",
            "Use other account settings",
            "Name",
            "E-mail address",
        ],
    },
    "infinite_campus": {
        "Email Settings": [
            "Default Sender Email Address",
            "SMTP Host",
            "SMTP Port",
            "SMTP Timeout",
            "Use Authentication",
            "Username",
            "Password",
            "Use TLS",
            "Minutes Between Retries",
            "Max Errors Before Cancel",
            "Throttle Email Messages",
            "Allow Email Attachments",
            "Limit Email Attachment File Size",
            "Use Sender's Email from Census as Sender's Email Address",
            "Allow Custom Sender's Email Address",
        ],
    },
    "smartertrack": {
        "First tab": ["Delivery Delay", "Addresses to Exclude"],
        "Error Notifications": [
            "Reporting Level",
            "Email Address",
            "SMTP Server",
            "SMTP Server Port",
            "Enable secure sockets layer (SSL)",
            "Enable SMTP authentication",
            "Auth Username",
            "New Password",
            "Confirm Password",
        ],
    },
    "teamconnect": {
        "Outgoing Mail Server Settings": [
            "Outgoing mail server (SMTP)",
            "Reply-To Address",
            "Use SSL",
            "Outgoing server requires authentication",
            "Username",
            "Password",
        ],
        "Email Notifications": ["Use System Reply", "Use Display Name"],
        "Incoming Mail Server Settings": [
            "Account Type",
            "Incoming mail server",
            "Username",
            "Password",
            "Use SSL",
            "TeamConnect IMAP Server Settings",
        ],
        "TeamConnect URL": ["TeamConnect URL"],
    },
    "tegrity": {
        "Email and Connection Settings": [
            "SMTP server",
            "Sending user",
            "Administrator email",
            "Helpdesk email",
            "SMTP User ID",
            "SMTP User password",
        ],
    },
}

PATHS = {
    "flexicapture": ["Administration and Monitoring Console", "Settings", "SMTP settings"],
    "infinite_campus": ["System Administration", "Messenger", "Messenger Preferences", "Email Settings"],
    "smartertrack": ["System Settings and Setup", "Email Settings"],
    "teamconnect": ["Admin", "Admin Settings", "Email"],
    "tegrity": ["Tegrity Admin Dashboard", "Email and Connection Settings"],
}


@pytest.mark.parametrize("app", APPS)
def test_the_sheet_has_the_fields_of_the_page_in_its_order(app: str) -> None:
    sheet = rendered(app).read
    assert {part["title"]: [field["label"] for field in part["fields"]] for part in sheet["sections"]} == LABELS[app]
    assert [part["title"] for part in sheet["sections"]] == list(LABELS[app])
    assert (sheet["app"], sheet["page"]) == (app, PATHS[app])


@pytest.mark.parametrize("app", APPS)
def test_a_field_has_a_value_or_the_name_of_a_secret(app: str) -> None:
    assert {frozenset(field) for field in rendered(app).fields} == {
        frozenset({"label", "value"}),
        frozenset({"label", "secret"}),
    }


@pytest.mark.parametrize(
    ("app", "changes", "label", "expected"),
    [
        pytest.param("tegrity", {}, "SMTP server", "smtp.example.edu", id="tegrity host"),
        pytest.param("tegrity", {"smtp": ABSENT}, "SMTP server", "", id="tegrity vendor's host"),
        pytest.param("tegrity", {"smtp": ABSENT}, "SMTP User ID", "", id="tegrity vendor's host, no login"),
        pytest.param("tegrity", {"smtp": ABSENT}, "SMTP User password", "", id="tegrity vendor's host, no password"),
        pytest.param("tegrity", {"contacts.helpdesk": ABSENT}, "Helpdesk email", None, id="tegrity helpdesk as it is"),
        pytest.param("infinite_campus", {"smtp": ABSENT, "attachments": ABSENT}, "SMTP Host", "", id="campus vendor"),
        pytest.param("infinite_campus", {}, "SMTP Port", 587, id="campus port"),
        pytest.param(
            "infinite_campus", {"smtp.encryption": "none", "smtp.port": ABSENT}, "SMTP Port", "", id="campus blank port"
        ),
        pytest.param(
            "infinite_campus", {"smtp.encryption": "none", "smtp.port": 25}, "SMTP Port", 25, id="campus port written"
        ),
        pytest.param(
            "infinite_campus", {"smtp.timeout": ABSENT}, "SMTP Timeout", "30 seconds", id="campus default timeout"
        ),
        pytest.param("infinite_campus", {"smtp.timeout": 30}, "SMTP Timeout", "30 seconds", id="campus 30 s"),
        pytest.param("infinite_campus", {"smtp.timeout": 60}, "SMTP Timeout", "1 minute", id="campus 60 s"),
        pytest.param("infinite_campus", {"smtp.timeout": 120}, "SMTP Timeout", "2 minutes", id="campus 120 s"),
        pytest.param("infinite_campus", {"smtp.timeout": 180}, "SMTP Timeout", "3 minutes", id="campus 180 s"),
        pytest.param("infinite_campus", {"smtp.timeout": 240}, "SMTP Timeout", "4 minutes", id="campus 240 s"),
        pytest.param("infinite_campus", {"smtp.timeout": 300}, "SMTP Timeout", "5 minutes", id="campus 300 s"),
        pytest.param("infinite_campus", {"smtp.auth": ABSENT}, "Use Authentication", False, id="campus no login"),
        pytest.param("infinite_campus", {}, "Use TLS", True, id="campus starttls"),
        pytest.param("infinite_campus", {"smtp.encryption": "implicit_tls"}, "Use TLS", True, id="campus implicit"),
        pytest.param("infinite_campus", {"smtp.encryption": "none"}, "Use TLS", False, id="campus no TLS"),
        pytest.param(
            "infinite_campus", {"delivery": ABSENT}, "Max Errors Before Cancel", 10, id="campus default of max errors"
        ),
        pytest.param(
            "infinite_campus", {"delivery": ABSENT}, "Throttle Email Messages", None, id="campus throttle as it is"
        ),
        pytest.param(
            "infinite_campus",
            {"attachments": ABSENT},
            "Allow Email Attachments",
            None,
            id="campus attachments as it is",
        ),
        pytest.param(
            "infinite_campus",
            {"smtp": ABSENT, "attachments.max_size_mb": 1.3},
            "Limit Email Attachment File Size",
            1.3,
            id="campus limit",
        ),
        pytest.param("smartertrack", {"delivery.delay": ABSENT}, "Delivery Delay", 10, id="track default of delay"),
        pytest.param("smartertrack", {"delivery.delay": 0}, "Delivery Delay", 0, id="track no delay"),
        pytest.param(
            "smartertrack",
            {},
            "Addresses to Exclude",
            ["robot@example.edu", "list@example.edu"],
            id="track several addresses",
        ),
        pytest.param(
            "smartertrack", {"delivery.excluded_recipients": []}, "Addresses to Exclude", "", id="track no address"
        ),
        pytest.param(
            "smartertrack",
            {"error_notifications.address": ABSENT, "sender.address": "a@example.edu"},
            "Email Address",
            "a@example.edu",
            id="track sender's address",
        ),
        pytest.param("smartertrack", {}, "SMTP Server Port", 465, id="track port of SSL"),
        pytest.param(
            "smartertrack", {"smtp.encryption": "none"}, "SMTP Server Port", 25, id="track default of the port"
        ),
        pytest.param("smartertrack", {"smtp.auth": ABSENT}, "Enable SMTP authentication", False, id="track no login"),
        pytest.param("smartertrack", {"smtp.auth": ABSENT}, "Confirm Password", "", id="track no password"),
        pytest.param("teamconnect", {"imap": ABSENT}, "Account Type", "", id="teamconnect no incoming mail"),
        pytest.param("teamconnect", {}, "Account Type", "IMAP", id="teamconnect incoming mail"),
        pytest.param("teamconnect", {}, "Outgoing server requires authentication", True, id="teamconnect login"),
        pytest.param("teamconnect", {"application": ABSENT}, "TeamConnect URL", None, id="teamconnect URL as it is"),
        pytest.param("flexicapture", {}, "SMTP port", 465, id="capture default port of SSL"),
        pytest.param("flexicapture", {"smtp.encryption": "none"}, "SMTP port", 25, id="capture default port"),
        pytest.param("flexicapture", {"smtp.port": 2465}, "SMTP port", 2465, id="capture another port"),
        pytest.param("flexicapture", {}, "Use other account settings", True, id="capture login is no address"),
        pytest.param("flexicapture", {}, "E-mail address", "capture@example.edu", id="capture other account's address"),
        pytest.param(
            "flexicapture",
            {"smtp.auth.username": "a@example.edu", "sender": ABSENT},
            "Use other account settings",
            False,
            id="capture login sends",
        ),
        pytest.param(
            "flexicapture",
            {"smtp.auth.username": "a@example.edu", "sender": ABSENT},
            "E-mail address",
            "",
            id="capture login sends, no address",
        ),
        pytest.param(
            "flexicapture",
            {"smtp.auth.username": "a@example.edu", "sender.address": ABSENT},
            "E-mail address",
            "a@example.edu",
            id="capture login sends under a name",
        ),
    ],
)
def test_what_stands_in_a_field(app: str, changes: dict[str, object], label: str, expected: object) -> None:
    assert rendered(app, changes).field(label) == {"label": label, "value": expected}


def test_a_value_that_the_settings_accept_is_replaced_by_the_nearest() -> None:
    spec = {"smtp.encryption": "starttls"}
    made = rendered("flexicapture", spec, accept=["smtp.encryption"])
    assert (made.field("Use SSL")["value"], made.field("SMTP port")["value"]) == (True, 465)
    assert "## Accepted though it cannot be honoured" in made.runbook.content


def test_an_accepted_size_becomes_the_limit_of_the_vendors_own_host() -> None:
    changes = {"smtp.host": "smtp.infinitecampus.org", "attachments.max_size_mb": 101}
    made = rendered("infinite_campus", changes, accept=["attachments.max_size_mb"])
    assert "1.3" in [str(field.get("value")) for field in made.fields]


# TeamConnect: (system reply, display name) -> From, as the page says
FORMS = [
    pytest.param(False, True, "TeamConnect <legal@example.edu>", id="both"),
    pytest.param(True, True, "First Last (TeamConnect) <legal@example.edu>", id="display name alone"),
    pytest.param(False, False, "legal@example.edu", id="system reply alone"),
    pytest.param(True, False, "the user's own address, or else legal@example.edu", id="neither"),
]


@pytest.mark.parametrize(("use_user_address", "use_display_name", "expected"), FORMS)
def test_the_four_from_forms_of_teamconnect(use_user_address: bool, use_display_name: bool, expected: str) -> None:
    changes = {"sender.use_user_address": use_user_address, "sender.use_display_name": use_display_name}
    made = rendered("teamconnect", changes)
    assert made.field("Use System Reply")["value"] is not use_user_address
    assert made.field("Use Display Name")["value"] is use_display_name
    assert made.read["sections"][1]["outcome"] == {"title": "From of a notification", "value": expected}
    rows = [line for line in made.runbook.content.splitlines() if "**this one**" in line]
    assert len(rows) == 1
    assert f"`{expected}`" in rows[0]


# (app, changes, words that the runbook has, words that it does not have)
STEPS = [
    pytest.param("tegrity", {}, ["Click OK button."], ["own server"], id="tegrity"),
    pytest.param("tegrity", {"smtp": ABSENT}, ["Leave the SMTP fields blank."], [], id="tegrity vendor's host"),
    pytest.param(
        "infinite_campus",
        {},
        ["TLS Configuration", "Enter the SMTP Port.", "Mark the Use TLS checkbox.", "Mark the Use Authentication"],
        ["Non-TLS Configuration"],
        id="campus TLS",
    ),
    pytest.param(
        "infinite_campus",
        {"smtp.encryption": "none", "smtp.auth": ABSENT},
        ["Non-TLS Configuration", "Enter the SMTP Host address."],
        ["Enter the SMTP Port.", "Mark the Use TLS checkbox.", "Mark the Use Authentication"],
        id="campus without TLS",
    ),
    pytest.param(
        "infinite_campus",
        {"attachments.allowed": False},
        ["will NOT send them"],
        ["larger than"],
        id="campus templates",
    ),
    pytest.param(
        "smartertrack", {}, ["Click Test SMTP", "New Password and again into Confirm Password"], [], id="track"
    ),
    pytest.param(
        "teamconnect",
        {},
        [
            "Click Update.",
            "Restart TeamConnect on the application server.",
            "Verify that the default email address in their contact record",
            "select the Email Notifications that they want to receive",
            "specifically for the use of incoming mail",
            "lets the login svc-teamconnect send as legal@example.edu",
        ],
        [],
        id="teamconnect",
    ),
    pytest.param(
        "teamconnect", {"imap": ABSENT}, [], ["specifically for the use of incoming mail"], id="teamconnect no IMAP"
    ),
    pytest.param(
        "flexicapture",
        {},
        [
            "Make sure that the Processing Server is running.",
            "Make sure that port 465 is not blocked",
            "Test connection",
        ],
        [],
        id="capture",
    ),
]


@pytest.mark.parametrize(("app", "changes", "present", "absent"), STEPS)
def test_the_steps_in_the_runbook(app: str, changes: dict[str, object], present: list[str], absent: list[str]) -> None:
    runbook = rendered(app, changes).runbook.content
    assert [words for words in present if words not in runbook] == []
    assert [words for words in absent if words in runbook] == []


def test_the_messages_of_flexicapture_are_the_categories_of_the_check() -> None:
    runbook = rendered("flexicapture").runbook.content
    assert [message for message in MESSAGES.values() if message not in runbook] == []


@pytest.mark.parametrize("app", APPS)
def test_the_same_settings_give_the_same_bytes(app: str) -> None:
    spec = changed(app, {})
    turned = dict(
        reversed(
            [(key, dict(reversed(value.items())) if isinstance(value, dict) else value) for key, value in spec.items()]
        )
    )
    one, other = (judged(app, each).targets[0].files for each in (spec, turned))
    assert [file.content for file in one] == [file.content for file in other]


# Secrets

PASSWORD = "s3cr3t/p+ss wörd&'\""


def forms_of(secret: str, username: str) -> list[str]:
    """What a secret might look like where it leaked."""
    encoded = (secret.encode(), f"\0{username}\0{secret}".encode())
    return [secret, quote(secret), quote(secret, safe=""), *(base64.b64encode(each).decode() for each in encoded)]


@pytest.mark.parametrize("app", APPS)
def test_no_secret_in_the_files(app: str) -> None:
    made = rendered(app, {"smtp.auth.password": PASSWORD})
    username = changed(app, {})["smtp"]["auth"]["username"]
    for file in (made.sheet, made.runbook):
        assert [form for form in forms_of(PASSWORD, username) if form in file.content] == []
        assert (file.masked, file.mode) == (None, "0600")


@pytest.mark.parametrize("app", APPS)
def test_secrets_in_the_files_when_asked_for(app: str) -> None:
    made = rendered(app, {"smtp.auth.password": PASSWORD}, options={"include_secrets": True})
    values = [field.get("value") for field in made.fields]
    assert (
        values.count(PASSWORD) == [label for part in LABELS[app].values() for label in part].count("New Password") + 1
    )
    for file in (made.sheet, made.runbook):
        assert file.mode == "0600"
        assert file.masked is not None
        assert PASSWORD not in file.masked
        assert "********" in file.masked


# Values that try to get out

HOSTILE = {
    "quotes": "\"a\" 'b'",
    "line break": "a\nb",
    "carriage return": "a\r\nb",
    "template": "{{ 7 * 7 }}{% if a %}{# b #}",
    "pipe": "a | b | c",
    "script": "<script>alert(1)</script>",
    "letters of other languages": "Zürich 大学 🎓",
    "blank before": " a",
    "blank after": "a ",
    "heading": "# a",
    "comment": "a # b",
    "backslash": "a\\nb\\",
    "mapping": "a: b",
    "list": "- a",
    "alias": "*a &b !c",
    "number": "0123",
    "truth": "yes",
    "nothing": "null",
    "date": "2026-01-01",
    "backticks": "```a``",
    "line separator": "a\u2028b\u0085c",
    "end of document": "---\n...",
    "NUL": "a\x00b",
}
# Text that the spec holds as it is, and the field that shows it.
HOSTILE_FIELDS = [
    pytest.param("flexicapture", "smtp.auth.password", "Password", id="password"),
    pytest.param("flexicapture", "sender.display_name", "Name", id="display name"),
    pytest.param("tegrity", "smtp.auth.username", "SMTP User ID", id="username"),
    pytest.param("smartertrack", "error_notifications.level", "Reporting Level", id="level"),
]


def hostile(app: str, leaf: str, value: str) -> Rendered | None:
    """The page's files with the value, or None where the spec does not let it in."""
    judgement = judged(app, changed(app, {leaf: value}), options={"include_secrets": True})
    if judgement.errors:
        assert [error.path for error in judgement.errors] == [leaf]
        return None
    return Rendered(*judgement.targets[0].files)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize(("app", "leaf", "label"), HOSTILE_FIELDS)
def test_a_value_is_read_back_from_the_sheet_unchanged(app: str, leaf: str, label: str, value: str) -> None:
    made = hostile(app, leaf, value)
    if made is None:
        assert not value.isprintable()
        return
    assert made.field(label)["value"] == value
    newer = YAML(typ="safe").load(made.sheet.content)
    assert newer == made.read
    assert [field["label"] for field in made.fields] == [label for part in LABELS[app].values() for label in part]


@pytest.mark.parametrize("value", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize(("app", "leaf", "label"), HOSTILE_FIELDS)
def test_a_value_does_not_get_out_of_the_runbook(app: str, leaf: str, label: str, value: str) -> None:
    made = hostile(app, leaf, value)
    if made is None:
        assert not value.isprintable()
        return
    rows = table_rows(made.runbook.content)
    assert [row[0] for row in rows] == [text for part in LABELS[app].values() for text in part]
    assert [row[1] for row in rows if row[0] == label] == [visible(value)]
    assert headings(made.runbook.content) == headings(rendered(app).runbook.content)


def parsed(runbook: str) -> list[Token]:
    tokens = MarkdownIt("commonmark").enable("table").parse(runbook)
    html = [child.content for token in tokens for child in token.children or () if child.type == "html_inline"]
    assert set(html) <= {"<code>", "</code>"}
    assert not any(token.type == "html_block" for token in tokens)
    return tokens


def words(token: Token) -> str:
    return "".join(child.content for child in token.children or () if child.type != "html_inline")


def headings(runbook: str) -> list[str]:
    tokens = parsed(runbook)
    return [words(after) for token, after in pairwise(tokens) if token.type == "heading_open"]


def table_rows(runbook: str) -> list[list[str]]:
    """The rows of the tables of fields, as their cells' text."""
    rows: list[list[str]] = []
    tokens: list[Any] = parsed(runbook)
    for token, after in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        if token.type in ("td_open", "th_open"):
            rows[-1].append(words(after))
    return [row for row in rows if len(row) == 3 and row != ["Field", "Value", "Note"]]
