# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real applications read what was rendered, and every value that they understood is compared with the spec.

An exit status of 0 proves little: each parser takes some files that do something else than was wanted.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec, Verify
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.managed_block import Block
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import write_files
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get, put, steps, without
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from tests.applications import alertmanager, msmtp, postfix
from tests.applications.written import Written, write

pytestmark = pytest.mark.once

SPECS = Path(__file__).parents[1] / "specs" / "targets"
NASTY = "p@ss:w/rd# \"q\"\\x $y %z `w` {{v}} 'u' é\u00fc"

# Changes to the target's own spec; None leaves a setting out. Every leaf that a target carries is in one of them.
CASES: dict[str, dict[str, JSON]] = {
    "starttls": {},
    "implicit TLS": {"smtp.encryption": "implicit_tls"},
    "no TLS": {"smtp.encryption": "none"},
    "no login": {"smtp.auth": None},
    "certificate not verified": {"smtp.tls.verify": False},
    "own authority": {"smtp.tls.ca_file": "/etc/ssl/own authority/ca.pem"},
    "another name in the certificate": {"smtp.tls.server_name": "other.example.edu"},
    "TLS 1.0": {"smtp.tls.minimum_version": "1.0"},
    "TLS 1.1": {"smtp.tls.minimum_version": "1.1"},
    "TLS 1.3": {"smtp.tls.minimum_version": "1.3"},
    "client certificate": {"smtp.tls.client_certificate": "/etc/ssl/app.pem"},
    "client certificate and key": {
        "smtp.tls.client_certificate": "/etc/ssl/app.pem",
        "smtp.tls.client_key": "/etc/ssl/private/app $1.key",
    },
    "another port": {"smtp.port": 2525},
    "an IPv4 address": {"smtp.host": "192.0.2.1", "smtp.tls.server_name": "smtp.example.edu"},
    "an IPv6 address": {"smtp.host": "2001:db8::1", "smtp.tls.server_name": "smtp.example.edu"},
    "a name for itself": {"smtp.helo_name": "app1.example.edu"},
    "an address for itself": {"smtp.helo_name": "[IPv6:2001:db8::2]"},
    "patience": {"smtp.timeout": 3600},
    "nasty password": {"smtp.auth.password": NASTY},
    "nasty user": {"smtp.auth.username": 'DOMAIN\\svc mail#1 "$x" é@example.edu'},
    "CRAM-MD5": {"smtp.auth.mechanism": "cram-md5", "smtp.auth.password": NASTY},
    "SCRAM": {"smtp.auth.mechanism": "scram-sha-256"},
    "a name beside the address": {"sender.display_name": 'Example "University" \\ {{x}}'},
    "a name that is not ASCII": {"sender.display_name": "Universität Zürich, Fakultät für Informatik und Medien 1"},
    "answers to another address": {"sender.reply_to": "help{{x}}@example.edu"},
    "a nasty address": {"sender.address": "a!#$&'+/=^_`|~-b.c@example.edu"},
    "opportunistic TLS": {"smtp.encryption": "starttls_opportunistic", "smtp.tls.verify": False},
    "retries": {"delivery.retry_interval": 15},
    "errors to another address": {"error_notifications.address": "errors@example.edu"},
    "users choose the sender": {"sender.allow_custom_address": True},
}
# What a target refuses is no case for it.
REFUSED = {
    "alertmanager": {
        "an IPv6 address",
        "SCRAM",
        "opportunistic TLS",
    },
    "msmtp": {"opportunistic TLS"},
    "postfix": {"users choose the sender"},
}


def spec_for(app: str, case: str) -> Tree:
    spec: Tree = yaml.safe_load((SPECS / f"{app}.yml").read_text(encoding="utf-8"))
    for name, value in CASES[case].items():
        spec = without(spec, steps(name)) if value is None else put(spec, name, copy.copy(value))
    return spec


def cases(app: str) -> list[str]:
    return [case for case in CASES if case not in REFUSED[app]]


