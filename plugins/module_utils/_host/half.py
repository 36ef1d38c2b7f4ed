# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What the host's halves share: a payload comes in, and a result or a failure goes out as Ansible wants it."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Mapping, NoReturn, Protocol

from .printing import printable, visible

Result = Dict[str, Any]


class HostModule(Protocol):
    """What is needed of AnsibleModule, so that a test can stand in for it."""

    params: dict[str, Any]
    check_mode: bool

    def warn(self, warning: str) -> None:
        """Say something that is not an error."""

    def exit_json(self, **result: Any) -> NoReturn:  # noqa: ANN401 - as AnsibleModule has it
        """End well."""

    def fail_json(self, msg: str, **result: Any) -> NoReturn:  # noqa: ANN401 - as AnsibleModule has it
        """End badly."""


class HostError(Exception):
    """The host's half cannot go on. `result` is what is known so far; the text is the sentence for people."""

    def __init__(self, message: str, result: Result) -> None:
        super().__init__(message)
        self.result = result


def run_host_half(module: HostModule, half: Callable[..., Result]) -> None:
    """Run `write`, `apply` or `check` for a module: read the payload, end the module with what came of it."""
    payload = module.params.get("payload")
    if not payload:
        module.fail_json(msg="the settings are rendered on the controller: the action plugin was not found")
    try:
        result = half(json.loads(payload), check_mode=module.check_mode)
    except HostError as error:
        _warn(module, error.result)
        module.fail_json(msg=visible(str(error)), **_shown(error.result))
    _warn(module, result)
    module.exit_json(msg=message(result, check_mode=module.check_mode), **_shown(result))


def _shown(result: Result) -> Result:
    """The result, its differences as they may be printed."""
    return {**result, "diff": printable(result["diff"])} if "diff" in result else result


def _warn(module: HostModule, result: Result) -> None:
    """Hand the warnings to Ansible, which displays them and returns them itself."""
    for warning in result.pop("warnings", []):
        module.warn(visible(warning))


def message(result: Mapping[str, Any], *, check_mode: bool) -> str:
    """One sentence for people on what was done."""
    checked = len(result.get("results", []))
    servers = f"{checked} {'server' if checked == 1 else 'servers'} checked"
    if "files" not in result:
        return servers
    changed = sum(1 for file in result["files"] if file["changed"])
    total = len(result["files"])
    servers = f"{servers}, " if checked else ""
    would = "would change" if check_mode else "changed"
    files = f"{changed} of {total} {'file' if total == 1 else 'files'} {would}"
    keys = [key for row in result.get("set_values", ()) for key in row["names"]]
    values = f", {len(keys)} {'value' if len(keys) == 1 else 'values'} {would}" if "set_values" in result else ""
    return f"{servers}{files}{values}"
