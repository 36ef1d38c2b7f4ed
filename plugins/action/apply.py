# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail

from ansible_collections.appmail.settings.plugins.action.render import WritingAction
from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import APPLY
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.payload import check_payload
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.endpoints import CheckOptionsError
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.login_claims import claim
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON


def _always(_endpoint: Mapping[str, JSON]) -> bool:
    return True


def _never(_endpoint: Mapping[str, JSON]) -> bool:
    return False


class ActionModule(WritingAction):
    """Validate and render on the controller; check and write on the host."""

    module = "appmail.settings.apply"
    arguments: Mapping[str, Any] = APPLY

    def payload(self, judgement: Judgement, options: Mapping[str, Any]) -> dict[str, JSON]:
        try:
            checks = check_payload(
                judgement,
                check=options["check"],
                on_failure=options["check_on_failure"],
                options=options["check_options"],
                logs_in={"every": _always, "once": self._claims, "never": _never}[options["check_login"]],
            )
        except CheckOptionsError as error:
            raise AnsibleActionFail(f"check_options: {error}") from error
        return {**super().payload(judgement, options), **checks}

    def _claims(self, endpoint: Mapping[str, JSON]) -> bool:
        """Whether this host is the first of the run to come to the endpoint's login."""
        return claim(Path(constants.DEFAULT_LOCAL_TMP), endpoint)  # type: ignore[attr-defined]
