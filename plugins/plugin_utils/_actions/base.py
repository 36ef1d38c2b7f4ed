# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What the actions that judge settings share. Beside _sources/origins.py it is the only one here that knows Ansible.

It stands alone so that an action which writes need not load what the gate and its reports need.
"""

from __future__ import annotations

import datetime
import getpass
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.appmail.settings.plugins.module_utils._host.payload import CheckPayload
from ansible_collections.appmail.settings.plugins.module_utils._host.standalone import packed
from ansible_collections.appmail.settings.plugins.plugin_utils._bundle.bundle import HOST_HALF
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import report
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import NO_SETTINGS, Judgement, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.variables import judge_variables, no_targets
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.endpoints import CheckOptionsError
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.login_claims import (
    LoginClaims,
    LoginRefusedElsewhere,
    Server,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import UNTEMPLATABLE
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.variables import unknown_variables
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import MISSING_LIBRARY

from .around_the_call import KeepsArguments, why_no_answer
from .payload import Login, check_payload
from .request import (
    ROLE,
    TAGGED_ARGUMENTS,
    RequestError,
    answered,
    missing_folders,
    read_request,
    result_of,
    split_arguments,
    unknown_options,
    variable_of,
)
from .untemplated import KeepsUntemplated, untemplated


class JudgingAction(KeepsUntemplated, KeepsArguments, ActionBase):
    """What the actions that judge settings share: their arguments, and the judgement itself."""

    _supports_check_mode = True
    _supports_async = False
    #: Whether targets of the user's own are walked, leaf by leaf: the gate does, before any host is reached.
    walks = False

    def checked_arguments(self, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """This task's settings, untouched, and its other options, checked and converted."""
        if MISSING_LIBRARY is not None:
            raise AnsibleActionFail(MISSING_LIBRARY)
        self._require_templated()
        unknown = list(unknown_options(self._task.args, arguments, self._task.action.rpartition(".")[2]))
        if unknown:
            raise AnsibleActionFail("; ".join(unknown))
        tagged, others = split_arguments(self._task.args)
        others = answered(others)
        spec = {name: option for name, option in arguments.items() if name not in (*TAGGED_ARGUMENTS, "settings")}
        written = {name: self._written(name) for name in {*spec, *others}}
        checked = ArgumentSpecValidator({written[name]: option for name, option in spec.items()}).validate(
            {written[name]: value for name, value in others.items()}
        )
        if checked.error_messages:
            raise AnsibleActionFail("; ".join(checked.error_messages))
        return tagged, {name: checked.validated_parameters[written[name]] for name in spec}

    def _written(self, argument: str) -> str:
        """An argument's name where people write it: in the role's own tasks that is a variable of the role."""
        role = self._task._role  # noqa: SLF001 - a task says in no other way whose it is
        return variable_of(argument) if role is not None and role.get_name() == ROLE else argument

    def judgement(
        self, arguments: Mapping[str, Any], task_vars: Mapping[str, Any] | None
    ) -> tuple[Judgement, dict[str, Any]]:
        """The judgement of this task's settings, and its other options."""
        tagged, options = self.checked_arguments(arguments)
        if "settings" not in tagged and tagged.get("targets"):
            raise AnsibleActionFail(f"email_targets: {NO_SETTINGS}")
        if "settings" not in tagged:
            raise AnsibleActionFail("settings is missing: give the spec, usually {{ email_settings }}")
        try:
            request = read_request(tagged, options, task_vars or {}, self.folder, self._environment(task_vars))
            missing = missing_folders(self._task.args.get("target_paths"), Path(self.folder))
            return judge(replace(request, walks=self.walks, missing_folders=missing)), options
        except RequestError as error:
            raise AnsibleActionFail(str(error)) from None

    def _environment(self, task_vars: Mapping[str, Any] | None) -> str:
        """What `email_environment` says; "" where it says nothing, or cannot be templated: the gate tells that."""
        try:
            return str(self._templar.template((task_vars or {}).get("email_environment") or ""))
        except UNTEMPLATABLE:
            return ""

    def _require_templated(self) -> None:
        """Raise AnsibleActionFail where options cannot be templated, with a finding for each.

        Of settings and targets the judgement says what cannot, with all else that is wrong with them.
        """
        names = {name: self._written(name) for name in self._task.args if name not in TAGGED_ARGUMENTS}
        errors = untemplated(self._task.args, names, (Path(self.folder).resolve(), Path.cwd()))
        if errors:
            mappings = [error.to_result() for error in errors]
            raise AnsibleActionFail(report(errors), result={"errors": mappings, "changed": False})

    @property
    def folder(self) -> str:
        """The playbook's folder."""
        return str(self._loader.get_basedir())


