# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import REPORT
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.base import JudgingAction
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.inventory_request import read_host_request
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.record_request import intended_of
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.request import read_day
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import judge_hosts
from ansible_collections.appmail.settings.plugins.plugin_utils._publication.forms import publish, publish_text
from ansible_collections.appmail.settings.plugins.plugin_utils._publication.lock import lock
from ansible_collections.appmail.settings.plugins.plugin_utils._publication.terminal import screen
from ansible_collections.appmail.settings.plugins.plugin_utils._record.files import read_records
from ansible_collections.appmail.settings.plugins.plugin_utils._record.merging import record_of
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import Intended, Observed
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import read_hosts
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError


class ActionModule(JudgingAction):
    """Write the record of an inventory, of records, or of both; nothing connects anywhere."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        options = self.checked_arguments(REPORT)[1]
        if not (options["hosts"] or options["records"]):
            raise AnsibleActionFail("hosts and records are missing: name the inventory's hosts, records, or both")
        try:
            made, seen = read_records([Path(path) for path in options["records"]])
            if options["hosts"]:
                made.append(self._intended(options, task_vars or {}))
            record = record_of(made or [_nothing()], [*seen, _today(options)])
            write = not self._task.check_mode
            files = publish(record, options["formats"], options["dest"], write=write)
            if options["lock_file"]:
                files.append(publish_text(Path(options["lock_file"]), lock(record["intended"]), write=write))
        except SentenceError as error:
            raise AnsibleActionFail(str(error)) from error
        for text in screen(record):
            Display().display(text)
        return {
            "changed": any(file["changed"] for file in files),
            "msg": record["summary"]["headline"],
            "files": files,
            "revision": record["intended"]["revision"],
            "summary": record["summary"],
        }

    def _intended(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Intended:
        hostvars = task_vars["hostvars"]
        hosts = read_hosts(hostvars, options["hosts"])
        # No waiver has ended on the first of all days: whether one has is told by the day of the record.
        undated = {"today": datetime.date.min.isoformat()}
        judgement = judge_hosts(hosts, lambda host: read_host_request(host, undated, task_vars, self.folder))
        written = [Path(options[name]) for name in ("dest", "lock_file") if options[name]]
        return intended_of(hosts, judgement, hostvars, self.folder, authors=options["authors"], less=written)


def _today(options: Mapping[str, Any]) -> Observed:
    """Nothing seen, on the day of the record."""
    return {
        "as_of": read_day(options["today"]).isoformat(),
        "stale_after_days": options["stale_after_days"],
        "checks": [],
        "applies": [],
        "domains": [],
    }


def _nothing() -> Intended:
    return {
        "revision": None,
        "hosts": [],
        "values": [],
        "coverage": {},
        "findings": [],
        "waivers": [],
        "policies": [],
        "history": None,
    }
