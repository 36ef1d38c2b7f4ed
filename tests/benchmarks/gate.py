# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate beside ansible.utils.validate and beside an empty action per host, in one run.

python -m tests.benchmarks.gate [--hosts 300] [--environments 30] [--runs 3]: medians and ratios.
python -m tests.benchmarks.gate --files: 1,000 spec files in one process, beside check-jsonschema.
python -m tests.benchmarks.gate --faults: what each of the two finds in the inventory with forty faults.

ansible.utils comes from the PyPI package `ansible`, of which only that collection is unpacked, under build/peers.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.benchmarks.measuring import Contender, Sample, Section, run
from tests.integration.gate.forty_faults import copy_seeded, faults
from tests.integration.playbooks import VAULT_PASSWORD
from tests.tools.tree import COLLECTIONS

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "build" / "peers"
SCHEMA = ROOT / "schemas" / "email_settings.schema.json"
FORKS = "10"

EMPTY_PLAY = "- {hosts: all, gather_facts: false}\n"
EMPTY_ACTION = "- {hosts: all, gather_facts: false, tasks: [{empty: {}}]}\n"
OURS = f"- ansible.builtin.import_playbook: {ROOT}/playbooks/validate.yml\n"
THEIRS = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.utils.validate:
        data: "{{ email_settings_base | default({}) | combine(email_settings, recursive=true) }}"
        criteria: "{{ lookup('ansible.builtin.file', 'SCHEMA') }}"
        engine: ansible.utils.jsonschema
      when: email_settings is defined
""".replace("SCHEMA", str(SCHEMA))
EMPTY_PLUGIN = """\
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return {}
"""
BASE = """\
relay: relay.{{ environment_name }}.example.edu
email_settings_base:
  schema_version: 1
  smtp:
    timeout: 60
    tls: {verify: true, minimum_version: "1.2", ca_file: /etc/ssl/certs/ca.pem}
  sender: {display_name: Example University, reply_to: "support@{{ environment_name }}.example.edu"}
  contacts: {administrator: root@example.edu, helpdesk: help@example.edu}
  application: {url: "https://{{ environment_name }}.example.edu"}
"""
SETTINGS = """\
environment_name: {name}
relay_password: secret-of-{name}
email_settings:
  smtp:
    host: "{{{{ relay }}}}"
    port: {port}
    encryption: starttls
    auth: {{username: svc-{name}, password: "{{{{ relay_password }}}}"}}
  sender: {{address: "noreply@{name}.example.edu"}}
email_targets:
  - {{app: postfix}}
  - {{app: msmtp}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=300)
    parser.add_argument("--environments", type=int, default=30)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--files", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        if given.faults:
            lines = compare_findings(Path(folder))
        elif given.files:
            lines = in_lines(measure_files(given.runs, Path(folder)))
        else:
            lines = in_lines(measure_gate(given.runs, Path(folder), given.hosts, given.environments))
    sys.stdout.write("\n".join(lines) + "\n")


def bring_peer() -> None:
    """Unpack ansible.utils, once."""
    if (PEERS / "ansible_collections" / "ansible" / "utils").is_dir():
        return
    PEERS.mkdir(parents=True, exist_ok=True)
    if not list(PEERS.glob("ansible-12*.whl")):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, "--dest", str(PEERS), "ansible==12.*"], check=True)
    with zipfile.ZipFile(next(PEERS.glob("ansible-12*.whl"))) as wheel:
        names = [name for name in wheel.namelist() if name.startswith("ansible_collections/ansible/utils/")]
        wheel.extractall(PEERS, names)


def play(folder: Path, name: str, *arguments: str, succeeds: bool = True) -> tuple[Sample, str]:
    """Run a playbook as a user would; what it cost and what it printed."""
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": f"{COLLECTIONS}:{PEERS}",
        "ANSIBLE_FORKS": FORKS,
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "false",
    }
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml", name, *arguments]
    return run(command, folder=folder, environment=environment, succeeds=succeeds)


# What each costs


