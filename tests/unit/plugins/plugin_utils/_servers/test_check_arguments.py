# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the check modules on the controller: converted as Ansible does, refused without their values."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.appmail.settings.plugins.module_utils._host.check import argument_spec, endpoints_of
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.check_arguments import (
    ArgumentsError,
    check_arguments,
)

SECRET = "S3cret Word"
HOST: dict[object, object] = {"host": "h", "encryption": "none"}

READ: dict[str, dict[object, object]] = {
    "numbers": {"port": 587, "timeout": 5, "retry_delay": 0.5, "max_parallel": 3},
    "numbers in text": {"port": "587", "timeout": "2.5", "certificate_days": " 7 ", "retries": 2.0},
    "truth values": {"transcript": True, "tls": {"verify": "no"}},
    "truth values in numbers": {"transcript": 1, "probe_invalid_login": 0},
    "text in numbers": {"username": 12345, "password": 678.5},
    "text in truth values": {"username": True, "password": False},
    "lists": {"sender": "a@b.c", "recipients": ["d@e.f", "g@h.i"], "fail_on": []},
    "lists in text": {"sender": "a@b.c", "recipients": "d@e.f,g@h.i", "fail_on": "failed"},
    "nothing": {"port": None, "tls": {"ca_file": None}, "sender": None},
    "endpoints": {"endpoints": [{"port": "25"}, {"tls": {"verify": "on"}, "timeout": None}]},
    "no endpoints": {"endpoints": []},
}


@pytest.mark.parametrize("given", READ.values(), ids=READ)
def test_values_are_converted_as_ansible_does(given: dict[object, object]) -> None:
    own = check_arguments("smtp", {**HOST, **given})
    ansibles = ArgumentSpecValidator(argument_spec("smtp")).validate({**HOST, **given})
    assert ansibles.error_messages == []
    expected = without_none(ansibles.validated_parameters)
    assert isinstance(expected, dict)
    assert {**{name: expected[name] for name in ("max_parallel", "fail_on")}, **own} == expected


def without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_none(each) for key, each in value.items() if each is not None}
    return [without_none(each) for each in value] if isinstance(value, list) else value


REFUSED: dict[str, tuple[dict[object, object], str]] = {
    "nothing": ({}, "host or endpoints must be given"),
    "misspelt": ({**HOST, "pasword": SECRET}, "pasword is not an option of smtp_check; did you mean password?"),
    "misspelt in an endpoint": (
        {"endpoints": [HOST, {**HOST, "user": "u"}]},
        "endpoints[1].user is not an option of smtp_check; did you mean username?",
    ),
    "misspelt below tls": (
        {"endpoints": [{**HOST, "tls": {"verfy": SECRET}}]},
        "endpoints[0].tls.verfy is not an option of smtp_check; did you mean verify?",
    ),
    "another protocol's": ({**HOST, "mailbox": SECRET}, "mailbox is not an option of smtp_check"),
    "the host's half's": ({**HOST, "payload": SECRET}, "payload is not an option of smtp_check"),
    "a key that may be a value": ({**HOST, SECRET: 1}, "the task has a key that is not an option of smtp_check"),
    "a key that is no text": (
        {"endpoints": [{1: SECRET}]},
        "endpoints[0] has a key that is not an option of smtp_check",
    ),
    "endpoints within endpoints": (
        {"endpoints": [{"endpoints": [SECRET]}]},
        "endpoints[0].endpoints is not an option of smtp_check",
    ),
    "endpoints in text": ({"endpoints": SECRET}, "endpoints: must be a list of mappings"),
    "an endpoint in text": ({"endpoints": [SECRET]}, "endpoints[0]: must be a mapping"),
    "tls in text": ({**HOST, "tls": SECRET}, "tls: must be a mapping"),
    "a mapping for a password": ({**HOST, "password": {"a": SECRET}}, "password: must be a string"),
    "a list for a password": ({"endpoints": [{"password": [SECRET]}]}, "endpoints[0].password: must be a string"),
    "a mapping in a list": ({**HOST, "recipients": [{"a": SECRET}]}, "recipients[0]: must be a string"),
    "no number": ({**HOST, "port": SECRET}, "port: must be a whole number"),
    "no whole number": ({**HOST, "port": 25.5}, "port: must be a whole number"),
    "a truth value for a number": ({**HOST, "timeout": True}, "timeout: must be a number"),
    "not a number": ({**HOST, "timeout": "nan"}, "timeout: must be a number"),
    "infinite": ({**HOST, "port": "inf"}, "port: must be a whole number"),
    "no truth value": ({**HOST, "transcript": SECRET}, "transcript: must be true or false"),
    "no choice": (
        {**HOST, "encryption": SECRET},
        "encryption: must be one of none, starttls_opportunistic, starttls, implicit_tls",
    ),
    "no category": (
        {**HOST, "fail_on": [SECRET]},
        "fail_on: must be any of connection_failed, login_failed, failed",
    ),
    "out of bounds": ({**HOST, "port": 70000}, "port: must be between 1 and 65535"),
    "none at a time": ({**HOST, "max_parallel": 0}, "max_parallel: must be at least 1"),
    "an empty user": (
        {"endpoints": [HOST, {**HOST, "username": "", "password": SECRET}]},
        "endpoints[1] (h): username: must not be empty; leave it out",
    ),
    "a password in a URL": (
        {"endpoints": [{**HOST, "host": f"smtp://u:{SECRET}@h"}]},
        "endpoints[0]: host: leave out the scheme, and all that is not the name or the address",
    ),
    "a password with a user taken back": (
        {**HOST, "username": "u", "password": SECRET, "endpoints": [{"username": None, "password": SECRET}]},
        "endpoints[0] (h): username and password must be given together, or both left out",
    ),
    "one name for all": (
        {**HOST, "name": "n", "endpoints": [{}]},
        "name: give it to each of the endpoints, for beside them it would name all of them alike",
    ),
    "a password alone": (
        {"endpoints": [{**HOST, "password": SECRET}]},
        "endpoints[0] (h): username and password must be given together, or both left out",
    ),
}


@pytest.mark.parametrize(("given", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_right_is_refused_by_name(given: dict[object, object], sentence: str) -> None:
    with pytest.raises(ArgumentsError) as refused:
        check_arguments("smtp", given)
    assert str(refused.value) == sentence
    assert refused.value.__cause__ is None


LOGINS: dict[str, tuple[dict[object, object], str | None]] = {
    "its own": ({"username": "own"}, "own"),
    "that beside it": ({}, "beside"),
    "that beside it, with a null for something else": ({"timeout": None}, "beside"),
    "none, by a null": ({"username": None}, None),
}


@pytest.mark.parametrize(("endpoint", "username"), LOGINS.values(), ids=LOGINS)
def test_the_login_of_one_of_the_endpoints(endpoint: dict[object, object], username: str | None) -> None:
    read = check_arguments("smtp", {**HOST, "username": "beside", "password": SECRET, "endpoints": [endpoint]})
    # As it reaches the host.
    (found,) = endpoints_of("smtp", json.loads(json.dumps(read)))
    assert (found.username, found.password) == (username, username and SECRET)
