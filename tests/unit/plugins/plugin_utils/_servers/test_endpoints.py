# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers settings lead to: each once, with what the application will really use."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
    MAX_PARALLEL,
    endpoint_from_mapping,
)
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import FAILING_CATEGORIES
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.payload import check_payload
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.endpoints import (
    CheckOptionsError,
    Protocol,
    endpoints,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

SPEC: dict[str, JSON] = {
    "schema_version": 1,
    "smtp": {
        "host": "smtp.example.edu",
        "encryption": "implicit_tls",
        "auth": {"username": "svc-mail", "password": "p"},
    },
    "sender": {"address": "noreply@example.edu", "reply_to": "noreply@example.edu"},
}
IMAP: dict[str, JSON] = {
    "host": "imap.example.edu",
    "encryption": "implicit_tls",
    "auth": {"username": "inbox", "password": "q"},
}


def derived(
    protocol: Protocol, targets: list[JSON], *, options: dict[str, JSON] | None = None, **spec: JSON
) -> list[dict[str, JSON]]:
    judgement = judge(Request(settings={**SPEC, **spec}, targets=targets))
    assert judgement.valid, [error.sentence() for error in judgement.errors]
    return endpoints(protocol, judgement.settings, judgement.targets, options)


def test_without_targets_the_server_of_the_spec() -> None:
    assert derived("smtp", []) == [
        {
            "name": "smtp.example.edu:465",
            "host": "smtp.example.edu",
            "port": 465,
            "encryption": "implicit_tls",
            "timeout": 30,
            "username": "svc-mail",
            "password": "p",
            "mechanism": "auto",
            "tls": {"verify": True, "minimum_version": "1.2"},
            "sender": "noreply@example.edu",
        }
    ]


def test_equal_servers_are_one_endpoint_named_after_all_its_targets() -> None:
    assert [one["name"] for one in derived("smtp", [{"app": "postfix"}, {"app": "msmtp"}])] == [
        "smtp.example.edu:465 (postfix, msmtp)"
    ]


def test_a_target_with_settings_of_its_own_has_a_server_of_its_own() -> None:
    own = {"app": "msmtp", "settings": {"smtp": {"port": 2465}}}
    assert [one["port"] for one in derived("smtp", [{"app": "postfix"}, own])] == [465, 2465]


def test_the_sender_is_the_one_that_the_application_will_use() -> None:
    sender = {"reply_to": "answers@example.edu"}
    assert [one["sender"] for one in derived("smtp", [{"app": "teamconnect"}], sender=sender)] == [
        "answers@example.edu"
    ]


def test_only_a_target_that_reads_mail_has_an_imap_server() -> None:
    found = derived("imap", [{"app": "postfix"}, {"app": "teamconnect"}], imap=IMAP)
    assert [one["name"] for one in found] == ["imap.example.edu:993 (teamconnect)"]
    assert derived("imap", [{"app": "postfix"}], imap=IMAP) == []


def test_without_a_server_there_is_no_endpoint() -> None:
    judgement = judge(Request(settings={"schema_version": 1}))
    assert endpoints("smtp", judgement.settings, judgement.targets) == []


SIZES: dict[str, tuple[dict[str, JSON], JSON]] = {
    "the largest attachment must fit": ({"allowed": True, "max_size_mb": 25}, 25),
    "no attachments, no size": ({"allowed": False, "max_size_mb": 25}, None),
    "nothing is written": ({}, None),
}


@pytest.mark.parametrize(("attachments", "size"), SIZES.values(), ids=SIZES)
def test_message_size(attachments: dict[str, JSON], size: JSON) -> None:
    assert derived("smtp", [], attachments=attachments)[0].get("message_size_mb") == size


def test_options_of_the_check_win_and_tls_is_merged() -> None:
    options: dict[str, JSON] = {
        "host": "127.0.0.1",
        "tls": {"ca_file": "/ca.pem"},
        "mailbox": "Other",
        "max_parallel": 2,
    }
    one = derived("smtp", [], options=options)[0]
    assert one["host"] == "127.0.0.1"
    assert one["tls"] == {"verify": True, "minimum_version": "1.2", "ca_file": "/ca.pem"}
    assert "mailbox" not in one
    assert "max_parallel" not in one


LIMITS: dict[str, tuple[dict[str, JSON], int, list[str]]] = {
    "none": ({}, MAX_PARALLEL, list(FAILING_CATEGORIES)),
    "both": ({"max_parallel": 2, "fail_on": ["failed"]}, 2, ["failed"]),
    "a fail_on that is empty": ({"fail_on": []}, MAX_PARALLEL, []),
}


@pytest.mark.parametrize(("options", "max_parallel", "fail_on"), LIMITS.values(), ids=LIMITS)
def test_limits_are_as_given_or_those_of_a_check(
    options: dict[str, JSON], max_parallel: int, fail_on: list[str]
) -> None:
    payload = check_payload(judge(Request(settings=SPEC)), on_failure="fail", options=options)
    assert (payload["max_parallel"], payload["fail_on"]) == (max_parallel, fail_on)


def test_an_unknown_option_is_named_with_the_nearest() -> None:
    with pytest.raises(CheckOptionsError, match="recipient is not an option of a check; did you mean recipients"):
        derived("smtp", [], options={"recipient": "a@b.example"})


@pytest.mark.parametrize("protocol", ["smtp", "imap"])
def test_what_is_derived_is_what_the_check_takes(protocol: Protocol) -> None:
    for one in derived(protocol, [], imap=IMAP):
        assert endpoint_from_mapping(protocol, one).host == one["host"]


# A port that the page has no field for, by encryption: what is accepted there is not what the application connects to.
ACCEPTED_PORTS = {"none": (25, 143), "implicit_tls": (465, 993)}


@pytest.mark.parametrize(("encryption", "ports"), ACCEPTED_PORTS.items(), ids=ACCEPTED_PORTS)
def test_where_another_port_is_accepted_the_usual_one_is_checked(encryption: str, ports: tuple[int, int]) -> None:
    server: dict[str, JSON] = {"host": "mail.example.edu", "encryption": encryption, "port": 2525}
    settings: dict[str, JSON] = {
        "schema_version": 1,
        "smtp": server,
        "imap": {**server, "auth": {"username": "inbox", "password": "hunter2"}},
        "sender": {"reply_to": "legal@example.edu"},
    }
    accept: list[JSON] = ["smtp.port", "imap.port"]
    judgement = judge(Request(settings=settings, targets=[{"app": "teamconnect", "accept": accept}]))
    assert judgement.valid
    derived = [endpoints(protocol, settings, judgement.targets) for protocol in ("smtp", "imap")]
    assert [server["port"] for [server] in derived] == list(ports)
