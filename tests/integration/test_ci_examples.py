# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hook and the CI files of examples/ci: their very commands, in a project whose parts lie where users put them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import assert_no_secret
from tests.integration.repositories import commit, git, vaulted, write
from tests.tools.tree import COLLECTIONS, ROOT

pytestmark = pytest.mark.once

EXAMPLES = ROOT / "examples" / "ci"
BIN = Path(sys.executable).parent
SECRET = "hunter2-of-the-pipeline"
VAULT_PASSWORD = (ROOT / "tests" / "integration" / "vault-password").read_text(encoding="utf-8").strip()
# The 20 lines of the page on an application of one's own.
LEDGER = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/targets-writing.md").read_text(encoding="utf-8"), re.DOTALL)[0]

# The inventory at the top, a target in a folder that is called something else, a policy of one's own.
PROJECT = {
    "ansible.cfg": "[defaults]\ninventory = hosts.yml\n",
    "hosts.yml": "staging: {hosts: {staging-app1: {}}}\nproduction: {hosts: {prod-app1: {}}}\n",
    "group_vars/all/email.yml": """\
email_target_paths: [my-applications]
email_policies: [policies/ours.json]
email_settings:
  schema_version: 1
  smtp:
    host: smtp.example.edu
    encryption: implicit_tls
    auth:
      username: ledger
      password: "{{ vault_smtp_password }}"
  sender:
    address: ledger@example.edu
email_targets:
  - app: ledger
""",
    "group_vars/all/vault.yml": f"vault_smtp_password: {vaulted(SECRET)}\n",
    "policies/ours.json": json.dumps(
        {
            "title": "our-relay",
            "x-message": "mail leaves through smtp.example.edu alone",
            "properties": {"smtp": {"properties": {"host": {"const": "smtp.example.edu"}}}},
        }
    ),
    "my-applications/ledger/target.yml": LEDGER,
}


@dataclass(frozen=True)
class Fault:
    """What is written in place of what, in which file, and the place and the sentence that a reviewer reads."""

    file: str
    right: str
    wrong: str
    place: str
    said: str


