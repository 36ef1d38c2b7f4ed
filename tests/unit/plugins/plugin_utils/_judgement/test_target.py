# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A target of the user's own: the rules of its schema.json, its secret options, its waivers and its files' places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree

SPEC: Tree = {
    "schema_version": 1,
    "smtp": {"host": "smtp.example.edu", "encryption": "starttls", "port": 587},
    "sender": {"address": "noreply@example.edu"},
}
TARGET: dict[str, Any] = {
    "label": "An application",
    "kind": "config_file",
    "documentation": {"title": "A page", "product": "b", "source": "c"},
    "files": [{"name": "app.conf", "path": "/etc/app.conf"}],
    "coverage": {"smtp": {"carried": True}, "sender": {"carried": True}}
    | {
        name: {"not_carried": "a"}
        for name in ("imap", "contacts", "delivery", "attachments", "error_notifications", "application")
    },
}


def judged(
    folder: Path,
    *entries: dict[str, JSON],
    rules: JSON = None,
    options: JSON = None,
    template: str = "a\n",
    more: Mapping[str, JSON] = MappingProxyType({}),
    spec: Tree | None = None,
) -> Judgement:
    """The judgement of one application, or of as many entries of it as are given; `more` is in its target.yml."""
    (folder / "app").mkdir()
    target = TARGET | ({"options": options} if options else {}) | dict(more)
    (folder / "app" / "target.yml").write_text(yaml.safe_dump(target), encoding="utf-8")
    (folder / "app" / "app.conf.j2").write_text(template, encoding="utf-8")
    if rules is not None:
        (folder / "app" / "schema.json").write_text(json.dumps(rules), encoding="utf-8")
    targets: list[JSON] = [{"app": "app", **entry} for entry in entries or ({},)]
    return judge(Request(settings=spec or SPEC, targets=targets, target_paths=[str(folder)]))


def errors(judgement: Judgement) -> list[str]:
    return [error.sentence() for error in judgement.errors]


# The rules of schema.json

NOT_587: Tree = {"properties": {"smtp": {"properties": {"port": {"maximum": 100}}}}}
REFUSED = "smtp.port: An application: 587 is greater than 100 (A page)"
RULES: dict[str, tuple[Tree, str]] = {
    "a branch": ({"allOf": [NOT_587]}, REFUSED),
    "the root alone": (NOT_587, REFUSED),
    "the root beside branches": ({"allOf": [{"title": "takes all"}], **NOT_587}, REFUSED),
    "the root's own words": (
        {**NOT_587, "x-message": "must be 25", "x-documentation": "Only 25."},
        "smtp.port: An application: must be 25 (Only 25.)",
    ),
    "a branch that refers to the root's definitions": (
        {"allOf": [{"$ref": "#/$defs/low"}], "$defs": {"low": NOT_587}},
        REFUSED,
    ),
    "a branch that refers to another": (
        {"allOf": [{"x-message": "first", **NOT_587}, {"x-rule": "second", "$ref": "#/allOf/0"}]},
        REFUSED,
    ),
    "a definition that has a name": (
        {"allOf": [{"$ref": "#low"}], "$defs": {"low": {"$anchor": "low", **NOT_587}}},
        REFUSED,
    ),
    "a branch that takes nothing": ({"allOf": [False]}, "email_settings: An application: is not allowed here (None)"),
}


@pytest.mark.parametrize(("rules", "said"), RULES.values(), ids=RULES)
def test_every_rule_of_the_schema_is_judged(tmp_path: Path, rules: Tree, said: str) -> None:
    assert errors(judged(tmp_path, rules=rules))[0].startswith(said.partition(" (None)")[0])


def test_a_schema_of_definitions_alone_refuses_nothing(tmp_path: Path) -> None:
    rules: Tree = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "a", "$defs": {"a": NOT_587}}
    assert judged(tmp_path, rules=rules).valid


