# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs, from facts alone, and how each form says it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from markdown_it import MarkdownIt

from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.differences import (
    HostFacts,
    UnreadableHost,
    Value,
    compare,
    facts_of,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.report import (
    FORMS,
    Comparison,
    Side,
    Unreadable,
    as_json,
    as_markdown,
    as_text,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import Failure, HostVariables
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

FROM, TO = Side(("inventory",), "main", "1a2b3c4d5e6f7890"), Side(("inventory",))


def facts(host: str, environment: str, secrets: tuple[str, ...] = (), **values: JSON) -> HostFacts:
    """Facts by their paths, with `_` for a dot."""
    told = {
        name.replace("_", "."): Value(json.dumps(value, ensure_ascii=False), value) for name, value in values.items()
    }
    return HostFacts(host, environment, told, frozenset(secrets))


def comparison(before: list[HostFacts], after: list[HostFacts], **more: str) -> Comparison:
    return Comparison(FROM, TO, compare(before, after, more))


TEXTS: dict[str, tuple[Comparison, list[str]]] = {
    "nothing": (
        comparison([facts("a", "dev", smtp_port=25)], [facts("a", "dev", smtp_port=25)]),
        [
            "email settings: no difference in 1 environment",
            "  from inventory at main (1a2b3c4d5e6f)",
            "    to inventory",
            "dev: no difference, 1 host",
        ],
    ),
    "a number that became a text": (
        comparison([facts("a", "dev", smtp_port=25)], [facts("a", "dev", smtp_port="25")]),
        ["dev: 1 difference, 1 host", '  smtp.port: 25 -> "25"'],
    ),
    "a number that became true": (
        comparison([facts("a", "dev", delivery_delay=1)], [facts("a", "dev", delivery_delay=True)]),
        ["  delivery.delay: 1 -> true"],
    ),
    "some hosts of an environment": (
        comparison(
            [facts(host, "dev", smtp_port=25) for host in "abcdef"],
            [facts(host, "dev", smtp_port=25 if host == "a" else 587) for host in "abcdef"],
        ),
        ["dev: 1 difference, 6 hosts", "  smtp.port: 25 -> 587 [b, c, d and 2 more]"],
    ),
    "a host that is new, and one that is gone": (
        comparison([facts("a", "dev"), facts("b", "dev")], [facts("a", "dev"), facts("c", "dev")]),
        ["dev: no difference, 2 hosts, new: c, gone: b"],
    ),
    "an environment that is gone": (
        comparison([facts("a", "dev", smtp_port=25), facts("b", "test")], [facts("b", "test")]),
        ["email settings: 1 difference in 1 of 2 environments", "  smtp.port: 25 -> not set [a]"],
    ),
    "hosts with other names that do not agree": (
        comparison(
            [facts("a", "staging", smtp_port=25), facts("b", "staging", smtp_port=587)],
            [facts("c", "live", smtp_port=587), facts("d", "live", smtp_port=587)],
        ),
        ["staging -> live: 1 difference, 2 hosts, new: c, d, gone: a, b", "  smtp.port: 25 or 587 -> 587"],
    ),
    "environments that are paired by hand": (
        comparison(
            [facts("a", "staging", smtp_port=25), facts("b", "dev")],
            [facts("c", "live", smtp_port=587), facts("b", "dev")],
            staging="live",
        ),
        ["staging -> live: 1 difference, 1 host, new: c, gone: a", "  smtp.port: 25 -> 587"],
    ),
    "another host's secret": (
        comparison(
            [facts("a", "dev", ("hunter2",)), facts("b", "dev", sender_address="x@example.edu")],
            [facts("a", "dev", ("hunter2",)), facts("b", "dev", sender_address="hunter2@example.edu")],
        ),
        ["  sender.address: changed (secret) [b]"],
    ),
    "a secret in a path": (
        comparison([facts("a", "dev", ("hunter2",))], [facts("a", "dev", ("hunter2",), hunter2=1)]),
        ["  ********: not set -> 1"],
    ),
}


@pytest.mark.parametrize(("compared", "expected"), TEXTS.values(), ids=TEXTS)
def test_the_text(compared: Comparison, expected: list[str]) -> None:
    lines = as_text(compared).splitlines()
    assert [line for line in lines if line in expected] == expected, lines
    for form in FORMS.values():
        assert "hunter2" not in form.write(compared)


AWKWARD = ["a|b", "`code`", "<script>", "back\\slash", "two\nlines", " blanks ", "*bold*", "[link](x)", "&amp;", '"']


@pytest.mark.parametrize("value", AWKWARD)
def test_markdown_shows_every_value_as_it_is(value: str) -> None:
    compared = comparison([facts("a", "dev")], [facts("a", "dev", sender_address=value)])
    tokens = MarkdownIt("commonmark").enable("table").parse(as_markdown(compared))
    cells = [
        "".join(child.content for child in tokens[index + 1].children or () if child.type in ("text", "code_inline"))
        for index, token in enumerate(tokens)
        if token.type == "td_open"
    ]
    assert cells == ["sender.address", "not set", json.dumps(value, ensure_ascii=False), "all"]


def test_hosts_that_could_not_be_read_stand_in_every_form() -> None:
    compared = Comparison(FROM, TO, [], [Unreadable("before", "a", "email_settings uses x, which is not defined")])
    for form in FORMS.values():
        assert "before a: email" in form.write(compared).replace("\\_", "_")


def test_json_tells_a_secret_from_what_is_not_set() -> None:
    secret = Value('"hunter2"', None, secret=True)
    compared = comparison(
        [facts("a", "dev")], [HostFacts("a", "dev", {"smtp.auth.password": secret, "smtp.port": Value("25", 25)})]
    )
    (environment,) = json.loads(as_json(compared))["environments"]
    assert [(each["path"], each["change"], each["before"], each["after"]) for each in environment["differences"]] == [
        ("smtp.port", "added", [], [25]),
        ("smtp.auth.password", "added", None, None),
    ]


UNREADABLE: dict[str, tuple[Mapping[str, JSON], str]] = {
    "settings that are a list": ({"email_settings": [1]}, "email_settings is a list and no mapping of settings"),
    "a base that is text": ({"email_settings_base": "x"}, "email_settings_base is text and no mapping of settings"),
    "targets that are a mapping": ({"email_targets": {"app": "x"}}, "email_targets is no list of mappings"),
    "a target that is text": ({"email_targets": ["postfix"]}, "email_targets is no list of mappings"),
}


@pytest.mark.parametrize(("values", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_spec_is_not_compared(values: Mapping[str, JSON], sentence: str) -> None:
    with pytest.raises(UnreadableHost) as error:
        facts_of(HostVariables("a", (), "dev", values))
    assert str(error.value) == sentence


def test_a_variable_that_has_no_value_is_not_compared() -> None:
    failure = Failure("email_settings", "uses x, which is not defined", None)
    with pytest.raises(UnreadableHost, match="email_settings uses x, which is not defined"):
        facts_of(HostVariables("a", (), "dev", {}, (failure,)))


def test_a_host_without_settings_has_no_facts() -> None:
    assert facts_of(HostVariables("a", (), "dev", {})).values == {}
