# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`as`: the same keys for docker compose, for systemd and for Kubernetes, read back by those who read them."""

from __future__ import annotations

import configparser
import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.payload import files_payload, runbooks_of
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.kubernetes import manifest_format
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from tests.servers.leaks import leaks

SCHEMA = json.loads((Path(__file__).parents[2] / "specs" / "kubernetes.schema.json").read_text(encoding="utf-8"))
SECRET = 'p@ss:w/rd# "q" $HOME 100% {{ y }} & \\ é;'
SPEC: dict[str, Any] = {
    "schema_version": 1,
    "smtp": {
        "host": "smtp.example.edu",
        "encryption": "starttls",
        "timeout": 20,
        "auth": {"username": "svc-mail", "password": SECRET},
    },
    "sender": {"address": "noreply@example.edu"},
    "contacts": {"administrator": "admin@example.edu"},
}


def judged(app: str, form: str, **entry: object) -> Judgement:
    return judge(Request(settings=SPEC, targets=[{"app": app, "as": form, **entry}]))


def files(app: str, form: str) -> dict[str, FileSpec]:
    judgement = judged(app, form)
    assert judgement.errors == ()
    return {file.path: file for file in judgement.targets[0].files}


def documents(text: str) -> dict[str, dict[str, Any]]:
    """The manifests by their kind, each of which Kubernetes' own schema takes."""
    manifests = list(yaml.safe_load_all(text))
    for manifest in manifests:
        jsonschema.Draft202012Validator(SCHEMA).validate(manifest)
    return {manifest["kind"]: manifest for manifest in manifests}


VARIABLES = {
    "SMTP_HOST": "smtp.example.edu",
    "SMTP_PORT": "587",
    "SMTP_SECURITY": "starttls",
    "SMTP_USERNAME": "svc-mail",
    "SMTP_FROM": "noreply@example.edu",
    "SMTP_TIMEOUT": "20",
    "SMTP_ACCEPT_INVALID_CERTS": "false",
    "SMTP_ACCEPT_INVALID_HOSTNAMES": "false",
}


def test_kubernetes_takes_variables_in_a_config_map_and_secrets_apart() -> None:
    (manifest,) = files("vaultwarden", "kubernetes").values()
    assert (manifest.path, manifest.mode) == ("/etc/appmail/vaultwarden.manifest.yml", "0600")
    read = documents(manifest.content)
    assert read["ConfigMap"]["data"] == VARIABLES
    assert read["Secret"]["stringData"] == {"SMTP_PASSWORD": SECRET}
    assert {kind: document["metadata"]["name"] for kind, document in read.items()} == {
        "ConfigMap": "vaultwarden-email",
        "Secret": "vaultwarden-email",
    }
    assert manifest.masked is not None
    assert leaks(manifest.masked, "svc-mail", SECRET) == []
    assert documents(manifest.masked)["Secret"]["stringData"] == {"SMTP_PASSWORD": "********"}


def test_kubernetes_takes_files_as_a_whole() -> None:
    (manifest,) = files("alertmanager", "kubernetes").values()
    read = documents(manifest.content)
    on_the_host = judge(Request(settings=SPEC, targets=[{"app": "alertmanager"}])).targets[0].files
    held = {**read["ConfigMap"]["data"], **read["Secret"]["stringData"]}
    assert held == {file.name: file.content for file in on_the_host}
    assert SECRET in read["Secret"]["stringData"]["smtp_password"]
    assert manifest.masked is not None
    assert leaks(manifest.masked, "svc-mail", SECRET) == []


def test_a_manifest_stays_on_the_controller_where_runbooks_do() -> None:
    targets = judged("vaultwarden", "kubernetes").targets
    assert [file.name for file in runbooks_of(targets)] == ["vaultwarden.manifest.yml"]
    payload = files_payload(targets, dest_root=None, backup=False, diff=False, runbooks_elsewhere=True)
    assert (payload["files"], payload["reloads"]) == ([], [])


@pytest.mark.parametrize("form", ["compose", "systemd"])
def test_an_env_file_holds_the_same_variables(form: str, tmp_path: Path) -> None:
    file = files("vaultwarden", form)["/etc/appmail/vaultwarden.env"]
    assert file.mode == "0600"
    # systemd.exec(5): in double quotes a backslash does what it does in a shell; all is plain in compose's single ones.
    (tmp_path / "file").write_text(file.content, encoding="utf-8")
    command = ["sh", "-c", "set -a; . ./file; exec env -0"]
    done = subprocess.run(command, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE, check=True)
    read = dict(pair.split("=", 1) for pair in done.stdout.decode().split("\0") if pair.startswith("SMTP_"))
    assert read == {**VARIABLES, "SMTP_PASSWORD": SECRET}


def test_systemd_gets_a_drop_in_that_names_the_file_and_is_told_of_it() -> None:
    drop_in = files("vaultwarden", "systemd")["/etc/systemd/system/vaultwarden.service.d/appmail.conf"]
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(drop_in.content)
    assert dict(unit["Service"]) == {"EnvironmentFile": "/etc/appmail/vaultwarden.env"}
    payload = files_payload(judged("vaultwarden", "systemd").targets, dest_root=None, backup=False, diff=False)
    assert payload["reloads"] == [
        {"target": "vaultwarden", "service": "vaultwarden", "state": "restarted", "daemon_reload": True}
    ]


REFUSED = {
    "an admin page": (
        {"app": "tegrity", "as": "compose"},
        "Tegrity is set on an admin page, so there is nothing to give to compose",
    ),
    "a file and no variables": (
        {"app": "grafana", "as": "compose"},
        "Grafana reads /etc/grafana/grafana.ini and no environment variables, which compose could hand over",
    ),
    "a file of others": (
        {"app": "grafana", "as": "kubernetes"},
        "Grafana shares /etc/grafana/grafana.ini with others, and a manifest holds a file as a whole",
    ),
    "a version that no host can say": (
        {"app": "alertmanager", "as": "kubernetes", "version": "installed"},
        "alertmanager: version installed asks the host, and what Kubernetes runs is not there",
    ),
}


@pytest.mark.parametrize(("entry", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_given_so_is_refused_at_its_entry(entry: dict[str, str], message: str) -> None:
    (error,) = judge(Request(settings=SPEC, targets=[entry])).errors
    assert (error.path, error.message) == ("email_targets[0].as", message)


@settings(deadline=None)
@given(value=st.text(max_size=20))
def test_every_text_is_read_back_from_a_manifest_or_refused(value: str) -> None:
    form = manifest_format("my_app")
    try:
        text = form.write([("Secret.A", value), ("ConfigMap.B_1", value)])
    except NotExpressible:
        assert "\0" in value or not value.isprintable()
        return
    read = documents(text)
    assert (read["Secret"]["stringData"], read["ConfigMap"]["data"]) == ({"A": value}, {"B_1": value})
    assert form.read(text) == [("ConfigMap.B_1", value), ("Secret.A", value)]
