# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift by setting: what differs is told as a setting, with the place that wins; what only looks different is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._drift.comparison import Side, differences
from ansible_collections.appmail.settings.plugins.plugin_utils._drift.drift import Drift, summary
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import ReadyTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get, put
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names

SPECS = Path(__file__).parents[4] / "specs" / "targets"
PASSWORD, OTHER = "Sommer2026-x", "Winter99-x"


def spec_of(app: str) -> Tree:
    spec: Tree = yaml.safe_load((SPECS / f"{app}.yml").read_text(encoding="utf-8"))
    return spec


def ready(app: str, spec: Tree) -> ReadyTarget:
    judgement = judge(Request(settings=spec, targets=[{"app": app}]))
    assert judgement.errors == ()
    return judgement.targets[0]


# Applications that hand their mail to another one, and stand with it alone.
HANDED_ON = {"fail2ban", "icinga2", "nagios", "smartmontools", "unattended_upgrades"}


@cache
def own(app: str) -> ReadyTarget:
    """The application with its own spec."""
    return ready(app, spec_of(app))


def is_read_back(app: str) -> bool:
    """Whether an application's files are written as files, and read, and it can stand alone."""
    target = find_target(app)
    written = [file for file in target.files if file.commands is None]
    tables = [file for file in written if file.format is not None and file.keys]
    read = tables or [file for file in written if target.reads]
    return target.kind == "config_file" and bool(read) and app not in HANDED_ON


APPS = [app for app in target_names() if is_read_back(app)]


def contents(target: ReadyTarget) -> dict[str, str]:
    return {file.name: file.content for file in target.files if file.commands is None}


def drifts(target: ReadyTarget, current: Mapping[str, str]) -> list[Drift]:
    paths = {file.name: file.path for file in target.files}
    wanted = [SeenFile(name, paths[name], text=text) for name, text in contents(target).items()]
    seen = [SeenFile(name, paths[name], text=text) for name, text in current.items()]
    masked = {file.name: file.masked for file in target.files if file.masked is not None}
    return list(differences(target.at, target, Side(wanted), Side(seen), masked))


@pytest.mark.parametrize("app", APPS)
def test_what_was_written_is_no_drift(app: str) -> None:
    target = own(app)
    assert drifts(target, contents(target)) == []


@pytest.mark.parametrize("app", APPS)
def test_what_another_spec_wrote_is_told_by_setting(app: str) -> None:
    spec = spec_of(app)
    carried = {leaf for leaf, how in find_target(app).at().coverage.items() if how.kind == "carried"}
    leaf = "smtp.host" if "smtp.host" in carried and get(spec, "smtp.host") else None
    if leaf is None:
        pytest.skip(f"{app} carries no smtp.host")
    target = own(app)
    current = contents(ready(app, put(spec, leaf, "hand.example.net")))
    (drift,) = [drift for drift in drifts(target, current) if drift.path == leaf]
    assert (drift.wanted, drift.in_effect) == (get(spec, leaf), "hand.example.net")
    assert drift.message.startswith(f"{leaf}: {get(spec, leaf)} wanted, hand.example.net in effect; /")


@pytest.mark.parametrize("app", APPS)
def test_a_secret_is_only_said_to_differ(app: str) -> None:
    spec = spec_of(app)
    if not isinstance(get(spec, "smtp.auth.password"), str):
        pytest.skip(f"{app} has no password in its spec")
    target = ready(app, put(spec, "smtp.auth.password", PASSWORD))
    several = drifts(target, contents(ready(app, put(spec, "smtp.auth.password", OTHER))))
    assert several
    for drift in several:
        assert (drift.wanted, drift.in_effect) == (None, None)
        for secret in (PASSWORD, OTHER):
            assert secret not in str(drift.to_result()) + summary(several)


