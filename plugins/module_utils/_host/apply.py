# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half of apply, in one module call: the servers are checked, then the files are written."""

from __future__ import annotations

from typing import cast

from .half import HostError, Result
from .payload import ApplyPayload
from .servers import check_servers, load_checker
from .write import write


def apply(payload: ApplyPayload, *, check_mode: bool) -> Result:
    """Check the servers and write the files, in the order that `when` asks for.

    Nothing is written unless the check before passed, or its failure is one to warn of; nor where this Python cannot
    check, even if it were to do so only afterwards.
    """
    if payload.get("installed"):
        from .installed import with_installed

        chosen, versions = with_installed(payload)
        return {**apply(cast("ApplyPayload", chosen), check_mode=check_mode), "installed": versions}
    when = payload["when"] if payload["check"]["endpoints"] else "never"
    result: Result = {"changed": False, "results": [], "files": [], "diff": [], "warnings": [], "reloads": []}
    if when != "never":
        load_checker()
    if when in ("before", "both"):
        _check(payload, result)
    if check_mode and "drift" in payload:
        # Only a run that changes nothing is asked how the host differs, and reads this code.
        from .adopt import adopt

        result["drift"] = adopt(payload["drift"], check_mode=check_mode)["sealed"]
    try:
        written = write(payload, check_mode=check_mode)
    except HostError as error:
        raise HostError(str(error), {**result, **error.result}) from None
    result.update(written, warnings=[*result["warnings"], *written["warnings"]])
    if when in ("after", "both"):
        _check(payload, result, again=when == "both")
    return result


def _check(payload: ApplyPayload, result: Result, *, again: bool = False) -> None:
    """Check the servers and put what was seen into the result; raises HostError where that fails the task.

    There is one login a server and run, so a check `again` goes without, and is shown only where it fails.
    """
    try:
        checks = check_servers(payload["check"], logging_in=not again)
    except HostError as error:
        warnings = [*result["warnings"], *error.result.get("warnings", [])]
        raise HostError(str(error), {**result, **error.result, "warnings": warnings}) from None
    failed = checks.verdict.get("category") in payload["check"]["fail_on"]
    shown = checks.to_result() if failed or not again else {}
    result.update({**shown, "warnings": [*result["warnings"], *checks.warnings]})
