# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that an application has in a row, put together and taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import source_of

LOGIN = "{smtp.auth.username}|{smtp.host}:{smtp.auth.password}"
SPEC: Tree = {"smtp": {"host": "smtp.example.edu", "port": 587, "auth": {"username": "svc", "password": "p|a:b"}}}

JOINED: dict[str, tuple[str, str, dict[str, list[JSON]]]] = {
    "a login for a host": (
        LOGIN,
        "svc|smtp.example.edu:p|a:b",
        {"smtp.auth.username": ["svc"], "smtp.host": ["smtp.example.edu"], "smtp.auth.password": ["p|a:b"]},
    ),
    "a number, read as one": (
        "[{smtp.host}]:{smtp.port}",
        "[smtp.example.edu]:587",
        {"smtp.host": ["smtp.example.edu"], "smtp.port": [587]},
    ),
    "a text at the end": ("<{smtp.auth.username}>", "<svc>", {"smtp.auth.username": ["svc"]}),
}


@pytest.mark.parametrize(("pattern", "text", "settings"), JOINED.values(), ids=JOINED)
def test_joined_both_ways(pattern: str, text: str, settings: dict[str, list[JSON]]) -> None:
    source = source_of({"joined": pattern})
    assert source.value({"settings": SPEC}) == text
    assert source.settings(text) == settings
    assert source.leaves == tuple(settings)


def test_joined_is_left_out_where_one_of_its_leaves_is_not_set() -> None:
    assert source_of({"joined": LOGIN}).value({"settings": {"smtp": {"host": "smtp.example.edu"}}}) is None


@pytest.mark.parametrize(("leaf", "value"), [("smtp.auth.username", "a|b"), ("smtp.host", "2001:db8::1")])
def test_joined_refuses_a_value_that_holds_the_text_behind_it(leaf: str, value: str) -> None:
    with pytest.raises(NotExpressible, match="which ends it there") as refused:
        source_of({"joined": LOGIN}).value({"settings": put(SPEC, leaf, value)})
    assert refused.value.value == value


def test_what_is_not_joined_so_is_not_read() -> None:
    with pytest.raises(ValueError, match="not written as this target writes it"):
        source_of({"joined": LOGIN}).settings("svc:smtp.example.edu")


@given(st.text(), st.text())
def test_joined_never_takes_one_value_for_two(username: str, password: str) -> None:
    source = source_of({"joined": LOGIN})
    spec = put(put(SPEC, "smtp.auth.username", username), "smtp.auth.password", password)
    try:
        text = source.value({"settings": spec})
    except NotExpressible:
        assert "|" in username
        return
    assert source.settings(text)["smtp.auth.username"] == [username]
    assert source.settings(text)["smtp.auth.password"] == [password]


READ_BACK: dict[str, tuple[JSON, JSON, dict[str, list[JSON]]]] = {
    "a word": (
        {"leaf": "smtp.auth.mechanism", "words": {"auto": True, "plain": "PLAIN"}, "default": False},
        "PLAIN",
        {"smtp.auth.mechanism": ["plain"]},
    ),
    "what stands there where the leaf is not set, beside words": (
        {"leaf": "smtp.auth.mechanism", "words": {"auto": True, "plain": "PLAIN"}, "default": False},
        False,
        {"smtp.auth.mechanism": [None]},
    ),
    "a word that is also what stands there then": (
        {"leaf": "smtp.auth.mechanism", "words": {"auto": "", "plain": "PLAIN"}, "default": ""},
        "",
        {"smtp.auth.mechanism": ["auto", None]},
    ),
    "what stands there without words": ({"leaf": "smtp.host", "default": "none"}, "none", {"smtp.host": [None]}),
}


@pytest.mark.parametrize(("entry", "value", "settings"), READ_BACK.values(), ids=READ_BACK)
def test_a_leaf_is_read_back(entry: JSON, value: JSON, settings: dict[str, list[JSON]]) -> None:
    assert source_of(entry).settings(value) == settings


@pytest.mark.parametrize(("value", "taken"), [("p@ss 1", True), ("pässword", False), ("日本", False)])
def test_letters_that_the_application_cannot_log_in_with_are_refused(value: str, taken: bool) -> None:
    source = source_of({"leaf": "smtp.auth.password", "letters": "ascii"})
    context = {"settings": put(SPEC, "smtp.auth.password", value)}
    if taken:
        assert source.value(context) == value
        return
    with pytest.raises(NotExpressible, match="letters outside ASCII") as refused:
        source.value(context)
    assert refused.value.value == value


def test_a_mask_can_be_read_in_a_url() -> None:
    source = source_of({"url": {"scheme": {"constant": "smtp"}, "host": "smtp.host", "password": "smtp.auth.password"}})
    masked = put(SPEC, "smtp.auth.password", "********")
    assert source.value({"settings": masked}) == "smtp://********@smtp.example.edu"