SPEC: Tree = {
    "schema_version": 1,
    "smtp": {
        "host": "mail.example.edu",
        "encryption": "implicit_tls",
        "auth": {"username": "app", "password": PASSWORD},
    },
    "sender": {"address": "app@example.edu"},
}
# What is written otherwise by hand in an application's file, and what is told of it.
ROWS: dict[str, tuple[str, str, tuple[str, str], list[str]]] = {
    "a host": (
        "msmtp",
        "msmtprc",
        ("mail.example.edu", "old.example.edu"),
        ["smtp.host: mail.example.edu wanted, old.example.edu in effect; /etc/msmtprc:{line} wins"],
    ),
    "verification off": (
        "msmtp",
        "msmtprc",
        ("tls_certcheck on", "tls_certcheck off"),
        ["smtp.tls.verify: true wanted, false in effect; /etc/msmtprc:{line} wins"],
    ),
    "a duplicate further down wins": (
        "gitea",
        "app.ini",
        ("SMTP_PORT = 465", "SMTP_PORT = 465\nSMTP_PORT = 25"),
        ["smtp.port: 465 wanted, 25 in effect; /etc/gitea/app.ini:{next} wins"],
    ),
    "a secret": (
        "gitea",
        "app.ini",
        (PASSWORD, OTHER),
        ["smtp.auth.password: differs; /etc/gitea/app.ini:{line} wins"],
    ),
    "a line that is gone": (
        "gitea",
        "app.ini",
        ("SMTP_PORT = 465\n", ""),
        ["smtp.port: 465 wanted, not set in /etc/gitea/app.ini"],
    ),
    "a key that no setting stands for": (
        "gitea",
        "app.ini",
        ("ENABLED = true", "ENABLED = false"),
        ["mailer.ENABLED: true wanted, false in effect; /etc/gitea/app.ini:{line} wins"],
    ),
    "another key's value that may be anything": (
        "gitea",
        "app.ini",
        ("ENABLED = true", f"ENABLED = {OTHER}"),
        ["mailer.ENABLED: differs; /etc/gitea/app.ini:{line} wins"],
    ),
    "a comment": ("gitea", "app.ini", ("ENABLED = true", "; by hand\nENABLED = true"), []),
    "a value written otherwise": ("gitea", "app.ini", ("SMTP_PORT = 465", "SMTP_PORT=465"), []),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_change_by_hand(row: str) -> None:
    app, name, (old, new), messages = ROWS[row]
    target = ready(app, SPEC)
    current = contents(target)
    before, _found, _after = current[name].partition(old)
    assert _found
    line = before.count("\n") + 1
    current[name] = current[name].replace(old, new)
    told = [drift.message for drift in drifts(target, current)]
    assert told == [message.format(line=line, next=line + 1) for message in messages]


def test_files_that_are_not_there_are_told_once_each() -> None:
    target = ready("gitea", SPEC)
    assert [drift.message for drift in drifts(target, {})] == ["/etc/gitea/app.ini: is not there yet"]


def test_a_file_that_is_not_of_its_format_is_told() -> None:
    target = ready("alertmanager", spec_of("alertmanager"))
    current = {**contents(target), "alertmanager.yml": "a: [\nb"}
    (drift,) = drifts(target, current)
    assert drift.message.startswith("/etc/prometheus/alertmanager.yml:2: is not YAML")


def test_a_summary_says_how_many_more_there_are() -> None:
    values: list[JSON] = list(range(12))
    several = [
        Drift("gitea", "smtp.port", None, 465, port, secret=False, file="/etc/a", line=1, note=None) for port in values
    ]
    assert summary(several).splitlines()[-1] == "and 2 more, in drift of the result"


def test_values_are_printed_in_one_line() -> None:
    drift = Drift("a", "smtp.host", None, "a", "b\x1b[2J\nc", secret=False, file="/etc/a\nb", line=1)
    assert drift.message.isprintable()


def test_what_wins_over_a_file_is_named() -> None:
    """Postfix: an option of the client service in master.cf wins over main.cf, which is as it was written."""
    target = own("postfix")
    folder = next(file.path for file in target.files if file.name == "main.cf").rpartition("/")[0]
    paths = {file.name: file.path for file in target.files}
    files = [SeenFile(name, paths[name], text=text) for name, text in contents(target).items()]
    master = "smtp unix - - y - - smtp\n  -o smtp_tls_security_level=may\n"
    over = SeenFile("master.cf", f"{folder}/master.cf", text=master)
    several = list(differences(target.at, target, Side(files), Side([*files, over]), {}))
    assert {(drift.file, drift.line) for drift in several} == {(f"{folder}/master.cf", 2)}
    assert "smtp.encryption: starttls wanted, starttls_opportunistic in effect" in "".join(
        drift.message for drift in several
    )


def test_a_file_that_is_not_read_back_is_said_to_differ() -> None:
    target = own("gitea")
    at = replace(target.at, files=tuple(replace(file, format=None, keys=()) for file in target.at.files))
    current = {name: text.replace("mail", "post") for name, text in contents(target).items()}
    (drift,) = drifts(replace(target, at=at), current)
    assert drift.message == "/etc/gitea/app.ini: differs, and is not read back as settings"
