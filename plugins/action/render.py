# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.plugins.loader import filter_loader, lookup_loader, module_loader

from ansible_collections.appmail.settings.plugins.plugin_utils._kept.own_imports import keep_own_code

keep_own_code(constants.ANSIBLE_HOME)  # type: ignore[attr-defined]

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import RENDER
from ansible_collections.appmail.settings.plugins.module_utils._host.payload import FilesPayload
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.base import HostAction
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.payload import files_payload, runbooks_of
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.preload import preload
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.runbooks import Runbooks, host_folder, merged
from ansible_collections.appmail.settings.plugins.plugin_utils._bundle.bundle import place_host_half
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import MISSING_LIBRARY
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import one_line
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError


class WritingAction(HostAction):
    """What the actions that write share. Runbooks stay on the controller where `runbook_dest` names a folder of it."""

    _runbooks: Runbooks | None = None

    half = "render"
    arguments: Mapping[str, Any] = RENDER

    def require(self, options: Mapping[str, Any]) -> None:
        if options["dest_root"] and not options["dest_root"].startswith("/"):
            raise AnsibleActionFail(f"dest_root is an absolute path on the host, not {one_line(options['dest_root'])}")
        if options["dest_root"] and not options["dest_root"].isprintable():
            raise AnsibleActionFail(f"dest_root has characters that cannot be seen: {one_line(options['dest_root'])}")

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            return self._with_runbooks(super().run(tmp, task_vars))
        except SentenceError as error:
            raise AnsibleActionFail(f"{self._written('runbook_dest')}: {error}") from None
        finally:
            if self._runbooks is not None:
                self._runbooks.discard()

    def _with_runbooks(self, done: dict[str, Any]) -> dict[str, Any]:
        # A task that failed only in its last check has written the files.
        if self._runbooks is None or (done.get("failed") and not done.get("files")):
            return done
        dry = bool(self._task.check_mode)
        return merged(done, self._runbooks.publish(check_mode=dry, diff=bool(self._task.diff)))

    def _stage_runbooks(self, judgement: Judgement, options: Mapping[str, Any]) -> None:
        folder = Path(self.folder, options["runbook_dest"])
        specs = runbooks_of(judgement.targets)
        if not specs and not folder.is_dir():
            return
        self._runbooks = Runbooks(host_folder(folder, self.scope), specs, options["removed"])
        self._runbooks.stage(check_mode=bool(self._task.check_mode))

    def payload(self, judgement: Judgement, options: Mapping[str, Any]) -> FilesPayload:
        if options["runbook_dest"]:
            self._stage_runbooks(judgement, options)
        return files_payload(
            judgement.targets,
            dest_root=options["dest_root"],
            takeover=options["takeover"],
            backup=options["backup"],
            diff=bool(self._task.diff),
            scope=self.scope,
            removed=options["removed"],
            remember_reloads=options["remember_reloads"],
            runbooks_elsewhere=bool(options["runbook_dest"]),
        )


class ActionModule(WritingAction):
    """Render on the controller, write on the host."""


if MISSING_LIBRARY is None:
    # Ansible loads this file once, before it forks for the hosts.
    place_host_half(module_loader, Path(constants.DEFAULT_LOCAL_TMP))  # type: ignore[attr-defined]
    # Ansible reads all its filters where it is asked for one, and the role's arguments are written with these.
    filter_loader.get("default")
    lookup_loader.get("varnames", class_only=True)
    preload()
