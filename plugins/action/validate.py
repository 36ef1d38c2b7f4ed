# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.appmail.settings.plugins.module_utils._arguments import VALIDATE
from ansible_collections.appmail.settings.plugins.plugin_utils._annotations import FORMATS
from ansible_collections.appmail.settings.plugins.plugin_utils._request import (
    read_request,
    result_of,
    split_arguments,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._schema import MISSING_LIBRARY
from ansible_collections.appmail.settings.plugins.plugin_utils._validation import Judgement, judge


class JudgingAction(ActionBase):
    """What the actions that judge settings share: their arguments, and the judgement itself."""

    _supports_check_mode = True
    _supports_async = False

    def judgement(
        self, arguments: Mapping[str, Any], task_vars: Mapping[str, Any] | None
    ) -> tuple[Judgement, dict[str, Any]]:
        """The judgement of this task's settings, and its other options, checked and converted."""
        if MISSING_LIBRARY is not None:
            raise AnsibleActionFail(missing_required_lib("jsonschema", reason="on the controller"))
        tagged, others = split_arguments(self._task.args)
        if "settings" not in tagged:
            raise AnsibleActionFail("settings is missing: give the spec, usually {{ email_settings }}")
        spec = {name: option for name, option in arguments.items() if name not in tagged}
        checked = ArgumentSpecValidator(spec).validate(others)
        if checked.error_messages:
            raise AnsibleActionFail("; ".join(checked.error_messages))
        options = checked.validated_parameters
        return judge(read_request(tagged, options, task_vars or {}, self._loader.get_basedir())), options


class ActionModule(JudgingAction):
    """Judge email settings on the controller; nothing connects anywhere."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        judgement, options = self.judgement(VALIDATE, task_vars)
        if options["annotations"] in FORMATS:
            Display().display(FORMATS[options["annotations"]](judgement.errors, judgement.warnings))
        return {**result_of(judgement), "failed": bool(options["fail"] and not judgement.valid)}
