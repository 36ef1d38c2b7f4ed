# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook appmail.settings.audit on a repository: what the record holds, and what it never does."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from tests.integration.playbooks import Run, assert_no_secret
from tests.integration.record.university import FILES, SECRETS, audit, make
from tests.integration.repositories import commit, git, write
from tests.tools.tree import ROOT

FORMATS = ["csv", "html", "json", "junit", "lock", "manifest", "markdown", "ocsf", "prometheus", "sarif"]


def files_of(folder: Path) -> dict[str, str]:
    return {file.name: file.read_bytes().decode() for file in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("audit") / "repository")


@pytest.fixture(scope="module")
def run(repository: Path) -> Run:
    return audit(repository, "-vvvv", dest=repository.parent / "record", formats=FORMATS)


@pytest.fixture(scope="module")
def files(run: Run, repository: Path) -> dict[str, str]:
    assert run.status == 0, run.output
    return files_of(repository.parent / "record")


@pytest.fixture(scope="module")
def record(files: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(files["email-record.json"])
    return made


def values(record: Mapping[str, Any], host: str, application: str | None = None) -> dict[str, Mapping[str, Any]]:
    return {
        row["setting"]: row
        for row in record["intended"]["values"]
        if host in row["hosts"] and row["application"] == application
    }


def place(row: Mapping[str, Any]) -> tuple[str, int, int]:
    origin = row["origin"]
    return origin["file"], origin["line"], origin["column"]


def test_the_record_is_as_its_schema_says(record: Mapping[str, Any]) -> None:
    schema = json.loads((ROOT / "schemas" / "record.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(record)] == []


def test_what_becomes_of_every_setting_in_each_application(record: Mapping[str, Any]) -> None:
    """Each leaf of the spec is carried, refused or not carried, once, in the words that the target has."""
    coverage = record["intended"]["coverage"]
    named = {row["coverage"] for host in record["intended"]["hosts"] for row in host["applications"]} - {None}
    assert named
    assert named <= set(coverage)
    for name, row in coverage.items():
        at = find_target(name.partition(" ")[0]).at()
        parts = [row["carried"], row["refused"], row["not_carried"]]
        assert sorted(leaf for part in parts for leaf in part) == sorted(LEAVES), name
        assert {leaf for leaf, what in at.coverage.items() if what.kind == "carried"} == set(row["carried"])


def test_no_form_of_a_secret_is_printed(run: Run) -> None:
    assert run.status == 0
    assert_no_secret(run.output, *SECRETS.values())


@pytest.mark.parametrize("form", FORMATS)
def test_no_form_of_a_secret_is_in_a_file(form: str, repository: Path, tmp_path: Path) -> None:
    audit(repository, dest=tmp_path / "record", formats=[form])
    written = files_of(tmp_path / "record")
    assert written or form == "manifest"
    for text in written.values():
        assert text
        assert_no_secret(text, *SECRETS.values())


# host, setting -> value, source, file:line:column
VALUES: Mapping[str, tuple[str, str, object, str, tuple[str, int, int] | None]] = {
    "of the base": ("dev-app1", "smtp.host", "smtp.example.edu", "base", ("inventory/group_vars/dev/base.yml", 4, 11)),
    "of an environment": ("dev-app1", "smtp.timeout", 20, "environment", ("inventory/group_vars/dev/email.yml", 2, 19)),
    "of a host": ("prod-page", "smtp.port", 25, "host", ("inventory/host_vars/prod-page.yml", 3, 11)),
    "a default": ("dev-app1", "smtp.tls.verify", None, "default", None),
    "a default that holds": ("prod-app1", "smtp.timeout", 30, "default", None),
    "a port that follows": ("prod-app2", "smtp.port", 587, "default", None),
}


@pytest.mark.parametrize(("host", "setting", "value", "source", "at"), VALUES.values(), ids=VALUES)
def test_a_value_its_source_and_its_place(
    host: str, setting: str, value: object, source: str, at: tuple[str, int, int] | None, record: Mapping[str, Any]
) -> None:
    row = values(record, host).get(setting)
    if value is None:
        assert row is None, "without TLS nothing is verified"
        return
    assert row is not None
    assert (row["value"], row["source"], row["secret"]) == (value, source, None)
    assert (place(row) if row["origin"] else None) == at


def test_a_value_of_one_application_alone(record: Mapping[str, Any]) -> None:
    row = values(record, "prod-app1", "postfix")["smtp.timeout"]
    assert (row["value"], row["source"]) == (60, "target")
    assert place(row) == ("inventory/group_vars/production/email.yml", 5, 32)


# host -> how its password is kept, in which variable
KEPT: Mapping[str, tuple[str, str, str | None]] = {
    "a vaulted variable": ("dev-app1", "vaulted", "smtp_password"),
    "a vaulted file": ("prod-app1", "vaulted", "smtp_password"),
    "a vaulted scalar in place": ("prod-page", "vaulted", "email_settings.smtp.auth.password"),
    "in clear text": ("stage-app1", "plain", "smtp_password"),
    "from the environment": ("prod-app2", "unknown", None),
}


@pytest.mark.parametrize(("host", "kind", "variable"), KEPT.values(), ids=KEPT)
def test_how_a_secret_is_kept(host: str, kind: str, variable: str | None, record: Mapping[str, Any]) -> None:
    row = values(record, host)["smtp.auth.password"]
    assert row["value"] is None
    assert row["secret"] == {"kind": kind, "variable": variable}


def test_a_secret_option_and_one_that_strayed(record: Mapping[str, Any]) -> None:
    assert values(record, "prod-app1", "alertmanager")["options.receivers"]["secret"]["kind"] == "vaulted"
    assert values(record, "prod-app2")["application.url"]["value"] is None


def test_each_value_names_the_commit_that_wrote_it(record: Mapping[str, Any], repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD").strip()
    origins = [row["origin"] for row in record["intended"]["values"] if row["origin"] and row["origin"]["line"]]
    assert {(origin["commit"], origin["author"]) for origin in origins} == {(head, "test")}
    assert record["intended"]["revision"] == {
        "commit": head,
        "clean": True,
        "shallow": False,
        "date": origins[0]["date"],
    }


def test_figures_add_up(record: Mapping[str, Any]) -> None:
    summary = record["summary"]
    total, parts = summary["total"], summary["environments"]
    for name in ("hosts", "judged", "not_judged", "no_settings", "applications", "units"):
        assert total[name] == sum(part[name] for part in parts)
    for row in (total, *parts):
        assert row["hosts"] == row["judged"] + row["not_judged"] + row["no_settings"]
        assert row["units"] == sum(row["intended"].values()) == sum(row["observed"].values())
    assert sum(cell["count"] for cell in summary["cells"]) == total["units"]
    assert (total["hosts"], total["judged"], total["not_judged"], total["no_settings"]) == (7, 5, 1, 1)


def test_statuses(record: Mapping[str, Any]) -> None:
    cells = {(cell["environment"], cell["application"]): cell for cell in record["summary"]["cells"]}
    assert {key: list(cell["intended"]) for key, cell in cells.items()} == {
        ("dev", "postfix"): ["waiver ended"],
        ("production", "alertmanager"): ["waived"],
        ("production", "msmtp"): ["pass"],
        ("production", "postfix"): ["pass"],
        ("production", "tegrity"): ["fail"],
        ("staging", "msmtp"): ["waived"],
        ("staging", "no application"): ["not judged"],
    }
    assert list(cells["production", "tegrity"]["observed"]) == ["manual"]
    assert record["summary"]["good"] is False
    assert record["summary"]["headline"].startswith("Not in order: the settings of 1 of 7 applications")


def test_the_register(record: Mapping[str, Any]) -> None:
    register = {(row["kind"], row["setting"]): row for row in record["intended"]["waivers"]}
    assert set(register) == {
        ("waiver", "smtp.encryption"),
        ("waiver", "smtp.auth.password"),
        ("accept", "smtp.auth.mechanism"),
    }
    ended = register["waiver", "smtp.encryption"]
    assert [hidden["hosts"] for hidden in ended["hides"]] == [["dev-app1"]]
    assert place(ended) == ("inventory/group_vars/dev/email.yml", 4, 7)
    accepted = register["accept", "smtp.auth.mechanism"]
    assert (accepted["application"], accepted["used"], accepted["hosts"]) == ("alertmanager", True, ["prod-app1"])


def test_policies_and_their_controls(record: Mapping[str, Any]) -> None:
    (policy,) = [row for row in record["intended"]["policies"] if row["name"] == "encryption-required"]
    assert policy["controls"] == ["PCI DSS 4.2.1"]
    statuses = {(row["policy"], row["environment"]): row["status"] for row in record["summary"]["policies"]}
    assert statuses["encryption-required", "dev"] == "waiver ended"
    assert statuses["encryption-required", "production"] == "fail"
    assert statuses["encryption-required", "staging"] == "pass"
    assert statuses["secrets-vaulted", "staging"] == "waived"


def test_the_terminal_says_what_production_is_set_to(run: Run) -> None:
    lines = [" ".join(line.split()) for line in run.output.splitlines()]
    assert "smtp.host smtp.example.edu inventory/group_vars/production/base.yml:4:11" in lines
    kept = "smtp.auth.password secret, vaulted: smtp_password inventory/group_vars/production/vault.yml:1:16"
    assert f"{kept} [prod-app1]" in lines
    assert "secrets-vaulted dev pass, production pass, staging waived" in lines


def reordered(files: Mapping[str, str]) -> Mapping[str, str]:
    """The inventory with its hosts in the opposite order, at the same lines."""
    hosts = yaml.safe_load(files["inventory/hosts.yml"])
    turned = {
        group: {"hosts": dict(reversed(list(content["hosts"].items())))}
        for group, content in reversed(list(hosts.items()))
    }
    return {"inventory/hosts.yml": json.dumps(turned)}


def test_the_same_bytes_from_another_checkout_and_in_another_order(
    repository: Path, files: Mapping[str, str], tmp_path: Path
) -> None:
    elsewhere = tmp_path / "another place"
    shutil.copytree(repository, elsewhere)
    audit(elsewhere, dest=tmp_path / "record", formats=FORMATS)
    assert files_of(tmp_path / "record") == files
    write(elsewhere, reordered(FILES))
    audit(elsewhere, dest=tmp_path / "turned", formats=["json", "lock"])
    turned = files_of(tmp_path / "turned")
    assert turned["email-settings.lock.yml"] == files["email-settings.lock.yml"]
    made, before = (json.loads(text["email-record.json"]) for text in (turned, files))
    assert made["intended"]["revision"]["clean"] is False
    made["intended"]["revision"]["clean"] = True
    assert made == before


def test_a_second_run_changes_nothing_and_check_mode_writes_nothing(repository: Path, tmp_path: Path) -> None:
    checked = audit(repository, "--check", dest=tmp_path / "record", formats=["json"])
    assert "changed=1" in checked.output
    assert not (tmp_path / "record").exists()
    # Within the repository, where the first record must not make the second one's tree unclean.
    inside = repository / "record"
    first = audit(repository, dest=inside, formats=["json"])
    again = audit(repository, dest=inside, formats=["json"])
    clean = json.loads((inside / "email-record.json").read_text())["intended"]["revision"]["clean"]
    shutil.rmtree(inside)
    assert ("changed=1" in first.output, "changed=0" in again.output, clean) == (True, True, True)


def test_authors_by_option(repository: Path, tmp_path: Path) -> None:
    audit(repository, dest=tmp_path, formats=["json"], email_audit_authors=False)
    origins = [row["origin"] for row in json.loads((tmp_path / "email-record.json").read_text())["intended"]["values"]]
    assert {origin["author"] for origin in origins if origin} == {None}
    assert any(origin and origin["commit"] for origin in origins)


def test_what_is_not_committed_names_no_commit(repository: Path, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(repository, folder)
    text = FILES["inventory/group_vars/dev/email.yml"].replace("timeout: 20", "timeout: 21")
    write(folder, {"inventory/group_vars/dev/email.yml": text})
    audit(folder, dest=tmp_path / "record", formats=["json"])
    record = json.loads((tmp_path / "record" / "email-record.json").read_text())
    assert record["intended"]["revision"]["clean"] is False
    found = values(record, "dev-app1")
    assert found["smtp.timeout"]["origin"]["commit"] is None
    assert found["smtp.host"]["origin"]["commit"]


def test_a_folder_in_no_repository_and_one_with_a_cut_off_history(repository: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    write(plain, FILES)
    audit(plain, dest=tmp_path / "none", formats=["json"])
    assert json.loads((tmp_path / "none" / "email-record.json").read_text())["intended"]["revision"] is None
    whole = tmp_path / "whole"
    shutil.copytree(repository, whole)
    write(whole, {"note.txt": "a second commit"})
    commit(whole)
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", whole.as_uri(), tmp_path / "cut"], check=True)
    audit(tmp_path / "cut", dest=tmp_path / "cut-record", formats=["json"])
    made = json.loads((tmp_path / "cut-record" / "email-record.json").read_text())["intended"]
    assert made["revision"]["shallow"] is True
    assert {row["origin"]["commit"] for row in made["values"] if row["origin"]} == {None}


SLICES: Mapping[str, Sequence[str]] = {
    "by environment": ("dev", "production", "staging:idle"),
    "within an environment": ("dev:prod-app1", "prod-app2:prod-page:stage-broken", "stage-app1:idle"),
}


@pytest.mark.parametrize("slices", SLICES.values(), ids=SLICES)
def test_slices_merge_to_the_bytes_of_one_run(
    slices: Sequence[str], repository: Path, files: Mapping[str, str], tmp_path: Path
) -> None:
    for number, pattern in enumerate(reversed(slices)):
        run = audit(repository, "--limit", pattern, dest=tmp_path / "slices" / str(number), formats=["json"])
        assert run.status == 0, run.output
    run = audit(
        repository,
        "--limit",
        slices[0],
        dest=tmp_path / "record",
        formats=FORMATS,
        email_audit_records=[str(tmp_path / "slices")],
    )
    assert run.status == 0, run.output
    assert files_of(tmp_path / "record") == files


REFUSED: Mapping[str, tuple[str, str]] = {
    "no record": ('{"schema_version": 2}', "is no record of email settings"),
    "no JSON": ("[", "cannot be read as JSON"),
    "of another revision": ("OTHER", "the records are of different revisions"),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_records_that_cannot_be_joined(
    text: str, sentence: str, repository: Path, files: Mapping[str, str], tmp_path: Path
) -> None:
    other = json.loads(files["email-record.json"])
    other["intended"]["revision"]["commit"] = "0" * 40
    (tmp_path / "part.json").write_text(json.dumps(other) if text == "OTHER" else text)
    run = audit(
        repository, dest=tmp_path / "record", formats=["json"], email_audit_records=[str(tmp_path / "part.json")]
    )
    assert run.status == 2
    assert sentence in run.output
    assert not (tmp_path / "record").exists()


def test_the_manifest_names_every_other_file(files: Mapping[str, str]) -> None:
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].splitlines())
    assert sums == {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items() if name != "SHA256SUMS"
    }


def test_tables_have_a_row_for_everything(record: Mapping[str, Any], files: Mapping[str, str]) -> None:
    tables = {
        name: list(csv.DictReader(io.StringIO(text, newline="")))
        for name, text in files.items()
        if name.endswith("csv")
    }
    assert len(tables["email-values.csv"]) == len(record["intended"]["values"])
    assert len(tables["email-findings.csv"]) == len(record["intended"]["findings"])
    assert len(tables["email-waivers.csv"]) == len(record["intended"]["waivers"])
    for rows in tables.values():
        ids = [row["id"] for row in rows if row["id"]]
        assert len(ids) == len(set(ids))


def test_the_lock_file_is_yaml_with_a_line_a_value(files: Mapping[str, str]) -> None:
    read = yaml.safe_load(files["email-settings.lock.yml"])
    assert set(read["environments"]) == {"dev", "production", "staging", "idle"}
    production = read["environments"]["production"]["values"]
    assert {"setting": "smtp.host", "value": "smtp.example.edu"} in production
    assert {
        "setting": "smtp.auth.password",
        "secret": {"kind": "vaulted", "variable": "smtp_password"},
        "hosts": ["prod-app1"],
    } in production
    assert "email.yml" not in files["email-settings.lock.yml"]


def test_promtool_reads_the_figures(files: Mapping[str, str]) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=files["email_settings.prom"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    assert 'email_settings_units{environment="production",status="fail"} 1' in files["email_settings.prom"].splitlines()
