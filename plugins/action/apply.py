# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.utils.display import Display

from ansible_collections.appmail.settings.plugins.action.render import WritingAction
from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import APPLY
from ansible_collections.appmail.settings.plugins.module_utils._host.payload import ApplyPayload
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement

if TYPE_CHECKING:
    from ansible_collections.appmail.settings.plugins.plugin_utils._drift.drift import Drift
    from ansible_collections.appmail.settings.plugins.plugin_utils._drift.host import Question


class ActionModule(WritingAction):
    """Validate and render on the controller; check and write on the host."""

    half = "apply"
    arguments: Mapping[str, Any] = APPLY

    _drift: Question | None = None
    _sheets: Sequence[Drift] = ()

    def payload(self, judgement: Judgement, options: Mapping[str, Any]) -> ApplyPayload:
        files = super().payload(judgement, options)
        letter: ApplyPayload = {**files, "when": options["check"], "check": self.check_payload(judgement, options)}
        if self._task.check_mode:
            # Only check mode tells drift, and reads this code.
            from ansible_collections.appmail.settings.plugins.plugin_utils._drift.host import question

            self._drift = question(judgement.targets, files)
            if self._drift is not None:
                letter["drift"] = self._drift.letter
        return letter

    def examined(self, judgement: Judgement, options: Mapping[str, Any]) -> Judgement:
        """In check mode filled sheets are read, too; what is wrong with them stands beside the other findings."""
        paths = options["current_sheets"]
        if not self._task.check_mode or not paths:
            return judgement
        from ansible_collections.appmail.settings.plugins.plugin_utils._actions.request import target_folders
        from ansible_collections.appmail.settings.plugins.plugin_utils._drift.sheets import with_sheets

        folder = Path(self.folder).resolve()
        judgement, self._sheets = with_sheets(judgement, target_folders(paths, folder), folder)
        return judgement

    def explain(self, done: dict[str, Any]) -> None:
        """Tell what is set otherwise on the host, setting by setting, in check mode."""
        sealed = done.pop("drift", None)
        if not self._task.check_mode or (not sealed and not self._sheets):
            return
        from ansible_collections.appmail.settings.plugins.plugin_utils._drift.drift import summary
        from ansible_collections.appmail.settings.plugins.plugin_utils._drift.host import drift_of

        drifts = drift_of(self._drift, sealed, done.get("installed") or {}) if self._drift and sealed else []
        drifts += self._sheets
        done["drift"] = [drift.to_result() for drift in drifts]
        if drifts and self._task.diff:
            done["diff"] = [*done.get("diff", []), {"prepared": f"drift by setting\n{summary(drifts)}\n"}]
        elif drifts and not self._task.no_log:
            Display().display(f"{self.scope}: drift by setting\n{summary(drifts)}")
