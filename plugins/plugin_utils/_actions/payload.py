# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The letter to the host, written on the controller (module_utils/_host/payload.py has its shapes)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Literal, TypeAlias, cast

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import MAX_PARALLEL
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import FAILING_CATEGORIES
from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileMapping, FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._host.payload import (
    CheckPayload,
    EndpointPayload,
    FilesPayload,
    InstalledPayload,
    ReloadPayload,
    VariantPayload,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import ReadyTarget, Variant
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.endpoints import Protocol, endpoints
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.login_claims import Server
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.deployment import MANIFEST

# Who tries a login: this host, another one of the run, or none.
Login: TypeAlias = Literal["try", "elsewhere", "never"]

PROTOCOLS: tuple[Protocol, ...] = ("smtp", "imap")


def files_payload(
    targets: Sequence[ReadyTarget],
    *,
    dest_root: str | None,
    backup: bool,
    diff: bool,
    takeover: str = "backup",
    scope: str = "",
    removed: str = "ignore",
    remember_reloads: bool = False,
    runbooks_elsewhere: bool = False,
) -> FilesPayload:
    """The files of all targets, their paths put below `dest_root`, and what makes each target read them.

    `runbooks_elsewhere` says that the host gets no runbook.
    """
    elsewhere = {file.path for file in runbooks_of(targets)} if runbooks_elsewhere else set()
    known = [target for target in targets if not target.variants]
    placed = [(file, _placed(file, target, dest_root)) for target in known for file in target.files]
    reloads = [{"target": target.at.app, **target.at.target.reload} for target in targets if target.at.target.reload]
    return {
        "files": [file_mapping(at) for file, at in placed if file.path not in elsewhere],
        "reloads": cast(list[ReloadPayload], _distinct(reloads)),
        "backup": backup,
        "takeover": takeover,
        "diff": diff,
        "dest_root": dest_root,
        "scope": scope,
        "removed": removed,
        "remember_reloads": remember_reloads,
        "superseded": [
            {"path": at.path, "target": at.target, "name": at.name} for file, at in placed if file.path in elsewhere
        ],
        "installed": [_installed(target, dest_root) for target in targets if target.variants],
    }


def _installed(target: ReadyTarget, dest_root: str | None) -> InstalledPayload:
    asked = target.at.target.installed
    return {
        "target": target.at.app,
        "command": list(asked.command) if asked else [],
        "pattern": asked.pattern if asked else "",
        "variants": [_variant(variant, target, dest_root) for variant in target.variants],
    }


def _variant(variant: Variant, target: ReadyTarget, dest_root: str | None) -> VariantPayload:
    if variant.refused:
        return {"since": variant.since, "refused": variant.refused}
    files = [file_mapping(_placed(file, target, dest_root)) for file in variant.files]
    return {"since": variant.since, "files": files}


# What a person reads, or gives to kubectl, and the host does not.
_ELSEWHERE = (".runbook.md", MANIFEST)


def runbooks_of(targets: Sequence[ReadyTarget]) -> list[FileSpec]:
    """The runbooks of admin pages and the manifests for Kubernetes, as they would lie on the host."""
    made = (target for target in targets if target.at.kind == "admin_page" or target.form == "kubernetes")
    return [file for target in made for file in target.files if file.name.endswith(_ELSEWHERE)]


def _placed(file: FileSpec, target: ReadyTarget, dest_root: str | None) -> FileSpec:
    if not dest_root:
        return file
    # No application runs below another root, and the owner and group that its package makes need not exist.
    owner, group = (getattr(file, name) if name in target.named else None for name in ("owner", "group"))
    path = os.path.join(dest_root, file.path.lstrip("/"))  # noqa: PTH118 - the host's path
    return replace(file, owner=owner, group=group, path=path, root=dest_root)


def file_mapping(file: FileSpec) -> FileMapping:
    """The file as plain data; what is not said of it is left out."""
    return cast("FileMapping", {name: value for name, value in asdict(file).items() if value not in (None, False)})


def _distinct(reloads: Sequence[dict[str, JSON]]) -> list[dict[str, JSON]]:
    return [reload for index, reload in enumerate(reloads) if reload not in reloads[:index]]


def check_payload(
    judgement: Judgement,
    *,
    on_failure: Literal["fail", "warn"],
    options: Mapping[str, JSON],
    logs_in: Callable[[Sequence[Server]], Sequence[Login]] = lambda servers: ["try"] * len(servers),
) -> CheckPayload:
    """The servers to check, and how; raises CheckOptionsError for an option that there is not.

    `logs_in` says for each server who tries its login.
    """
    servers: list[Server] = [
        (protocol, endpoint)
        for protocol in PROTOCOLS
        for endpoint in endpoints(protocol, judgement.settings, judgement.targets, options)
    ]
    return {
        "endpoints": [_server(*server, login) for server, login in zip(servers, logs_in(servers), strict=True)],
        "on_failure": on_failure,
        "fail_on": cast("list[str]", options.get("fail_on", list(FAILING_CATEGORIES))),
        "max_parallel": cast("int", options.get("max_parallel", MAX_PARALLEL)),
    }


def _server(protocol: str, endpoint: Mapping[str, JSON], login: Login) -> EndpointPayload:
    return {
        "protocol": protocol,
        "options": dict(endpoint),
        "login": login if "username" in endpoint else "try",
    }
