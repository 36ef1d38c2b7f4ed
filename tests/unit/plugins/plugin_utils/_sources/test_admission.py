# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door for values: one normal form, what is taken out there, and what is said of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import cast

import pytest
from ansible.errors import AnsibleUndefinedVariable
from ansible.parsing.dataloader import DataLoader

from ansible_collections.appmail.settings.plugins.plugin_utils._sources import admission
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.admission import (
    MOST_VALUES,
    admit,
    admit_entries,
    too_much,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import OMITTED, place_of
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import dotted

LOOP: dict[str, object] = {"host": "a"}
LOOP["again"] = [LOOP]
SHARED = {"host": "a"}
BOMB: list[object] = ["x"] * 9
for _level in range(9):
    BOMB = [BOMB] * 9
DEEP: list[object] = []
for _level in range(2000):
    DEEP = [DEEP]

NORMAL: dict[str, tuple[object, object]] = {
    "a whole float": ({"port": 587.0}, {"port": 587}),
    "a whole float with an exponent": (1e1, 10),
    "minus nought": (-0.0, 0),
    "a float in a list": ([1.0, 2.5], [1, 2.5]),
    "a whole float that Python writes with an exponent": (1e16, 10**16),
    "a fraction": (1.3, 1.3),
    "a large integer": (2**63, 2**63),
    "true is no number": ({"verify": True}, {"verify": True}),
    "text stays text": ({"port": "587.0"}, {"port": "587.0"}),
    "JSON in a text": ('{"port": 587.0}', {"port": 587}),
    "one object at two places": ({"smtp": SHARED, "imap": SHARED}, {"smtp": SHARED, "imap": SHARED}),
    "the day of a waiver": ({"waivers": [datetime.date(2026, 12, 31)]}, {"waivers": [datetime.date(2026, 12, 31)]}),
}


@pytest.mark.parametrize(("given", "normal"), NORMAL.values(), ids=NORMAL)
def test_a_value_has_one_normal_form(given: object, normal: object) -> None:
    admitted = admit(given)
    # 10 == 10.0, and their texts differ.
    assert (repr(admitted.value), admitted.oddities) == (repr(normal), ())


ODD: dict[str, tuple[object, object, list[str]]] = {
    "a number as key": ({1: 1, "a": 1}, {"a": 1}, [": has a key that is a number: a key is text; write it in quotes"]),
    "a date as key": (
        {"smtp": {datetime.date(2026, 1, 1): "x"}},
        {"smtp": {}},
        ["smtp: has a key that is a date: a key is text; write it in quotes"],
    ),
    "no number as key": (
        {float("nan"): 1},
        {},
        [": has a key that is a number: a key is text; write it in quotes"],
    ),
    "true as key": (
        {True: 1},
        {},
        [": has a key that is true or false: YAML reads no, off, yes and on so; write it in quotes"],
    ),
    "nothing as key": ({None: 1}, {}, [": has a key that is empty: a key is text"]),
    "a list as key": ({("a",): 1}, {}, [": has a key that is no text"]),
    "half a character as key": (
        {"\ud800": 1},
        {},
        [": has a key that holds half a character (a surrogate), which no file can hold"],
    ),
    "half a character": (
        ["a\udfff", "b"],
        [None, "b"],
        ["[0]: holds half a character (a surrogate), which no file can hold"],
    ),
    "no number": ({"a": float("nan")}, {"a": None}, ["a: is no number (.nan or .inf)"]),
    "infinite": ({"a": float("-inf")}, {"a": None}, ["a: is no number (.nan or .inf)"]),
    "a huge float": (1e300, None, [": is a number of more than 19 digits"]),
    "a huge integer": ({"a": 10**5000}, {"a": None}, ["a: is a number of more than 19 digits"]),
    "a date": ({"a": datetime.date(2026, 1, 1)}, {"a": None}, ["a: must be text, not a date; write it in quotes"]),
    "binary data": ({"a": b"x"}, {"a": None}, ["a: is binary data (!!binary), which no setting takes: write text"]),
    "a set": ({"a": {"x"}}, {"a": None}, ["a: is a set, which has no order: write a list"]),
    "a long text": ("x" * 100_001, None, [": is longer than 100000 characters"]),
    "a circle": (LOOP, {"host": "a", "again": [None]}, ["again[0]: leads back to itself"]),
    "aliases of aliases": (
        {"a": BOMB, "b": [{"c": BOMB, "d": 1}], "e": 2},
        {"a": None, "b": [{"c": None, "d": 1}], "e": 2},
        [f"{path}: holds more than {MOST_VALUES} values: no more are looked at" for path in ("a", "b[0].c")],
    ),
    "many small values": (
        {str(key): ["x"] * 900 for key in range(900)},
        None,
        [f": holds more than {MOST_VALUES} values: no more are looked at"],
    ),
    "many keys": ({"a": dict.fromkeys(map(str, range(1001)))}, {"a": None}, ["a: has more than 1000 keys"]),
    "many entries": ({"a": [1] * 10_001}, {"a": None}, ["a: has more than 10000 entries"]),
    "two of them": ({1: 1, "a": b""}, {"a": None}, [
        ": has a key that is a number: a key is text; write it in quotes",
        "a: is binary data (!!binary), which no setting takes: write text",
    ]),
}  # fmt: skip


@pytest.mark.parametrize(("given", "kept", "sentences"), ODD.values(), ids=ODD)
def test_what_no_setting_can_be_is_taken_out_alone(given: object, kept: object, sentences: list[str]) -> None:
    admitted = admit(given)
    assert admitted.value == kept
    assert [f"{dotted(oddity.path)}: {oddity.message}" for oddity in admitted.oddities] == sentences


def test_aliases_that_each_stand_in_a_list_of_their_own_take_no_time() -> None:
    wrapped: list[object] = ["x"] * 9
    for _level in range(30):
        wrapped = [[wrapped] for _place in range(9)]
    admitted = admit({"a": wrapped, "b": 1})
    assert cast("Mapping[str, object]", admitted.value)["b"] == 1
    assert {oddity.message for oddity in admitted.oddities} <= {
        f"holds more than {MOST_VALUES} values: no more are looked at",
        "is nested more than 50 levels deep",
    }


class Templar:
    """Templates as a table has them, for what Ansible hands an action; what is no template is itself."""

    def __init__(self, templates: Mapping[str, object]) -> None:
        self.templates = templates

    def resolve_to_container(self, value: object) -> object:
        made = self.templates.get(value, value) if isinstance(value, str) else value
        if isinstance(made, BaseException):
            raise made
        return made


LOST: dict[str, tuple[object, Mapping[str, object], object, list[str]]] = {
    "one that fails": (
        {"a": "{{ x }}", "b": ["{{ y }}", 1]},
        {"{{ x }}": AnsibleUndefinedVariable("'x' is undefined"), "{{ y }}": "z"},
        {"a": None, "b": ["z", 1]},
        ["a: uses x, which is not defined"],
    ),
    "all of it": ("{{ x }}", {"{{ x }}": MemoryError()}, None, [": cannot be templated: it takes too much memory"]),
    "one that gives a mapping with one that fails": (
        {"a": "{{ x }}"},
        {"{{ x }}": {"b": "{{ y }}", "c": 10.0}, "{{ y }}": RecursionError()},
        {"a": {"b": None, "c": 10}},
        ["a.b: cannot be templated: it leads back to itself"],
    ),
    "one that leads back to what it stands in": (
        {"a": {"b": "{{ a }}", "c": 1}},
        {"{{ a }}": {"b": "{{ a }}", "c": 1}},
        {"a": {"b": None, "c": 1}},
        ["a.b: cannot be templated: it leads back to itself"],
    ),
    "one that gives a long text": (
        {"a": "{{ x }}"},
        {"{{ x }}": "x" * 100_001},
        {"a": None},
        ["a: is longer than 100000 characters"],
    ),
    "one that is left out": ({"a": "{{ x }}", "b": ["{{ x }}"]}, {"{{ x }}": OMITTED()}, {"b": []}, []),
    "JSON that a template gives": ("{{ x }}", {"{{ x }}": '{"port": 587.0}'}, {"port": 587}, []),
}


@pytest.mark.parametrize(("raw", "templates", "value", "sentences"), LOST.values(), ids=LOST)
def test_an_entry_that_cannot_be_templated_is_taken_out_alone(
    raw: object, templates: Mapping[str, object], value: object, sentences: list[str]
) -> None:
    # Templates are told apart by their identity, as Ansible's own variables are.
    admitted = admit_entries(raw, Templar(templates))
    assert admitted.value == value
    assert [f"{dotted(oddity.path)}: {oddity.message}" for oddity in admitted.oddities] == sentences


def test_templates_that_come_to_no_end_share_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "SECONDS", 0.01)

    class Slow(Templar):
        def resolve_to_container(self, value: object) -> object:
            while True:
                hash(value)

    admitted = admit_entries(["{{ slow }}"] * 3000, Slow({}))
    sentences = [oddity.message for oddity in admitted.oddities]
    assert sentences[0] == "cannot be templated: it takes more than 0.01 seconds"
    assert sentences[-1] == "cannot be templated: it stands behind others that took too long"