class HostAction(JudgingAction):
    """What the actions with a half on the host share: judge, and hand what is right to one module call there."""

    #: The last part of the module's name.
    half = ""
    arguments: Mapping[str, Any] = {}
    #: The host's name in the inventory.
    scope = ""
    _servers: Sequence[Server] = ()
    #: What the host's half warned of.
    _host_warnings: Sequence[str] = ()

    @cached_property
    def _claims(self) -> LoginClaims:
        """The logins that this host tries for all; they lie in a folder that Ansible removes when the run ends."""
        return LoginClaims(Path(constants.DEFAULT_LOCAL_TMP, "appmail-logins"), self.scope)  # type: ignore[attr-defined]

    def require(self, options: Mapping[str, Any]) -> None:
        """Refuse options that do not go together; raises AnsibleActionFail."""

    def payload(self, judgement: Judgement, options: Mapping[str, Any]) -> Mapping[str, object]:
        """The letter to the host's half."""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        self.scope = str((task_vars or {}).get("inventory_hostname", ""))
        judgement, options = self.judgement(self.arguments, task_vars)
        self.require(options)
        judgement = self.examined(self._with_variables(judgement, task_vars or {}), options)
        judged = result_of(judgement)
        if not judgement.valid:
            refused = {name: value for name, value in judged.items() if name not in ("valid", "coverage")}
            return {**refused, "failed": True}
        try:
            letter = self.payload(judgement, options)
        except LoginRefusedElsewhere as refused:
            said = {"category": "login_failed", "reason": refused.reason, "stage": refused.stage, "results": []}
            return {**said, "failed": True, "changed": False, "msg": str(refused), "errors": []}
        done = self._call(letter, task_vars)
        if "module_stderr" in done:
            user = self.get_become_option("become_user") if self._connection.become else None  # type: ignore[no-untyped-call]
            why = why_no_answer(done, self._used_interpreter, user)
            return {"failed": True, "changed": False, "msg": why, "errors": []}
        done.update({name: judged[name] for name in ("errors", "warning_details", "waivers", "accepted")})
        done["warnings"] = [*judgement.warning_sentences(), *done.get("warnings", [])]
        if options["coverage"] and not done.get("failed"):
            done["coverage"] = judged["coverage"]
        self.explain(done)
        if options.get("record_dest"):
            done["warnings"] += self._kept(done, letter, Path(options["record_dest"]))
        return done

    def examined(self, judgement: Judgement, options: Mapping[str, Any]) -> Judgement:  # noqa: ARG002 - for who asks
        """The judgement, with what an action finds beside it."""
        return judgement

    def explain(self, done: dict[str, Any]) -> None:
        """Put what the host answered into words that a person can use, and the record can keep."""

    def _with_variables(self, judgement: Judgement, variables: Mapping[str, Any]) -> Judgement:
        """The judgement, with what is said of the role's variables; outside of the role they are the play's own."""
        if variables.get("ansible_role_name") != ROLE:
            return judgement
        named = judge_variables(unknown_variables(variables), (Path(self.folder).resolve(), Path.cwd()))
        if judgement.valid and not judgement.targets:
            named.warnings.append(no_targets())
        return replace(
            judgement, errors=(*judgement.errors, *named.errors), warnings=(*judgement.warnings, *named.warnings)
        )

    def _call(self, letter: Mapping[str, object], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """The one module call; whatever becomes of it, hosts that wait for one of its logins are told."""
        done: dict[str, Any] = {}
        try:
            arguments = {"half": self.half, "payload": packed(json.dumps(letter))}
            done = self._execute_module(HOST_HALF, arguments, task_vars=task_vars)
        finally:
            self._claims.publish(done.get("results") or [], self._servers)
        done.pop("invocation", None)
        self._host_warnings = done.pop("host_warnings", [])
        return done

    def _kept(self, done: Mapping[str, Any], letter: Mapping[str, Any], folder: Path) -> list[str]:
        """Leave what was seen for the record; a warning where that cannot be written, for the host is as it is."""
        # Most runs keep nothing, and do without this code.
        from ansible_collections.appmail.settings.plugins.plugin_utils._record.observed import (
            Occasion,
            keep,
            observation,
        )
        from ansible_collections.appmail.settings.plugins.plugin_utils._reports.formats import ReportError
        from ansible_collections.appmail.settings.plugins.plugin_utils._sources.git_blame import work_tree

        tree = work_tree(Path.cwd(), less=[folder])
        at = Occasion(
            host=self.scope,
            time=datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            user=getpass.getuser(),
            commit=tree.commit if tree and tree.clean else None,
            dry=bool(self._task.check_mode),
            writes="files" in letter,
        )
        asked = letter.get("check", letter).get("endpoints", [])
        try:
            keep(observation(done, asked, at), at, folder)
        except ReportError as error:
            return [f"record_dest: {error}"]
        return []

    def check_payload(self, judgement: Judgement, options: Mapping[str, Any]) -> CheckPayload:
        """The part of the letter that says which servers to check, and how."""
        try:
            return check_payload(
                judgement,
                on_failure=options["check_on_failure"],
                options=options["check_options"],
                logs_in=lambda servers: self._arrange(servers, options),
            )
        except CheckOptionsError as error:
            raise AnsibleActionFail(f"check_options: {error}") from None

    def _arrange(self, servers: Sequence[Server], options: Mapping[str, Any]) -> Sequence[Login]:
        """For each server who tries its login, as `check_login` has it; raises LoginRefusedElsewhere."""
        if options["check_login"] != "once":
            return ["try" if options["check_login"] == "every" else "never"] * len(servers)
        self._servers = servers
        try:
            return ["try" if claimed else "elsewhere" for claimed in self._claims.arrange(servers)]
        except LoginRefusedElsewhere as refused:
            self._claims.publish([], servers)
            if options["check_on_failure"] == "fail":
                raise
            Display().warning(str(refused))
            return ["elsewhere"] * len(servers)
