# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import RENDER
from ansible_collections.appmail.settings.plugins.module_utils._host.payload import FilesPayload
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.base import HostAction
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.payload import files_payload
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.preload import preload
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import MISSING_LIBRARY


class WritingAction(HostAction):
    """What the actions that write share."""

    module = "appmail.settings.render"
    arguments: Mapping[str, Any] = RENDER

    def require(self, options: Mapping[str, Any]) -> None:
        if options["dest_root"] and not options["dest_root"].startswith("/"):
            raise AnsibleActionFail(f"dest_root is an absolute path on the host, not {options['dest_root']}")

    def payload(self, judgement: Judgement, options: Mapping[str, Any]) -> FilesPayload:
        return files_payload(
            judgement.targets,
            dest_root=options["dest_root"],
            takeover=options["takeover"],
            backup=options["backup"],
            diff=bool(self._task.diff),
            scope=self.scope,
            removed=options["removed"],
            remember_reloads=options["remember_reloads"],
        )


class ActionModule(WritingAction):
    """Render on the controller, write on the host."""


if MISSING_LIBRARY is None:
    # Ansible loads this file once, before it forks for the hosts.
    preload()
