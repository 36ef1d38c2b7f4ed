# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What happens on the host in one module call: the servers are checked, then the files are written.

The controller hands over a payload (JSON):

- ``endpoints``: a list of mappings, each with ``protocol`` and the options of a check,
- ``check``: ``before``, ``after``, ``both`` or ``never``,
- ``check_on_failure``: ``fail`` or ``warn``,
- ``max_parallel`` and ``fail_on``: as in smtp_check,
- ``files``: the files as _writer.FileSpec describes them, ``backup``,
- ``reloads``: for each target what makes it read its changed files.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Mapping, NoReturn, Protocol

from ansible_collections.appmail.settings.plugins.module_utils._check import check_endpoints, worst
from ansible_collections.appmail.settings.plugins.module_utils._endpoint import EndpointError, endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._writer import (
    WriteError,
    file_spec_from_mapping,
    write_files,
)

Result = Dict[str, Any]


class HostModule(Protocol):
    """What is needed of AnsibleModule, so that a test can stand in for it."""

    params: Dict[str, Any]
    check_mode: bool

    def exit_json(self, **result: Any) -> NoReturn:
        """End well."""

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        """End badly."""


class HostError(Exception):
    """The host's half cannot go on. ``result`` is what is known so far; the text is the sentence for people."""

    def __init__(self, message: str, result: Result) -> None:
        super().__init__(message)
        self.result = result


def write(payload: Mapping[str, Any], *, check_mode: bool) -> Result:
    """Write the payload's files. Returns ``changed``, ``files``, ``diff``, ``warnings`` and ``reloads``."""
    try:
        specs = [file_spec_from_mapping(file) for file in payload["files"]]
        outcome = write_files(specs, check_mode=check_mode, backup=payload["backup"], diff=payload["diff"])
    except WriteError as error:
        raise HostError(str(error), {"step": error.step, "path": error.path, "target": error.target}) from None
    changed = {file["target"] for file in outcome.files if file["changed"]}
    return {
        "changed": bool(changed),
        "files": outcome.files,
        "diff": outcome.diffs,
        "warnings": list(outcome.warnings),
        "reloads": [reload for reload in payload["reloads"] if reload["target"] in changed],
    }


def apply(payload: Mapping[str, Any], *, check_mode: bool) -> Result:
    """Check the servers and write the files, in the order that ``check`` asks for.

    Nothing is written unless the check before passed, or ``check_on_failure`` is ``warn``.
    """
    result: Result = {"changed": False, "results": [], "files": [], "diff": [], "warnings": [], "reloads": []}
    if payload["check"] in ("before", "both"):
        _check(payload, result)
    try:
        written = write(payload, check_mode=check_mode)
    except HostError as error:
        raise HostError(str(error), dict(result, **error.result)) from None
    result.update(written, warnings=result["warnings"] + written["warnings"])
    if payload["check"] in ("after", "both"):
        _check(payload, result)
    return result


def _check(payload: Mapping[str, Any], result: Result) -> None:
    """Check every server and put what was seen into the result; raises HostError where that fails the task."""
    results = _results(payload["endpoints"], payload["max_parallel"])
    result["results"] = results
    if not results:
        return
    verdict = worst(results, payload["fail_on"])
    result.update({key: verdict[key] for key in ("category", "reason", "stage")})
    result["warnings"] = result["warnings"] + ["%s: %s" % (one["name"], text) for one in results for text in one["warnings"]]
    if not verdict["failed"]:
        return
    if payload["check_on_failure"] == "fail":
        raise HostError(verdict["msg"], result)
    result["warnings"] = result["warnings"] + [verdict["msg"]]


def _results(endpoints: List[Mapping[str, Any]], max_parallel: int) -> List[Result]:
    try:
        return check_endpoints(
            [endpoint_from_mapping(one["protocol"], _without_protocol(one)) for one in endpoints], max_parallel
        )
    except EndpointError as error:
        raise HostError(str(error), {}) from None


def _without_protocol(endpoint: Mapping[str, Any]) -> Dict[str, Any]:
    return {key: value for key, value in endpoint.items() if key != "protocol"}


def run_host_half(module: HostModule, half: Callable[..., Result]) -> None:
    """Run ``write`` or ``apply`` for a module: read the payload, end the module with what came of it."""
    payload = module.params.get("payload")
    if not payload:
        module.fail_json(msg="the settings are rendered on the controller: the action plugin was not found")
    try:
        result = half(json.loads(payload), check_mode=module.check_mode)
    except HostError as error:
        module.fail_json(msg=str(error), **error.result)
    module.exit_json(msg=message(result, check_mode=module.check_mode), **result)


def message(result: Mapping[str, Any], *, check_mode: bool) -> str:
    """One sentence for people on what was done."""
    changed = sum(1 for file in result["files"] if file["changed"])
    total = len(result["files"])
    checked = len(result.get("results", []))
    servers = "%d %s checked, " % (checked, "server" if checked == 1 else "servers") if checked else ""
    would = "would change" if check_mode else "changed"
    return "%s%d of %d %s %s" % (servers, changed, total, "file" if total == 1 else "files", would)
