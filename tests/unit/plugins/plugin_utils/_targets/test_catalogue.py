# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A target is found, read strictly, and judged at a version; every fault names its file, line and key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, get
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES, Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import (
    UnknownTarget,
    find_target,
    target_names,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import Coverage
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetError

LISTED = {"not_carried": "not here"}
SAFE = {"carried": True}
TARGET: dict[str, Any] = {
    "label": "An application",
    "kind": "config_file",
    "documentation": {"title": "Its manual", "product": "An application 1", "source": "its manual"},
    "files": [{"name": "app.conf", "path": "/etc/app.conf", "mode": "0640"}],
    "coverage": {
        "smtp": SAFE,
        "imap": LISTED,
        "sender": SAFE,
        "contacts": LISTED,
        "delivery": LISTED,
        "attachments": LISTED,
        "error_notifications": LISTED,
        "application": LISTED,
    },
}


def changed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The target with some keys changed, at dotted paths; None takes a key out."""
    target = deepcopy(TARGET)
    for path, value in changes.items():
        *way, last = path.split("/")
        place: Any = target
        for part in way:
            place = place[int(part)] if part.isdigit() else place.setdefault(part, {})
        if value is None:
            del place[last]
        else:
            place[last] = value
    return target


def write(folder: Path, app: str = "app", text: str | None = None, **changes: Any) -> str:  # noqa: ANN401
    """A folder of targets with one target in it."""
    (folder / app).mkdir(parents=True, exist_ok=True)
    content = yaml.safe_dump(changed(changes), sort_keys=False) if text is None else text
    (folder / app / "target.yml").write_text(content, encoding="utf-8")
    return str(folder)


# Finding


def test_shipped_targets_are_found_by_name() -> None:
    assert {"postfix", "msmtp", "alertmanager"} <= set(target_names())
    assert find_target("postfix").label == "Postfix"


def test_folders_with_an_underscore_are_no_targets(tmp_path: Path) -> None:
    write(tmp_path, "_shared")
    write(tmp_path, ".hidden")
    assert target_names(tmp_path) == []
    assert all(not name.startswith("_") for name in target_names())


def test_users_folder_adds_and_replaces(tmp_path: Path) -> None:
    first = write(tmp_path / "first", "postfix", label="Our Postfix")
    second = write(tmp_path / "second", "postfix", label="Another Postfix")
    write(tmp_path / "second", "own")
    paths = [first, second]
    assert find_target("postfix", paths).label == "Our Postfix"
    assert find_target("own", paths).label == "An application"
    assert find_target("msmtp", paths).label == "msmtp"


@pytest.mark.parametrize(
    ("name", "nearest", "said"),
    [
        ("posfix", "postfix", "posfix is not a known target; did you mean postfix?"),
        ("zzzz", None, "zzzz is not a known target; known are airflow, "),
        ("../postfix", "postfix", None),
        ("_admin_page", None, None),
    ],
)
def test_unknown_target_names_the_nearest(name: str, nearest: str | None, said: str | None) -> None:
    with pytest.raises(UnknownTarget) as caught:
        find_target(name)
    assert caught.value.app == name
    assert nearest is None or caught.value.nearest == nearest
    assert said is None or str(caught.value).startswith(said)


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"missing: is not a folder that holds targets"):
        find_target("postfix", [str(tmp_path / "missing")])


def test_target_is_read_once_and_again_when_it_changes(tmp_path: Path) -> None:
    folder = write(tmp_path)
    first = find_target("app", [folder])
    assert find_target("app", [folder]) is first
    write(tmp_path, label="Changed")
    assert find_target("app", [folder]).label == "Changed"


# Faults

FAULTS = {
    "a key that is not known": ({"lable": "x"}, "lable: is not a known setting; did you mean label?"),
    "a key that is missing": ({"documentation": None}, "documentation: is missing and must be set"),
    "a word that is none of them": ({"kind": "config"}, "kind: config is not one of"),
    "a version that is a number": ({"versions": {"described": [0.31]}}, "versions.described.0: must be text"),
    "versions in the wrong order": ({"versions": {"described": ["2", "1"]}}, "1 is not newer than 2"),
    "a default before the first version": (
        {"versions": {"described": ["2"], "default": "1"}},
        "versions.default: 1 is older than the first described version, 2",
    ),
    "a mode that is a number": ({"files/0/mode": 640}, "files.0.mode: must be text"),
    "a path that is not absolute": ({"files/0/path": "etc/app.conf"}, "files.0.path:"),
    "a configuration file without files": ({"files": None}, "files: is missing and must be set"),
    "a page of a configuration file": (
        {"page": {"path": ["a"], "sections": []}},
        "page: is not allowed here: only an admin page has one",
    ),
    "an expression that cannot be read": ({"files/0/when": "a +"}, "files.0.when: `a +` cannot be read"),
    "a regular expression that cannot be read": (
        {"files/0/verify": {"command": ["true"], "fails_on": "("}},
        "files.0.verify.fails_on: missing ), unterminated subpattern",
    ),
    "a rule's message that cannot be read": (
        {"rules": [{"name": "a", "path": "smtp", "when": "true", "message": "{{", "documentation": "b"}]},
        "rules.0.message: `{{` cannot be read",
    ),
    "an option that is no schema": (
        {"options": {"a": {"description": "b", "type": "txt"}}},
        "options.a: a is not a valid JSON Schema",
    ),
    "an option without a description": ({"options": {"a": {"type": "string"}}}, "options.a.description: is missing"),
    "a leaf that is missing": (
        {"coverage/application": None},
        "coverage.application.url: is missing: say whether it is carried, refused or not_carried",
    ),
    "a leaf that is not one": ({"coverage/smtp.hots": SAFE}, "coverage.smtp.hots: is not a setting; did you mean"),
    "a term that there is not": (
        {"reads": {"app.conf": {"format": "lines", "leaves": {"smtp.host": "term.relay"}}}},
        "reads.app.conf: asks for term.relay, which its terms do not have, or only further down",
    ),
    "a leaf that is two things": (
        {"coverage/imap": {"carried": True, "not_carried": "b"}},
        "coverage.imap:",
    ),
    "a refusal without a reason": ({"coverage/imap": {"refused": []}}, "coverage.imap.reason: is missing"),
    "values without a reason": ({"coverage/imap.port": {"carried": [993]}}, "coverage.imap.port.reason: is missing"),
    "a setting that must not be ignored": (
        {"coverage/smtp.tls": LISTED},
        "coverage.smtp.tls: smtp.tls.ca_file decides where mail goes or how safely, so it is carried or refused",
    ),
    "a word that the setting does not have": (
        {"coverage/smtp.encryption": {"carried": ["none", "startls"], "reason": "a"}},
        "coverage.smtp.encryption.carried.1: startls is not a value of smtp.encryption; did you mean starttls?",
    ),
    "a refused value that the setting cannot have": (
        {"coverage/smtp.port": {"refused": [70000], "reason": "a"}},
        "coverage.smtp.port.refused.0: 70000 is not a value of smtp.port",
    ),
    "a nearest value that the setting does not have": (
        {"coverage/smtp.encryption": {"carried": ["none"], "reason": "a", "nearest": {"starttls": "tls"}}},
        "coverage.smtp.encryption.nearest.starttls: tls is not a value of smtp.encryption",
    ),
    "a rule's nearest value that the setting cannot have": (
        {
            "rules": [
                {
                    "name": "a",
                    "path": "smtp.port",
                    "when": "true",
                    "message": "b",
                    "documentation": "c",
                    "nearest": "25",
                }
            ]
        },
        "rules.0.nearest: 25 is not a value of smtp.port",
    ),
    "a version that no entry is for": (
        {"versions": {"described": ["1", "2"]}, "coverage/imap": [{**LISTED, "versions": ">=2"}]},
        "coverage.imap: has no entry for version 1",
    ),
    "a rule that is not there": (
        {"coverage/imap.port": {"refused_by": "a_rule"}},
        "coverage.imap.port: there is no rule a_rule with the path imap.port",
    ),
}


KEY_FAULTS = {
    "a leaf that there is not": ({"A": "smtp.hots"}, "keys.A: smtp.hots is not a setting; did you mean smtp.host?"),
    "a text that is no leaf": ({"A": "smtp"}, "keys.A: smtp is not right: must be a setting, such as smtp.host"),
    "a source that there is not": ({"A": {"leef": "smtp.host"}}, "keys.A.leef: is not a known setting"),
    "two sources": ({"A": {"leaf": "smtp.host", "raw": "x"}}, "keys.A:"),
    "a word for no value": (
        {"A": {"leaf": "smtp.encryption", "words": {"tls": "x"}}},
        "keys.A: tls is not a value of smtp.encryption",
    ),
    "words for any value": ({"A": {"leaf": "smtp.host", "words": {"a": "x"}}}, "smtp.host takes any value"),
    "a unit of something else": ({"A": {"leaf": "smtp.timeout", "unit": "MB"}}, "smtp.timeout is not counted in MB"),
    "an option that there is not": ({"A": {"option": "colour"}}, "keys.A: there is no option colour"),
    "a file that there is not": ({"A": {"file": "secret"}}, "keys.A: there is no file secret"),
    "a leaf in a name that there is not": (
        {"a.{smtp.hots}.B": "smtp.host"},
        "keys.a.{smtp.hots}.B: smtp.hots in its name is not a setting; did you mean smtp.host?",
    ),
    "a secret in a name": ({"a.{smtp.auth.password}": "smtp.host"}, "smtp.auth.password in its name is a secret"),
    "a leaf in a row that there is not": ({"A": {"joined": "{smtp.hots}:x"}}, "keys.A: smtp.hots is not a setting"),
    "an expression that cannot be read": ({"A": {"expression": "a +"}}, "keys.A.expression: `a +` cannot be read"),
    "a key with a dot": ({"a.b": "smtp.hots"}, "keys.a.b: smtp.hots is not a setting"),
    "values without words and without a reason": (
        {"A": {"leaf": "smtp.encryption", "words": {"none": "off", "starttls": "on"}}},
        "smtp.encryption: needs a reason, for its keys hold some of its values only",
    ),
}


@pytest.mark.parametrize(("keys", "said"), KEY_FAULTS.values(), ids=KEY_FAULTS)
def test_fault_in_a_table_of_keys(tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    changes = {"files/0/format": "ini", "files/0/under": "mail", "files/0/keys": keys}
    folder = write(tmp_path, **changes)
    with pytest.raises(TargetError, match=r"target\.yml:[0-9]+:[0-9]+: ") as caught:
        find_target("app", [folder])
    assert said in str(caught.value)


def test_dialect_that_there_is_not(tmp_path: Path) -> None:
    changes = {"files/0/format": "ini", "files/0/dialect": "rust", "files/0/keys": {"a.B": "smtp.host"}}
    with pytest.raises(TargetError, match=r"files\.0\.dialect: ini is written as go, grafana, python, "):
        find_target("app", [write(tmp_path, **changes)])


@pytest.mark.parametrize(("changes", "said"), FAULTS.values(), ids=FAULTS)
def test_fault_is_told_with_file_and_key(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    folder = write(tmp_path, **changes)
    with pytest.raises(TargetError) as caught:
        find_target("app", [folder])
    assert str(caught.value).startswith(f"{tmp_path}/app/target.yml:")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("label: a\nlabel: b\n", ":2:1: label is written twice", id="a key twice"),
        pytest.param(
            "label: !!str [a]\n",
            ":1:8: expected a scalar node, but found sequence",
            id="a list that is said to be text",
        ),
        pytest.param("label: [a\n", ":2:1: ", id="half a list"),
        pytest.param("label: \x01\n", ": is not YAML", id="a control character"),
        pytest.param("- a\n", ":1:1: must be a mapping, not a list", id="a list"),
        pytest.param("", ":1:1: ", id="nothing"),
        pytest.param("label: x\nkind: config_file\n\nlable: y\n", ":4:1: lable: is not a known", id="the line"),
        pytest.param("label: !!python/object:os.system x\n", ":1:8: could not determine a constructor", id="an object"),
    ],
)
def test_file_that_cannot_be_read_names_the_line(tmp_path: Path, text: str, said: str) -> None:
    folder = write(tmp_path, text=text)
    with pytest.raises(TargetError) as caught:
        find_target("app", [folder])
    assert f"{tmp_path}/app/target.yml{said}" in str(caught.value)


def test_file_that_is_not_utf8(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (tmp_path / "app" / "target.yml").write_bytes(b"label: \xff")
    with pytest.raises(TargetError, match=r"target\.yml: is not UTF-8 text"):
        find_target("app", [folder])


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        pytest.param("{", "is not JSON", id="half a file"),
        pytest.param("[]", "a schema is a mapping", id="a list"),
        pytest.param(json.dumps({"type": "txt"}), "is not a valid JSON Schema", id="no schema"),
    ],
)
def test_rules_schema_that_cannot_be_used(tmp_path: Path, schema: str, said: str) -> None:
    folder = write(tmp_path)
    (tmp_path / "app" / "schema.json").write_text(schema, encoding="utf-8")
    with pytest.raises(TargetError, match=r"schema\.json.*" + said):
        find_target("app", [folder])


# Versions and coverage

VERSIONED: dict[str, Any] = {
    "versions": {"described": ["0.25", "0.31"]},
    "coverage/imap.port": [
        {"carried": [993], "reason": "the port was fixed", "versions": "<0.31"},
        {"carried": True},
    ],
    "files": [
        {"name": "old.conf", "path": "/etc/old.conf", "versions": "<0.31"},
        {"name": "new.conf", "path": "/etc/new.conf", "versions": ">=0.31"},
    ],
}


@pytest.mark.parametrize(
    ("version", "chosen", "accepts", "file"),
    [
        (None, "0.31", None, "new.conf"),
        ("0.25", "0.25", (993,), "old.conf"),
        ("0.30.9", "0.30.9", (993,), "old.conf"),
        ("0.31", "0.31", None, "new.conf"),
        ("1.0", "1.0", None, "new.conf"),
    ],
)
def test_version_decides(tmp_path: Path, version: str | None, chosen: str, accepts: object, file: str) -> None:
    at = find_target("app", [write(tmp_path, **VERSIONED)]).at(version)
    assert at.version == chosen
    assert at.coverage["imap.port"].accepts == accepts
    assert [each.name for each in at.files] == [file]
    assert set(at.coverage) == set(LEAVES)


@pytest.mark.parametrize("version", ["0.24", "stable", ""])
def test_version_that_is_not_described(tmp_path: Path, version: str) -> None:
    target = find_target("app", [write(tmp_path, **VERSIONED)])
    with pytest.raises(TargetError, match=r"is not described; described are 0\.25, 0\.31 and newer"):
        target.at(version)


def test_version_of_a_target_that_describes_none(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="describes no versions, so leave version 2 out"):
        find_target("app", [write(tmp_path)]).at("2")


PORTS = Coverage("smtp.port", "carried", (25, 465))
HALF_A_MINUTE = Coverage("smtp.timeout", "refused", (30,))
A_MINUTE = Coverage("smtp.timeout", "refused", (60,))
NO_TIMEOUT = Coverage("smtp.timeout", "refused", ())
NO_RECIPIENTS = Coverage("delivery.excluded_recipients", "refused", ())
NEVER = Coverage("sender.use_user_address", "refused", (0,))
PERMITS: dict[str, tuple[Coverage, dict[str, Any], bool]] = {
    "everything": (Coverage("smtp.port", "carried"), {"smtp": {"port": 2525}}, True),
    "one of the values": (PORTS, {"smtp": {"port": 465}}, True),
    "none of the values": (PORTS, {"smtp": {"port": 587}}, False),
    "a default that is one of them": (HALF_A_MINUTE, {"smtp": {}}, True),
    "a default that is none of them": (A_MINUTE, {"smtp": {}}, False),
    "left out, though it has a default": (NO_TIMEOUT, {"smtp": {}}, True),
    "written, though it is the default": (NO_TIMEOUT, {"smtp": {"timeout": 30}}, False),
    "unset": (Coverage("smtp.helo_name", "refused", ("a",)), {"smtp": {}}, True),
    "an empty list": (NO_RECIPIENTS, {"delivery": {"excluded_recipients": []}}, True),
    "false is not zero": (NEVER, {"sender": {"use_user_address": False}}, False),
    "a section that is left out": (PORTS, {}, True),
}


@pytest.mark.parametrize(("coverage", "written", "expected"), PERMITS.values(), ids=PERMITS)
def test_permits(coverage: Coverage, written: dict[str, Any], expected: bool) -> None:
    if "smtp" in written:
        written = {"smtp": {"host": "a", "encryption": "starttls", **written["smtp"]}}
    assert coverage.permits(Spec.of(written)) is expected


@pytest.mark.parametrize(
    ("coverage", "value", "expected"),
    [
        pytest.param(Coverage("a", "carried", ("x", "y"), nearest={"z": "y"}), "z", "y", id="a mapping"),
        pytest.param(Coverage("a", "refused", (True,), nearest={"false": True}), False, True, id="a truth as a key"),
        pytest.param(Coverage("a", "carried", ("x",), nearest="y"), "z", "y", id="one value"),
        pytest.param(Coverage("a", "carried", ("x", "y")), "z", "x", id="the first that is accepted"),
        pytest.param(Coverage("a", "refused", (30, 60, 120)), 70, 60, id="the nearest number"),
        pytest.param(Coverage("a", "refused", ()), "z", None, id="left out"),
    ],
)
def test_nearest(coverage: Coverage, value: Any, expected: object) -> None:  # noqa: ANN401
    assert coverage.nearest_to(value) == expected


def test_waived_values_become_the_nearest(tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "coverage/smtp.encryption": {"carried": ["none", "implicit_tls"], "reason": "a", "nearest": "none"},
        "coverage/smtp.tls.ca_file": {"refused": [], "reason": "a"},
        "rules": [
            {
                "name": "a",
                "path": "smtp.port",
                "when": "settings.smtp.port != 25",
                "message": "a",
                "documentation": "b",
                "nearest": 25,
            }
        ],
    }
    at = find_target("app", [write(tmp_path, **changes)]).at()
    written: dict[str, JSON] = {"smtp": {"host": "a", "encryption": "starttls", "tls": {"ca_file": "/ca"}}}
    kept = at.honoured(Spec.of(written), {}, []).effective
    waived = at.honoured(Spec.of(written), {}, ["smtp.encryption", "smtp.tls", "smtp.port"]).effective
    leaves = ("smtp.encryption", "smtp.tls.ca_file", "smtp.port")
    assert [get(kept, leaf) for leaf in leaves] == ["starttls", "/ca", 587]
    assert [get(waived, leaf) for leaf in leaves] == ["none", None, 25]


def test_options_have_their_defaults(tmp_path: Path) -> None:
    options = {"a": {"description": "x", "default": 1}, "b": {"description": "y", "writeOnly": True}}
    target = find_target("app", [write(tmp_path, options=options)])
    assert target.at().options({"b": "secret"}) == {"a": 1, "b": "secret"}
    assert target.at().options({}) == {"a": 1, "b": None}
    assert target.secret_options == {"b"}
    assert target.options_schema["additionalProperties"] is False
