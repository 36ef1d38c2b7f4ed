# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole role: as many files as settings lead to, and a check, against builtin tasks and against Ansible's floor."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measuring import BenchmarkError, Contender, Sample, Section
from tests.benchmarks.plays import (
    HERE,
    LOCAL,
    PASSWORD,
    Play,
    Relay,
    Settings,
    Tree,
    environment,
    fresh,
    inventory,
    settings_for,
    write_yaml,
)

# What a file holds of the settings, and the expression that a person would have written there.
EXPRESSIONS = {
    PASSWORD: "{{ email_settings.smtp.auth.password }}",
    "svc-mail": "{{ email_settings.smtp.auth.username }}",
    "localhost": "{{ email_settings.smtp.host }}",
}
ROLE_PLAY: list[Tree] = [
    {"name": "The role", "hosts": "all", "gather_facts": False, "roles": [{"role": "appmail.settings.email"}]}
]
# The role's own two tasks a host are the check of its arguments, which is an action, and apply, which calls one module.
FLOOR_PLAY: list[Tree] = [
    {
        "name": "Nothing",
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"name": "An action", "empty_action": {}}, {"name": "A module", "empty_module": {}}],
    }
]
ONE_MODULE_PLAY: list[Tree] = [
    {"name": "Nothing", "hosts": "all", "gather_facts": False, "tasks": [{"name": "A module", "empty_module": {}}]}
]
NOTHING_PLAY: list[Tree] = [{"name": "Nothing", "hosts": "all", "gather_facts": False, "tasks": []}]


@dataclass(frozen=True)
class Site:
    """A folder with hosts, settings and all plays."""

    play: Play
    settings: Settings

    @property
    def written(self) -> Path:
        return self.play.folder / "written"

    def hosts(self, count: int, variables: Tree | None = None) -> str:
        """An inventory of so many hosts; its name."""
        name = f"hosts-{count}.yml" if variables is None else "remote.yml"
        hosts = [f"host{number:03}" for number in range(count)]
        inventory(self.play.folder / name, hosts, LOCAL if variables is None else variables)
        return name

    def forget(self, host: str) -> None:
        """Take away the files that were written for a host, so that the next run is a first one; folders stay."""
        for path in self.files(host):
            path.unlink()

    def files(self, host: str) -> list[Path]:
        """The files that were written for a host."""
        return [path for path in (self.written / host).rglob("*") if path.is_file()]


def site(server: Relay, name: str = "role") -> Site:
    """The plays, with the baseline's templates made from what the role writes."""
    folder = fresh(name)
    settings = settings_for(server)
    plays = {
        "role.yml": ROLE_PLAY,
        "floor.yml": FLOOR_PLAY,
        "one-module.yml": ONE_MODULE_PLAY,
        "nothing.yml": NOTHING_PLAY,
    }
    for file, content in plays.items():
        write_yaml(folder / file, content)
    write_yaml(folder / "group_vars" / "all" / "settings.yml", settings.variables())
    shared = {"email_dest_root": str(folder / "written") + "/{{ inventory_hostname }}", "email_reload": False}
    write_yaml(folder / "group_vars" / "all" / "shared.yml", shared)
    made = Site(Play(folder, environment()), settings)
    _write_baseline(made)
    return made


def _write_baseline(made: Site) -> None:
    """The baseline's templates: what the role wrote, with variables where it holds settings."""
    folder = made.play.folder
    shutil.copy(HERE / "baseline" / "play.yml", folder / "baseline.yml")
    result = applied(made, made.hosts(1))
    root = made.written / "host000"
    files: list[Tree] = []
    for index, file in enumerate(result["files"]):
        path = Path(str(file["path"]))
        template = folder / "templates" / f"{index:02}-{path.name}.j2"
        template.parent.mkdir(exist_ok=True)
        template.write_text(as_template(path.read_text(encoding="utf-8")), encoding="utf-8")
        files.append({"src": template.name, "dest": f"/{path.relative_to(root)}", "mode": file["mode"]})
    servers = [{"host": one["host"], "port": one["port"]} for one in result["results"]]
    distinct = [one for index, one in enumerate(servers) if one not in servers[:index]]
    write_yaml(folder / "group_vars/all/baseline.yml", {"baseline_files": files, "baseline_servers": distinct})


def as_template(content: str) -> str:
    """A text as the template that renders it, with the settings' own values as variables."""
    if "{{" in content or "{%" in content or "{#" in content:
        raise BenchmarkError("a rendered file looks like a template")
    for value, expression in EXPRESSIONS.items():
        content = content.replace(value, expression)
    # Ansible's template takes away one line end at the end, unless there is another one.
    return content


def applied(made: Site, hosts: str) -> dict[str, list[Tree]]:
    """What the role's one module call returns for the first host."""
    play = Play(made.play.folder, {**made.play.environment, "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal"})
    _sample, output = play.run("role.yml", "-i", hosts, "--limit", "host000", "-vvv")
    for part in output.split("host000 | ")[1:]:
        found = part.partition("=> ")[2]
        if '"results"' in found:
            result: dict[str, list[Tree]] = json.JSONDecoder().raw_decode(found)[0]
            return result
    raise BenchmarkError(f"the role returned no results\n{output}")


