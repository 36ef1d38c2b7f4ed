# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate does once, counted: equal settings are judged once, nothing is compiled or templated twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import jinja2
import pytest
from jsonschema import Draft202012Validator

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement import inventory as _gate
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import GateJudgement, judge_hosts
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Examination, Request
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import (
    HostVariables,
    UnknownHost,
    read_hosts,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

SCHEMAS = sorted((Path(__file__).parents[5] / "schemas").rglob("*.json"))


def host(name: str, *, environment: str = "prod", encryption: str = "starttls", **more: JSON) -> HostVariables:
    settings: dict[str, JSON] = {
        "schema_version": 1,
        "smtp": {"host": "smtp.example.edu", "encryption": encryption},
        "sender": {"address": "noreply@example.edu"},
    }
    values: dict[str, JSON] = {"email_settings": settings, "email_targets": [{"app": "msmtp"}, {"app": "postfix"}]}
    return HostVariables(name, (environment,), environment, {**values, **more})


def request_for(one: HostVariables) -> Request:
    return Request(
        settings=one.values.get("email_settings"),
        targets=one.values.get("email_targets"),
        policies=one.values.get("email_policies") or (),  # type: ignore[arg-type]
        groups=one.groups,
    )


def judge(*hosts: HostVariables) -> GateJudgement:
    return judge_hosts(hosts, request_for)


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Every examination that is made."""
    made: list[Request] = []

    def counting(request: Request) -> Examination:
        made.append(request)
        return examine(request)

    examine = _gate.examine
    monkeypatch.setattr(_gate, "examine", counting)
    return made


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many schemas were checked, validators built and templates compiled."""
    counts: Counter[str] = Counter()
    check, build, compile_template = (
        Draft202012Validator.check_schema,
        Draft202012Validator.__init__,
        jinja2.Environment.compile,
    )

    def checking(*arguments: object, **named: object) -> object:
        counts["schemas checked"] += 1
        return check(*arguments, **named)

    def building(self: object, *arguments: object, **named: object) -> None:
        counts["validators built"] += 1
        build(self, *arguments, **named)

    def compiling(self: jinja2.Environment, *arguments: object, **named: object) -> object:
        counts["templates compiled"] += 1
        return compile_template(self, *arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Draft202012Validator, "check_schema", checking)
    monkeypatch.setattr(Draft202012Validator, "__init__", building)
    monkeypatch.setattr(jinja2.Environment, "compile", compiling)
    return counts


@pytest.mark.parametrize("number", [1, 2, 300])
def test_equal_hosts_are_judged_once(number: int, examined: list[Request]) -> None:
    judgement = judge(*(host(f"h{index}") for index in range(number)))
    assert len(examined) == 1
    assert len(judgement.hosts) == number
    assert judgement.distinct == 1


def test_each_environment_is_judged_for_itself(examined: list[Request]) -> None:
    judge(*(host(f"{name}{index}", environment=name) for name in ("dev", "prod") for index in range(10)))
    assert len(examined) == 2


def test_with_policies_groups_count_as_well(examined: list[Request]) -> None:
    policies: JSON = ["encryption-required"]
    one = HostVariables("a", ("prod",), "prod", {**host("a").values, "email_policies": policies})
    other = HostVariables("b", ("prod", "web"), "prod", one.values)
    judge(one, other, HostVariables("c", ("prod",), "prod", one.values))
    assert len(examined) == 2


def test_a_fault_of_many_hosts_is_one_finding_with_all_of_them() -> None:
    judgement = judge(*(host(f"h{index}", encryption="tls") for index in range(5)), host("right"))
    assert [found.hosts for found in judgement.errors] == [("h0", "h1", "h2", "h3", "h4")]
    assert judgement.errors[0].sentence().endswith("[h0, h1, h2 and 2 more]")


def test_nothing_is_compiled_for_a_second_environment(compiled: Counter[str]) -> None:
    judge(host("a", environment="warm"))
    compiled.clear()
    judge(*(host(f"h{number}", environment=f"env{number}") for number in range(10)))
    # jsonschema makes a validator of each subschema as it goes; those are no compilations.
    assert (compiled["schemas checked"], compiled["templates compiled"]) == (0, 0)


@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.stem)
def test_shipped_schemas_need_no_check_at_run_time(file: Path) -> None:
    Draft202012Validator.check_schema(json.loads(file.read_text(encoding="utf-8")))


class Hosts(Mapping[str, Mapping[str, object]]):
    """Like Ansible's `hostvars`; counts how often a variable is templated."""

    def __init__(self, raw: Mapping[str, dict[str, object]]) -> None:
        self.raw = raw
        self.templated: Counter[str] = Counter()

    def __getitem__(self, name: str) -> Mapping[str, object]:
        return _Host(self.raw[name], self.templated)

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def raw_get(self, host_name: str) -> Mapping[str, object]:
        return self.raw[host_name]


