# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An expression that target.yml names once stands wherever it is asked for."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.terms import unknown_terms, with_terms


def test_a_term_stands_in_parentheses_wherever_it_is_asked_for() -> None:
    entry: Tree = {
        "terms": {"relay": "keys.relay or keys.host", "name": "term.relay.split(':')[0]"},
        "leaves": {"smtp.host": "term.name"},
        "tells": [{"key": "relay", "when": "value != term.relay"}],
    }
    filled = with_terms(entry)
    assert filled["leaves"] == {"smtp.host": "((keys.relay or keys.host).split(':')[0])"}
    assert filled["tells"] == [{"key": "relay", "when": "value != (keys.relay or keys.host)"}]


def test_what_has_no_terms_stays_as_it_is() -> None:
    entry: Tree = {"leaves": {"smtp.host": "keys.relay"}}
    assert with_terms(entry) is entry


@pytest.mark.parametrize(
    ("entry", "unknown"),
    [
        pytest.param({"terms": {"relay": "keys.relay"}, "leaves": {"smtp.host": "term.relay"}}, [], id="known"),
        pytest.param({"leaves": {"smtp.host": "term.relay"}}, ["relay"], id="no terms"),
        pytest.param(
            {"terms": {"relay": "keys.relay"}, "tells": [{"when": "term.really"}]}, ["really"], id="another name"
        ),
        pytest.param({"terms": {"name": "term.relay", "relay": "keys.relay"}}, ["relay"], id="further down"),
        pytest.param({"terms": {"relay": "term.relay"}}, ["relay"], id="itself"),
        pytest.param({"leaves": {"smtp.host": "keys.longterm.relay"}}, [], id="the end of another word"),
    ],
)
def test_what_is_asked_for_and_not_there(entry: Tree, unknown: list[str]) -> None:
    assert unknown_terms(entry) == unknown
