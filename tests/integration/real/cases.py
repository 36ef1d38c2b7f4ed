# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of cases for real servers: an endpoint, what a check of it must say, and what must not be in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from tests.integration.real.accounts import ALICE
from tests.integration.real.certificates import Certificates
from tests.servers.leaks import leaks

Options = Mapping[str, object]

LOGIN: Options = {"username": ALICE.name, "password": ALICE.password}
WRONG_PASSWORD: Options = {"username": ALICE.name, "password": "wr0ng-and-made-up"}
UNKNOWN_USER: Options = {"username": "nobody-of-this-name", "password": ALICE.password}


@dataclass(frozen=True)
class Case:
    """One endpoint, and what a check of it says; `failed_logins` and `connections` are how many the servers write down,
    `hint` holds words that the hint must have."""

    name: str
    service: str
    encryption: str
    reason: str
    stage: str
    category: str
    options: Options = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    failed_logins: int = 0
    temporary: bool = False
    hint: tuple[str, ...] = ()
    connections: int = 1


# Behind a port that is silent the check waits for most of its time before it looks for TLS.
SHORTLY: Options = {"timeout": 8}


def passes(name: str, service: str, encryption: str, options: Options, warnings: tuple[str, ...] = ()) -> Case:
    return Case(name, service, encryption, "ok", "done", "complete", options, warnings)


def concluded(protocol: str, host: str, port: int, case: Case, certificates: Certificates) -> dict[str, object]:
    """What a check concludes, once it is as the case has it and tells no secret."""
    result = check(protocol, host, port, case, certificates)
    assert said(result) == expected(case), result
    assert missing_from_hint(result, case) == [], result["hint"]
    assert not tells_a_secret(result, case)
    return result


def check(protocol: str, host: str, port: int, case: Case, certificates: Certificates) -> dict[str, object]:
    tls = {"ca_file": str(certificates.authority), "server_name": "localhost", **_tls(case.options)}
    given = {"host": host, "port": port, "encryption": case.encryption, "timeout": 20, **case.options}
    if case.encryption != "none":
        given["tls"] = tls
    return dict(check_endpoints([endpoint_from_mapping(protocol, given)], 1)[0])


def _tls(options: Options) -> Mapping[str, object]:
    own = options.get("tls", {})
    assert isinstance(own, Mapping)
    return own


def said(result: Mapping[str, object]) -> dict[str, object]:
    """What the check concluded. That no sender was given is no news here."""
    warnings = result["warnings"]
    assert isinstance(warnings, list)
    told = tuple(warning for warning in warnings if warning != "sender_not_tried")
    return {**{name: result[name] for name in ("category", "reason", "stage", "temporary")}, "warnings": told}


def expected(case: Case) -> dict[str, object]:
    told = {name: getattr(case, name) for name in ("category", "reason", "stage", "temporary")}
    return {**told, "warnings": case.warnings}


def missing_from_hint(result: Mapping[str, object], case: Case) -> list[str]:
    return [word for word in case.hint if word not in str(result["hint"])]


def logins(result: Mapping[str, object]) -> int:
    """How many logins the check says that it tried."""
    attempts = result["attempts"]
    assert isinstance(attempts, list)
    return sum(attempt["logins"] for attempt in attempts)


def tells_a_secret(result: Mapping[str, object], case: Case) -> bool:
    """Whether a password stands in the result, in any of its forms."""
    username, password = (str(case.options.get(name, LOGIN[name])) for name in ("username", "password"))
    return bool(leaks(json.dumps(result, ensure_ascii=False), username, password))
