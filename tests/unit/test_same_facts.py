# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fact that stands in two places says the same in both: ports, defaults, choices, versions, tables of the README."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
    DEFAULT_PORTS,
    ENCRYPTIONS,
    MECHANISMS,
    TLS_VERSIONS,
    Endpoint,
    EndpointError,
    TlsSettings,
    endpoint_from_mapping,
)
from ansible_collections.appmail.settings.plugins.module_utils._host import arguments
from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.report import FORMS
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.checks import CHECK_FORMATS
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.formats import FORMATS
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import get
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import effective
from ansible_collections.appmail.settings.plugins.plugin_utils._wording import collection

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = "ansible_collections.appmail.settings.plugins"


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def options(kind: str, name: str) -> dict[str, Any]:
    """The documented options of a module, or of the fragment of its name."""
    module = importlib.import_module(f"{PLUGINS}.{kind}.{name}")
    source = module.ModuleDocFragment.DOCUMENTATION if kind == "doc_fragments" else module.DOCUMENTATION
    documented: dict[str, Any] = yaml.safe_load(source)["options"]
    return documented


CHECK = options("doc_fragments", "check")
PORTS = [(protocol, encryption) for protocol in DEFAULT_PORTS for encryption in ENCRYPTIONS]


@pytest.mark.parametrize(("protocol", "encryption"), PORTS)
def test_the_schema_and_the_check_have_the_same_ports(protocol: str, encryption: str) -> None:
    spec = {"schema_version": 1, protocol: {"host": "h", "encryption": encryption}}
    assert get(effective(spec), f"{protocol}.port") == DEFAULT_PORTS[protocol][encryption]


@pytest.mark.parametrize("protocol", DEFAULT_PORTS)
def test_every_page_has_the_ports_of_the_check(protocol: str) -> None:
    ports = {str(port) for port in DEFAULT_PORTS[protocol].values()}
    schema = json.loads(text("schemas/email_settings.schema.json"))
    described = schema["properties"][protocol]["properties"]["port"]["description"]
    documented = " ".join(options("modules", f"{protocol}_check")["port"]["description"])
    assert set(re.findall(r"\b\d{2,3}\b", described)) == ports
    assert set(re.findall(r"\b\d{2,3}\b", documented)) == ports


def test_the_readme_has_the_ports_of_the_check() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| (\d+) \|$", text("README.md"), re.MULTILINE))
    assert {name: int(port) for name, port in rows.items()} == DEFAULT_PORTS["smtp"]


WITHOUT_A_VALUE = re.compile(r"Without a value it is (?:V\()?([\w.]+?)\)?[.,]?(?: |$)")


def told_defaults(documented: Mapping[str, Any]) -> dict[str, str]:
    """What the options say that they are without a value."""
    said = {name: " ".join(option["description"]) for name, option in documented.items()}
    found = {name: WITHOUT_A_VALUE.search(words) for name, words in said.items()}
    return {name: match[1] for name, match in found.items() if match}


def defaults(kind: type) -> dict[str, object]:
    return {field.name: field.default for field in fields(kind)}


TOLD = {
    **{name: (said, defaults(Endpoint)[name]) for name, said in told_defaults(CHECK).items()},
    **{
        f"tls.{name}": (said, defaults(TlsSettings)[name])
        for name, said in told_defaults(CHECK["tls"]["suboptions"]).items()
    },
}


@pytest.mark.parametrize(("said", "default"), TOLD.values(), ids=TOLD)
def test_what_an_option_is_without_a_value(said: str, default: object) -> None:
    written = "true" if default is True else "false" if default is False else default
    assert said == (f"{written:g}" if isinstance(written, float) else str(written))


def test_enough_defaults_are_told() -> None:
    assert {"timeout", "certificate_days", "retries", "retry_delay", "address_family"} <= set(told_defaults(CHECK))


@pytest.mark.parametrize("protocol", DEFAULT_PORTS)
def test_a_server_waits_as_long_as_the_schema_says(protocol: str) -> None:
    spec = {"schema_version": 1, protocol: {"host": "h", "encryption": "none"}}
    assert get(effective(spec), f"{protocol}.timeout") == Endpoint.timeout


def choices_in(schema: object, name: str) -> set[str]:
    """The longest list of values for a key of that name, wherever in a schema."""
    if isinstance(schema, list):
        return max((choices_in(part, name) for part in schema), key=len, default=set())
    if not isinstance(schema, dict):
        return set()
    own = schema.get(name)
    listed = set(own["enum"]) if isinstance(own, dict) and "enum" in own else set()
    return max([listed, *(choices_in(part, name) for part in schema.values())], key=len)


CHOICES = {"mechanism": MECHANISMS, "encryption": ENCRYPTIONS, "minimum_version": TLS_VERSIONS}


@pytest.mark.parametrize("name", CHOICES)
def test_the_schema_takes_what_the_check_takes(name: str) -> None:
    # SCRAM-SHA-1 is the servers' weaker offer: `auto` takes it, and a spec that insists on it would insist on less.
    schema = json.loads(text("schemas/email_settings.schema.json"))
    assert choices_in(schema, name) == set(CHOICES[name]) - {"scram-sha-1"}


