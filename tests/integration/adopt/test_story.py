# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way of a host that was set by hand: adopt, read the findings, mend two lines, validate, apply, check.

The files are in `story`, as people write them, for eight applications; three are wrong in ways that people are: Redmine
takes STARTTLS only if it is offered, Grafana verifies no certificate, and everybody may read msmtp's password. The
README and docs/adopt.md show what is printed here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from tests.integration.playbooks import MANAGED_PYTHON, Run, assert_no_secret, run_playbook
from tests.servers.mail_server import LISTENERS, MailServer

STORY = Path(__file__).parent / "story"
ROOT = Path(__file__).resolve().parents[3]
APPS = ("alertmanager", "gitea", "grafana", "monit", "msmtp", "postfix", "redmine", "wordpress")
ACCOUNTS = {"svc-mail": "Herbst+2026/x", "svc-grafana": "Sommer#2026;x"}
VARIABLES = "group_vars/production/email.yml"
HAND_MADE = "var/www/html/wp-content/mu-plugins/smtp.php"
# What a person mends: the setting as it was adopted, and as it should be.
MENDED = {
    "grafana": ("verify: false", "verify: true"),
    "redmine": ('encryption: "starttls_opportunistic"', 'encryption: "starttls"'),
}

pytestmark = pytest.mark.skipif(
    any(shutil.which(program) is None for program in ("postconf", "msmtp", "amtool")),
    reason="postfix, msmtp or prometheus-alertmanager is not installed",
)


@dataclass
class Project:
    """A project's folder, with the files of its hosts below `hosts`, and a relay that they send through."""

    folder: Path
    relay: MailServer
    runs: dict[str, Run] = field(default_factory=dict)

    def add_host(self, host: str, changes: Mapping[str, tuple[str, str]] | None = None) -> None:
        """A host with the files of the story; of some a text is another one."""
        places = {"RELAY": "localhost", "STARTTLS_PORT": self._port("starttls"), "TLS_PORT": self._port("implicit_tls")}
        for source in (path for path in STORY.rglob("*") if path.is_file()):
            name = str(source.relative_to(STORY))
            text = re.sub(r"RELAY|STARTTLS_PORT|TLS_PORT", lambda match: places[match[0]], source.read_text())
            text = text.replace(*(changes or {}).get(name, ("", "")))
            path = self.host(host) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o644 if path.name == "msmtprc" else 0o640)

    def _port(self, how: str) -> str:
        return str(self.relay.ports[f"smtp_{how}"])

    def host(self, name: str) -> Path:
        return self.folder / "hosts" / name

    def write_inventory(self, groups: Mapping[str, tuple[str, ...]]) -> None:
        children = {group: {"hosts": {host: {} for host in hosts}} for group, hosts in groups.items()}
        self._write("hosts.yml", {"all": {"children": children}})
        # On a host of its own the files lie where each target says.
        root = f"{self.folder}/hosts/{{{{ inventory_hostname }}}}"
        targets = [
            {"app": app, "dest": {f.name: f"{root}{f.path}" for f in find_target(app).at().files}} for app in APPS
        ]
        self._write("looked-for.json", {"email_targets": targets})
        options = {"tls": {"ca_file": str(self.relay.ca_file)}, "timeout": 20}
        self._write("here.json", {"email_check_options": options, "email_reload": False})

    def _write(self, name: str, tree: object) -> None:
        (self.folder / name).write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")

    def play(self, name: str, *arguments: str, path: str | None = None) -> Run:
        """One of the collection's playbooks; no password is in what it prints."""
        given = [
            "-i",
            "hosts.yml",
            "-e",
            f"ansible_python_interpreter={MANAGED_PYTHON}",
            "-e",
            "ansible_connection=local",
        ]
        given += ["-e", "@here.json", *(["-e", "@looked-for.json"] if name == "adopt" else []), *arguments]
        environment = {"PATH": path} if path else {}
        done = run_playbook(self.folder, *given, playbook=f"appmail.settings.{name}", environment=environment)
        assert_no_secret(done.output, *ACCOUNTS.values())
        return done

    def mend(self) -> None:
        """What the findings ask for: two lines of the variables, and code that would win over what is written."""
        path = self.folder / VARIABLES
        parts = re.split(r"(?m)^(?=  - app: )", path.read_text(encoding="utf-8"))
        for index, part in enumerate(parts):
            app = part.partition("app: ")[2].partition("\n")[0]
            parts[index] = part.replace(*MENDED.get(app, ("", "")), 1) if app in MENDED else part
        path.write_text("".join(parts), encoding="utf-8")
        (self.host("web1") / HAND_MADE).unlink()

    def connections(self) -> int:
        return sum(self.relay.counts(listener.name).connections for listener in LISTENERS)


