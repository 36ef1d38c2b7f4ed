# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints from mappings: defaults, bounds, and sentences that name the field and never a secret."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
    FIELDS,
    TLS_FIELDS,
    Endpoint,
    EndpointError,
    TlsSettings,
    endpoint_arguments,
    endpoint_from_mapping,
    fields_of,
    layered,
)

HOST = {"host": "mail.example.edu", "encryption": "starttls"}
SECRET = "hunter2-and-more"
FAULTS = {
    "no host": ({"encryption": "none"}, "host must be given"),
    "no encryption": ({"host": "mail.example.edu"}, "encryption must be given"),
    "unknown key": ({**HOST, "hots": "x"}, "hots: is not a known option; did you mean host?"),
    "unknown key of tls": (
        {**HOST, "tls": {"cafile": "x"}},
        "tls.cafile: is not a known option; did you mean ca_file?",
    ),
    "misspelt secret": ({**HOST, "pasword": SECRET}, "pasword: is not a known option; did you mean password?"),
    "secret of another type": ({**HOST, "username": "u", "password": [SECRET]}, "password: must be a string"),
    "tls is no mapping": ({**HOST, "tls": True}, "tls: must be a mapping"),
    "tls of another type": ({**HOST, "tls": {"verify": "yes"}}, "tls.verify: must be true or false"),
    "port as text": ({**HOST, "port": "587"}, "port: must be a whole number"),
    "port as truth": ({**HOST, "port": True}, "port: must be a whole number"),
    "port too large": ({**HOST, "port": 70000}, "port: must be between 1 and 65535"),
    "port 0": ({**HOST, "port": 0}, "port: must be between 1 and 65535"),
    "no time": ({**HOST, "timeout": 0}, "timeout: must be between 0.1 and 3600"),
    "not a number": ({**HOST, "timeout": float("nan")}, "timeout: must be between 0.1 and 3600"),
    "encryption": (
        {**HOST, "encryption": "tls"},
        "encryption: must be one of none, starttls_opportunistic, starttls, implicit_tls",
    ),
    "recipients as text": ({**HOST, "sender": "a@b.c", "recipients": "d@e.f"}, "recipients: must be a list of strings"),
    "user alone": ({**HOST, "username": "u"}, "username and password must be given together, or both left out"),
    "password alone": ({**HOST, "password": SECRET}, "username and password must be given together, or both left out"),
    "recipients alone": ({**HOST, "recipients": ["a@b.c"]}, "recipients can only be tried together with a sender"),
    **{
        f"{option}: {path!r}": (
            {**HOST, "tls": {option: path}},
            f"tls.{option}: must be an absolute path such as /etc/ssl/certs/ca.pem",
        )
        for option in ("ca_file", "client_certificate", "client_key")
        for path in ("certs/ca.pem", "~/ca.pem", "./ca.pem", "", "/etc/ssl/", "/a\nb", "file:///ca.pem", "/ca.pem\n")
    },
    "key alone": ({**HOST, "tls": {"client_key": "/k"}}, "tls.client_key needs tls.client_certificate"),
    "sender with a name": (
        {**HOST, "sender": "App <app@example.edu>"},
        "sender: must be a bare mail address such as noreply@example.edu, without a name",
    ),
    "sender with a second command": (
        {**HOST, "sender": "app@example.edu>\r\nDATA"},
        "sender: must be a bare mail address such as noreply@example.edu, without a name",
    ),
    "recipient without a domain": (
        {**HOST, "sender": "a@b.c", "recipients": ["root"]},
        "recipients: must be a bare mail address such as noreply@example.edu, without a name",
    ),
    "helo_name with a second command": (
        {**HOST, "helo_name": "a\r\nVRFY b"},
        "helo_name: must be an ASCII host name or an address literal such as [192.0.2.1]",
    ),
    "host with a scheme": (
        {**HOST, "host": f"smtp://u:{SECRET}@mail.example.edu"},
        "host: leave out the scheme, and all that is not the name or the address",
    ),
    "host with a user": (
        {**HOST, "host": f"u:{SECRET}@mail.example.edu"},
        "host: leave out the user: username and password are options of their own",
    ),
    "host with a port": (
        {**HOST, "host": "mail.example.edu:587"},
        "host: leave out the port, which is an option of its own",
    ),
    "address with a port": ({**HOST, "host": "[::1]:587"}, "host: leave out the port, which is an option of its own"),
    "name of two lines": ({**HOST, "name": "campus\nrelay"}, "name: must not hold a line end"),
    "message too large": (
        {**HOST, "message_size_mb": 2_000_000},
        "message_size_mb: must be between 0.001 and 1000000",
    ),
    "source_address": (
        {**HOST, "source_address": "eth0"},
        "source_address: must be an IPv4 or IPv6 address of the checking host",
    ),
    "server_name": (
        {**HOST, "tls": {"server_name": ".example.edu"}},
        "tls.server_name: .example.edu has an empty label",
    ),
}


