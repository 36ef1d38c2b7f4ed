# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project in examples/awx, run by ansible-runner with a survey's answers and what its credential injects."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import VAULT_PASSWORD
from tests.integration.repositories import vaulted
from tests.integration.runtimes.private_data import Credential, Done, Job, environment, require, run, run_elsewhere
from tests.servers.mail_server import MailServer
from tests.tools.tree import ROOT

PROJECT = ROOT / "examples" / "awx"
USER = "svc-mail"
PASSWORD = "Pa$$ w0rd/+é=42"
WRONG_PASSWORD = "Wr0ng/+é=42 at all"
Runner = Callable[..., Done]
RUNNERS: Mapping[str, Runner] = {"run": run, "transmit, worker, process": run_elsewhere}


def document(name: str) -> dict[str, object]:
    read: dict[str, object] = json.loads((PROJECT / name).read_text(encoding="utf-8"))
    return read


INJECTORS: Mapping[str, Mapping[str, str]] = document("credential-type.json")["injectors"]  # type: ignore[assignment]


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer({USER: PASSWORD}) as running:
        yield running


@pytest.fixture
def job(server: MailServer, tmp_path: Path) -> Job:
    """The job that applies, as a survey's answers give them: text but for whole numbers."""
    answers = {
        **{question["variable"]: question["default"] for question in document("survey.json")["spec"]},  # type: ignore[attr-defined]
        "relay_host": "localhost",
        "relay_port": str(server.ports["smtp_starttls"]),
        "email_check_options": {"tls": {"ca_file": str(server.ca_file)}},
        "awx_job_id": 7,
    }
    credential = Credential(INJECTORS, {"username": USER, "password": PASSWORD})
    return Job(PROJECT, "apply.yml", tmp_path / "hosts", answers, (credential,))


@pytest.mark.parametrize("runner", RUNNERS.values(), ids=RUNNERS)
def test_a_job_that_applies(job: Job, server: MailServer, tmp_path: Path, runner: Runner) -> None:
    logins = server.counts("smtp_starttls").logins
    done = runner(job, tmp_path)
    assert done.status == 0, done.printed
    assert done.printed.count("email settings are valid") == 1
    assert {file.parents[1].name for file in tmp_path.rglob("msmtprc")} == {"app1", "app2"}
    assert server.counts("smtp_starttls").logins == logins + 2
    assert (done.artifacts / "rc").read_text() == "0"
    # What was seen on each host comes back with the artifacts.
    assert len(list((done.artifacts / "record").rglob("*.json"))) == 2, list(done.artifacts.iterdir())
    # The credential's own file is all that holds it.
    assert done.files_with(USER, PASSWORD) == {"tmp0template.password"}


@pytest.mark.parametrize("runner", RUNNERS.values(), ids=RUNNERS)
def test_a_job_that_fails_keeps_its_status_and_says_why_in_its_events(job: Job, tmp_path: Path, runner: Runner) -> None:
    wrong = Credential(INJECTORS, {"username": USER, "password": WRONG_PASSWORD})
    done = runner(replace(job, credentials=(wrong,)), tmp_path, "-vvv")
    assert (done.status, (done.artifacts / "rc").read_text()) == (2, "2"), done.printed
    failed = done.events("runner_on_failed")
    assert {event["host"] for event in failed} == {"app1", "app2"}
    results = [event["res"] for event in failed]
    assert {(result["category"], result["reason"]) for result in results} == {("login_failed", "auth_rejected")}  # type: ignore[index]
    assert not list(tmp_path.rglob("msmtprc"))
    assert done.files_with(USER, WRONG_PASSWORD) == {"tmp0template.password"}


@pytest.mark.once
def test_a_job_whose_settings_are_wrong_ends_at_the_gate(job: Job, tmp_path: Path) -> None:
    done = run_elsewhere(replace(job, answers={**job.answers, "relay_encryption": "tls"}), tmp_path)
    assert (done.status, (done.artifacts / "rc").read_text()) == (2, "2"), done.printed
    assert "smtp.encryption: tls is not one of none, starttls_opportunistic" in done.printed
    assert [event["task"] for event in done.events("runner_on_failed")] == ["Shut the gate where something is wrong"]
    assert done.files_with(USER, PASSWORD) == {"tmp0template.password"}


