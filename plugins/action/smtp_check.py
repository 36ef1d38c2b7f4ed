# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader

from ansible_collections.appmail.settings.plugins.plugin_utils._kept.own_imports import keep_own_code

keep_own_code(constants.ANSIBLE_HOME)  # type: ignore[attr-defined]

from ansible_collections.appmail.settings.plugins.module_utils._host.standalone import packed
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.around_the_call import (
    KeepsArguments,
    keep_what_is_loaded,
    why_no_answer,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.untemplated import (
    KeepsUntemplated,
    untemplated,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._bundle.bundle import HOST_HALF, place_host_half
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.check_arguments import (
    ArgumentsError,
    check_arguments,
)


class CheckAction(KeepsUntemplated, KeepsArguments, ActionBase):
    """What the actions that check servers share: read the arguments here, check the servers from the host."""

    _supports_check_mode = True
    _supports_async = True
    protocol = "smtp"

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        folders = (Path(self._loader.get_basedir()).resolve(), Path.cwd())
        failed = untemplated(self._task.args, {name: name for name in self._task.args}, folders)
        if failed:
            return {"failed": True, "changed": False, "msg": "; ".join(finding.sentence() for finding in failed)}
        try:
            payload = json.dumps(check_arguments(self.protocol, self._task.args))
        except ArgumentsError as error:
            return {"failed": True, "changed": False, "msg": str(error)}
        done: dict[str, Any] = self._execute_module(
            HOST_HALF,
            {"half": f"{self.protocol}_check", "payload": packed(payload)},
            task_vars=task_vars,
            wrap_async=bool(self._task.async_val and not self._connection.has_native_async),
        )
        for private in ("invocation", "host_warnings"):
            done.pop(private, None)
        if "module_stderr" in done:
            user = self.get_become_option("become_user") if self._connection.become else None  # type: ignore[no-untyped-call]
            return {"failed": True, "changed": False, "msg": why_no_answer(done, self._used_interpreter, user)}
        return done


class ActionModule(CheckAction):
    """Check SMTP servers from the host."""


# Ansible loads this file once, before it forks for the hosts.
place_host_half(module_loader, Path(constants.DEFAULT_LOCAL_TMP))  # type: ignore[attr-defined]
keep_what_is_loaded()
