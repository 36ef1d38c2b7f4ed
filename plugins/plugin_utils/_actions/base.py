# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What the actions that judge settings share. Beside _sources/origins.py it is the only one here that knows Ansible.

It stands alone so that an action which writes need not load what the gate and its reports need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import MISSING_LIBRARY

from .request import RequestError, read_request, split_arguments


class JudgingAction(ActionBase):
    """What the actions that judge settings share: their arguments, and the judgement itself."""

    _supports_check_mode = True
    _supports_async = False

    def checked_arguments(self, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """This task's settings, untouched, and its other options, checked and converted."""
        if MISSING_LIBRARY is not None:
            raise AnsibleActionFail(missing_required_lib("jsonschema", reason="on the controller"))
        tagged, others = split_arguments(self._task.args)
        spec = {name: option for name, option in arguments.items() if name not in tagged and name != "settings"}
        checked = ArgumentSpecValidator(spec).validate(others)
        if checked.error_messages:
            raise AnsibleActionFail("; ".join(checked.error_messages))
        return tagged, checked.validated_parameters

    def judgement(
        self, arguments: Mapping[str, Any], task_vars: Mapping[str, Any] | None
    ) -> tuple[Judgement, dict[str, Any]]:
        """The judgement of this task's settings, and its other options."""
        tagged, options = self.checked_arguments(arguments)
        if "settings" not in tagged:
            raise AnsibleActionFail("settings is missing: give the spec, usually {{ email_settings }}")
        try:
            return judge(read_request(tagged, options, task_vars or {}, self.folder)), options
        except RequestError as error:
            raise AnsibleActionFail(str(error)) from error

    @property
    def folder(self) -> str:
        """The playbook's folder."""
        return str(self._loader.get_basedir())
