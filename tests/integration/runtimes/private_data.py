# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX hands to ansible-runner for a job: a project, an inventory, a survey's answers, and what credentials inject.

A credential's injectors are templates over its inputs, and over the paths of the files that they ask for (AWX, Custom
credential types). What is not asked for by a file's name stands in the environment or in a file of extra variables.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tests.integration.playbooks import MANAGED_PYTHON, assert_no_secret
from tests.servers.leaks import leaks
from tests.tools.tree import COLLECTIONS

BIN = Path(sys.executable).parent


def require(program: str) -> str:
    """The path of a program of the tests' own environment; skips the test where it is missing."""
    found = shutil.which(program, path=str(BIN))
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def environment(**more: str) -> dict[str, str]:
    """What a program runs with that runs Ansible."""
    return {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_NOCOLOR": "1",
        **more,
    }


@dataclass(frozen=True)
class Credential:
    """A credential of a type: the injectors of that type, and its inputs."""

    injectors: Mapping[str, Mapping[str, str]]
    inputs: Mapping[str, str]


@dataclass(frozen=True)
class Job:
    """One job. `hosts` are all local, each with a root of its own below `root`."""

    project: Path
    playbook: str
    root: Path
    answers: Mapping[str, object] = field(default_factory=dict)
    credentials: Sequence[Credential] = ()
    hosts: Sequence[str] = ("app1", "app2")
    #: Prompts, and what is typed there.
    passwords: Mapping[str, str] = field(default_factory=dict)
    options: str = ""

    def write(self, folder: Path, lies_at: Path) -> None:
        """Write the private data directory. `lies_at` is where it lies when the job runs."""
        shutil.copytree(self.project, folder / "project")
        for name in ("env", "inventory"):
            (folder / name).mkdir()
        self._write_inventory(folder / "inventory" / "hosts")
        command_line, variables = [self.options], dict[str, str]()
        for number, credential in enumerate(self.credentials):
            injected = _inject(credential, folder / "env", lies_at / "env", number)
            variables.update(injected.environment)
            command_line.append(f"-e @{injected.extra_variables}")
        files = {"envvars": variables, "passwords": self.passwords, "extravars": self.answers}
        for name, content in files.items():
            (folder / "env" / name).write_text(yaml.safe_dump(dict(content), allow_unicode=True), encoding="utf-8")
        (folder / "env" / "cmdline").write_text(" ".join(command_line).strip(), encoding="utf-8")

    def _write_inventory(self, file: Path) -> None:
        """The inventory is a program, as AWX has it."""
        known = {"ansible_connection": "local", "ansible_python_interpreter": MANAGED_PYTHON}
        roots = {host: {**known, "email_dest_root": str(self.root / host)} for host in self.hosts}
        inventory = json.dumps({"all": {"hosts": list(self.hosts)}, "_meta": {"hostvars": roots}})
        file.write_text(f"#!{sys.executable}\nprint({inventory!r})\n", encoding="utf-8")
        file.chmod(0o700)


@dataclass(frozen=True)
class _Injected:
    environment: Mapping[str, str]
    extra_variables: Path


def _inject(credential: Credential, folder: Path, lies_at: Path, number: int) -> _Injected:
    templates = ImmutableSandboxedEnvironment()
    files: dict[str, Path] = {}
    names = dict(credential.inputs)

    def rendered(section: str, **more: object) -> dict[str, str]:
        texts = credential.injectors.get(section, {})
        return {name: templates.from_string(text).render(**names, **more) for name, text in texts.items()}

    for name, text in rendered("file").items():
        files[name.removeprefix("template.")] = lies_at / f"tmp{number}{name}"
        (folder / f"tmp{number}{name}").write_text(text, encoding="utf-8")
    tower = SimpleNamespace(filename=SimpleNamespace(**{name: str(path) for name, path in files.items()}))
    extra = f"tmp{number}extra"
    text = yaml.safe_dump(rendered("extra_vars", tower=tower), allow_unicode=True)
    (folder / extra).write_text(text, encoding="utf-8")
    return _Injected(rendered("env", tower=tower), lies_at / extra)


@dataclass(frozen=True)
class Done:
    """A job that has run: its status, what was printed, and the artifacts that are at hand."""

    status: int
    printed: str
    artifacts: Path
    #: The folder that the job ran in.
    ran_in: Path
    #: What went between the nodes.
    sent: str = ""

    def events(self, kind: str) -> list[dict[str, object]]:
        """The data of all events of a kind, in their order."""
        files = sorted((self.artifacts / "job_events").glob("*.json"), key=lambda file: int(file.name.split("-")[0]))
        events = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        return [event["event_data"] for event in events if event["event"] == kind]

    def all_texts(self) -> dict[str, str]:
        """What was printed and sent, and every file that there is, by name."""
        files = {*self.artifacts.rglob("*"), *self.ran_in.rglob("*")}
        texts = {str(file): file.read_bytes().decode("utf-8", "replace") for file in files if file.is_file()}
        return {"printed": self.printed, "sent": self.sent, **texts}

    def files_with(self, username: str, secret: str) -> set[str]:
        """The names of the files that hold a form of a secret."""
        return {Path(name).name for name, text in self.all_texts().items() if _holds(text, username, secret)}


def _holds(text: str, username: str, secret: str) -> bool:
    if leaks(text, username, secret):
        return True
    try:
        assert_no_secret(text, secret)
    except AssertionError:
        return True
    return False


def run(job: Job, folder: Path, *options: str) -> Done:
    """Run a job on this machine."""
    here = folder / "job"
    here.mkdir()
    job.write(here, here)
    done = _runner(["run", str(here), "-p", job.playbook, "-i", "1", *options])
    return Done(done.returncode, _text(done), here / "artifacts" / "1", here)


def run_elsewhere(job: Job, folder: Path, *options: str) -> Done:
    """Run a job as AWX does: packed on one node, run on another, and what came of it brought back."""
    control, node, back = (folder / name for name in ("control", "node", "back"))
    control.mkdir()
    back.mkdir()
    job.write(control, node)
    sent = _runner(["transmit", str(control), "-p", job.playbook, "-i", "1", *options])
    worked = _runner(["worker", "--private-data-dir", str(node)], sent.stdout)
    processed = _runner(["process", str(back), "-i", "1"], worked.stdout)
    between = _text(sent) + _text(worked)
    return Done(worked.returncode, _text(processed), back / "artifacts" / "1", node, between)


def _runner(arguments: Sequence[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [require("ansible-runner"), *arguments]
    return subprocess.run(
        command,
        input=given,
        capture_output=True,
        env=environment(),
        timeout=120,
        check=False,
        cwd=Path(arguments[1]).parent,
    )


def _text(done: subprocess.CompletedProcess[bytes]) -> str:
    return (done.stdout + done.stderr).decode("utf-8", "replace")
