# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.loader import module_loader
from ansible.utils.display import Display

from ansible_collections.appmail.settings.plugins.plugin_utils._kept.own_imports import keep_own_code

keep_own_code(constants.ANSIBLE_HOME)  # type: ignore[attr-defined]

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import CHECK
from ansible_collections.appmail.settings.plugins.module_utils._host.payload import CheckPayload
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.base import HostAction
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.preload import preload
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.request import listed
from ansible_collections.appmail.settings.plugins.plugin_utils._bundle.bundle import place_host_half
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import environment_of
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import MISSING_LIBRARY
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError


class ActionModule(HostAction):
    """Validate on the controller; check the servers from the host."""

    half = "check"
    arguments: Mapping[str, Any] = CHECK
    _judged: Judgement | None = None
    _asked: Sequence[Mapping[str, Any]] = ()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        try:
            done = super().run(tmp, task_vars)
        except Exception as error:
            # Whatever ends a check is in its report; only Ansible's own errors have words that may stand there.
            why = error.message if isinstance(error, AnsibleError) else type(error).__name__
            said = {"failed": True, "msg": why, **(getattr(error, "result", None) or {})}
            self._report(said, variables)
            raise
        self._report(done, variables)
        # The worst is told by the task's own message, or by a warning; all else would not be seen.
        told = [str(done.get("msg", "")) if done.get("failed") else "", *self._host_warnings]
        for result in done.get("results") or []:
            if not any(text.startswith(result["msg"]) for text in told):
                Display().display(f"  {variables.get('inventory_hostname')}: {result['msg']}")
        return done

    def judgement(
        self, arguments: Mapping[str, Any], task_vars: Mapping[str, Any] | None
    ) -> tuple[Judgement, dict[str, Any]]:
        self._judged, options = super().judgement(arguments, task_vars)
        return self._judged, options

    def require(self, options: Mapping[str, Any]) -> None:
        if options["formats"]:
            from ansible_collections.appmail.settings.plugins.plugin_utils._reports.checks import require_folder

            try:
                require_folder(options["formats"], options["report_dest"])
            except SentenceError as error:
                raise AnsibleActionFail(str(error)) from None

    def payload(self, judgement: Judgement, options: Mapping[str, Any]) -> CheckPayload:
        letter = self.check_payload(judgement, options)
        self._asked = letter["endpoints"]
        return letter

    def _report(self, done: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        """Write and print the reports that are asked for, whatever became of the check."""
        known: Any = CHECK["formats"]
        formats = [str(name) for name in listed(self._task.args.get("formats")) if name in known["choices"]]
        if not formats:
            return
        # Most checks leave no report, and do without this code.
        from ansible_collections.appmail.settings.plugins.plugin_utils._actions import check_report

        host, groups = str(variables.get("inventory_hostname", "")), variables.get("groups") or {}
        at = check_report.Occasion(
            host,
            environment_of(variables.get("group_names") or [], self._environment(variables)),
            self.folder,
            variables.get("ansible_inventory_sources") or (),
        )
        checks = check_report.host_checks(done, self._asked, self._judged, at)
        folder = self._task.args.get("report_dest")
        play = _environments(variables.get("ansible_play_hosts_all") or [host], groups)
        run = Path(constants.DEFAULT_LOCAL_TMP, "appmail-checks")  # type: ignore[attr-defined]
        try:
            texts = check_report.publish(checks, formats, folder and str(Path(folder).expanduser()), run, play, at)
        except SentenceError as error:
            raise AnsibleActionFail(str(error)) from None
        for text in texts:
            Display().display(text)


def _environments(hosts: Sequence[str], groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The environment of each host by the groups that it is in."""
    names: dict[str, list[str]] = {host: [] for host in hosts}
    for group in sorted(set(groups) - {"all"}):
        for host in groups[group]:
            names.get(host, []).append(group)
    return {host: environment_of(of_host, None) for host, of_host in names.items()}


if MISSING_LIBRARY is None:
    # Ansible loads this file once, before it forks for the hosts.
    place_host_half(module_loader, Path(constants.DEFAULT_LOCAL_TMP))  # type: ignore[attr-defined]
    preload()
