# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A variable whose value bears no place of its own is told where the variable stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._actions.inventory_request import read_host_request
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import judge_hosts
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import read_hosts
from tests.unit.plugins.plugin_utils._sources.test_inventory import hostvars_of

SPEC = """\
email_settings:
  schema_version: 1
  smtp: {host: smtp.example.edu, encryption: starttls}
  sender: {address: noreply@example.edu}
"""
TARGETS = "email_targets: [{app: msmtp}]\n"
NO_MAPPING = "must be a mapping of settings, not"
# The variables -> line, column and beginning of each error.
VARIABLES = {
    "settings that are nothing": (f"{TARGETS}email_settings:\n", [(2, 1, f"{NO_MAPPING} nothing")]),
    "settings that are false": (f"{TARGETS}email_settings: no\n", [(2, 1, f"{NO_MAPPING} true or false")]),
    "a base that is false": (f"{SPEC}{TARGETS}email_settings_base: no\n", [(6, 1, f"{NO_MAPPING} true or false")]),
    "targets that are true": (f"{SPEC}email_targets: yes\n", [(5, 1, "must be a list, not true or false")]),
    "settings as JSON in a text": (
        TARGETS + """email_settings: '{"schema_version": 1, "smtp": 1, "sender": {"address": "a@b.example"}}'\n""",
        [(2, 17, "must be a mapping, not a number")],
    ),
    "targets as JSON in a text": (
        SPEC + """email_targets: '[{"app": "msmtpx"}]'\n""",
        [(5, 16, "msmtpx is not a known target")],
    ),
    "a policy's name alone": (f"{SPEC}{TARGETS}email_policies: nosuch\n", [(6, 17, "the collection has no policy")]),
}


@pytest.mark.parametrize(("variables", "told"), VARIABLES.values(), ids=VARIABLES)
def test_what_bears_no_place_is_told_where_its_variable_stands(
    variables: str, told: list[tuple[int, int, str]], tmp_path: Path
) -> None:
    hosts = read_hosts(hostvars_of(tmp_path, variables), ["app1"])
    judged = judge_hosts(hosts, lambda host: read_host_request(host, {}, {}, str(tmp_path)))
    said = [(error.file, error.line, error.column) for error in judged.errors]
    assert said == [("group_vars/apps.yml", line, column) for line, column, _beginning in told]
    for error, (_line, _column, beginning) in zip(judged.errors, told, strict=True):
        assert error.message.startswith(beginning)
