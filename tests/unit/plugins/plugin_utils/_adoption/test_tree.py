# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all hosts share, what most hosts of an environment have, and what one host has alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption import tree
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.host import to_mapping
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.tree import Host, variable_files
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target

GRAFANA = """[smtp]
enabled = true
host = smtp.example.edu:587
user = svc-mail
password = geheim-5
startTLS_policy = MandatoryStartTLS
from_address = grafana@example.edu
"""
MONIT = "set mailserver smtp.example.edu port 465 username svc-mail password geheim-5 using tls\n"
FILES = {"grafana": ("grafana.ini", GRAFANA), "monit": ("appmail", MONIT)}


def host(
    name: str, environment: str, *, change: tuple[str, str] = ("", ""), apps: tuple[str, ...] = ("grafana", "monit")
) -> Host:
    found = {}
    for app in apps:
        at = find_target(app).at()
        file, text = FILES[app]
        path = next(template.path for template in at.files if template.name == file)
        adopted = read_application(at, None, [SeenFile(file, str(path), text=text.replace(*change))], {})
        found[app] = to_mapping(adopted, lambda text: (None, hashlib.sha256(text.encode()).hexdigest()))
    return Host(name, environment, True, found)


WEB = (host("web1", "production"), host("web2", "production"))
OTHER_RELAY = ("smtp.example.edu", "smtp.example.org")
# The hosts, and of each file the variables that stand in it.
CASES: Mapping[str, tuple[tuple[Host, ...], Mapping[str, set[str]]]] = {
    "all alike": (
        WEB,
        {"group_vars/all": {"email_settings_base"}, "group_vars/production": {"email_settings", "email_targets"}},
    ),
    "two environments that differ": (
        (*WEB, host("stage1", "staging", change=OTHER_RELAY)),
        {
            "group_vars/all": {"email_settings_base"},
            "group_vars/production": {"email_settings", "email_targets"},
            "group_vars/staging": {"email_settings", "email_targets"},
        },
    ),
    "one host that has fewer applications": (
        (*WEB, host("web3", "production", apps=("grafana",))),
        {
            "group_vars/all": {"email_settings_base"},
            "group_vars/production": {"email_settings", "email_targets"},
            "host_vars/web3": {"email_settings", "email_targets"},
        },
    ),
    "one host with a sender of its own": (
        (*WEB, host("web3", "production", change=("grafana@", "alerts@"))),
        {
            "group_vars/all": {"email_settings_base"},
            "group_vars/production": {"email_settings", "email_targets"},
            "host_vars/web3": {"email_targets"},
        },
    ),
    "each its own": (
        (host("web1", "production"), host("web2", "production", change=("grafana@", "alerts@"))),
        {
            "group_vars/all": {"email_settings_base"},
            "group_vars/production": {"email_settings"},
            "host_vars/web1": {"email_targets"},
            "host_vars/web2": {"email_targets"},
        },
    ),
    "no application that says anything": (
        (host("web1", "production", apps=()),),
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_where_variables_stand(name: str) -> None:
    hosts, wanted = CASES[name]
    files = variable_files(hosts)
    assert {path.removesuffix("/email.yml"): set(yaml.safe_load(text)) for path, text in files.items()} == wanted


def test_each_host_comes_out_as_it_was() -> None:
    """Whatever is shared: a host's variables, laid over each other as Ansible does, say what its files said."""
    hosts = (
        *WEB,
        host("web3", "production", change=("grafana@", "alerts@")),
        host("db1", "staging", change=OTHER_RELAY),
    )
    files = {path.removesuffix("/email.yml"): yaml.safe_load(text) for path, text in variable_files(hosts).items()}
    for each in hosts:
        folders = ("group_vars/all", f"group_vars/{each.environment}", f"host_vars/{each.name}")
        variables = {name: value for folder in folders for name, value in files.get(folder, {}).items()}
        smtp = {**variables["email_settings_base"].get("smtp", {}), **variables["email_settings"].get("smtp", {})}
        for entry in variables["email_targets"]:
            own = entry.get("settings", {})
            settings = each.found[entry["app"]]["settings"]
            assert {**smtp, **own.get("smtp", {})}["host"] == settings["smtp.host"]["value"]
            if "sender.address" in settings:
                assert own["sender"]["address"] == settings["sender.address"]["value"]


# The modes of Alertmanager's two files, and the one that is written: theirs are 0640 in target.yml.
MODES: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    "the target's own": (("0640", "0640"), None),
    "a stricter one": (("0600", "0600"), "0600"),
    "one that lets everybody read": (("0644", "0644"), None),
    "two": (("0600", "0640"), None),
}


@pytest.mark.parametrize(("modes", "kept"), MODES.values(), ids=MODES)
def test_the_mode_that_is_kept(modes: tuple[str, ...], kept: str | None) -> None:
    files = {file.name: file for file in find_target("alertmanager").at().files}
    written = [{"name": name, "mode": mode} for name, mode in zip(files, modes, strict=True)]
    assert tree._mode(written, files) == kept
