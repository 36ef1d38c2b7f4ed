# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half of apply, in one module call: the servers are checked, then the files are written.

Beside what write.py describes, the payload has `endpoints` (each with `protocol` and the options of a check),
`check` (`before`, `after`, `both` or `never`), `check_on_failure` (`fail` or `warn`), and where
they are given `max_parallel` and `fail_on` as in smtp_check.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Mapping

from .write import HostError, Result, write


def apply(payload: Mapping[str, Any], *, check_mode: bool) -> Result:
    """Check the servers and write the files, in the order that `check` asks for.

    Nothing is written unless the check before passed, or `check_on_failure` is `warn`; nor where this Python cannot
    check, even if it were to do so only afterwards.
    """
    result: Result = {"changed": False, "results": [], "files": [], "diff": [], "warnings": [], "reloads": []}
    if payload["check"] != "never" and payload["endpoints"]:
        _load_check()
    if payload["check"] in ("before", "both"):
        _check(payload, payload["endpoints"], result)
    try:
        written = write(payload, check_mode=check_mode)
    except HostError as error:
        raise HostError(str(error), dict(result, **error.result)) from None
    result.update(written, warnings=result["warnings"] + written["warnings"])
    if payload["check"] == "after":
        _check(payload, payload["endpoints"], result)
    if payload["check"] == "both":
        # There is one login a server and run: this time it is left out.
        _check(payload, [dict(endpoint, login_left_out=True) for endpoint in payload["endpoints"]], result)
    return result


def _check(payload: Mapping[str, Any], endpoints: list[Mapping[str, Any]], result: Result) -> None:
    """Check the servers and put what was seen into the result; raises HostError where that fails the task."""
    if not endpoints:
        return
    # A run that checks nothing does without this code.
    from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import FAILING_CATEGORIES
    from ansible_collections.appmail.settings.plugins.module_utils._check.results import (
        warning_text,
        worst,
    )

    results = _results(endpoints, {name: payload[name] for name in ("max_parallel",) if name in payload})
    verdict = worst(results, payload.get("fail_on", FAILING_CATEGORIES))
    if verdict["failed"] or not result["results"]:
        result["results"] = results
        result.update({key: verdict[key] for key in ("category", "reason", "stage")})
    for one in results:
        result["warnings"] = result["warnings"] + [
            f"{one['name']}: {warning_text(name, one)}" for name in one["warnings"]
        ]
    if not verdict["failed"]:
        return
    if payload["check_on_failure"] == "fail":
        raise HostError(str(verdict["msg"]), result)
    result["warnings"] = result["warnings"] + [verdict["msg"]]


def _load_check() -> Callable[..., list[Result]]:
    """The function that checks; a run that checks nothing does without its code.

    Raises HostError on a Python that was built without what it needs, as without OpenSSL.
    """
    try:
        from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
    except ImportError as error:
        cure = "name a Python that has ssl in ansible_python_interpreter, or ask for check: never"
        raise HostError(f"{sys.executable} cannot check servers ({error}); {cure}", {}) from None
    return check_endpoints


def _results(endpoints: list[Mapping[str, Any]], limits: Mapping[str, int]) -> list[Result]:
    """One result an endpoint; one whose login is left to another host says so."""
    from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
        EndpointError,
        endpoint_from_mapping,
    )

    asked = [_without_login(endpoint) if _goes_without_login(endpoint) else endpoint for endpoint in endpoints]
    try:
        results = _load_check()(
            [endpoint_from_mapping(one["protocol"], _for_the_check(one)) for one in asked], **limits
        )
    except EndpointError as error:
        raise HostError(str(error), {}) from None
    for endpoint, one in zip(endpoints, results):
        if _goes_without_login(endpoint) and endpoint.get("sender"):
            # There is a sender, which we left out ourselves.
            one["warnings"] = [name for name in one["warnings"] if name != "sender_not_tried"]
        if endpoint.get("login_elsewhere"):
            one["warnings"] = one["warnings"] + ["login_elsewhere"]
    return results


# What is of no use without a login: who may not log in may not send either.
_OF_THE_LOGIN = ("username", "password", "mechanism", "sender", "recipients", "probe_invalid_login", "mailbox")
# Who else logs in: another host, or this one in the check before.
_LOGIN_LEFT_OUT = ("login_elsewhere", "login_left_out")
_FOR_US = ("protocol", *_LOGIN_LEFT_OUT)


def _goes_without_login(endpoint: Mapping[str, Any]) -> bool:
    return any(endpoint.get(name) for name in _LOGIN_LEFT_OUT)


def _without_login(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in endpoint.items() if key not in _OF_THE_LOGIN}


def _for_the_check(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in endpoint.items() if key not in _FOR_US}