def compare(understood: Mapping[str, JSON], written: Written) -> None:
    """Every leaf that the target carries was read back, and as it was written."""
    assert set(understood) == written.carried
    assert dict(understood) == {leaf: get(written.settings, leaf) for leaf in written.carried}


def test_cases_touch_every_leaf_that_is_carried() -> None:
    touched = {leaf for changes in CASES.values() for leaf in changes} | {"smtp.host", "contacts.administrator"}
    assert "smtp.auth" in touched
    for app in REFUSED:
        carried = {leaf for leaf in _carried(app) if leaf not in touched}
        assert not carried, f"{app}: nothing reads these back with another value: {carried}"


def _carried(app: str) -> set[str]:
    return {leaf for leaf, coverage in find_target(app).at().coverage.items() if coverage.kind == "carried"}


# Postfix


@pytest.mark.skipif(postfix.why_not() is not None, reason=str(postfix.why_not()))
@pytest.mark.parametrize("case", cases("postfix"))
def test_postfix_understands(case: str, tmp_path: Path) -> None:
    written = write("postfix", spec_for("postfix", case), postfix.make_ready(tmp_path), verify=False)
    compare(postfix.read(written), written)


@pytest.mark.skipif(postfix.why_not() is not None, reason=str(postfix.why_not()))
def test_postfix_keeps_what_else_is_in_its_file(tmp_path: Path) -> None:
    config = postfix.make_ready(tmp_path)
    before = (config / "main.cf").read_text(encoding="utf-8")
    write("postfix", spec_for("postfix", "client certificate and key"), config)
    assert (config / "main.cf").read_text(encoding="utf-8").startswith(before)


@pytest.mark.skipif(postfix.why_not() is not None, reason=str(postfix.why_not()))
def test_postfix_that_does_not_know_a_setting_is_not_written(tmp_path: Path) -> None:
    """The real postconf ends with status 0 even so; it is its warning that counts."""
    config = postfix.make_ready(tmp_path)
    before = (config / "main.cf").read_bytes()
    verify = find_target("postfix").at().files[0].verify
    assert verify is not None
    spec = FileSpec(
        path=str(config / "main.cf"),
        target="postfix",
        name="main.cf",
        content="smtp_tls_security_levle = secure\n",
        masked=None,
        mode="0644",
        owner=None,
        group=None,
        block=Block(comment="#", marker="appmail.settings postfix"),
        verify=Verify(list(verify.command), verify.fails_on, list(verify.beside)),
    )
    with pytest.raises(WriteError, match="unused parameter: smtp_tls_security_levle"):
        write_files([spec], check_mode=False, backup=False, diff=False)
    assert (config / "main.cf").read_bytes() == before


# msmtp


@pytest.mark.skipif(msmtp.why_not() is not None, reason=str(msmtp.why_not()))
@pytest.mark.parametrize("case", cases("msmtp"))
def test_msmtp_understands(case: str, tmp_path: Path) -> None:
    written = write("msmtp", spec_for("msmtp", case), tmp_path)
    compare(msmtp.read(written), written)


@pytest.mark.skipif(msmtp.why_not() is not None, reason=str(msmtp.why_not()))
def test_msmtp_reads_a_password_at_an_awkward_path(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s $HOME; `x` "y"'
    folder.mkdir()
    written = write("msmtp", spec_for("msmtp", "nasty password"), folder)
    assert msmtp.read(written)["smtp.auth.password"] == NASTY


@pytest.mark.skipif(msmtp.why_not() is not None, reason=str(msmtp.why_not()))
def test_msmtp_understands_its_options(tmp_path: Path) -> None:
    aliases = tmp_path / "aliases"
    aliases.write_text("root: ops@example.edu\n", encoding="utf-8")
    spec = spec_for("msmtp", "starttls")
    written = write("msmtp", spec, tmp_path, options={"aliases": str(aliases), "syslog": False})
    said = msmtp.said(written.files["msmtprc"])
    assert said["aliases"] == str(aliases)
    assert said["syslog"] is None


# Alertmanager

needs_alertmanager = pytest.mark.skipif(alertmanager.why_not() is not None, reason=str(alertmanager.why_not()))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, alertmanager.Alertmanager]]:
    folder = tmp_path_factory.mktemp("alertmanager")
    written = write("alertmanager", spec_for("alertmanager", "starttls"), folder, version=alertmanager.version())
    with alertmanager.alertmanager(written.files["alertmanager.yml"]) as started:
        yield folder, started