class _Host(Mapping[str, object]):
    def __init__(self, raw: dict[str, object], templated: Counter[str]) -> None:
        self.raw, self.templated = raw, templated

    def __contains__(self, name: object) -> bool:
        return name in self.raw

    def __getitem__(self, name: str) -> object:
        if name.startswith("email_"):
            self.templated[name] += 1
        return self.raw[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)


SHARED: dict[str, object] = {"smtp": {"host": "{{ relay }}"}}
RELAY = "relay.example.edu"
# What two hosts have, and how often their settings must be templated.
ALIKE: dict[str, tuple[dict[str, object], dict[str, object], int]] = {
    "the same objects": ({"relay": RELAY}, {"relay": RELAY}, 1),
    "other variables that nothing names": ({"relay": RELAY, "rack": 1}, {"relay": RELAY, "rack": 2}, 1),
    "a variable that a template names": ({"relay": RELAY}, {"relay": "other.example.edu"}, 2),
    "a variable behind another": (
        {"relay": (one := "{{ site }}.example.edu"), "site": "a"},
        {"relay": one, "site": "b"},
        2,
    ),
    "the host's own name": (
        {"relay": (named := "{{ inventory_hostname }}"), "inventory_hostname": "h0"},
        {"relay": named, "inventory_hostname": "h1"},
        2,
    ),
    "a lookup, which may find anything": ({"relay": (found := "{{ lookup('vars', 'x') }}")}, {"relay": found}, 2),
    "other hosts' variables": ({"relay": (other := "{{ hostvars.a.relay }}")}, {"relay": other}, 2),
    "chance": ({"relay": (chance := "{{ [1, 2] | random }}")}, {"relay": chance}, 2),
    "an equal object that is another": ({"relay": RELAY}, {"relay": "".join(list(RELAY))}, 2),
}


@pytest.mark.parametrize(("first", "second", "times"), ALIKE.values(), ids=ALIKE)
def test_alike_hosts_are_templated_once(first: dict[str, object], second: dict[str, object], times: int) -> None:
    common: dict[str, object] = {"email_settings": SHARED, "group_names": ["prod"]}
    hosts = Hosts({"h0": {**common, **first}, "h1": {**common, **second}})
    found = read_hosts(hosts, ["h0", "h1"])
    assert [one.host for one in found] == ["h0", "h1"]
    assert [one.values["email_settings"] for one in found] == [SHARED, SHARED]
    assert hosts.templated["email_settings"] == times


def test_a_host_that_there_is_not() -> None:
    with pytest.raises(UnknownHost, match="nobody is no host of the inventory"):
        read_hosts(Hosts({}), ["nobody"])


def test_one_mistake_is_one_line_though_some_hosts_have_a_target_whose_page_says_so_too() -> None:
    settings: JSON = {"schema_version": 1, "delivery": {"max_per_second": 1000}}
    campus = host("a", email_settings=settings, email_targets=[{"app": "infinite_campus"}])
    judgement = judge(campus, host("b", email_settings=settings, email_targets=[]))
    found = [(error.hosts, error.target) for error in judgement.errors if error.path == "delivery.max_per_second"]
    assert found == [(("a", "b"), None)]
    [alone] = [error for error in judge(campus).errors if error.path == "delivery.max_per_second"]
    assert alone.target == "infinite_campus"


def waived(name: str, until: str) -> HostVariables:
    """A host whose encryption breaks a policy, and has a waiver."""
    values = {**host(name, encryption="none").values, "email_policies": ENCRYPTION}
    settings = dict(values["email_settings"])  # type: ignore[arg-type]
    waiver = {"policy": "encryption-required", "path": "smtp.encryption", "until": until, "reason": "until the move"}
    return HostVariables(name, ("prod",), "prod", {**values, "email_settings": {**settings, "waivers": [waiver]}})


ENCRYPTION: JSON = [{"policy": "encryption-required", "controls": ["PCI DSS 4.2.1"]}]


def test_a_waiver_keeps_what_it_hides_and_from_whom() -> None:
    judgement = judge(waived("a", "2099-12-31"), waived("b", "2099-12-31"))
    (waiver,) = judgement.waivers
    (hidden,) = waiver.hides
    assert (hidden.path, hidden.policy, hidden.hosts) == ("smtp.encryption", "encryption-required", ("a", "b"))
    assert "smtp.encryption" not in {error.path for error in judgement.errors}


def test_each_policy_names_the_hosts_that_it_was_judged_on_and_its_controls() -> None:
    judgement = judge(waived("a", "2099-12-31"), host("b"))
    (judged,) = judgement.policies
    assert (judged.policy.name, judged.policy.controls, judged.hosts) == (
        "encryption-required",
        ("PCI DSS 4.2.1",),
        ("a",),
    )


DAYS = {"2026-13-45": "is not right: must be a day", "2026-02-30": "is no day of the calendar", "2026": "is not right"}


@pytest.mark.parametrize(("until", "words"), DAYS.items(), ids=DAYS)
def test_a_day_that_is_none_is_one_error(until: str, words: str) -> None:
    [error] = [error for error in judge(waived("a", until)).errors if error.path == "waivers[0].until"]
    assert words in error.message