def same_files(made: Site, one: str, other: str) -> int:
    """How many files two hosts have; raises BenchmarkError where any differs."""
    trees = [
        {
            path.relative_to(made.written / host): path.read_bytes()
            for path in made.files(host)
            # What the role remembers on a host has no peer.
            if "appmail.settings" not in path.parts
        }
        for host in (one, other)
    ]
    if trees[0] != trees[1]:
        differing = [str(path) for path in {**trees[0], **trees[1]} if trees[0].get(path) != trees[1].get(path)]
        raise BenchmarkError(f"the baseline does not write the same: {', '.join(differing)}")
    return len(trees[0])


def measure_role(made: Site, hosts: int, runs: int, *, baseline: bool) -> Section:
    """The unchanged role on so many hosts, the floor, and where that does not take all day the baseline."""
    section = Section(f"the whole role, nothing changed, {hosts} local host{'s' if hosts > 1 else ''}")
    chosen = made.hosts(hosts)
    playing = {
        "role": "role.yml",
        "one empty module": "one-module.yml",
        "empty action and module": "floor.yml",
        "empty play": "nothing.yml",
    }
    contenders: dict[str, Contender] = {name: _player(made, playbook, chosen) for name, playbook in playing.items()}
    made.play.run("role.yml", "-i", chosen)
    if baseline:
        made.play.run("baseline.yml", "-i", chosen)
        contenders["builtin tasks"] = _player(made, "baseline.yml", chosen)
    section.measure(contenders, runs, few=["builtin tasks"])
    section.figures["role : one empty module"] = section.ratio("role", "one empty module")
    section.figures["role : one empty module, CPU"] = section.ratio("role", "one empty module", what="cpu")
    section.figures["seconds of CPU a host"] = section.timings["role"].median("cpu") / hosts
    section.figures["role : empty action and module"] = section.ratio("role", "empty action and module")
    section.figures["MiB over one empty module"] = section.timings["role"].median("memory") - section.timings[
        "one empty module"
    ].median("memory")
    if baseline:
        section.figures["builtin tasks : role"] = section.ratio("builtin tasks", "role")
        section.figures["builtin tasks : role, CPU"] = section.ratio("builtin tasks", "role", what="cpu")
    return section


def growth(measured: Mapping[int, Section]) -> Section:
    """What a host more costs, from each number of hosts to the next."""
    section = Section("the whole role, nothing changed: what a host more costs")
    counts = sorted(measured)
    for fewer, more in itertools.pairwise(counts):
        for name in ("role", "one empty module"):
            before, after = (measured[count].timings[name] for count in (fewer, more))
            for what, unit in (("wall", "ms"), ("cpu", "ms of CPU"), ("memory", "KiB")):
                scale = 1024 if what == "memory" else 1000
                cost = scale * (after.median(what) - before.median(what)) / (more - fewer)
                section.figures[f"{name}, {fewer} to {more} hosts, {unit} a host"] = cost
    return section


def _player(made: Site, playbook: str, hosts: str) -> Contender:
    return lambda: made.play.sample(playbook, "-i", hosts)


def _first(made: Site, playbook: str, *arguments: str) -> Contender:
    """A run that finds nothing written."""

    def play() -> Sample:
        made.forget("host000")
        return made.play.sample(playbook, *arguments)

    return play


def measure_files(made: Site, runs: int) -> Section:
    """The files alone on one host: a first run and one that changes nothing, against the loop of templates."""
    section = Section("the files alone, 1 local host")
    hosts = made.hosts(1)
    ours = ("-i", hosts, "-e", "email_check=never")
    loop = ("-i", hosts, "-e", '{"baseline_servers": []}')

    _first(made, "role.yml", *ours)()
    shutil.copytree(made.written / "host000", made.written / "kept")
    _first(made, "baseline.yml", *loop)()
    section.figures["files"] = same_files(made, "host000", "kept")
    shutil.rmtree(made.written / "kept")
    contenders: dict[str, Contender] = {
        "role, first run": _first(made, "role.yml", *ours),
        "role, unchanged": lambda: made.play.sample("role.yml", *ours),
        "templates, first run": _first(made, "baseline.yml", *loop),
        "templates, unchanged": lambda: made.play.sample("baseline.yml", *loop),
        "empty play": lambda: made.play.sample("nothing.yml", "-i", hosts),
    }
    cold = {
        "role, first run on cold caches": _cold(made, "role.yml", *ours),
        "templates, first run on cold caches": _cold(made, "baseline.yml", *loop),
        "empty play on cold caches": _cold(made, "nothing.yml", "-i", hosts),
    }
    few = [name for name in (*contenders, *cold) if name.startswith("templates")]
    section.measure({**contenders, **cold}, runs, few=few)
    for when, floor in _FLOORS.items():
        ratio = section.ratio(f"templates, {when}", f"role, {when}", floor=floor)
        section.figures[f"templates : role, {when}, net"] = ratio
    return section


_FLOORS = {
    "first run": "empty play",
    "first run on cold caches": "empty play on cold caches",
    "unchanged": "empty play",
}


def _cold(made: Site, playbook: str, *arguments: str) -> Contender:
    """A run that finds nothing written, on a controller where nothing has run: no compiled code, no home of Ansible.

    Python reads and keeps compiled code below PYTHONPYCACHEPREFIX alone where that is set; the module on the local host
    has it from Ansible.
    """

    def play() -> Sample:
        made.forget("host000")
        with tempfile.TemporaryDirectory(prefix="appmail-bench-") as folder:
            caches = {"ANSIBLE_HOME": f"{folder}/ansible", "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
            return Play(made.play.folder, {**made.play.environment, **caches}).sample(playbook, *arguments)

    return play