FAULTS = {
    "in the inventory at the top": Fault(
        "hosts.yml",
        "{prod-app1: {}}",
        "{prod-app1: {email_targets: [{app: legder}]}}",
        "hosts.yml:2:",
        "did you mean ledger?",
    ),
    "in a target of one's own": Fault(
        "my-applications/ledger/target.yml",
        "smtp.encryption: {reason",
        "smtp.encrytion: {reason",
        "my-applications/ledger/target.yml:20:",
        "smtp.encrytion",
    ),
    "against a policy of one's own": Fault(
        "group_vars/all/email.yml",
        "host: smtp.example.edu",
        "host: relay.example.com",
        "group_vars/all/email.yml:6:11",
        "mail leaves through smtp.example.edu alone",
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder, PROJECT)
    git(tmp_path, "init", "--quiet", "project")
    commit(folder)
    return folder


def break_it(project: Path, fault: Fault) -> None:
    file = project / fault.file
    text = file.read_text(encoding="utf-8")
    assert text.count(fault.right) == 1
    file.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")
    commit(project)


def environment(project: Path, more: Mapping[str, str]) -> dict[str, str]:
    """What a runner has, and a folder with every program; nothing of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "GIT"))}
    found = {"PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]), "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    return {**kept, **found, "HOME": str(project.parent), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "10000", **more}


def shell(commands: Sequence[str], project: Path, more: Mapping[str, str]) -> tuple[int, str]:
    """Commands as a runner runs them: one shell, ended by the first that fails. What is installed here stays so."""
    ours = [command for command in commands if not re.match(r"(pip|apt-get|ansible-galaxy) ", command)]
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(ours)],
        cwd=project,
        env=environment(project, more),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout + done.stderr


@dataclass(frozen=True)
class Pipeline:
    """One run of a CI file: how its gate ended, all that it printed, and what it said would change."""

    status: int
    output: str
    differences: str


def gitlab(project: Path, since: str) -> Pipeline:
    """`before_script` and `script` in one shell, then `after_script` in another, whatever became of the first."""
    job = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text(encoding="utf-8"))["email settings"]
    password = project.parent / "vault-password"
    password.write_text(VAULT_PASSWORD, encoding="utf-8")
    known = {"ANSIBLE_VAULT_PASSWORD": str(password), "CI_MERGE_REQUEST_DIFF_BASE_SHA": since}
    variables = {
        name: re.sub(r"\$(\w+)", lambda word: known[word[1]], str(value)) for name, value in job["variables"].items()
    }
    # A runner's checkout is open to everyone.
    project.chmod(0o777)
    status, output = shell([*job["before_script"], *job["script"]], project, {**known, **variables})
    after = shell(job["after_script"], project, {**known, **variables})[1]
    kept = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
    assert [path for path in kept if not (project / path).exists()] == [], output
    differences = project / "reports" / "email-differences.md"
    return Pipeline(status, output + after, differences.read_text(encoding="utf-8") if differences.exists() else "")


def github(project: Path, since: str) -> Pipeline:
    """Every step that is a command, as `if` has it."""
    job = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text(encoding="utf-8"))["jobs"]["validate"]
    git(project, "update-ref", "refs/remotes/origin/main", since)
    summary = project.parent / "summary.md"
    summary.touch()
    runner = {"RUNNER_TEMP": str(project.parent), "GITHUB_STEP_SUMMARY": str(summary)}
    secrets = {"${{ secrets.ANSIBLE_VAULT_PASSWORD }}": VAULT_PASSWORD, "${{ github.base_ref }}": "main"}
    first, output = 0, ""
    for step in job["steps"]:
        if "run" in step and (first == 0 or step.get("if") == "always()"):
            given = {name: secrets[value] for name, value in step.get("env", {}).items()}
            status, printed = shell([step["run"]], project, {**runner, **given})
            first, output = first or status, output + printed
    uploaded = [step["with"]["sarif_file"] for step in job["steps"] if "upload-sarif" in step.get("uses", "")]
    assert [(project / file).exists() for file in uploaded] == [True], output
    return Pipeline(first, output, summary.read_text(encoding="utf-8"))


SERVICES = {"gitlab": gitlab, "github": github}


def places(project: Path) -> str:
    """Where the reports show something: `FILE:LINE:` and the sentence, one a line."""
    lines = []
    for report in sorted((project / "reports").glob("*")):
        tree = json.loads(report.read_text(encoding="utf-8")) if report.suffix in (".json", ".sarif") else []
        for issue in tree if isinstance(tree, list) else []:
            location = issue["location"]
            begin = location["positions"]["begin"] if "positions" in location else {"line": location["lines"]["begin"]}
            at = f"{location['path']}:{begin['line']}:{begin.get('column', '')}"
            lines.append(f"{at} {issue['description']}")
        for result in tree["runs"][0]["results"] if isinstance(tree, dict) else []:
            place = result["locations"][0]["physicalLocation"]
            at = place["region"]
            column = at.get("startColumn", "")
            lines.append(f"{place['artifactLocation']['uri']}:{at['startLine']}:{column} {result['message']['text']}")
    return "\n".join(lines)


@pytest.mark.parametrize("service", SERVICES)
def test_a_right_project_passes_and_shows_what_would_change(project: Path, service: str) -> None:
    since = git(project, "rev-parse", "HEAD").strip()
    file = project / "group_vars/all/email.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("ledger@example", "books@example"), encoding="utf-8")
    commit(project)
    pipeline = SERVICES[service](project, since)
    assert pipeline.status == 0, pipeline.output
    assert "2 environments, 2 hosts" in pipeline.output
    assert "books@example.edu" in pipeline.differences
    assert_no_secret(pipeline.output + pipeline.differences + places(project), SECRET)


# Both run the same gate: one fault is enough for the second of them.
RUNS = {
    **{f"gitlab, {name}": ("gitlab", fault) for name, fault in FAULTS.items()},
    "github": ("github", FAULTS["in a target of one's own"]),
}


@pytest.mark.parametrize(("service", "fault"), RUNS.values(), ids=RUNS)
def test_a_fault_fails_the_gate_and_is_reported_at_its_line(project: Path, service: str, fault: Fault) -> None:
    since = git(project, "rev-parse", "HEAD").strip()
    break_it(project, fault)
    pipeline = SERVICES[service](project, since)
    assert pipeline.status == 2, pipeline.output
    assert re.search(rf"^{re.escape(fault.place)}.*{re.escape(fault.said)}", places(project), re.MULTILINE), (
        places(project) + pipeline.output
    )
    # The comparison is made as well, whatever the gate says.
    assert pipeline.differences


def test_a_comparison_that_cannot_be_made_costs_no_report(project: Path) -> None:
    break_it(project, FAULTS["against a policy of one's own"])
    nothing = git(project, "hash-object", "-t", "tree", "-w", "/dev/null").strip()
    pipeline = gitlab(project, git(project, "commit-tree", "-m", "empty", nothing).strip())
    assert pipeline.status == 2
    assert "group_vars/all/email.yml:6:11" in places(project)
    assert pipeline.differences == ""


def hook(project: Path) -> str:
    """What the hook says to what is staged, as `.pre-commit-hooks.yaml` offers it."""
    [offered] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    entry = f"{ROOT / offered['entry']} --vault-password-file ../vault-password"
    local = {"repo": "local", "hooks": [{**offered, "language": "system", "entry": entry}]}
    write(project, {"../vault-password": VAULT_PASSWORD, "../hooks.yaml": json.dumps({"repos": [local]})})
    store = {"PRE_COMMIT_HOME": str(project.parent / "pre-commit"), "PRE_COMMIT_COLOR": "never"}
    return shell(["pre-commit run --config ../hooks.yaml"], project, store)[1]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_the_hook_stops_a_commit_of_that_file_alone(project: Path, fault: Fault) -> None:
    file = project / fault.file
    file.write_text(file.read_text(encoding="utf-8").replace(fault.right, fault.wrong), encoding="utf-8")
    git(project, "add", ".")
    output = hook(project)
    assert "Failed" in output
    assert fault.said in output


def test_the_hook_leaves_alone_what_the_gate_does_not_read(project: Path) -> None:
    write(project, {"setup.py": "", "README.md": ""})
    git(project, "add", ".")
    assert "Skipped" in hook(project)
