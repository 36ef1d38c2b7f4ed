# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import RENDER
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.around_the_call import why_no_answer
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.base import JudgingAction
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.payload import files_payload
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.preload import preload
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.request import result_of
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import MISSING_LIBRARY


class WritingAction(JudgingAction):
    """What the actions that write share: judge, and hand what is right to one module call on the host."""

    module = "appmail.settings.render"
    arguments: Mapping[str, Any] = RENDER

    def payload(self, judgement: Judgement, options: Mapping[str, Any]) -> dict[str, JSON]:
        """What the host's half needs."""
        return files_payload(
            judgement.targets,
            dest_root=options["dest_root"],
            takeover=options["takeover"],
            backup=options["backup"],
            diff=bool(self._task.diff),
        )

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        judgement, options = self.judgement(self.arguments, task_vars)
        if options["dest_root"] and not options["dest_root"].startswith("/"):
            raise AnsibleActionFail(f"dest_root is an absolute path on the host, not {options['dest_root']}")
        judged = result_of(judgement)
        if not judgement.valid:
            return {name: value for name, value in judged.items() if name not in ("valid", "coverage")} | {
                "failed": True
            }
        kept = {name: options[name] for name in ("removed", "remember_reloads")}
        scope = str((task_vars or {}).get("inventory_hostname", ""))
        payload = json.dumps({**self.payload(judgement, options), **kept, "scope": scope})
        done: dict[str, Any] = self._execute_module(
            self.module, {"settings": {}, "payload": payload}, task_vars=task_vars
        )
        done.pop("invocation", None)
        if "module_stderr" in done:
            return {"failed": True, "changed": False, "msg": why_no_answer(done, self._used_interpreter), "errors": []}
        done.update({name: judged[name] for name in ("errors", "warning_details", "waivers")})
        done["warnings"] = [*judgement.warning_sentences(), *done.get("warnings", [])]
        if not done.get("failed"):
            done["coverage"] = judged["coverage"]
        return done


class ActionModule(WritingAction):
    """Render on the controller, write on the host."""


if MISSING_LIBRARY is None:
    # Ansible loads this file once, before it forks for the hosts.
    preload()