def test_what_is_nested_too_deeply_is_taken_out_at_that_level() -> None:
    assert [oddity.message for oddity in admit({"a": DEEP}).oddities] == ["is nested more than 50 levels deep"]


RAW: dict[str, tuple[object, bool]] = {
    "a spec": ({"smtp": {"port": 587}}, False),
    "aliases of aliases": (BOMB, True),
    "a circle": (LOOP, False),
    "a long list": ([1] * 60_000, True),
}


@pytest.mark.parametrize(("raw", "much"), RAW.values(), ids=RAW)
def test_what_is_too_much_is_known_before_it_is_templated(raw: object, *, much: bool) -> None:
    assert bool(too_much(raw)) is much


def test_a_number_keeps_the_place_where_it_was_written() -> None:
    given = DataLoader().load("smtp:\n  port: 587.0\n  1: x\n", file_name="/project/all.yml")
    admitted = admit(given)
    place = place_of(admitted.value["smtp"]["port"])  # type: ignore[index, call-overload]
    assert place is not None
    assert (place.line, place.column) == (2, 9)
    assert place_of(admitted.value["smtp"]) is not None  # type: ignore[index, call-overload]
    [oddity] = admitted.oddities
    assert oddity.place is not None
    assert (oddity.place.line, oddity.place.column) == (3, 3)
