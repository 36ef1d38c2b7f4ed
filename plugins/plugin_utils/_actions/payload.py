# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What the controller hands to the host's half of render and apply (read by module_utils/_host)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import ReadyTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.files import RenderedFile
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.endpoints import TOGETHER, Protocol, endpoints
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

PROTOCOLS: tuple[Protocol, ...] = ("smtp", "imap")


def files_payload(
    targets: Sequence[ReadyTarget], *, dest_root: str | None, backup: bool, diff: bool, takeover: str = "backup"
) -> dict[str, JSON]:
    """The files of all targets, their paths put below `dest_root`, and what makes each target read them."""
    files = [_placed(file, dest_root) for target in targets for file in target.files]
    reloads = [{"target": target.at.app, **target.at.target.reload} for target in targets if target.at.target.reload]
    how: dict[str, JSON] = {"backup": backup, "takeover": takeover, "diff": diff, "dest_root": dest_root}
    return {"files": files, "reloads": _distinct(reloads), **how}


def _placed(file: RenderedFile, dest_root: str | None) -> dict[str, JSON]:
    mapping = file.to_mapping()
    if not dest_root:
        return mapping
    # No application runs below another root, and the owner and group that its package makes need not exist.
    kept = {key: mapping[key] if key in file.named else None for key in ("owner", "group")}
    path = os.path.join(dest_root, file.path.lstrip("/"))  # noqa: PTH118 - the host's path
    return {**mapping, **kept, "path": path, "root": dest_root}


def _distinct(reloads: Sequence[dict[str, JSON]]) -> list[JSON]:
    return [reload for index, reload in enumerate(reloads) if reload not in reloads[:index]]


def check_payload(
    judgement: Judgement,
    *,
    check: str,
    on_failure: str,
    options: Mapping[str, JSON],
    logs_in: Callable[[Mapping[str, JSON]], bool] = lambda _endpoint: True,
) -> dict[str, JSON]:
    """The servers to check, and how; raises CheckOptionsError for an option that there is not.

    `logs_in` says of an endpoint whether this host is the one that tries its login.
    """
    servers: list[JSON] = []
    for protocol in PROTOCOLS if check != "never" else ():
        for one in endpoints(protocol, judgement.settings, judgement.targets, options):
            found = {**one, "protocol": protocol}
            elsewhere = "username" in found and not logs_in(found)
            servers.append({**found, "login_elsewhere": True} if elsewhere else found)
    together = {name: options[name] for name in TOGETHER if name in options}
    return {"endpoints": servers, "check": check, "check_on_failure": on_failure, **together}
