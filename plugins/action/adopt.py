# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.vault import VaultLib, VaultSecretsContext, match_encrypt_secret
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader
from ansible.utils.display import Display

from ansible_collections.appmail.settings.plugins.plugin_utils._kept.own_imports import keep_own_code

keep_own_code(constants.ANSIBLE_HOME)  # type: ignore[attr-defined]

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import ADOPT
from ansible_collections.appmail.settings.plugins.module_utils._host.standalone import packed
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.around_the_call import (
    KeepsArguments,
    keep_what_is_loaded,
    why_no_answer,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.request import answered, target_folders
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.host import (
    Vaulted,
    letter,
    read_answer,
    to_mapping,
    wanted_targets,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.pages import adopt_sheets
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.summary import summary
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.tree import Host, variable_files
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.writing import write_files
from ansible_collections.appmail.settings.plugins.plugin_utils._bundle.bundle import HOST_HALF, place_host_half
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import environment_of
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import MISSING_LIBRARY
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

# By it all hosts of a run, which are forked from this process, know equal secrets; nobody else can.
_RUN_KEY = secrets.token_bytes(32)


class ActionModule(KeepsArguments, ActionBase):
    """Read what a host has, or write what hosts have as a tree of variables."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if MISSING_LIBRARY is not None:
            raise AnsibleActionFail(MISSING_LIBRARY)
        checked = ArgumentSpecValidator(ADOPT).validate(answered(self._task.args))
        if checked.error_messages:
            raise AnsibleActionFail("; ".join(checked.error_messages))
        options = checked.validated_parameters
        try:
            if options["hosts"]:
                return self._written(options, task_vars or {})
            return self._read(options, task_vars)
        except SentenceError as error:
            raise AnsibleActionFail(str(error)) from None

    def _read(self, options: Mapping[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        named = options["current_sheets"]
        paths = dict(zip(named, target_folders(named, Path(self._loader.get_basedir())), strict=True))
        sheets = adopt_sheets(paths, options["target_paths"]) if paths else []
        wanted = wanted_targets(options["targets"], options["target_paths"], options["search"])
        payload, key = letter(wanted)
        arguments = {"half": "adopt", "payload": packed(json.dumps(payload))}
        done: dict[str, Any] = self._execute_module(HOST_HALF, arguments, task_vars=task_vars)
        if "module_stderr" in done:
            return {"failed": True, "changed": False, "msg": why_no_answer(done, self._used_interpreter)}
        if done.get("failed"):
            return {"failed": True, "changed": False, "msg": str(done.get("msg"))}
        vaulted = self._vault(options["vault_id"])
        found = {
            adopted.app: to_mapping(adopted, vaulted)
            for adopted in [*read_answer(wanted, done["sealed"], key), *sheets]
        }
        names = ", ".join(found) or "no application that is known"
        return {"changed": False, "found": found, "msg": f"found {names}"}

    def _vault(self, vault_id: str | None) -> Any:  # noqa: ANN401 - a function of a text
        """What encrypts a secret at once, so that it is never kept in clear; not at all without a vault."""
        known = VaultSecretsContext.current().secrets
        if not known and vault_id is None:
            return lambda text: (None, _digest(text))
        chosen, secret = match_encrypt_secret(known, encrypt_vault_id=vault_id)
        vault = VaultLib(known)

        def vaulted(text: str) -> Vaulted:
            return vault.encrypt(text, secret=secret, vault_id=vault_id and chosen).decode("ascii"), _digest(text)

        return vaulted

    def _written(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The tree of all hosts, once."""
        hostvars = task_vars["hostvars"]
        hosts = [_host(name, options["hosts"][name] or {}, hostvars[name]) for name in sorted(options["hosts"])]
        files = variable_files(hosts, options["target_paths"])
        if options["dest"] is None:
            raise AnsibleActionFail("dest is missing: name the folder that the variables are written to")
        changed = write_files(Path(options["dest"]), files, dry=bool(self._task.check_mode))
        said = summary(hosts, files)
        Display().display(said)
        return {"changed": changed, "files": [str(Path(options["dest"], name)) for name in files], "msg": said}


def _host(name: str, found: Mapping[str, Any], variables: Mapping[str, Any]) -> Host:
    groups = list(variables.get("group_names") or [])
    environment = environment_of(groups, variables.get("email_environment"))
    return Host(name, environment, environment in groups, found)


def _digest(text: str) -> str:
    return hmac.new(_RUN_KEY, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


# Ansible loads this file once, before it forks for the hosts.
place_host_half(module_loader, Path(constants.DEFAULT_LOCAL_TMP))  # type: ignore[attr-defined]
keep_what_is_loaded()
