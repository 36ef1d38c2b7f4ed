# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks play: hosts, settings, servers, and ansible-playbook as a user would start it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import cast

import yaml

from tests.benchmarks.measuring import BenchmarkError, Sample, run
from tests.tools.tree import COLLECTIONS

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "benchmarks"
BUILD = ROOT / "build" / "bench"
SPECS = ROOT / "tests" / "specs" / "targets"
PASSWORD = "a password of the benchmarks"
FILES_WANTED = 20
# Those of the first measurements, so that figures can be compared: five admin pages, three files with templates.
APPLICATIONS = (
    "alertmanager",
    "flexicapture",
    "infinite_campus",
    "msmtp",
    "postfix",
    "smartertrack",
    "teamconnect",
    "tegrity",
)
# What every play gets alike, ours and the others: pipelining, and somewhat more forks than Ansible's five.
FORKS = 10

Tree = dict[str, object]


class Program:
    """A server in a process of its own, which ends with this one: it reads its standard input to the end."""

    def __init__(self, module: str, *arguments: str, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said = self._read()

    def _read(self) -> Tree:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise BenchmarkError("a server did not start")
        return cast("Tree", json.loads(line))

    def counts(self) -> dict[str, int]:
        """What the server has counted since it began."""
        if self._process.stdin is None:
            raise BenchmarkError("a server has ended")
        self._process.stdin.write("counts\n")
        self._process.stdin.flush()
        return cast("dict[str, int]", self._read())

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass(frozen=True)
class Relay:
    """The relay that everything is checked against."""

    program: Program
    ca_file: Path

    def port(self, protocol: str, encryption: str) -> int:
        return cast("dict[str, int]", self.program.said["ports"])[f"{protocol}_{encryption}"]


@contextlib.contextmanager
def relay() -> Iterator[Relay]:
    """A relay on free ports of 127.0.0.1."""
    BUILD.mkdir(parents=True, exist_ok=True)
    ca_file = BUILD / f"ca-{os.getpid()}.pem"
    try:
        with Program("tests.servers.relay", "--ca-file", str(ca_file), RELAY_PASSWORD=PASSWORD) as program:
            yield Relay(program, ca_file)
    finally:
        ca_file.unlink(missing_ok=True)


def delay_proxy(upstream: int, round_trip: float) -> Program:
    """A proxy in front of a port; `said["port"]` is its own."""
    return Program("tests.servers.delay_proxy", "--upstream", str(upstream), "--round-trip", str(round_trip))


@dataclass(frozen=True)
class Settings:
    """A spec, its targets, and how it is checked, as the role takes them."""

    spec: Tree
    targets: list[Tree]
    check_options: Tree = field(default_factory=dict)

    def variables(self) -> Tree:
        return {"email_settings": self.spec, "email_targets": self.targets, "email_check_options": self.check_options}


def settings_for(server: Relay) -> Settings:
    """APPLICATIONS, each with settings that suit it, all on one relay.

    Configuration files come a second time under another destination, until there are FILES_WANTED files.
    """
    entries = [_entry(app) for app in APPLICATIONS]
    files = {str(entry["app"]): _files(str(entry["app"])) for entry in entries}
    total = sum(len(found) for found in files.values())
    for entry in [entry for entry in entries if not _is_admin_page(str(entry["app"]))] + list(entries):
        if total >= FILES_WANTED:
            break
        names = files[str(entry["app"])]
        entries.append({**entry, "dest": {name: f"/etc/second/{entry['app']}/{name}" for name in names}})
        total += len(names)
    spec: Tree = {
        "schema_version": 1,
        "smtp": {
            "host": "localhost",
            "encryption": "starttls",
            "auth": {"username": "svc-mail", "password": PASSWORD},
        },
    }
    # Some pages have no field for a port, or speak no STARTTLS, so where the relay is stands in the check's options.
    check = {"port": server.port("smtp", "starttls"), "encryption": "starttls", "tls": {"ca_file": str(server.ca_file)}}
    return Settings(spec, entries, check)


def _is_admin_page(app: str) -> bool:
    return "\nkind: admin_page" in (ROOT / "targets" / app / "target.yml").read_text(encoding="utf-8")


def _files(app: str) -> list[str]:
    described = yaml.safe_load((ROOT / "targets" / app / "target.yml").read_text(encoding="utf-8"))
    if "files" in described:
        return [file["name"] for file in described["files"]]
    return [f"{app}.settings.yml", f"{app}.runbook.md"]


def _entry(app: str) -> Tree:
    """An application with the settings of its valid example, moved to the relay; owners need no root."""
    spec = yaml.safe_load((SPECS / f"{app}.yml").read_text(encoding="utf-8"))
    spec.pop("schema_version")
    spec.pop("imap", None)
    spec["smtp"].update(host="localhost", auth={"username": "svc-mail", "password": PASSWORD})
    entry: Tree = {"app": app, "settings": spec}
    described = yaml.safe_load((ROOT / "targets" / app / "target.yml").read_text(encoding="utf-8"))
    if "versions" in described:  # the oldest, which the parser that is installed here knows for certain
        entry["version"] = described["versions"]["described"][0]
    if any("group" in file or "owner" in file for file in described.get("files", [])):
        entry["owner"] = entry["group"] = "root"
    return entry


@dataclass(frozen=True)
class Play:
    """A folder with playbooks and hosts that ansible-playbook is run in."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, playbook: str, *arguments: str, succeeds: bool = True) -> tuple[Sample, str]:
        """One run; `-i` and all else come as arguments."""
        command = [str(Path(sys.executable).parent / "ansible-playbook"), playbook, *arguments]
        return run(command, folder=self.folder, environment=self.environment, succeeds=succeeds)

    def sample(self, playbook: str, *arguments: str) -> Sample:
        return self.run(playbook, *arguments)[0]


def environment(**extra: str) -> dict[str, str]:
    """Ansible as it comes, with pipelining, and nothing of the user's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
        "ANSIBLE_FORKS": str(FORKS),
        "ANSIBLE_HOME": str(BUILD / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_ACTION_PLUGINS": str(HERE / "floor" / "action_plugins"),
        "ANSIBLE_LIBRARY": str(HERE / "floor" / "library"),
        "LC_ALL": "C.UTF-8",
        **extra,
    }


def fresh(name: str) -> Path:
    """An empty folder of a benchmark's own."""
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write_yaml(path: Path, tree: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")


def inventory(path: Path, hosts: Sequence[str], variables: Mapping[str, object]) -> None:
    write_yaml(path, {"all": {"hosts": {host: {} for host in hosts}, "vars": dict(variables)}})


LOCAL: Tree = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