@pytest.mark.parametrize(("mapping", "sentence"), FAULTS.values(), ids=FAULTS)
def test_faults(mapping: dict[str, object], sentence: str) -> None:
    with pytest.raises(EndpointError) as refused:
        endpoint_from_mapping("smtp", mapping)
    assert str(refused.value) == sentence
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("protocol", "encryption", "port"),
    [
        ("smtp", "none", 25),
        ("smtp", "starttls_opportunistic", 25),
        ("smtp", "starttls", 587),
        ("smtp", "implicit_tls", 465),
        ("imap", "none", 143),
        ("imap", "starttls_opportunistic", 143),
        ("imap", "starttls", 143),
        ("imap", "implicit_tls", 993),
    ],
)
def test_the_port_follows_the_encryption(protocol: str, encryption: str, port: int) -> None:
    assert endpoint_from_mapping(protocol, {"host": "h", "encryption": encryption}).port == port


def test_defaults() -> None:
    endpoint = endpoint_from_mapping("smtp", HOST)
    assert endpoint == Endpoint("smtp", "mail.example.edu", 587, "starttls")
    assert (endpoint.name, endpoint.timeout, endpoint.retries) == ("mail.example.edu:587", 30.0, 0)
    assert (endpoint.certificate_days, endpoint.mechanism, endpoint.tls) == (14, "auto", TlsSettings())
    assert endpoint.tls.verify
    assert endpoint.tls.minimum_version == "1.2"


def test_none_is_not_given() -> None:
    written = {each.name: None for each in FIELDS if "smtp" in each.protocols}
    assert endpoint_from_mapping("smtp", {**written, **HOST, "tls": {"verify": None}}) == endpoint_from_mapping(
        "smtp", HOST
    )


LABELS = {
    "IPv6": ("::1", "[::1]:587"),
    "IPv6, in brackets": ("[::1]", "[::1]:587"),
    "IPv6 that ends like a port": ("fe80::25", "[fe80::25]:587"),
    "a line end": ("localhost\n", r"localhost\n:587"),
}


@pytest.mark.parametrize(("host", "label"), LABELS.values(), ids=LABELS)
def test_the_label_is_as_a_person_writes_it_and_on_one_line(host: str, label: str) -> None:
    assert endpoint_from_mapping("smtp", {**HOST, "host": host}).name == label


def test_a_mailbox_is_opened_where_there_is_a_login() -> None:
    login = {"username": "u", "password": SECRET}
    assert endpoint_from_mapping("imap", HOST).mailbox is None
    assert endpoint_from_mapping("imap", {**HOST, **login}).mailbox == "INBOX"
    assert endpoint_from_mapping("imap", {**HOST, **login, "mailbox": "In"}).mailbox == "In"


@pytest.mark.parametrize(("protocol", "field"), [("smtp", "mailbox"), ("imap", "sender"), ("imap", "helo_name")])
def test_a_field_of_the_other_protocol_is_not_known(protocol: str, field: str) -> None:
    with pytest.raises(EndpointError, match=f"{field}: is not a known option"):
        endpoint_from_mapping(protocol, {**HOST, field: "x"})


def test_the_password_is_not_shown() -> None:
    endpoint = endpoint_from_mapping("smtp", {**HOST, "username": "u", "password": SECRET})
    assert SECRET not in repr(endpoint)
    assert SECRET not in str(endpoint)


def test_equality_is_of_what_is_checked_and_not_of_the_name() -> None:
    one = endpoint_from_mapping("smtp", {**HOST, "name": "one"})
    other = endpoint_from_mapping("smtp", {**HOST, "name": "other"})
    assert one == other
    assert len({one, other}) == 1
    assert one != endpoint_from_mapping("smtp", {**HOST, "username": "u", "password": SECRET})


def test_the_table_of_fields_is_the_endpoint() -> None:
    assert {each.name for each in FIELDS} | {"protocol"} == {each.name for each in dataclasses.fields(Endpoint)}
    assert {each.name for each in TLS_FIELDS} == {each.name for each in dataclasses.fields(TlsSettings)}


@pytest.mark.parametrize("protocol", ["smtp", "imap"])
def test_the_arguments_come_from_the_table(protocol: str) -> None:
    arguments = endpoint_arguments(protocol)
    assert list(arguments) == [each.name for each in fields_of(protocol)]
    assert {name for name, argument in arguments.items() if argument.get("no_log")} == {"password"}
    assert not [name for name, argument in arguments.items() if "default" in argument]


def test_layers() -> None:
    beside = {"host": "a", "port": None, "timeout": 5, "tls": {"verify": False, "ca_file": "/ca"}}
    own = {"host": "b", "timeout": None, "tls": {"verify": True, "ca_file": None}}
    assert layered(beside, own) == {"host": "b", "timeout": 5, "tls": {"verify": True, "ca_file": "/ca"}}
