# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Which servers the settings lead to: what smtp_check and imap_check take as `endpoints`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias, cast

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
    DEFAULT_PORTS,
    FIELDS,
    EndpointError,
    endpoint_from_mapping,
    fields_of,
    label_of,
)
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import FAILING_CATEGORIES
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import ReadyTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import evaluate
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import choices, did_you_mean

Protocol: TypeAlias = Literal["smtp", "imap"]

# option of an endpoint -> leaf below the server's section
_SERVER = {
    "host": "host",
    "port": "port",
    "encryption": "encryption",
    "timeout": "timeout",
    "helo_name": "helo_name",
    "username": "auth.username",
    "password": "auth.password",
    "mechanism": "auth.mechanism",
    "mailbox": "mailbox",
}


def endpoint(protocol: Protocol, settings: Tree, sender: JSON = None) -> dict[str, JSON] | None:
    """The server of one protocol as an endpoint without a name; None where the settings name no such server.

    `sender` is the envelope sender that the application will use; left out, the settings' own.
    """
    server = settings.get(protocol)
    if not isinstance(server, Mapping):
        return None
    made = {option: get(server, leaf) for option, leaf in _SERVER.items()}
    # Where a port is accepted that the application has no field for, it takes the usual one.
    made["port"] = made["port"] or DEFAULT_PORTS[protocol][str(made["encryption"])]
    made["tls"] = {name: value for name, value in cast("Tree", server["tls"]).items() if value is not None}
    if protocol == "smtp":
        made["sender"] = sender or get(settings, "sender.address")
        made["message_size_mb"] = _message_size(settings)
    return {option: value for option, value in made.items() if value is not None}


def _message_size(settings: Tree) -> JSON:
    """A message with the largest attachment must fit, where attachments are allowed at all."""
    return None if get(settings, "attachments.allowed") is False else get(settings, "attachments.max_size_mb")


class CheckOptionsError(SentenceError):
    """An option of the check that there is not; the sentence names it."""


# The options that speak of all endpoints together. Their defaults are the check's own.
TOGETHER = ("max_parallel", "fail_on")


def endpoints(
    protocol: Protocol, settings: Tree, targets: Sequence[ReadyTarget], options: Mapping[str, JSON] | None = None
) -> list[dict[str, JSON]]:
    """The servers of all targets, equal ones once, each named after its address and its targets.

    Without targets, the server of the settings themselves. A target that reads no mail has no IMAP endpoint.
    `options` are the check's own: what they say wins over what the settings say. Raises CheckOptionsError.
    """
    _require_known(options or {})
    if targets:
        made = [
            (endpoint(protocol, target.settings, _sender(target)), target.at.app)
            for target in targets
            if target.at.coverage[f"{protocol}.host"].kind != "not_carried"
        ]
    else:
        made = [(endpoint(protocol, settings), "")]
    derived = _named((server and _with_options(protocol, server, options or {}), app) for server, app in made)
    for server in derived:
        try:
            endpoint_from_mapping(protocol, server)
        except EndpointError as error:
            raise CheckOptionsError(str(error)) from error
    return derived


def _require_known(options: Mapping[str, JSON]) -> None:
    known = {field.name for field in FIELDS} | set(TOGETHER)
    for name in options:
        if name not in known:
            raise CheckOptionsError(f"{name} is not an option of a check{did_you_mean(name, known)}")
    if not isinstance(options.get("tls") or {}, Mapping):
        raise CheckOptionsError("tls must be a mapping")
    categories = options.get("fail_on", [])
    if not isinstance(categories, list) or not set(categories) <= set(FAILING_CATEGORIES):
        raise CheckOptionsError(f"fail_on must be a list of {choices(FAILING_CATEGORIES)}")
    parallel = options.get("max_parallel", 1)
    if not isinstance(parallel, int) or isinstance(parallel, bool) or parallel < 1:
        raise CheckOptionsError("max_parallel must be a whole number, 1 or more")


def _with_options(protocol: Protocol, server: dict[str, JSON], options: Mapping[str, JSON]) -> dict[str, JSON]:
    own = {field.name: options[field.name] for field in fields_of(protocol) if field.name in options}
    tls = {**cast("Tree", server["tls"]), **cast("Tree", own.get("tls") or {})}
    return {**server, **own, "tls": tls}


def _sender(target: ReadyTarget) -> JSON:
    """The envelope sender that this application will use, as its target.yml says."""
    expression = target.at.target.check.get("sender")
    if expression is None:
        return None
    context = target.at.context(target.spec, target.options)
    return cast("JSON", evaluate(expression, context))


def _named(made: Iterable[tuple[dict[str, JSON] | None, str]]) -> list[dict[str, JSON]]:
    apps: dict[str, list[str]] = {}
    distinct: dict[str, dict[str, JSON]] = {}
    for server, app in made:
        if server is not None:
            key = json.dumps(server, sort_keys=True)
            distinct[key] = server
            apps.setdefault(key, []).extend([app] if app and app not in apps.get(key, []) else [])
    return [{**server, "name": server.get("name") or _name(server, apps[key])} for key, server in distinct.items()]


def _name(server: Tree, apps: Sequence[str]) -> str:
    address = label_of(str(server["host"]), cast("int", server["port"]))
    return f"{address} ({', '.join(apps)})" if apps else address