def make_inventory(folder: Path, hosts: int, environments: int, *, port: str = "587") -> Path:
    """Hosts evenly in environments, whose settings lie over common ones, with templates in both."""
    names = [f"env{number:02}" for number in range(1, environments + 1)]
    each = hosts // environments
    groups: dict[str, object] = {name: {"hosts": {f"{name}-{host:02}": {} for host in range(each)}} for name in names}
    write(folder / "hosts.yml", json.dumps({"all": {"children": groups}}))
    write(folder / "group_vars" / "all.yml", BASE)
    for name in names:
        write(folder / "group_vars" / f"{name}.yml", SETTINGS.format(name=name, port=port))
    write(folder / "action_plugins" / "empty.py", EMPTY_PLUGIN)
    plays = {"nothing": EMPTY_PLAY, "empty": EMPTY_ACTION, "ours": OURS, "theirs": THEIRS}
    for play_name, text in plays.items():
        write(folder / f"{play_name}.yml", text)
    return folder


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def measure_gate(runs: int, folder: Path, hosts: int = 300, environments: int = 30) -> Section:
    """Goals 5, 12 and 13: the same inventory through each of them, and ours with a fault in each environment."""
    bring_peer()
    right = make_inventory(folder / "right", hosts, environments)
    wrong = make_inventory(folder / "wrong", hosts, environments, port="70000")
    fewer_hosts = make_inventory(folder / "fewer-hosts", hosts // 3, environments)
    fewer = make_inventory(folder / "fewer", hosts, environments // 3)
    nothing, empty, gate, failing, peer = (
        "empty play",
        "empty action per host",
        "the gate",
        "the gate, a fault in each environment",
        "ansible.utils.validate",
    )
    contenders: dict[str, Contender] = {
        nothing: lambda: play(right, "nothing.yml")[0],
        empty: lambda: play(right, "empty.yml")[0],
        gate: lambda: play(right, "ours.yml")[0],
        failing: lambda: play(wrong, "ours.yml", succeeds=False)[0],
        peer: lambda: play(right, "theirs.yml")[0],
        "the gate, a third of the hosts": lambda: play(fewer_hosts, "ours.yml")[0],
        "the gate, a third of the environments": lambda: play(fewer, "ours.yml")[0],
    }
    section = Section(f"the gate, {hosts} hosts in {environments} environments")
    section.measure(contenders, runs)
    for what in ("wall", "cpu"):
        section.figures[f"{peer} : {gate}, net, {what}"] = section.ratio(peer, gate, floor=nothing, what=what)
    section.figures[f"{empty} : {gate}, net"] = section.ratio(empty, gate, floor=nothing)
    section.figures["failing : passing, net"] = section.ratio(failing, gate, floor=nothing)
    for part, less, what in (
        ("hosts", hosts - hosts // 3, "host"),
        ("environments", environments - environments // 3, "environment"),
    ):
        grown = section.timings[gate].median("cpu") - section.timings[f"the gate, a third of the {part}"].median("cpu")
        section.figures[f"ms of CPU a{'n' if what[0] == 'e' else ''} {what} more"] = 1000 * grown / less
    memory = section.timings[gate].median("memory") - section.timings[empty].median("memory")
    section.figures["MiB over an empty action"] = memory
    return section


def measure_files(runs: int, folder: Path, number: int = 1000) -> Section:
    """Goal 6: spec files in one process, against check-jsonschema."""
    whole = (ROOT / "tests" / "specs" / "valid" / "the-whole-spec.yml").read_text(encoding="utf-8")
    files = [folder / "specs" / f"spec{index:04}.yml" for index in range(number)]
    for file in files:
        write(file, whole)
    names = [str(file) for file in files]
    python = Path(sys.executable)
    environment = {**os.environ, "PYTHONPATH": str(COLLECTIONS)}
    peer = [str(python.with_name("check-jsonschema")), "--schemafile", str(SCHEMA), *names]
    ours = [str(python), "-m", "tests.benchmarks.spec_files"]
    section = Section(f"{number} spec files in one process")
    contenders: dict[str, Contender] = {
        "ours": lambda: run([*ours, "jsonschema", *names], folder=ROOT, environment=environment)[0],
        "ours, jsonschema-rs": lambda: run([*ours, "jsonschema-rs", *names], folder=ROOT, environment=environment)[0],
        "check-jsonschema": lambda: run(peer, folder=ROOT, environment=environment)[0],
    }
    section.measure(contenders, runs)
    for what in ("wall", "cpu"):
        for engine in ("ours", "ours, jsonschema-rs"):
            section.figures[f"check-jsonschema : {engine}, {what}"] = section.ratio(
                "check-jsonschema", engine, what=what
            )
    return section


def in_lines(section: Section) -> list[str]:
    """The section as a table and its figures."""
    width = max(map(len, section.timings))
    lines = [section.title, f"  {'':{width}}   wall s  spread    CPU s   MiB"]
    for name, timing in section.timings.items():
        measured = f"{timing.median():8.2f} {timing.spread():6.0%} {timing.median('cpu'):8.2f}"
        lines.append(f"  {name:{width}} {measured} {timing.median('memory'):6.0f}")
    return lines + [f"  {name}: {figure:.2f}" for name, figure in section.figures.items()]


# What each finds


def compare_findings(folder: Path) -> list[str]:
    """The inventory with forty faults, side by side, as a Markdown table."""
    bring_peer()
    seeded = copy_seeded(folder / "work")
    reports = folder / "reports"
    vault = ("--vault-password-file", str(VAULT_PASSWORD))
    write(seeded / "ours.yml", OURS)
    write(seeded / "theirs.yml", THEIRS)
    wanted = json.dumps({"email_formats": ["json"], "email_report_dest": str(reports)})
    ours, our_output = play(seeded, "ours.yml", *vault, "-e", wanted, succeeds=False)
    theirs, their_output = play(seeded, "theirs.yml", *vault, succeeds=False)
    found = json.loads((reports / "email-settings.json").read_text(encoding="utf-8"))["errors"]
    places = {(item["file"].removeprefix("mail/"), item["line"], item["path"]): item for item in found}
    peer = found_by_peer(their_output)
    secrets = ("hunter2-in-clear-text", "support-at-campus.example.edu", "correct-horse-battery")
    lines = ["| fault | the gate | ansible.utils.validate |", "| --- | --- | --- |"]
    seen_by_peer = located_by_peer = 0
    for fault in faults():
        item = places[fault.file, fault.line, fault.path]
        place = f"{fault.file}:{fault.line}:{item['column']}"
        seen = next((peer[host, fault.path] for host in item["hosts"] if (host, fault.path) in peer), None)
        seen_by_peer += seen is not None
        located_by_peer += place in their_output
        lines.append(f"| {fault.path} | {place} | {seen or 'not found'} |")
    sums = {
        "found": (len(places), seen_by_peer),
        "with file, line and column": (sum(1 for item in found if item["column"]), located_by_peer),
        "seconds": (f"{ours.wall:.1f}", f"{theirs.wall:.1f}"),
        "secrets printed": (leaked(our_output, secrets), leaked(their_output, secrets)),
    }
    return lines + [f"| **{name}** | {mine} | {other} |" for name, (mine, other) in sums.items()]


def found_by_peer(output: str) -> dict[tuple[str, str], str]:
    """(host, path) -> what it names as the place, of each error that ansible.utils.validate reports.

    Where the task fails before it can judge, what Ansible says counts as a finding about the settings as a whole.
    """
    found: dict[tuple[str, str], str] = {}
    for host, failed in re.findall(r"fatal: \[([^]]*)\]: FAILED! => (\{.*\})", output):
        result = json.loads(failed)
        if "errors" not in result:
            found[host, "email_settings"] = "the task fails before it judges"
        for error in result.get("errors", ()):
            path = str(error["data_path"])
            for named in (path, *unknown_or_missing(path, str(error["message"]))):
                found[host, named] = f"`{error['schema_path']}`"
    return found


def unknown_or_missing(path: str, message: str) -> Iterable[str]:
    """An unknown or a missing key stands in the message alone."""
    for key in re.findall(r"'([^']+)' (?:was|were) unexpected|'([^']+)' is a required property", message):
        yield ".".join(part for part in (path, *key) if part)


def leaked(output: str, secrets: Sequence[str]) -> int:
    return sum(1 for secret in secrets if secret in output)


if __name__ == "__main__":
    main()