UNUSABLE: dict[str, tuple[JSON, JSON, str]] = {
    "a rule that refers to nothing": (
        {"allOf": [{"$ref": "#/$defs/gone"}]},
        None,
        "schema.json: allOf/0: the reference #/$defs/gone leads nowhere",
    ),
    "an option that refers to nothing": (
        None,
        {"a": {"description": "a", "$ref": "#/$defs/gone"}},
        "options.a: a: the reference #/$defs/gone leads nowhere",
    ),
}


@pytest.mark.parametrize(("rules", "options", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_broken_reference_is_told_with_its_file(tmp_path: Path, rules: JSON, options: JSON, said: str) -> None:
    [error] = errors(judged(tmp_path, rules=rules, options=options))
    assert "email_targets[0].app: " in error
    assert said in error


BROKEN = """\
label: An application
kind: config_file
documentation: {title: A page, product: b, source: c}
files:
  - {name: app.conf, path: /etc/app.conf, when: "settings.smtp."}
  - {name: other.conf, path: /etc/other.conf}
coverage:
  smtp: {carried: true}
  sendr: {carried: true}
rules:
  - {name: low, path: smtp.port, when: "1 +", message: too low, documentation: A page}
"""


def test_every_fault_of_a_target_is_reported_at_once_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "target.yml").write_text(BROKEN, encoding="utf-8")
    request = Request({"schema_version": 1}, targets=[{"app": "app"}], target_paths=[str(tmp_path)])
    found = judge(replace(request, root=tmp_path)).errors
    places = [(error.file, error.line, error.column, error.message.split(":")[0]) for error in found]
    assert ("app/target.yml", 5, 43, "files.0.when") in places
    assert ("app/target.yml", 9, 3, "coverage.sendr") in places
    assert ("app/target.yml", 11, 34, "rules.0.when") in places
    assert len([place for place in places if place[3].startswith("coverage.imap")]) > 1
    assert {error.path for error in found} == {"email_targets[0].app"}


TEMPLATES = {
    "a filter that there is not": ("a\nb {{ settings.smtp.host | shoutt }}\n", 2, 27, "No filter named 'shoutt'"),
    "a test that there is not": ("{% if 1 is odder %}{% endif %}\n", 1, 12, "No test named 'odder'; did you mean odd?"),
    "a variable that there is not": (
        "\nhost {{ setting.smtp.host }}\n",
        2,
        9,
        "no variable setting; did you mean settings?",
    ),
    "a setting that there is not": (
        "{{ settings.smtp.hots }}\n",
        1,
        18,
        "smtp.hots is not a setting; did you mean host?",
    ),
    "a setting in brackets that there is not": ("{{ written['smtp'].hots }}\n", 1, 20, "smtp.hots is not a setting"),
    "a section that there is not": ("{{ settings.smpt.host }}\n", 1, 13, "smpt is not a setting; did you mean smtp?"),
    "an option that there is not": ("{{ options.colour }}\n", 1, 12, "there is no option colour"),
    "a tag that does not end": ("{% if settings.smtp %}\nhost\n", 2, 1, "Unexpected end of template"),
    "a tag that there is not": ("x\n  {% iff settings.smtp %}\n", 2, 6, "unknown tag 'iff'"),
}


def test_every_template_that_cannot_be_compiled_is_reported_with_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    names = [f"{number}.conf" for number in range(len(TEMPLATES))]
    files = [{"name": name, "path": f"/etc/{name}"} for name in names]
    target = yaml.safe_dump({**TARGET, "files": files})
    (tmp_path / "app" / "target.yml").write_text(target, encoding="utf-8")
    for name, (text, *_place) in zip(names, TEMPLATES.values(), strict=True):
        (tmp_path / "app" / f"{name}.j2").write_text(text, encoding="utf-8")
    request = Request({"schema_version": 1}, targets=[{"app": "app"}], target_paths=[str(tmp_path)])
    found = judge(replace(request, root=tmp_path)).errors
    assert [(error.file, error.line, error.column) for error in found] == [
        (f"app/{name}.j2", line, column)
        for name, (_text, line, column, _said) in zip(names, TEMPLATES.values(), strict=True)
    ]
    for error, (_text, _line, _column, said) in zip(found, TEMPLATES.values(), strict=True):
        assert said in error.message


NAMES_THAT_ARE_THERE = {
    "methods of a section": "{% for name, value in settings.smtp.items() %}{{ name }}{% endfor %}\n",
    "methods of a value": "{{ settings.smtp.host.upper() }}{{ settings.smtp.host[3:] }}\n",
    "what is set in it": "{% set relay = settings.smtp %}{{ relay.host }}{% for x in [1] %}{{ x }}{% endfor %}\n",
    "a macro": "{% macro line(name) %}{{ name }}{% endmacro %}{{ line(settings.smtp.host) }}\n",
    "all variables": "{{ [settings, written, options, version, files, target, secret_names] | length }}\n",
    "functions and tests of Jinja": "{% for n in range(2) if n is odd %}{{ version is at_least('1') }}{% endfor %}\n",
}


@pytest.mark.parametrize("template", NAMES_THAT_ARE_THERE.values(), ids=NAMES_THAT_ARE_THERE)
def test_names_that_are_there_are_no_faults(tmp_path: Path, template: str) -> None:
    assert errors(judged(tmp_path, template=template)) == []


def test_a_part_that_is_included_may_see_more(tmp_path: Path) -> None:
    judged(tmp_path, template="{% set relay = 1 %}{% include 'part.j2' %}\n")
    (tmp_path / "app" / "part.j2").write_text("{{ relay }}\n", encoding="utf-8")
    judgement = judge(Request(settings=SPEC, targets=[{"app": "app"}], target_paths=[str(tmp_path)]))
    assert errors(judgement) == []


def test_faults_of_target_yml_its_schema_and_its_templates_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    target = {**TARGET, "lable": "x", "rules": [{**RULE, "when": "settings.smtp.hots and port"}]}
    (tmp_path / "app" / "target.yml").write_text(yaml.safe_dump(target, sort_keys=False), encoding="utf-8")
    (tmp_path / "app" / "schema.json").write_text('{"allOf": [}', encoding="utf-8")
    (tmp_path / "app" / "app.conf.j2").write_text(
        "{{ settings.smtp.host | shoutt }}\n{{ settings.smpt }}\n", encoding="utf-8"
    )
    request = Request(SPEC, targets=[{"app": "app"}], target_paths=[str(tmp_path)])
    found = judge(replace(request, root=tmp_path)).errors
    told = [f"{error.file}:{error.line}:{error.column}: {error.message}" for error in found]
    assert [line.partition(" did you")[0] for line in told] == [
        "app/app.conf.j2:1:25: No filter named 'shoutt';",
        "app/app.conf.j2:2:13: smpt is not a setting;",
        "app/schema.json:1:12: is not JSON: Expecting value",
        "app/target.yml:27:1: lable: is not a known setting;",
        "app/target.yml:33:3: rules.0.when: `settings.smtp.hots and port`: smtp.hots is not a setting;",
        "app/target.yml:33:3: rules.0.when: `settings.smtp.hots and port`: there is no variable port",
    ]


RULE = {"name": "a", "path": "smtp.port", "message": "b", "documentation": "c"}


# What `accept` lets through of the rules that compare settings

OF_A_PORT: Tree = {**RULE, "when": "settings.smtp.port == 587"}
OF_A_LOGIN: Tree = {**RULE, "path": "smtp.auth", "when": "not settings.smtp.auth"}
OF_AN_OPTION: Tree = {**RULE, "path": "options.note", "when": "options.note == 'x'"}
OPTION = "email_targets[0].options.note"
IDLE = "email_targets[0].accept[0]"
ACCEPTED: dict[str, tuple[Tree, list[JSON], list[str], list[str]]] = {
    "nothing": (OF_A_PORT, [], ["smtp.port"], []),
    "the setting": (OF_A_PORT, ["smtp.port"], [], []),
    "its section": (OF_A_PORT, ["smtp"], [], []),
    "another setting": (OF_A_PORT, ["smtp.host"], ["smtp.port"], [IDLE]),
    "what only warns": ({**OF_A_PORT, "severity": "warning"}, ["smtp.port"], [], ["smtp.port", IDLE]),
    "what is missing": (OF_A_LOGIN, ["smtp.auth"], ["smtp.auth"], [IDLE]),
    "what an option breaks": (OF_AN_OPTION, ["options.note"], [IDLE, OPTION], []),
}


@pytest.mark.parametrize(("rule", "accept", "refused", "warned"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_accepted_of_a_rule(
    tmp_path: Path, rule: Tree, accept: list[JSON], refused: list[str], warned: list[str]
) -> None:
    entry: dict[str, JSON] = {"accept": accept, "options": {"note": "x"}}
    judgement = judged(tmp_path, entry, options=NOTE, more={"rules": [rule]})
    assert sorted(error.path for error in judgement.errors) == refused
    assert sorted(warning.path for warning in judgement.warnings) == sorted(warned)
    # Files are made where nothing is refused, whatever is warned of.
    assert [len(made.files) for made in judgement.targets] == ([] if refused else [1])


def test_what_the_schema_of_settings_refuses_nobody_accepts(tmp_path: Path) -> None:
    judgement = judged(tmp_path, {"settings": {"smtp": {"port": 70000}}, "accept": ["smtp.port"]})
    assert [error.path for error in judgement.errors] == ["smtp.port"]


FAILING: Tree = {**RULE, "when": "settings.sender.address < settings.smtp.port"}
# (the target's own settings, another rule, the rules that are told)
FAILED: dict[str, tuple[Tree, list[Tree], list[str]]] = {
    "of settings that are right": ({}, [], ["rule_failed"]),
    "beside a warning": ({}, [{**OF_A_PORT, "severity": "warning"}], ["rule_failed"]),
    "beside a setting that is refused": ({}, [OF_A_PORT], ["a"]),
    "of settings that are wrong themselves": ({"smtp": {"port": 70000}}, [], ["maximum"]),
}


@pytest.mark.parametrize(("settings", "rules", "told"), FAILED.values(), ids=FAILED)
def test_a_rule_that_fails_is_told_of_right_settings_alone(
    tmp_path: Path, settings: Tree, rules: list[Tree], told: list[str]
) -> None:
    judgement = judged(tmp_path, {"settings": settings}, more={"rules": [{**FAILING, "name": "f"}, *rules]})
    assert [error.rule for error in judgement.errors] == told


# (the versions for which the port is refused, what is told, the version whose files are made)
INSTALLED: dict[str, tuple[str, list[str], list[str]]] = {
    "none of them": ("<1.0", [], ["3.0"]),
    "the newest": (">=3.0", ["An application: where version 3.0 is installed nothing is written"], ["2.0"]),
    "every one": (">=1.0", ["An application: 3.0 takes none"], []),
}


@pytest.mark.parametrize(("refused", "told", "made"), INSTALLED.values(), ids=INSTALLED)
def test_where_any_version_may_be_installed_the_newest_that_takes_it_counts(
    tmp_path: Path, refused: str, told: list[str], made: list[str]
) -> None:
    rule: Tree = {**OF_A_PORT, "message": "{{ version }} takes none", "versions": refused}
    versions: Tree = {"described": ["1.0", "2.0", "3.0"]}
    installed: Tree = {"command": ["app", "--version"], "pattern": "([0-9.]+)"}
    more: Tree = {"rules": [rule], "versions": versions, "installed": installed}
    judgement = judged(tmp_path, {"version": "installed"}, more=more)
    findings = [*judgement.errors, *judgement.warnings]
    assert [finding.message.partition(": smtp")[0] for finding in findings] == told
    assert [target.at.version for target in judgement.targets] == made


# (what target.yml says of a setting, and what is said of its value)
REFUSALS: dict[str, tuple[str, Tree, str]] = {
    "one value is carried": ("smtp.port", {"carried": [25], "reason": "a"}, "cannot honour 587: a; nearest: 25"),
    "several values are carried": (
        "smtp.port",
        {"carried": [25, 465], "reason": "a"},
        "cannot honour 587: a; it takes 25 or 465; nearest: 465",
    ),
    "the nearest value is named": (
        "smtp.port",
        {"refused": [25, 465], "reason": "a", "nearest": 25},
        "cannot honour 587: a; it takes 25 or 465; nearest: 25",
    ),
    "another page says so": (
        "smtp.port",
        {"carried": [25], "reason": "a", "documentation": "Page 3"},
        "cannot honour 587: a; nearest: 25",
    ),
    "none is carried": ("smtp.port", {"refused": [], "reason": "a"}, "cannot honour 587: a; leave it out"),
    "none is carried, whatever is nearest": (
        "smtp.port",
        {"refused": [], "reason": "a", "nearest": 25},
        "cannot honour 587: a; leave it out",
    ),
    "a secret": (
        "smtp.auth.password",
        {"refused": [], "reason": "a"},
        "cannot honour this value: a; leave it out",
    ),
}


@pytest.mark.parametrize(("leaf", "coverage", "said"), REFUSALS.values(), ids=REFUSALS)
def test_how_a_refusal_is_said(tmp_path: Path, leaf: str, coverage: Tree, said: str) -> None:
    login: Tree = {"smtp": {"auth": {"username": "u", "password": "s3cr3t"}}}
    more = {"coverage": {**TARGET["coverage"], leaf: coverage}}
    judgement = judged(tmp_path, {"settings": login, "mode": "0600"}, more=more)
    assert [(error.path, error.message) for error in judgement.errors] == [(leaf, f"An application {said}")]
    assert [error.documentation for error in judgement.errors] == [coverage.get("documentation", "A page")]


def test_a_port_that_an_encryption_brings_along_is_not_refused_beside_it(tmp_path: Path) -> None:
    refused: Tree = {
        "smtp.encryption": {"carried": ["none"], "reason": "a"},
        "smtp.port": {"carried": [25], "reason": "a"},
    }
    coverage = {**TARGET["coverage"], **refused}
    spec = {**SPEC, "smtp": {"host": "smtp.example.edu", "encryption": "starttls"}}
    judgement = judged(tmp_path, more={"coverage": coverage}, spec=spec)
    assert [error.path for error in judgement.errors] == ["smtp.encryption"]


# Secret options

SECRET: dict[str, tuple[Tree, JSON]] = {
    "a property": ({"type": "object", "properties": {"tok": {"type": "string", "writeOnly": True}}}, {"tok": "s3cr3t"}),
    "an item": ({"type": "array", "items": {"type": "string", "writeOnly": True}}, ["s3cr3t"]),
    "one of several forms": ({"anyOf": [{"type": "string", "writeOnly": True}, {"type": "array"}]}, "s3cr3t"),
}


@pytest.mark.parametrize(("option", "value"), SECRET.values(), ids=SECRET)
def test_a_secret_below_the_top_of_an_option_is_one(tmp_path: Path, option: Tree, value: JSON) -> None:
    options: Tree = {"nest": {"description": "a", **option}}
    entries: list[dict[str, JSON]] = [
        {"options": {"nest": value}, "mode": "0600"},
        {"options": {"nest": value}, "mode": "0644", "dest": {"app.conf": "/etc/b"}},
    ]
    judgement = judged(tmp_path, *entries, options=options, template="{{ options.nest }}\n")
    assert [file.masked and "********" in file.masked for made in judgement.targets for file in made.files] == [True]
    assert "s3cr3t" not in str([file.masked for made in judgement.targets for file in made.files])
    assert ["holds a secret, and mode 0644 lets everyone read it" in error for error in errors(judgement)] == [True]


def test_a_fault_of_an_option_that_holds_a_secret_shows_nothing_of_it(tmp_path: Path) -> None:
    tok: Tree = {"type": "string", "writeOnly": True}
    key: Tree = {"type": "string", "pattern": "^a$", "title": "an a"}
    options: Tree = {"nest": {"description": "a", "type": "object", "properties": {"tok": tok, "key": key}}}
    judgement = judged(tmp_path, {"options": {"nest": {"tok": 1234567, "key": "s3cr3t"}}}, options=options)
    option = "email_targets[0].options.nest"
    assert [error.path for error in judgement.errors] == [f"{option}.key", f"{option}.tok"]
    assert not any(secret in error for error in errors(judgement) for secret in ("s3cr3t", "1234567"))


# (the option, the password of the login, a name that is refused, whether the fault shows it)
SHOWN: dict[str, tuple[JSON, str, str, bool]] = {
    "it is the option": ("s3cr3t-twice", "another-one", "s3cr3t-twice", False),
    "it is the option and the password": ("s3cr3t-twice", "s3cr3t-twice", "s3cr3t-twice", False),
    "it is neither": ("another-one", "another-two", "s3cr3t-twice", True),
    "a truth is nobody's secret": (True, "another-two", "True", True),
}


@pytest.mark.parametrize(("option", "password", "name", "shown"), SHOWN.values(), ids=SHOWN)
def test_a_secret_is_one_wherever_it_stands(
    tmp_path: Path, option: JSON, password: str, name: str, shown: bool
) -> None:
    options: Tree = {"tok": {"description": "a", "type": ["string", "boolean"], "writeOnly": True}}
    rules: Tree = {"properties": {"sender": {"properties": {"display_name": {"enum": ["x", "y"]}}}}}
    login: Tree = {"sender": {"display_name": name}, "smtp": {"auth": {"username": "u", "password": password}}}
    entry: dict[str, JSON] = {"options": {"tok": option}, "settings": login, "mode": "0600"}
    [error] = errors(judged(tmp_path, entry, options=options, rules=rules))
    assert (name in error) is shown, error


# Waivers and destinations


def test_a_waiver_of_an_unknown_name_is_an_error_alone(tmp_path: Path) -> None:
    judgement = judged(tmp_path, {"accept": ["smtp.prot"]})
    assert errors(judgement) == ["email_targets[0].accept[0]: smtp.prot is not a setting; did you mean smtp.port?"]
    assert judgement.warnings == ()


def test_one_path_of_two_targets_is_told_at_the_second(tmp_path: Path) -> None:
    said = "email_targets[1]: /etc/app.conf is written by app already: give one of them another dest"
    assert errors(judged(tmp_path, {}, {})) == [said]


@pytest.mark.parametrize("path", ["/../etc/shadow", "/srv/../../etc/shadow", "/srv/..", "/etc/app.conf\n", "etc/a"])
def test_a_destination_that_climbs_is_refused(tmp_path: Path, path: str) -> None:
    [error] = errors(judged(tmp_path, {"dest": {"app.conf": path}}))
    assert error.startswith("email_targets[0].dest.")
    assert error.endswith("must be an absolute path of a file, without .. steps")


@pytest.mark.parametrize("path", ["/srv/..a/b", "/srv/a..", "/srv/.../b"])
def test_a_destination_with_dots_in_its_names_is_taken(tmp_path: Path, path: str) -> None:
    assert judged(tmp_path, {"dest": {"app.conf": path}}).valid


# Line breaks in what a template writes

TWO_LINES = "first\nrelay = evil.example"
NOTE: Tree = {"note": {"description": "a", "type": "string"}}
BREAKS: dict[str, tuple[str, bool]] = {
    "as it is": ("password = {{ settings.smtp.auth.password }}\n", False),
    "with a filter of Jinja": ("password = {{ settings.smtp.auth.password | upper | trim }}\n", False),
    "in a part of it": ("password = {{ settings.smtp.auth.password[3:] }}\n", False),
    "line by line": ("{% for line in settings.smtp.auth.password.splitlines() %}\n{{ line }}\n{% endfor %}", False),
    "quoted by our filter once, and once not": (
        "{{ settings.smtp.auth.password | yaml_scalar }}\n{{ settings.smtp.auth.password }}\n",
        False,
    ),
    "quoted by our filter": ("password: {{ settings.smtp.auth.password | yaml_scalar }}\n", True),
    "as a block that our filter indents": ("password: {{ settings.smtp.auth.password | yaml_block(2) }}\n", True),
    "as JSON": ("password = {{ settings.smtp.auth.password | tojson }}\n", True),
    "percent-encoded": ("password = {{ settings.smtp.auth.password | urlencode }}\n", True),
    "escaped by hand": ("password = {{ settings.smtp.auth.password | replace('\\n', '\\\\n') }}\n", True),
    "not at all": ("host = {{ settings.smtp.host }}\n", True),
}


@pytest.mark.parametrize(("template", "held"), BREAKS.values(), ids=BREAKS)
def test_a_line_break_begins_no_line_of_its_own(tmp_path: Path, template: str, held: bool) -> None:
    login: Tree = {"smtp": {"auth": {"username": "u", "password": TWO_LINES}}}
    judgement = judged(tmp_path, {"settings": login, "mode": "0600"}, template=template)
    refused = [] if held else ["smtp.auth.password"]
    assert [error.path for error in judgement.errors if error.rule == "quoting"] == refused
    assert judgement.valid is held, errors(judgement)
    assert "evil" not in "".join(errors(judgement))


def test_a_line_break_in_an_option_is_told_at_the_option(tmp_path: Path) -> None:
    judgement = judged(tmp_path, {"options": {"note": "a\nb"}}, options=NOTE, template="{{ options.note }}\n")
    assert [error.path for error in judgement.errors] == ["email_targets[0].options.note"]


# Whose page the spec's own faults are told with


LOW: Tree = {
    "x-documentation": "At most 100.",
    "properties": {"smtp": {"properties": {"port": {"maximum": 100}, "host": {"type": "string"}}}},
}
UNKNOWN_KEY: Tree = {
    "x-documentation": "No such field.",
    "properties": {"smtp": {"properties": {"prot": False}}},
}
NO_MORE_KEYS: Tree = {
    "x-documentation": "No such field.",
    "properties": {"smtp": {"properties": {"host": True, "encryption": True}, "additionalProperties": False}},
}
BAD_PORT: Tree = {"smtp": {"host": "smtp.example.edu", "encryption": "none", "port": 70000}}
MISSPELT: Tree = {"smtp": {"host": "smtp.example.edu", "encryption": "none", "prot": 25}}
CITED: dict[str, tuple[Tree, Tree, list[str], list[tuple[str | None, str | None]]]] = {
    "one target says so": (LOW, BAD_PORT, ["a"], [("a", "At most 100.")]),
    "one target that is there twice": (LOW, BAD_PORT, ["a", "a"], [("a", "At most 100.")]),
    "two targets say so": (LOW, BAD_PORT, ["a", "b"], [(None, None)]),
    "none says so": ({}, BAD_PORT, ["a"], [(None, None)]),
    "an unknown key": (UNKNOWN_KEY, MISSPELT, ["a"], [(None, None)]),
    "a key that is none of its own either": (NO_MORE_KEYS, MISSPELT, ["a"], [(None, None)]),
}


@pytest.mark.parametrize(("rules", "spec", "apps", "expected"), CITED.values(), ids=CITED)
def test_a_fault_of_the_spec_cites_the_one_target_whose_rule_it_breaks(
    tmp_path: Path, rules: Tree, spec: Tree, apps: list[str], expected: list[tuple[str | None, str | None]]
) -> None:
    for app in {*apps}:
        (tmp_path / app).mkdir()
        (tmp_path / app / "target.yml").write_text(yaml.safe_dump(TARGET), encoding="utf-8")
        (tmp_path / app / "schema.json").write_text(json.dumps(rules), encoding="utf-8")
        (tmp_path / app / "app.conf.j2").write_text("", encoding="utf-8")
    targets: list[JSON] = [{"app": app} for app in apps]
    judgement = judge(Request({"schema_version": 1, **spec}, targets=targets, target_paths=[str(tmp_path)]))
    assert [(error.target, error.documentation) for error in judgement.errors] == expected


def test_a_fault_of_a_targets_own_settings_cites_its_page(tmp_path: Path) -> None:
    [error] = judged(tmp_path, {"settings": {"smtp": {"port": 70000}}}, rules=LOW).errors
    assert (error.target, error.documentation) == ("app", "At most 100.")
