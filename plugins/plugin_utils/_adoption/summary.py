# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a person reads when hosts were adopted: what was read, what is in the spec, what was left and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .tree import Host


def summary(hosts: Sequence[Host], files: Mapping[str, str]) -> str:
    """A sentence a host and application, then what is to be looked at, each at its file and line."""
    lines = [_headline(hosts, files)]
    for host in hosts:
        if not host.found:
            lines.append(f"  {host.name}: no application that is known was found")
        for app, found in sorted(host.found.items()):
            lines.append(f"  {host.name}: {_application(app, found)}")
            lines += [f"    {_place(remark)}: {remark['message']}" for remark in _told(found)]
    return "\n".join(lines)


def _headline(hosts: Sequence[Host], files: Mapping[str, str]) -> str:
    found = [application for host in hosts for application in host.found.values()]
    read = sum(application["read"] for application in found)
    carried = sum(len(application["settings"]) for application in found)
    left = sum(len(application["left"]) for application in found)
    said = sum(len(_told(application)) for application in found)
    return (
        f"{_count(len(found), 'application')} on {_count(len(hosts), 'host')}: {_count(read, 'key')} read, "
        f"{_count(carried, 'setting')} carried into the spec, {left} left, {_count(said, 'finding')}; "
        f"{_count(len(files), 'file')} of variables"
    )


def _application(app: str, found: Mapping[str, Any]) -> str:
    version = f" {found['version']}" if found["version"] else ""
    paths = ", ".join(str(file["path"]) for file in found["files"])
    left = [str(remark["message"]).partition(": ")[2].partition(" has no")[0] for remark in found["left"]]
    kept = f"; left: {', '.join(left)}" if left else ""
    if not found["settings"]:
        return f"{app}{version} ({paths}): says nothing of mail, so it is not in the spec{kept}"
    return f"{app}{version} ({paths}): {_count(len(found['settings']), 'setting')}{kept}"


def _told(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the first apply would change is shown by its check mode, line by line, and not here."""
    return [remark for remark in found["findings"] if remark["rule"] != "would_change"]


def _place(remark: Mapping[str, Any]) -> str:
    return f"{remark['file']}:{remark['line']}" if remark["line"] else str(remark["file"])


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
