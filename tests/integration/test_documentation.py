# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-doc says of every module, lookup, filter and the role: whole, with examples that run, and true."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.documents import COMMON, Documents, documents_of_the_collection, fits, is_of, undescribed
from tests.integration.playbooks import run_playbook
from tests.tools.tree import ROOT

pytestmark = pytest.mark.once

SETTINGS: Mapping[str, object] = {
    "schema_version": 1,
    "smtp": {"host": "127.0.0.1", "port": 1, "encryption": "none", "timeout": 5},
    "sender": {"address": "noreply@example.edu"},
}


@pytest.fixture(scope="module", name="documents")
def documents_fixture() -> Documents:
    return documents_of_the_collection()


def options(document: Mapping[str, Any]) -> Mapping[str, Any]:
    if "entry_points" in document:
        return dict(document["entry_points"]["main"]["options"])
    return dict(document["doc"].get("options") or {})


def returns(values: Mapping[str, Any] | None, way: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in (values or {}).items():
        yield f"{way}{name}", value
        yield from returns(value.get("contains"), f"{way}{name}.")


def test_everything_is_documented(documents: Documents) -> None:
    files = {
        f"{kind} {file.stem}"
        for folder, kind in (("modules", "module"), ("lookup", "lookup"), ("filter", "filter"))
        for file in (ROOT / "plugins" / folder).glob("[a-z]*.py")
    }
    assert set(documents) == files | {"role email"}


def test_every_option_has_a_description_and_a_type(documents: Documents) -> None:
    lacking = [
        f"{name}: {option}"
        for name, document in documents.items()
        for option, about in options(document).items()
        if not about.get("description") or not about.get("type")
    ]
    assert lacking == []


def test_every_return_has_a_description_and_a_type_and_says_when(documents: Documents) -> None:
    lacking = []
    for name, document in documents.items():
        for value, about in returns(document.get("return")):
            wanted = {"description", "type"} | ({"returned"} if "." not in value and value[0] != "_" else set())
            lacking += [f"{name}: {value}: {part}" for part in sorted(wanted) if not about.get(part)]
    assert lacking == []


def test_every_leaf_of_a_return_has_a_sample_of_its_type(documents: Documents) -> None:
    leaves = [
        (f"{name}: {value}", about)
        for name, document in documents.items()
        for value, about in returns(document.get("return"))
        if not about.get("contains")
    ]
    lacking = [name for name, about in leaves if "sample" not in about]
    others = [name for name, about in leaves if "sample" in about and not is_of(about["sample"], about)]
    beside = [name for name, about in leaves if about.get("sample") not in about.get("choices", [about.get("sample")])]
    assert (lacking, others, beside) == ([], [], [])
    assert len(leaves) > 200


# What a module returns as another one does, where that is described key by key, and which of these keys it has not
# and which others it has.
Another = tuple[str, str, set[str], set[str]]
FINDING: Another = ("module validate", "errors", {"acknowledged"}, set())
WAIVER: Another = ("module validate", "waivers", set(), set())
AS_ANOTHER: Mapping[str, Another] = {
    "errors": FINDING,
    "warning_details": FINDING,
    "waivers": WAIVER,
    "accepted": ("module validate", "waivers", {"policy"}, {"target"}),
    "results": ("module smtp_check", "results", set(), set()),
    "drift": ("module apply", "drift", set(), set()),
}


def test_samples_have_the_keys_of_what_they_are_samples_of(documents: Documents) -> None:
    held = 0
    for name, document in documents.items():
        for value, about in (document.get("return") or {}).items():
            if value not in AS_ANOTHER or about.get("contains"):
                continue
            module, key, less, more = AS_ANOTHER[value]
            described = documents[module]["return"][key]["contains"]
            for sample in about["sample"]:
                held += 1
                assert set(sample) == set(described) - less | more, f"{name}: {value}"
                wrong = [part for part in set(sample) & set(described) if not fits(sample[part], described[part])]
                assert wrong == [], f"{name}: {value}"
    assert held > 12


def test_the_roles_defaults_are_what_its_documentation_says(documents: Documents) -> None:
    defaults = yaml.safe_load((ROOT / "roles/email/defaults/main.yml").read_text(encoding="utf-8"))
    told = options(documents["role email"])
    assert set(defaults) <= set(told)
    plain = {name: value for name, value in defaults.items() if "{{" not in str(value)}
    assert {name: told[name].get("default") for name in plain if "default" in told[name]} == {
        name: value for name, value in plain.items() if "default" in told[name]
    }


def test_the_modules_defaults_are_what_their_arguments_say(documents: Documents) -> None:
    from ansible_collections.appmail.settings.plugins.module_utils._host import arguments

    specs = {
        "validate": arguments.SETTINGS,
        "compare": arguments.COMPARE,
        "report": arguments.REPORT,
        "adopt": arguments.ADOPT,
    }
    for module, spec in specs.items():
        told = options(documents[f"module {module}"])
        assert set(spec) <= set(told), module
        for name, argument in spec.items():
            assert told[name].get("default") == argument.get("default"), f"{module}: {name}"


def test_every_example_is_a_play_that_ansible_takes(documents: Documents, tmp_path: Path) -> None:
    written: list[object] = []
    for name, document in documents.items():
        examples = yaml.safe_load(document["examples"]) if document.get("examples") else None
        if not isinstance(examples, list):
            assert name == "role email", f"{name} has no examples"
            continue
        plays = [part for part in examples if "hosts" in part or "import_playbook" in part]
        tasks = [part for part in examples if part not in plays]
        written += [*plays, {"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
    done = run_playbook(tmp_path, "--syntax-check")
    assert done.status == 0, done.output
    assert len(written) >= len(documents) - 1


MSMTP = {
    "app": "msmtp",
    "dest": {"msmtprc": "{{ playbook_dir }}/msmtprc", "msmtp-password": "{{ playbook_dir }}/msmtp-password"},
}
# Modules that need nothing but the controller, each with options: their real answers.
CALLS: Mapping[str, Mapping[str, object]] = {
    "validate": {"settings": SETTINGS, "targets": [{"app": "msmtp"}]},
    "smtp_check": {"host": "127.0.0.1", "port": 1, "encryption": "none", "timeout": 5},
    "imap_check": {"host": "127.0.0.1", "port": 1, "encryption": "none", "timeout": 5},
    "check": {"settings": SETTINGS, "targets": [{"app": "msmtp"}]},
    "render": {"settings": SETTINGS, "targets": [MSMTP]},
    "apply": {"settings": SETTINGS, "targets": [MSMTP]},
}


def test_what_modules_return_is_what_they_document(documents: Documents, tmp_path: Path) -> None:
    tasks: list[dict[str, object]] = []
    for module, given in CALLS.items():
        tasks.append({f"appmail.settings.{module}": given, "register": module, "ignore_errors": True})
    found_by_module = {module: f"{{{{ {module} }}}}" for module in CALLS}
    results = {"content": "{{ found | to_json }}", "dest": f"{tmp_path}/results.json"}
    tasks.append({"ansible.builtin.copy": results, "vars": {"found": found_by_module}})
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play, sort_keys=False), encoding="utf-8")
    done = run_playbook(tmp_path)
    assert done.status == 0, done.output
    for module, found in json.loads((tmp_path / "results.json").read_text(encoding="utf-8")).items():
        told = documents[f"module {module}"]["return"]
        own = {key: value for key, value in found.items() if key not in COMMON}
        assert undescribed(own, told) == [], module
        always = {name for name, about in told.items() if about.get("returned") == "always"}
        assert always - set(found) == set(), module


def test_examples_give_options_that_there_are(documents: Documents) -> None:
    def calls(part: object) -> Iterator[tuple[str, object]]:
        if isinstance(part, list):
            for below in part:
                yield from calls(below)
        elif isinstance(part, dict):
            for key, below in part.items():
                if str(key).startswith("appmail.settings."):
                    yield str(key).removeprefix("appmail.settings."), below
                yield from calls(below)

    found = 0
    for name, document in documents.items():
        for module, given in calls(yaml.safe_load(document.get("examples") or "[]")):
            known = documents.get(f"module {module}")
            if known is None or not isinstance(given, dict):
                continue
            found += 1
            assert set(given) <= set(options(known)), f"{name}: {module}"
    assert found > len(documents)
