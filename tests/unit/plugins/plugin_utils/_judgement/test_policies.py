# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an entry of email_policies may say, and what is said where it cannot be used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Findings, Source
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.policies import in_effect, judge_policies
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.policy import in_domains
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.policy_file import read_policies
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets, secrets_in
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Layers, Spec

CLEAR_TEXT: Tree = {"schema_version": 1, "smtp": {"host": "smtp.example.edu", "encryption": "none"}}


def judged(entry: JSON, *, root: Path = Path("/nowhere"), groups: Sequence[str] = ("production",)) -> Findings:
    """What one entry finds in settings whose mail goes in clear text."""
    findings = Findings(root, Secrets())
    policies = read_policies([entry], findings, groups=groups, all_groups=["dev", "production"])
    judge_policies(policies, Source(Layers((CLEAR_TEXT,))), in_effect(Spec.of(CLEAR_TEXT)), findings)
    return findings


def errors(findings: Findings) -> list[str]:
    return [finding.sentence() for finding in findings.sorted_errors()]


UNUSABLE: dict[str, tuple[JSON, str]] = {
    "a misspelt name": (
        "encryption-requried",
        "email_policies[0]: the collection has no policy encryption-requried; did you mean encryption-required? "
        "(the path of a file ends in .json)",
    ),
    "a file that is not there": (
        "policies/ours.json",
        "email_policies[0]: policies/ours.json cannot be read: No such file or directory",
    ),
    "a list": ([], "email_policies[0]: must be text or a mapping, not a list"),
    "a misspelt key": (
        {"policy": "ports-allowed", "group": ["dev"]},
        "email_policies[0].group: is not a known setting; did you mean groups?",
    ),
    "a severity of its own": (
        {"policy": "ports-allowed", "severity": "info"},
        "email_policies[0].severity: info is not one of error or warning",
    ),
    "a misspelt option": (
        {"policy": "ports-allowed", "options": {"smpt": [25]}},
        "email_policies[0]: ports-allowed: options.smpt is not a known setting; did you mean smtp?",
    ),
    "an option of another type": (
        {"policy": "ports-allowed", "options": {"smtp": "25"}},
        "email_policies[0]: ports-allowed: options.smtp must be a list, not text",
    ),
    "an option that is missing": (
        "sender-domains",
        "email_policies[0]: sender-domains: options.domains is missing and must be set",
    ),
    "an option that is not described": (
        {"title": "ours", "x-options": {"a": {"default": 1}}, "properties": {"smtp": {"x-with": {"enum": "b"}}}},
        "email_policies[0]: x-with names b, which x-options does not describe",
    ),
    "an annotation of another type": (
        {"title": "ours", "x-severity": "fatal"},
        "email_policies[0]: ours: x-severity fatal is not one of error or warning",
    ),
    "a reference that leads nowhere": (
        {"title": "ours", "properties": {"smtp": {"$ref": "#/$defs/gone"}}},
        "email_policies[0]: ours: properties/smtp: the reference #/$defs/gone leads nowhere: it must lead to a schema "
        "in the same file, such as #/$defs/NAME",
    ),
    "a reference to another file": (
        {"title": "ours", "$ref": "other.json"},
        "email_policies[0]: ours: the reference other.json leads nowhere: it must lead to a schema in the same file, "
        "such as #/$defs/NAME",
    ),
    "a reference to the network": (
        {"title": "ours", "$ref": "https://example.edu/schema.json"},
        "email_policies[0]: ours: the reference https://example.edu/schema.json leads nowhere: it must lead to a "
        "schema in the same file, such as #/$defs/NAME",
    ),
    "a reference to a name that nothing has": (
        {"title": "ours", "$ref": "#gone"},
        "email_policies[0]: ours: the reference #gone leads nowhere: it must lead to a schema in the same file, "
        "such as #/$defs/NAME",
    ),
    "a reference to what is no schema": (
        {"title": "ours", "allOf": [{"$ref": "#/title"}]},
        "email_policies[0]: ours: allOf/0: the reference #/title leads nowhere: it must lead to a schema in the same "
        "file, such as #/$defs/NAME",
    ),
    "a reference to itself": (
        {"title": "ours", "$defs": {"a": {"$ref": "#/$defs/a"}}},
        "email_policies[0]: ours: $defs/a: the reference #/$defs/a leads nowhere: it must lead to a schema in the "
        "same file, such as #/$defs/NAME",
    ),
    "no such setting": (
        {"title": "ours", "x-distinct": ["smtp.auth.pasword"]},
        "email_policies[0]: ours: x-distinct: smtp.auth.pasword is not a setting; did you mean smtp.auth.password?",
    ),
    "a misspelt keyword": (
        {"title": "ours", "propertys": {"smtp": {"required": ["port"]}}},
        "email_policies[0]: ours: propertys is no keyword of JSON Schema, and would do nothing; did you mean "
        "properties?",
    ),
    "a misspelt keyword far inside": (
        {"title": "ours", "properties": {"smtp": {"anyOf": [{"requried": ["port"]}]}}},
        "email_policies[0]: ours: requried is no keyword of JSON Schema, and would do nothing; did you mean required?",
    ),
    "a keyword of an earlier draft": (
        {"title": "ours", "dependencies": {"smtp": ["imap"]}},
        "email_policies[0]: ours: dependencies is a keyword of an earlier draft: write dependentRequired or "
        "dependentSchemas",
    ),
    "a property that is no setting": (
        {"title": "ours", "properties": {"smtp": {"properties": {"encription": {"const": "starttls"}}}}},
        "email_policies[0]: ours: smtp.encription is not a setting; did you mean encryption?",
    ),
    "a property that is no section": (
        {"title": "ours", "allOf": [{"properties": {"stmp": {"required": ["port"]}}}]},
        "email_policies[0]: ours: stmp is not a setting; did you mean smtp?",
    ),
    "a property of a condition": (
        {"title": "ours", "if": {"properties": {"smtp": {"properties": {"prot": {"const": 25}}}}}},
        "email_policies[0]: ours: smtp.prot is not a setting; did you mean port?",
    ),
    "no JSON Schema": (
        {"title": "ours", "type": "strng"},
        "email_policies[0]: ours is not a valid JSON Schema (draft 2020-12): see type",
    ),
}


