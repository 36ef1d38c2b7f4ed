# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.plugins.loader import module_loader
from ansible.utils.display import Display

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import CHECK
from ansible_collections.appmail.settings.plugins.module_utils._host.payload import CheckPayload
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.base import HostAction
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.preload import preload
from ansible_collections.appmail.settings.plugins.plugin_utils._bundle.bundle import place_host_half
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import MISSING_LIBRARY


class ActionModule(HostAction):
    """Validate on the controller; check the servers from the host."""

    half = "check"
    arguments: Mapping[str, Any] = CHECK

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        done = super().run(tmp, task_vars)
        host = (task_vars or {}).get("inventory_hostname")
        # What failed stands in the task's own message; what passed would not be seen.
        for result in done.get("results") or []:
            if result["category"] == "complete":
                Display().display(f"  {host}: {result['msg']}")
        return done

    def payload(self, judgement: Judgement, options: Mapping[str, Any]) -> CheckPayload:
        return self.check_payload(judgement, options)


if MISSING_LIBRARY is None:
    # Ansible loads this file once, before it forks for the hosts.
    place_host_half(module_loader, Path(constants.DEFAULT_LOCAL_TMP))  # type: ignore[attr-defined]
    preload()
