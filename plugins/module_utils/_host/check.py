# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The options of smtp_check and imap_check, and the way from them to a result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
    MAX_PARALLEL,
    Endpoint,
    EndpointError,
    endpoint_arguments,
    endpoint_from_mapping,
    fields_of,
    layered,
)
from ansible_collections.appmail.settings.plugins.module_utils._check.host_names import on_one_line
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import FAILING_CATEGORIES
from ansible_collections.appmail.settings.plugins.module_utils._check.results import warning_text, worst
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import SHORT

if TYPE_CHECKING:
    from ansible_collections.appmail.settings.plugins.module_utils._check.shapes import CheckResult

# What a null for the username of one of the endpoints takes back.
_LOGIN = ("username", "password")


class CheckModule(Protocol):
    """What is needed of AnsibleModule, so that a test can stand in for it."""

    params: dict[str, Any]
    no_log_values: set[str]

    def warn(self, warning: str) -> None:
        """Show a sentence beside the result."""

    def exit_json(self, **result: Any) -> NoReturn:  # noqa: ANN401  # as AnsibleModule has it
        """End with a result."""

    def fail_json(self, msg: str, **result: Any) -> NoReturn:  # noqa: ANN401  # as AnsibleModule has it
        """End with a failure, and what belongs to it."""


def argument_spec(protocol: str) -> dict[str, dict[str, object]]:
    """All options of the module."""
    arguments = endpoint_arguments(protocol)
    return {
        **arguments,
        "endpoints": {"type": "list", "elements": "dict", "options": arguments},
        "max_parallel": {"type": "int", "default": MAX_PARALLEL},
        "fail_on": {
            "type": "list",
            "elements": "str",
            "choices": list(FAILING_CATEGORIES),
            "default": list(FAILING_CATEGORIES),
        },
        # One text that is masked as a whole: what the action plugin read and checked on the controller.
        "payload": {"type": "str", "no_log": True},
    }


def run(protocol: str, module: CheckModule) -> NoReturn:
    """Check what the payload describes (JSON, the module's options by name), and end the module."""
    if not module.params["payload"]:
        module.fail_json("the options are checked on the controller: the action plugin was not found")
    options: dict[str, object] = json.loads(module.params["payload"])
    max_parallel = options.get("max_parallel", MAX_PARALLEL)
    fail_on = options.get("fail_on", FAILING_CATEGORIES)
    if not isinstance(max_parallel, int) or max_parallel < 1:
        module.fail_json("max_parallel: must be at least 1")
    try:
        endpoints = endpoints_of(protocol, options)
    except EndpointError as fault:
        module.fail_json(str(fault))
    # Ansible takes these out of all that the module prints, once more. Short ones would garble it.
    module.no_log_values.update(
        endpoint.password for endpoint in endpoints if endpoint.password and len(endpoint.password) >= SHORT
    )
    results = check_endpoints(endpoints, max_parallel)
    for warning in warning_sentences(results):
        module.warn(warning)
    verdict = worst(results, fail_on if isinstance(fail_on, list) else FAILING_CATEGORIES)
    if not results:
        module.warn(verdict.message)
    if verdict.failed:
        module.fail_json(verdict.message, results=results, changed=False, **verdict.to_result())
    module.exit_json(msg=verdict.message, results=results, changed=False, **verdict.to_result())


def endpoints_of(protocol: str, params: Mapping[str, object]) -> list[Endpoint]:
    """The endpoints that the options describe: `endpoints`, each laid over the options beside it, or those alone.

    A null takes nothing back, but for a username: that endpoint has no login.
    Raises EndpointError, which names the endpoint.
    """
    beside = {entry.name: params.get(entry.name) for entry in fields_of(protocol)}
    listed = params.get("endpoints")
    if not isinstance(listed, list):
        return [endpoint_from_mapping(protocol, beside)]
    without_login = {name: value for name, value in beside.items() if name not in _LOGIN}
    return [
        _endpoint(protocol, index, layered(without_login if _takes_back_the_login(entry) else beside, entry))
        for index, entry in enumerate(listed)
    ]


def _takes_back_the_login(endpoint: Mapping[str, object]) -> bool:
    return "username" in endpoint and endpoint["username"] is None


def _endpoint(protocol: str, index: int, mapping: Mapping[str, object]) -> Endpoint:
    try:
        return endpoint_from_mapping(protocol, mapping)
    except EndpointError as fault:
        host = str(mapping.get("host") or "")
        # A URL may hold a password.
        name = mapping.get("name") or ("" if "@" in host else host)
        raise EndpointError(f"endpoints[{index}]{f' ({on_one_line(str(name))})' if name else ''}: {fault}") from fault


def warning_sentences(results: Sequence[CheckResult]) -> list[str]:
    """A sentence for every warning of every result."""
    return [
        f"{result['name']}: {name}: {warning_text(name, result)}" for result in results for name in result["warnings"]
    ]
