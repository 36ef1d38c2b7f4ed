# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.appmail.settings.plugins.plugin_utils._kept.own_imports import keep_own_code

keep_own_code(constants.ANSIBLE_HOME)  # type: ignore[attr-defined]

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import VALIDATE
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.announcement import is_news
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.around_the_call import keep_what_is_loaded
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.base import JudgingAction
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.inventory_request import (
    read_host_request,
    report_of,
    report_of_gate,
    result_of_gate,
    review_folders,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.request import listed, result_of, target_folders
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import relative_to_any, sort_key
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import GateJudgement, judge_hosts
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.variables import judge_shadowed
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.formats import (
    FORMATS,
    Report,
    printed,
    write_reports,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import (
    HostVariables,
    HostVars,
    read_hosts,
    read_variable,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.shadowed import shadowed_variables
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.variables import SHEETS
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError


class ActionModule(JudgingAction):
    """Judge email settings on the controller; nothing connects anywhere."""

    _requires_connection = False
    walks = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if "annotations" in self._task.args:
            Display().deprecated(
                "annotations is what formats says, of which several can be given: give formats in its place",
                version="2.0.0",
                collection_name="appmail.settings",
            )
        judge_all = self._task.args.get("hosts") is not None
        try:
            return self._judge_inventory(task_vars or {}) if judge_all else self._judge_settings(task_vars or {})
        except SentenceError as error:
            raise AnsibleActionFail(str(error)) from None

    def _judge_settings(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        judgement, options = self.judgement(VALIDATE, task_vars)
        told: dict[str, Any] = {}
        if options["current_sheets"]:
            # Most runs name no sheet, and do without this code.
            from ansible_collections.appmail.settings.plugins.plugin_utils._drift.sheets import with_sheets

            folder = Path(self.folder).resolve()
            judgement, drifts = with_sheets(judgement, target_folders(options["current_sheets"], folder), folder)
            told["drift"] = [drift.to_result() for drift in drifts]
        report = report_of(judgement, self.folder, task_vars.get("ansible_inventory_sources") or ())
        self._publish(report, options)
        return {**result_of(judgement), **told, "failed": bool(options["fail"] and not judgement.valid)}

    def _judge_inventory(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Judge what each host of the inventory is given, all hosts at once."""
        began = time.perf_counter()
        tagged, options = self.checked_arguments(VALIDATE)
        if tagged or options["target_paths"]:
            raise AnsibleActionFail(
                "hosts reads the variables email_settings, email_settings_base, email_targets, email_target_paths and"
                " email_policies of each host: leave settings, base, targets, target_paths and policies out"
            )
        if options["current_sheets"]:
            raise AnsibleActionFail("current_sheets are of one host's pages: leave them out where hosts is given")
        hosts = read_hosts(task_vars["hostvars"], options["hosts"])

        def request_for(host: HostVariables) -> Request:
            return read_host_request(host, options, task_vars, self.folder)

        judgement = judge_hosts(hosts, request_for)
        judgement, drift = self._with_sheets(judgement, hosts, task_vars["hostvars"], request_for)
        if options["lock_file"]:
            judgement = self._with_lock(judgement, hosts, options["lock_file"], task_vars)
        sources = task_vars.get("ansible_inventory_sources") or ()
        judgement = self._with_shadowed(judgement, sources)
        # What it took is another time for each host that comes to this.
        words = str(result_of_gate(judgement, 0)["msg"])
        news = is_news(Path(constants.DEFAULT_LOCAL_TMP), self._task.get_path(), words)  # type: ignore[attr-defined]
        if news:
            self._publish(report_of_gate(judgement, self.folder, sources), options)
        result = {**result_of_gate(judgement, time.perf_counter() - began), **drift}
        if options["fail"] and not judgement.valid:
            return {**result, "failed": True}
        if news and judgement.valid:
            Display().display(str(result["msg"]))
        elif news:
            # On standard output, where the play is, as Ansible tells of a task that fails.
            Display().display(f"[ERROR]: {result['msg']}", color=constants.COLOR_ERROR)  # type: ignore[attr-defined]
        return result

    def _with_shadowed(self, judgement: GateJudgement, sources: Sequence[str]) -> GateJudgement:
        """The judgement with one error more for each variable in a file that Ansible passes over."""
        beside = [source if source.is_dir() else source.parent for source in map(Path, sources)]
        found = judge_shadowed(shadowed_variables([*beside, Path(self.folder)]), review_folders(self.folder))
        return replace(judgement, errors=tuple(sorted((*judgement.errors, *found), key=sort_key)))

    def _with_sheets(
        self,
        judgement: GateJudgement,
        hosts: Sequence[HostVariables],
        hostvars: HostVars,
        request_for: Callable[[HostVariables], Request],
    ) -> tuple[GateJudgement, dict[str, Any]]:
        """The judgement with what is wrong with the hosts' filled sheets, and what these say otherwise, as a return."""
        # Ansible puts a host's variables together each time that they are asked for.
        having = [host.host for host in hosts if host.has_sheets]
        named = {host: read for host in having for read in [read_variable(hostvars, host, SHEETS)] if read}
        if not any(admitted.value or admitted.oddities for admitted, _place in named.values()):
            return judgement, {}
        # Most gates have none, and do without this code.
        from ansible_collections.appmail.settings.plugins.plugin_utils._drift.host_sheets import (
            NamedSheets,
            with_host_sheets,
        )

        folder = Path(self.folder).resolve()
        sheets = {
            host: NamedSheets(target_folders(texts, folder), admitted, place)
            for host, (admitted, place) in named.items()
            # What has no value is among the oddities.
            for texts in [[path for path in listed(admitted.value) if isinstance(path, str)]]
        }
        judgement, drifts = with_host_sheets(judgement, hosts, sheets, request_for)
        told = [{"host": host, **drift.to_result()} for host, found in drifts.items() for drift in found]
        return judgement, {"drift": told}

    def _with_lock(
        self, judgement: GateJudgement, hosts: Sequence[HostVariables], file: str, task_vars: Mapping[str, Any]
    ) -> GateJudgement:
        """The judgement, with one error more where the lock file is out of date."""
        # Most gates have none, and do without this code.
        from ansible_collections.appmail.settings.plugins.plugin_utils._actions.record_request import (
            intended_of,
            with_lock,
        )

        made = intended_of(hosts, judgement, task_vars["hostvars"], self.folder, blamed=False)
        limited = len(task_vars["groups"]["all"]) > len(hosts)
        shown = relative_to_any(str(Path(file).resolve()), review_folders(self.folder))
        return with_lock(judgement, made, Path(file), shown, limited=limited)

    def _publish(self, report: Report, options: Mapping[str, Any]) -> None:
        """Print and write the report in the forms that are asked for."""
        formats = list(options["formats"])
        if options["annotations"] == "github" and "github" not in formats:
            formats.append("github")
        texts = printed(report, formats)
        if options["annotations"] == "gitlab":
            texts.append(FORMATS["gitlab"].write(report))
        for text in texts:
            Display().display(text)
        write_reports(report, formats, options["report_dest"])


# Ansible loads this file once, before it forks.
keep_what_is_loaded()