# Other ways in which a credential may hand over the password, the variable that reads it, and the files that then hold
# it: ansible-runner writes the environment down among its artifacts.
INJECTED = {
    "an extra variable": ({"extra_vars": {"relay_password": "{{ password }}"}}, None, {"tmp0extra"}),
    "the environment": (
        {"env": {"RELAY_PASSWORD": "{{ password }}"}},
        "{{ lookup('ansible.builtin.env', 'RELAY_PASSWORD') }}",
        {"envvars", "command"},
    ),
}


@pytest.mark.once
@pytest.mark.parametrize(("injectors", "variable", "holders"), INJECTED.values(), ids=INJECTED)
def test_a_password_that_is_injected_otherwise(
    job: Job,
    tmp_path: Path,
    injectors: Mapping[str, Mapping[str, str]],
    variable: str | None,
    holders: set[str],
) -> None:
    credential = Credential(injectors, {"username": USER, "password": PASSWORD})
    answers = {**job.answers, **({"relay_password": variable} if variable else {})}
    done = run(replace(job, playbook="check.yml", credentials=(credential,), answers=answers), tmp_path)
    assert done.status == 0, done.printed
    assert done.printed.count("Test connection complete") == 2
    assert done.files_with(USER, PASSWORD) == holders


@pytest.mark.once
def test_a_password_in_the_projects_vault_is_in_no_file_at_all(job: Job, tmp_path: Path) -> None:
    project = tmp_path / "vaulted"
    (project / "group_vars" / "all").mkdir(parents=True)
    for name in ("check.yml", "group_vars/all.yml"):
        (project / name.replace("all.yml", "all/email.yml")).write_text((PROJECT / name).read_text("utf-8"), "utf-8")
    (project / "group_vars" / "all" / "vault.yml").write_text(f"relay_password: {vaulted(PASSWORD)}\n", "utf-8")
    words = VAULT_PASSWORD.read_text(encoding="utf-8").strip()
    done = run_elsewhere(
        replace(
            job,
            project=project,
            playbook="check.yml",
            credentials=(),
            passwords={r"Vault password:\s*?$": words},
            options="--ask-vault-pass",
        ),
        tmp_path,
    )
    assert done.status == 0, done.printed
    assert done.printed.count("Test connection complete") == 2
    assert done.files_with(USER, PASSWORD) == set()


@pytest.mark.once
def test_what_is_written_for_people_comes_back(job: Job, tmp_path: Path) -> None:
    """An application that is configured on a page, on a host that has the node do it all."""
    answers = {
        **job.answers,
        "email_targets": '[{"app": "infinite_campus"}]',
        "email_check": "never",
        "email_delegate_to": "localhost",
        "email_dest_root": "{{ job_artifacts }}/sheets/{{ inventory_hostname }}",
    }
    done = run_elsewhere(replace(job, answers=answers, hosts=("saas",)), tmp_path)
    assert done.status == 0, done.printed
    assert (done.artifacts / "runbooks" / "saas" / "infinite_campus.runbook.md").is_file()
    assert (done.artifacts / "sheets" / "saas" / "etc" / "appmail" / "infinite_campus.settings.yml").is_file()
    assert done.files_with(USER, PASSWORD) == {"tmp0template.password"}


@pytest.mark.once
def test_the_record_comes_back(job: Job, tmp_path: Path) -> None:
    done = run_elsewhere(replace(job, playbook="audit.yml"), tmp_path)
    assert done.status == 0, done.printed
    record = json.loads((done.artifacts / "record" / "email-record.json").read_text(encoding="utf-8"))
    assert record["summary"]["headline"].startswith("The settings are in order")
    assert done.files_with(USER, PASSWORD) == {"tmp0template.password"}


# What a survey may send, and what is said of it; None where it is right.
ANSWERS = {
    "left blank": ({"email_hosts": "", "email_backup": "", "email_check": "never", "email_formats": ""}, None),
    "a port that is none": ({"relay_port": "smtp"}, "smtp.port: 0 is less than 1"),
    "a word that is none of the four": (
        {"email_check": "sometimes"},
        "value of email_check must be one of: before, after, both, never, got: sometimes",
    ),
    "a yes that is none": ({"email_backup": "perhaps"}, "argument 'email_backup' is of type str"),
    "applications as JSON": ({"email_targets": '[{"app": "msmtp"}]'}, None),
    "settings as text": (
        {"email_settings": {"schema_version": "1", "smtp": {"tls": {"verify": "true"}}}},
        "smtp.tls.verify: must be true or false, not text; a survey gives text: use it as {{ name | bool }}",
    ),
    "a group that is not there": ({"email_hosts": "app3"}, "no host of the inventory matches app3"),
}