# What is no slip: words of one's own, names of schemas, properties of what is no setting's own path.
USABLE: dict[str, JSON] = {
    "an annotation of one's own": {"title": "ours", "owner": "mail team", "x-ticket": 1},
    "a schema's own name": {
        "title": "ours",
        "properties": {"smtp": {"$ref": "#/$defs/requried"}, "imap": {"$ref": "#/$defs/requried"}},
        "$defs": {"requried": {"properties": {"prt": {"const": 25}}}},
    },
    "a setting that is a list": {
        "title": "ours",
        "properties": {"delivery": {"properties": {"excluded_recipients": {"items": {"pattern": "@"}}}}},
    },
    "what every spec has": {
        "title": "ours",
        "properties": {"schema_version": {"const": 1}, "waivers": {"items": {"properties": {"until": {}}}}},
    },
}


@pytest.mark.parametrize("entry", USABLE.values(), ids=USABLE)
def test_what_no_keyword_is_need_not_be_a_slip(entry: JSON) -> None:
    assert errors(judged(entry)) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_may_begin_as_windows_writes_it(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "ours.json").write_text('{"title": "ours"}', encoding=encoding)
    assert errors(judged("./ours.json", root=tmp_path)) == []


@pytest.mark.parametrize(("entry", "sentence"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_cannot_be_used_is_one_error_at_its_place(entry: JSON, sentence: str) -> None:
    assert errors(judged(entry)) == [sentence]


def test_a_policy_alone_in_place_of_a_list_is_one_error() -> None:
    findings = Findings(Path("/nowhere"), Secrets())
    assert read_policies("encryption-required", findings) == []
    assert errors(findings) == ["email_policies: must be a list, not text"]


SAID: dict[str, tuple[JSON, str]] = {
    "the policy's own sentence": (
        "encryption-required",
        "smtp.encryption: mail and its login must never travel in clear text: write starttls or implicit_tls"
        " (policy: encryption-required)",
    ),
    "a sentence of one's own": (
        {"policy": "encryption-required", "message": "see our handbook"},
        "smtp.encryption: see our handbook (policy: encryption-required)",
    ),
    "no sentence": (
        {"title": "ours", "properties": {"smtp": {"properties": {"encryption": {"enum": ["starttls"]}}}}},
        "smtp.encryption: none is not one of starttls (policy: ours)",
    ),
    "a schema in a mapping": (
        {"policy": {"title": "ours", "properties": {"smtp": {"required": ["auth"]}}}, "message": "log in"},
        "smtp.auth: log in (policy: ours)",
    ),
    "a value that is a default": (
        "ports-allowed",
        "smtp.port: 25 is not one of 465 or 587; it is not written, and that is its default (policy: ports-allowed)",
    ),
    "a setting that is not there": (
        "administrator-contact",
        "contacts.administrator: must be set: the address of who is told when an application's mail fails"
        " (policy: administrator-contact)",
    ),
}


@pytest.mark.parametrize(("entry", "sentence"), SAID.values(), ids=SAID)
def test_what_is_said(entry: JSON, sentence: str) -> None:
    assert errors(judged(entry)) == [sentence]


def test_a_warning_is_no_error() -> None:
    findings = judged({"policy": "encryption-required", "severity": "warning"})
    assert errors(findings) == []
    assert [finding.policy for finding in findings.sorted_warnings()] == ["encryption-required"]


GROUPS: dict[str, tuple[JSON, list[str], int]] = {
    "for every host": ("encryption-required", [], 1),
    "for this group": ({"policy": "encryption-required", "groups": ["production"]}, ["production"], 1),
    "for another group": ({"policy": "encryption-required", "groups": ["production"]}, ["dev"], 0),
    "for all": ({"policy": "encryption-required", "groups": ["all"]}, [], 1),
    "as the policy says": ("administrator-contact", ["production"], 1),
    "not as the policy says": ({"policy": "administrator-contact", "groups": ["dev"]}, ["dev"], 1),
    "another group than the policy says": ("administrator-contact", ["dev"], 0),
}


@pytest.mark.parametrize(("entry", "groups", "found"), GROUPS.values(), ids=GROUPS)
def test_which_hosts_a_policy_is_for(entry: JSON, groups: list[str], found: int) -> None:
    assert len(errors(judged(entry, groups=groups))) == found


def test_a_group_that_the_inventory_does_not_have_gets_a_warning() -> None:
    findings = judged({"policy": "encryption-required", "groups": ["prodution"]})
    assert [finding.sentence() for finding in findings.sorted_warnings()] == [
        "email_policies[0]: encryption-required is for the group prodution, which this inventory does not have; "
        "did you mean production?"
    ]


def test_a_path_starts_at_the_playbook_else_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, title in (("playbook", "beside the playbook"), ("here", "here")):
        (tmp_path / folder).mkdir()
        policy = {"title": title, "properties": {"smtp": {"required": ["auth"]}}}
        (tmp_path / folder / f"{folder}.json").write_text(json.dumps(policy), encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    found = [
        finding.policy
        for file in ("playbook.json", "here.json")
        for finding in judged(file, root=tmp_path / "playbook").errors
    ]
    assert found == ["beside the playbook", "here"]


@pytest.mark.parametrize(
    ("address", "domains", "allowed"),
    [
        ("a@example.edu", ["example.edu"], True),
        ("a@EXAMPLE.edu", ["Example.EDU"], True),
        ("a@dev.example.edu", ["example.edu"], False),
        ("a@dev.example.edu", ["*.example.edu"], True),
        ("a@example.edu", ["*.example.edu"], False),
        ("a@notexample.edu", ["*.example.edu", "example.edu"], False),
        ("a@example.edu.example.org", ["example.edu"], False),
    ],
)
def test_domains(address: str, domains: list[str], allowed: bool) -> None:
    assert in_domains(address, domains) is allowed


CLEAR: JSON = {"properties": {"smtp": {"properties": {"encryption": {"$ref": "#/$defs/encrypted"}}}}}
REFERENCES: dict[str, Tree] = {
    "a definition": {"$defs": {"encrypted": {"enum": ["starttls"]}}},
    "a definition that refers to one by name": {
        "$defs": {"encrypted": {"$ref": "#way"}, "b": {"$anchor": "way", "enum": ["starttls"]}}
    },
    "a definition that is a schema of its own": {
        "$defs": {
            "encrypted": {
                "$id": "urn:example:own",
                "$ref": "#/$defs/way",
                "$defs": {"way": {"enum": ["starttls"]}},
            }
        }
    },
    "values that only look like references": {
        "$defs": {
            "encrypted": {"enum": ["starttls"], "not": {"const": {"$ref": "#/gone"}}, "default": {"$ref": "#gone"}}
        },
        "dependentSchemas": {"$ref": True},
    },
}


@pytest.mark.parametrize("more", REFERENCES.values(), ids=REFERENCES)
def test_references_that_lead_somewhere_are_followed(more: Tree) -> None:
    policy: Tree = {"title": "ours", **cast("Tree", CLEAR), **more}
    assert errors(judged(cast("JSON", policy)))[0].startswith("smtp.encryption: none is not one of starttls")


def test_a_policy_that_cannot_be_used_hides_no_other() -> None:
    findings = Findings(Path("/nowhere"), Secrets())
    given: list[JSON] = [{"title": "ours", "$ref": "#/$defs/gone"}, "encryption-required"]
    assert [policy.name for policy in read_policies(given, findings)] != []


SECRET_LOGIN: Tree = {
    "schema_version": 1,
    "smtp": {
        "host": "smtp.example.edu",
        "encryption": "starttls",
        "auth": {"username": "svc-mail", "password": "hunter2hunter2"},
    },
}
ABOUT_SECRETS: dict[str, tuple[str, Tree, str]] = {
    "another password": ("smtp.auth.password", {"const": "S3cr3tOther"}, "is not the value that is wanted"),
    "other passwords": (
        "smtp.auth.password",
        {"enum": ["S3cr3tOther", "b"]},
        "is not one of the values that are wanted",
    ),
    "what holds a password": (
        "smtp.auth",
        {"const": {"username": "svc-mail", "password": "S3cr3tOther"}},
        "is not the value that is wanted",
    ),
    "all settings": ("", {"enum": [{"smtp": "S3cr3tOther"}]}, "is not one of the values that are wanted"),
    "no secret": ("smtp.host", {"const": "other"}, "must be other, not smtp.example.edu"),
}


@pytest.mark.parametrize(("path", "wanted", "said"), ABOUT_SECRETS.values(), ids=ABOUT_SECRETS)
def test_what_a_policy_wants_of_a_secret_is_not_shown(path: str, wanted: Tree, said: str) -> None:
    schema: JSON = wanted
    for step in reversed(path.split(".") if path else []):
        schema = {"properties": {step: schema}}
    findings = Findings(Path("/nowhere"), secrets_in(SECRET_LOGIN, lambda _value: False))
    policies = read_policies([{"title": "ours", **cast("Tree", schema)}], findings)
    judge_policies(policies, Source(Layers((SECRET_LOGIN,))), in_effect(Spec.of(SECRET_LOGIN)), findings)
    assert errors(findings) == [f"{path or 'email_settings'}: {said} (policy: ours)"]
