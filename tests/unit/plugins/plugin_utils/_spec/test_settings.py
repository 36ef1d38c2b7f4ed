# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The spec as data: defaults, layers and the way to a leaf."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import dotted, get, pointer, put, without
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import (
    LEAVES,
    SECRET_LEAVES,
    Layers,
    effective,
)

PORTS = [
    ("smtp", "none", 25),
    ("smtp", "starttls_opportunistic", 25),
    ("smtp", "starttls", 587),
    ("smtp", "implicit_tls", 465),
    ("imap", "none", 143),
    ("imap", "starttls_opportunistic", 143),
    ("imap", "starttls", 143),
    ("imap", "implicit_tls", 993),
]


@pytest.mark.parametrize(("section", "encryption", "port"), PORTS)
def test_port_defaults_by_encryption(section: str, encryption: str, port: int) -> None:
    assert get(effective({section: {"host": "a", "encryption": encryption}}), f"{section}.port") == port


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_leaf_is_there_where_its_section_is(leaf: str) -> None:
    server = {"host": "a", "encryption": "starttls", "auth": {"username": "u", "password": "p"}}
    tree: object = effective({"smtp": server, "imap": server})
    for step in leaf.split("."):
        assert isinstance(tree, dict)
        assert step in tree
        tree = tree[step]


LOGIN = {"username": "u", "password": "p"}
DEFAULTS: dict[str, tuple[dict[str, object], str, object]] = {
    "a written value stays": ({"host": "a", "encryption": "starttls", "port": 2525}, "smtp.port", 2525),
    "TLS is verified unless it is written": ({"host": "a", "encryption": "starttls"}, "smtp.tls.verify", True),
    "no TLS, nothing to verify": ({"host": "a", "encryption": "none"}, "smtp.tls.verify", None),
    "a written tls setting stays without TLS": (
        {"host": "a", "encryption": "none", "tls": {"verify": False}},
        "smtp.tls.verify",
        False,
    ),
    "no login, no mechanism": ({"host": "a", "encryption": "none"}, "smtp.auth.mechanism", None),
    "a login, any mechanism": ({"host": "a", "encryption": "none", "auth": LOGIN}, "smtp.auth.mechanism", "auto"),
}


@pytest.mark.parametrize(("smtp", "leaf", "value"), DEFAULTS.values(), ids=DEFAULTS)
def test_defaults(smtp: dict[str, object], leaf: str, value: object) -> None:
    assert get(effective({"smtp": smtp}), leaf) == value


def test_a_section_left_out_is_none() -> None:
    assert effective({})["smtp"] is None
    assert effective({})["imap"] is None
    assert effective({})["sender"]["address"] is None  # type: ignore[index, call-overload]


MERGES: dict[str, tuple[list[dict[str, object]], dict[str, object]]] = {
    "mappings merge deeply": ([{"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}], {"a": {"b": 1, "c": 3}}),
    "a list is replaced": ([{"a": [1, 2]}, {"a": [3]}], {"a": [3]}),
    "a mapping is replaced by text": ([{"a": {"b": 1}}, {"a": "x"}], {"a": "x"}),
    "text is replaced by a mapping": ([{"a": "x"}, {"a": {"b": 1}}], {"a": {"b": 1}}),
    "three layers": ([{"a": 1}, {"b": 2}, {"a": 3}], {"a": 3, "b": 2}),
    "null replaces": ([{"a": {"b": 1}}, {"a": None}], {"a": None}),
}


@pytest.mark.parametrize(("layers", "merged"), MERGES.values(), ids=MERGES)
def test_merging(layers: list[dict[str, object]], merged: dict[str, object]) -> None:
    assert Layers(tuple(layers)).merged() == merged  # type: ignore[arg-type]


def test_merging_leaves_the_layers_alone() -> None:
    below, above = {"a": {"b": 1}}, {"a": {"c": 2}}
    Layers((below, above)).merged()
    assert (below, above) == ({"a": {"b": 1}}, {"a": {"c": 2}})


def test_put_leaves_the_original_alone() -> None:
    before = {"smtp": {"host": "a", "tls": {}}}
    assert put(before, "smtp.tls.verify", True) == {"smtp": {"host": "a", "tls": {"verify": True}}}
    assert before == {"smtp": {"host": "a", "tls": {}}}


@pytest.mark.parametrize(
    ("path", "left"),
    [
        (("a", "b"), {"a": {"c": 2}}),
        (("a",), {}),
        (("x", "y"), {"a": {"b": 1, "c": 2}}),
        (("a", "b", "z"), {"a": {"c": 2}}),
    ],
)
def test_without(path: tuple[str, ...], left: dict[str, object]) -> None:
    assert without({"a": {"b": 1, "c": 2}}, path) == left


def test_ways() -> None:
    assert dotted(("email_targets", 1, "app")) == "email_targets[1].app"
    assert pointer(("email_targets", 1, "a/b~c")) == "/email_targets/1/a~1b~0c"


def test_secret_leaves() -> None:
    assert {"smtp.auth.password", "imap.auth.password"} == SECRET_LEAVES
