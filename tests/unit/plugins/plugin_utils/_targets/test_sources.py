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