@pytest.mark.parametrize("name", ["mechanism", "encryption"])
def test_the_options_take_what_the_check_takes(name: str) -> None:
    assert set(CHECK[name]["choices"]) == set(CHOICES[name])
    for protocol in DEFAULT_PORTS:
        suboptions = options("modules", f"{protocol}_check")["endpoints"]["suboptions"]
        assert set(suboptions[name]["choices"]) == set(CHOICES[name])


@pytest.mark.parametrize("protocol", DEFAULT_PORTS)
def test_tls_has_the_same_options_for_one_server_and_for_each_of_many(protocol: str) -> None:
    suboptions = options("modules", f"{protocol}_check")["endpoints"]["suboptions"]
    beside, own = CHECK["tls"]["suboptions"], suboptions["tls"]["suboptions"]
    assert beside.keys() == own.keys() == {field.name for field in fields(TlsSettings)}
    for name in beside:
        assert [(described["type"], described.get("choices")) for described in (beside[name], own[name])] == [
            (own[name]["type"], list(TLS_VERSIONS) if name == "minimum_version" else None)
        ] * 2


def test_a_certificates_path_is_the_same_to_the_schema_and_the_check() -> None:
    schema = json.loads(text("schemas/email_settings.schema.json"))
    pattern = schema["$defs"]["file"]["pattern"]
    for path in ("/a", "/etc/ssl/ca.pem", "a", "~/a", "/", "/a/", "/a\n", "/a\nb", "", "/\x7f"):
        mapping = {"host": "h", "encryption": "none", "tls": {"ca_file": path}}
        try:
            taken = bool(endpoint_from_mapping("smtp", mapping))
        except EndpointError:
            taken = False
        assert taken == bool(re.search(pattern, path)), path


def test_reports_have_the_forms_that_can_be_asked_for() -> None:
    choices: Any = arguments.VALIDATE["formats"]
    assert set(choices["choices"]) == set(FORMATS)
    assert set(options("modules", "validate")["formats"]["choices"]) == set(FORMATS)
    rows = set(re.findall(r"^\| `(\w+)` \|", text("docs/gate.md").split("| `email_formats` |")[1], re.MULTILINE))
    assert set(FORMATS) <= rows


def test_checks_have_the_forms_that_can_be_asked_for() -> None:
    choices: Any = arguments.CHECK["formats"]
    assert set(choices["choices"]) == set(CHECK_FORMATS)
    assert set(options("modules", "check")["formats"]["choices"]) == set(CHECK_FORMATS)
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text("docs/editor-and-ci.md"), re.MULTILINE))
    assert {name: rows[name].strip("`") for name in CHECK_FORMATS} == {
        name: form.file or "standard output" for name, form in CHECK_FORMATS.items()
    }


def test_comparisons_have_the_forms_that_can_be_asked_for() -> None:
    choices: Any = arguments.COMPARE["formats"]
    assert set(choices["choices"]) == set(FORMS)
    assert set(options("modules", "compare")["formats"]["choices"]) == set(FORMS)


ROLE = yaml.safe_load(text("roles/email/meta/argument_specs.yml"))["argument_specs"]["main"]["options"]
ROLE_DEFAULTS = yaml.safe_load(text("roles/email/defaults/main.yml"))


@pytest.mark.parametrize("name", sorted(ROLE.keys() - {"email_settings", "email_reload"}))
def test_a_variable_of_the_role_has_one_default(name: str) -> None:
    assert ROLE[name].get("default", ROLE_DEFAULTS[name]) == ROLE_DEFAULTS[name]
    option: Any = arguments.APPLY.get(name.removeprefix("email_"), {})
    # The role names what is left behind, and says so of itself; a task alone does neither.
    if "default" in option and name not in ("email_removed",):
        assert option["default"] == ROLE_DEFAULTS[name]


def test_the_roles_page_has_its_variables_and_their_defaults() -> None:
    rows = dict(re.findall(r"^\| `(email_\w+)` \| (.*?) \|", text("roles/email/README.md"), re.MULTILINE))
    assert set(rows) == set(ROLE)
    written = {name: yaml.safe_load(cell.strip("`")) for name, cell in rows.items() if re.fullmatch("`[^`]*`", cell)}
    assert written == {name: ROLE_DEFAULTS[name] for name in written}
    assert {"email_check", "email_backup"} <= set(written)


def test_the_readmes_figures_are_those_of_the_comparison() -> None:
    found = re.search(r"in (\d+) faults of (\d+) reasons", text("README.md"))
    assert found is not None
    table = text("docs/check-compared.md")
    assert all(re.search(rf"\b{number}\b", table) for number in found.groups())


def test_the_collection_knows_its_name_version_and_home() -> None:
    galaxy = yaml.safe_load(text("galaxy.yml"))
    assert f"{galaxy['namespace']}.{galaxy['name']}" == collection.NAME
    assert galaxy["version"] == collection.VERSION
    assert galaxy["repository"] == collection.REPOSITORY


@pytest.mark.parametrize("name", ["gate.md", "policies.md"])
def test_pages_that_reports_lead_to_are_there(name: str) -> None:
    assert (ROOT / "docs" / name).is_file()
    assert collection.page(name).endswith(f"docs/{name}")