@needs_alertmanager
@pytest.mark.parametrize("case", cases("alertmanager"))
def test_alertmanager_understands(case: str, daemon: tuple[Path, alertmanager.Alertmanager]) -> None:
    folder, started = daemon
    written = write("alertmanager", spec_for("alertmanager", case), folder, version=alertmanager.version())
    started.reload()
    compare(alertmanager.understood(written, started), written)


ROUTES: dict[str, Any] = {
    "recipients": ["second@example.edu", "mail-admin@example.edu"],
    "receiver": "ops mail",
    "send_resolved": False,
    "route": {
        "receiver": "ops mail",
        "group_by": ["alertname"],
        "routes": [{"receiver": "hook", "matchers": ['severity="page"']}],
    },
    "receivers": [
        {"name": "hook", "webhook_configs": [{"url": "https://hooks.example.edu/a-secret"}]},
        {"name": "team", "email_configs": [{"to": "team@example.edu", "headers": {"Subject": "{{ .Status }}"}}]},
        {
            "name": "own TLS",
            "email_configs": [{"to": "a@example.edu", "tls_config": {"ca_file": "/etc/ssl/other.pem"}}],
        },
    ],
    "global": {"resolve_timeout": "7m"},
    "config": {"inhibit_rules": [{"source_matchers": ['a="b"'], "target_matchers": ['c="d"'], "equal": ["e"]}]},
}


@needs_alertmanager
def test_alertmanager_understands_its_options(daemon: tuple[Path, alertmanager.Alertmanager]) -> None:
    folder, started = daemon
    version = alertmanager.version()
    spec = put(put(spec_for("alertmanager", "own authority"), "sender.reply_to", "help@example.edu"), "smtp.auth", None)
    write("alertmanager", without(spec, ("smtp", "auth")), folder, version=version, options=ROUTES)
    started.reload()
    understood = started.configuration()
    own, hook, team, own_tls = understood["receivers"]
    assert own["name"] == "ops mail"
    assert own["email_configs"][0]["to"] == "mail-admin@example.edu, second@example.edu"
    assert own["email_configs"][0]["send_resolved"] is False
    assert hook["webhook_configs"][0]["send_resolved"] is True
    assert team["email_configs"][0]["headers"] == {"Reply-To": "help@example.edu", "Subject": "{{ .Status }}"}
    assert team["email_configs"][0]["tls_config"]["ca_file"] == "/etc/ssl/own authority/ca.pem"
    assert own_tls["email_configs"][0]["tls_config"]["ca_file"] == "/etc/ssl/other.pem"
    assert understood["route"]["routes"][0]["receiver"] == "hook"
    assert understood["global"]["resolve_timeout"] == "7m"
    assert understood["inhibit_rules"][0]["equal"] == ["e"]


@needs_alertmanager
def test_alertmanager_that_does_not_like_its_file_is_not_written(
    daemon: tuple[Path, alertmanager.Alertmanager],
) -> None:
    folder, _process = daemon
    before = (folder / "alertmanager.yml").read_bytes()
    options = {"config": {"inhibit_rules": [{"source_matchers": ["no matcher"]}]}}
    with pytest.raises(WriteError, match="bad matcher format"):
        write("alertmanager", spec_for("alertmanager", "no TLS"), folder, version="0.25", options=options)
    assert (folder / "alertmanager.yml").read_bytes() == before
