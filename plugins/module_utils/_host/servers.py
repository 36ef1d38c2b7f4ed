# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half of check, and the part of apply that checks: the servers of a letter, and what was seen of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable

from .half import HostError, Result
from .payload import CheckPayload, EndpointPayload

if TYPE_CHECKING:
    from ansible_collections.appmail.settings.plugins.module_utils._check.shapes import CheckResult


@dataclass
class ServerChecks:
    """What was seen of the servers: a result for each endpoint, the worst one's verdict, and sentences to warn with."""

    results: list[CheckResult] = field(default_factory=list)
    verdict: Result = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def to_result(self) -> Result:
        """As a task returns it."""
        return {"results": self.results, "warnings": self.warnings, **self.verdict}


def check(payload: CheckPayload, *, check_mode: bool) -> Result:  # noqa: ARG001 - a check changes nothing anyway
    """Check the servers, and nothing else. Raises HostError where what was seen fails the task."""
    return {"changed": False, **check_servers(payload).to_result()}


def check_servers(payload: CheckPayload, *, logging_in: bool = True) -> ServerChecks:
    """Check the servers; `logging_in` is false where this run has had its one login there.

    Raises HostError where what was seen fails the task; its result is what was seen.
    """
    # A run that checks nothing does without this code.
    from ansible_collections.appmail.settings.plugins.module_utils._check.results import warning_text, worst

    results = _results(payload, logging_in=logging_in) if payload["endpoints"] else []
    verdict = worst(results, payload["fail_on"])
    warnings = [f"{result['name']}: {warning_text(name, result)}" for result in results for name in result["warnings"]]
    checks = ServerChecks(results, verdict.to_result(), warnings)
    if verdict.failed and payload["on_failure"] == "fail":
        raise HostError(verdict.message, checks.to_result())
    if verdict.failed or not results:
        checks.warnings.append(verdict.message)
    return checks


def load_checker() -> Callable[..., list[CheckResult]]:
    """The function that checks; a run that checks nothing does without its code.

    Raises HostError on a Python that was built without what it needs, as without OpenSSL.
    """
    try:
        from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
    except ImportError as error:
        cure = "name a Python that has ssl in ansible_python_interpreter, or ask for check: never"
        raise HostError(f"{sys.executable} cannot check servers ({error}); {cure}", {}) from None
    return check_endpoints


def _results(payload: CheckPayload, *, logging_in: bool) -> list[CheckResult]:
    """One result an endpoint; one whose login was left out says so."""
    from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
        EndpointError,
        endpoint_from_mapping,
        without_login,
    )

    check_endpoints = load_checker()
    try:
        endpoints = [endpoint_from_mapping(server["protocol"], server["options"]) for server in payload["endpoints"]]
    except EndpointError as error:
        raise HostError(str(error), {}) from None
    trying = [logging_in and server["login"] == "try" for server in payload["endpoints"]]
    asked = [endpoint if tries else without_login(endpoint) for endpoint, tries in zip(endpoints, trying)]
    results = check_endpoints(asked, payload["max_parallel"])
    for server, tries, result in zip(payload["endpoints"], trying, results):
        result["warnings"] = _warnings(server, result["warnings"], tries=tries)
    return results


def _warnings(server: EndpointPayload, warnings: list[str], *, tries: bool) -> list[str]:
    """The names of what a result warns of, as seen by whoever left the login out."""
    # There is a sender, which went with the login.
    unasked = not tries and bool(server["options"].get("sender"))
    kept = [name for name in warnings if not (unasked and name == "sender_not_tried")]
    left_out = {"elsewhere": ["login_elsewhere"], "never": ["login_left_out"]}
    return kept + left_out.get(server["login"], [])