@pytest.fixture(scope="module")
def relay() -> Iterator[MailServer]:
    with MailServer(ACCOUNTS) as server:
        yield server


def states(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(p): (p.read_bytes(), stat.S_IMODE(p.stat().st_mode), p.stat().st_mtime_ns) for p in files}


@pytest.fixture(scope="module")
def told(relay: MailServer, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The story from its beginning to its end, each of its runs by a name."""
    project = Project(tmp_path_factory.mktemp("story"), relay)
    project.add_host("web1")
    project.write_inventory({"production": ("web1",)})
    runs = project.runs
    runs["adopt"] = project.play("adopt")
    runs["preview as adopted"] = project.play("apply", "--check", "--diff")
    runs["found before"] = project.play("adopt", "-v", "-e", "email_adopt_dest=before")
    project.mend()
    runs["validate"] = project.play("validate")
    runs["preview"] = project.play("apply", "--check", "--diff")
    runs["apply"] = project.play("apply")
    runs["check"] = project.play("check")
    runs["again"] = project.play("apply")
    runs["found after"] = project.play("adopt", "-v", "-e", "email_adopt_dest=after")
    return project


@pytest.mark.parametrize("name", ["adopt", "validate", "preview", "apply", "check", "again"])
def test_every_step_goes_well(name: str, told: Project) -> None:
    assert told.runs[name].status == 0, told.runs[name].output


FINDINGS = (
    "etc/grafana/grafana.ini:9: Grafana: takes any certificate, so whoever stands between",
    "etc/msmtprc:11: msmtp: every user of the host may read the password in it (mode 0644)",
    "etc/redmine/default/configuration.yml:6: Redmine: sends its password in clear text to whoever takes STARTTLS out",
    f"{HAND_MADE}:4: WordPress: apply writes appmail.php, and what this code sets would still win: take lines 4 to 11",
)


@pytest.mark.parametrize("finding", FINDINGS)
def test_what_is_wrong_is_told_at_its_line(finding: str, told: Project) -> None:
    assert f"{told.host('web1')}/{finding}" in told.runs["adopt"].output


def test_the_gate_takes_what_was_adopted(told: Project) -> None:
    assert "0 errors, 0 warnings" in told.runs["validate"].output


def test_mending_changes_what_was_mended_and_nothing_else(told: Project) -> None:
    """What would stand in the files by the preview as adopted, and by the one after mending."""
    before, after = (Counter(_new_lines(told.runs[name].output)) for name in ("preview as adopted", "preview"))
    assert sorted(before - after) == ["enable_starttls: false", "enable_starttls_auto: true", "skip_verify = true"]
    assert sorted(after - before) == ["enable_starttls: true", "enable_starttls_auto: false", "skip_verify = false"]


def _new_lines(output: str) -> list[str]:
    """The lines of the files as they would be, as far as the differences show them."""
    shown = output.partition("--- before: ")[2].partition("changed: [")[0]
    return [line[1:].strip() for line in shown.splitlines() if re.match(r"[+ ](?!\+\+ )", line)]


def found(run: Run) -> dict[str, dict[str, object]]:
    """What each application is set to, by what adopt returns."""
    text = run.output.split("ok: [web1] => ", 1)[1]
    tree, _end = json.JSONDecoder().raw_decode(text)
    return {
        app: {leaf: setting["value"] for leaf, setting in entry["settings"].items()}
        for app, entry in tree["found"].items()
    }


# What apply writes though no file said it: the defaults of a spec, which are what these applications did.
WRITTEN_DEFAULTS = {
    "smtp.timeout": 30,
    "smtp.tls.verify": True,
    "smtp.tls.minimum_version": "1.2",
    "smtp.auth.mechanism": "auto",
}


def test_the_host_is_set_to_what_it_was_but_for_what_was_mended(told: Project) -> None:
    before, after = found(told.runs["found before"]), found(told.runs["found after"])
    assert before.keys() == after.keys()
    changed = {
        (app, leaf): (before[app].get(leaf), value)
        for app in before
        for leaf, value in after[app].items()
        if before[app].get(leaf, WRITTEN_DEFAULTS.get(leaf)) != value
    }
    assert changed == {
        ("grafana", "smtp.tls.verify"): (False, True),
        ("redmine", "smtp.encryption"): ("starttls_opportunistic", "starttls"),
    }
    assert [(app, leaf) for app in before for leaf in before[app] if leaf not in after[app]] == []


def test_applying_twice_changes_nothing(told: Project) -> None:
    assert re.search(r"web1 +: ok=\d+ +changed=0", told.runs["again"].output)


def test_nobody_else_may_read_a_password_any_more(told: Project) -> None:
    """Neither where it was, nor in a copy that was kept."""
    open_to_all = [path for path in told.host("web1").rglob("*") if path.is_file() and path.stat().st_mode & 0o004]
    assert open_to_all != []
    for path in open_to_all:
        assert_no_secret(path.read_text(encoding="utf-8"), *ACCOUNTS.values())


def test_the_check_logged_in_everywhere(told: Project) -> None:
    assert "Test connection complete" in told.runs["check"].output
    assert {told.relay.counts(name).failed_logins for name in ("smtp_starttls", "smtp_implicit_tls")} == {0}


def test_adopting_only_reads(tmp_path: Path) -> None:
    """Nothing on the host is other than before, nothing was restarted, and nobody connected to the relay."""
    calls = tmp_path / "calls"
    for program in ("systemctl", "service", "rc-service", "postfix", "sendmail", "kill", "occ", "curl", "openssl"):
        path = tmp_path / "bin" / program
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {program} >>{calls}\n", encoding="utf-8")
        path.chmod(0o755)
    with MailServer(ACCOUNTS) as server:
        project = Project(tmp_path, server)
        project.add_host("web1")
        project.write_inventory({"production": ("web1",)})
        before = states(project.host("web1"))
        done = project.play("adopt", path=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        assert done.status == 0, done.output
        assert project.connections() == 0
    assert states(project.host("web1")) == before
    assert not calls.exists()
    tree = states(tmp_path / "group_vars")
    assert "changed=0" in project.play("adopt").output
    assert states(tmp_path / "group_vars") == tree


def as_shown(told: Project) -> str:
    """What a person types and sees, as on a host of its own: files below /, and a relay at the usual ports."""
    summary = told.runs["adopt"].output.partition("from it]")[2].partition("\n")[2].partition("changed: [")[0]
    checked = re.findall(r"(?m)^  (web1: Test connection complete: .*?, login by [A-Z]+)", told.runs["check"].output)
    steps = (
        ("adopt", summary),
        ("validate", "email settings are valid\n"),
        ("apply --check --diff", ""),
        ("apply", _outcome(told.runs["apply"])),
        ("apply", _outcome(told.runs["again"])),
        ("check", "".join(f"  {line}\n" for line in checked)),
    )
    text = "\n".join(f"$ ansible-playbook -i hosts.yml appmail.settings.{step}\n{out}" for step, out in steps)
    places = {str(told.host("web1")): "", "localhost": "smtp.example.edu"}
    for how, port in (("starttls", "587"), ("implicit_tls", "465")):
        places[str(told.relay.ports[f"smtp_{how}"])] = port
    return re.sub("|".join(map(re.escape, places)), lambda match: places[match[0]], text)


def _outcome(run: Run) -> str:
    changed = re.search(r"web1 +: ok=\d+ +changed=([0-9]+) +unreachable=0 +failed=0", run.output)
    assert changed is not None
    return "-> as it was: web1\n" if changed[1] == "0" else "-> changed: web1\n"


MARKER = "<!-- held by: tests/integration/adopt/test_story.py -->\n```console\n"


@pytest.mark.parametrize("page", ["README.md", "docs/adopt.md"])
def test_a_page_shows_what_is_printed(page: str, told: Project) -> None:
    """But for the versions, which are those that are installed."""
    shown = (ROOT / page).read_text(encoding="utf-8").partition(MARKER)[2].partition("```\n")[0]
    version = r"(alertmanager|msmtp|postfix) [0-9.]+"
    assert re.sub(version, r"\1", shown) == re.sub(version, r"\1", as_shown(told))
