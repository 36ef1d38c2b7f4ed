# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.appmail.settings.plugins.action.render import WritingAction
from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import APPLY
from ansible_collections.appmail.settings.plugins.module_utils._host.payload import ApplyPayload
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement


class ActionModule(WritingAction):
    """Validate and render on the controller; check and write on the host."""

    half = "apply"
    arguments: Mapping[str, Any] = APPLY

    def payload(self, judgement: Judgement, options: Mapping[str, Any]) -> ApplyPayload:
        files = super().payload(judgement, options)
        return {**files, "when": options["check"], "check": self.check_payload(judgement, options)}