@pytest.mark.once
@pytest.mark.parametrize(("answers", "words"), ANSWERS.values(), ids=ANSWERS)
def test_answers_of_a_survey(job: Job, tmp_path: Path, answers: Mapping[str, object], words: str | None) -> None:
    done = run(replace(job, hosts=("app1",), answers={**job.answers, "email_check": "never", **answers}), tmp_path)
    assert (done.status == 0) == (words is None), done.printed
    assert (words or "email settings are valid") in done.printed


def test_what_a_survey_asks_fits_what_awx_takes() -> None:
    """AWX, Job templates, Surveys: the keys of a question, its types, and what each type needs."""
    survey = document("survey.json")
    assert set(survey) == {"name", "description", "spec"}
    questions: list[dict[str, object]] = survey["spec"]  # type: ignore[assignment]
    assert len({question["variable"] for question in questions}) == len(questions)
    for question in questions:
        assert {"question_name", "variable", "type", "required"} <= set(question)
        assert question["type"] in {"text", "textarea", "integer", "float", "multiplechoice", "multiselect"}
        default, choices = question["default"], question["choices"]
        if question["type"] == "multiplechoice":
            assert isinstance(choices, list)
            assert default in choices
        elif question["type"] == "integer":
            assert isinstance(default, int)
            assert question["min"] <= default <= question["max"]  # type: ignore[operator]
        else:
            assert question["min"] <= len(str(default)) <= question["max"]  # type: ignore[operator]


def test_a_surveys_answers_are_variables_that_the_project_reads() -> None:
    read = (PROJECT / "group_vars" / "all.yml").read_text(encoding="utf-8")
    roles = yaml.safe_load((ROOT / "roles" / "email" / "defaults" / "main.yml").read_text(encoding="utf-8"))
    for question in document("survey.json")["spec"]:  # type: ignore[attr-defined]
        assert question["variable"] in (*roles, "email_hosts") or f"{{{{ {question['variable']}" in read


def test_the_credential_type_fits_what_awx_takes() -> None:
    """AWX, Custom credential types: fields with an id, a label and a type; injectors that name them."""
    kind = document("credential-type.json")
    assert set(kind) == {"name", "description", "kind", "inputs", "injectors"}
    assert kind["kind"] in {"cloud", "net"}
    inputs: dict[str, list[dict[str, object]]] = kind["inputs"]  # type: ignore[assignment]
    fields = {str(given["id"]): given for given in inputs["fields"]}
    assert set(inputs) == {"fields", "required"}
    assert set(inputs["required"]) <= set(fields)
    assert all(
        set(given) <= {"id", "label", "type", "secret"} and given["type"] == "string" for given in fields.values()
    )
    assert fields["password"]["secret"] is True
    assert set(INJECTORS) <= {"env", "extra_vars", "file"}
    assert all(name.startswith("template.") for name in INJECTORS["file"])


def test_every_playbook_of_the_project_is_the_collections_own() -> None:
    for file in PROJECT.glob("*.yml"):
        if file.name != "execution-environment.yml":
            plays = yaml.safe_load(file.read_text(encoding="utf-8"))
            assert all(play["ansible.builtin.import_playbook"].startswith("appmail.settings.") for play in plays)


@pytest.mark.once
def test_the_execution_environment_is_one_that_ansible_builder_takes(tmp_path: Path) -> None:
    definition = PROJECT / "execution-environment.yml"
    command = [require("ansible-builder"), "create", "--file", str(definition), "--context", str(tmp_path / "context")]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(), check=False, cwd=tmp_path, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # Podman's name for it, or Docker's, whichever is installed.
    assert list((tmp_path / "context").glob("*file"))
    wanted = yaml.safe_load((tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert wanted == yaml.safe_load((PROJECT / "collections" / "requirements.yml").read_text(encoding="utf-8"))
