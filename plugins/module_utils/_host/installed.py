# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Which version of an application is installed on this host, and so which of its renderings is the right one."""

from __future__ import annotations

import re
import tempfile
from itertools import zip_longest
from typing import Sequence, cast

from ansible_collections.appmail.settings.plugins.module_utils._files.programs import find_program, run_program

from .half import HostError
from .payload import FilesPayload, InstalledPayload, VariantPayload

_TIMEOUT_SECONDS = 30.0
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def with_installed(payload: FilesPayload) -> tuple[FilesPayload, dict[str, str]]:
    """The payload with the files for the versions that are installed here, and these versions by target.

    Raises HostError where a version cannot be read, is older than any that is described, or takes other settings only.
    """
    files, versions = list(payload["files"]), {}
    for asked in payload["installed"]:
        version = _installed(asked)
        files += _variant(asked, version)["files"]
        versions[asked["target"]] = version
    chosen = {name: value for name, value in payload.items() if name != "installed"}
    return cast("FilesPayload", dict(chosen, files=files)), versions


def _installed(asked: InstalledPayload) -> str:
    """The version, as the application's own program says it."""
    target, command = asked["target"], asked["command"]
    program = find_program(command[0])
    if program is None:
        raise _refusal(target, f"{command[0]}, which would say its version, is not installed on this host")
    with tempfile.TemporaryDirectory(prefix="appmail-") as folder:
        try:
            status, output = run_program([program, *command[1:]], folder, _TIMEOUT_SECONDS)
        except OSError as error:
            raise _refusal(target, f"{program} could not be started: {error.strerror}") from None
    match = re.search(asked["pattern"], output)
    said = match[1] if match and match.groups() else match[0] if match else ""
    version = _VERSION.match(said)
    if status != 0 or version is None:
        ended = "did not end in time" if status is None else f"ended with status {status}"
        raise _refusal(target, f"{' '.join(command)} {ended} and said no version that matches {asked['pattern']}")
    return version[0]


def _variant(asked: InstalledPayload, version: str) -> VariantPayload:
    """The rendering for a version: the last one that is not for a newer version."""
    fitting = [variant for variant in asked["variants"] if compared(variant["since"], version) <= 0]
    if not fitting:
        oldest = asked["variants"][0]["since"]
        raise _refusal(
            asked["target"], f"version {version} is installed, and none before {oldest} is described", cure=""
        )
    refused = fitting[-1].get("refused")
    if refused:
        cure = "; change the setting, or accept it"
        raise _refusal(asked["target"], f"version {version} is installed, which takes other settings: {refused}", cure)
    return fitting[-1]


def compared(left: str, right: str) -> int:
    """-1, 0 or 1; a missing part counts as zero, so `1` equals `1.0`."""
    pairs: Sequence[tuple[str, str]] = list(zip_longest(left.split("."), right.split("."), fillvalue="0"))
    first, second = [int(pair[0]) for pair in pairs], [int(pair[1]) for pair in pairs]
    return (first > second) - (first < second)


def _refusal(target: str, cause: str, cure: str = "; name its version in email_targets") -> HostError:
    return HostError(f"{target}: {cause}{cure}; every file is as it was", {"target": target})
