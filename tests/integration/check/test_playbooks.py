# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks on hosts that lack settings: left out as validate leaves them out, unless something needs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.playbooks import run_playbook
from tests.servers.network_scenarios import closed_port

SETTINGS: dict[str, object] = {
    "schema_version": 1,
    "smtp": {"host": "127.0.0.1", "encryption": "none"},
    "sender": {"address": "noreply@example.edu"},
}
TARGETS = [{"app": "msmtp"}]
HOSTS: dict[str, tuple[str, dict[str, object], int, str]] = {
    "checked, a base alone": (
        "check",
        {"email_settings_base": SETTINGS},
        0,
        "skipping: [localhost]",
    ),
    "checked, applications without settings": (
        "check",
        {"email_settings_base": SETTINGS, "email_targets": TARGETS},
        2,
        "email_targets: is set, and email_settings is not: there is nothing to configure them with",
    ),
    "checked, settings that cannot be templated": ("check", {"email_settings": "{{ nowhere }}"}, 2, "nowhere"),
    "applied, a base alone": ("apply", {"email_settings_base": SETTINGS}, 0, "ok=0    changed=0"),
    "applied, applications without settings": (
        "apply",
        {"email_settings_base": SETTINGS, "email_targets": TARGETS},
        2,
        "email_targets: is set, and email_settings is not: there is nothing to configure them with",
    ),
    "applied, settings that cannot be templated": ("apply", {"email_settings": "{{ nowhere }}"}, 2, "nowhere"),
}


@pytest.mark.parametrize(("playbook", "variables", "status", "said"), HOSTS.values(), ids=HOSTS)
def test_hosts_that_lack_settings(
    playbook: str, variables: dict[str, object], status: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "values.json").write_text(json.dumps(variables), encoding="utf-8")
    run = run_playbook(tmp_path, "-e", "@values.json", playbook=f"appmail.settings.{playbook}")
    assert run.status == status, run.output
    assert said in run.output


@pytest.mark.parametrize(("on_failure", "status"), [("fail", 2), ("warn", 0)])
def test_every_server_that_did_not_pass_is_told_once(tmp_path: Path, on_failure: str, status: int) -> None:
    with closed_port() as first, closed_port() as second:
        variables = {
            "email_settings": {**SETTINGS, "smtp": {"host": "127.0.0.1", "encryption": "none", "port": first}},
            "email_targets": [{"app": "msmtp"}, {"app": "postfix", "settings": {"smtp": {"port": second}}}],
            "email_check_on_failure": on_failure,
        }
        (tmp_path / "values.json").write_text(json.dumps(variables), encoding="utf-8")
        run = run_playbook(tmp_path, "-e", "@values.json", playbook="appmail.settings.check")
    assert run.status == status, run.output
    said = [line for line in run.output.splitlines() if not line.startswith("fatal:")]
    for server in (f"127.0.0.1:{first} (msmtp)", f"127.0.0.1:{second} (postfix)"):
        assert len([line for line in said if f"{server}: connection_refused at connect" in line]) == 1, run.output
