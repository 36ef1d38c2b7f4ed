# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half of apply, in one module call: the servers are checked, then the files are written.

Beside what _host.py describes, the payload has ``endpoints`` (each with ``protocol`` and the options of a check),
``check`` (``before``, ``after``, ``both`` or ``never``), ``check_on_failure`` (``fail`` or ``warn``), and
``max_parallel`` and ``fail_on`` as in smtp_check.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from ansible_collections.appmail.settings.plugins.module_utils._check import check_endpoints, worst
from ansible_collections.appmail.settings.plugins.module_utils._endpoint import EndpointError, endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._host import HostError, Result, write


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
    result["warnings"] = result["warnings"] + [
        "%s: %s" % (one["name"], text) for one in results for text in one["warnings"]
    ]
    if not verdict["failed"]:
        return
    if payload["check_on_failure"] == "fail":
        raise HostError(str(verdict["msg"]), result)
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
