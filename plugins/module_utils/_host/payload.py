# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The letter from the controller to the host: what one module call is asked to do. Both halves import these shapes.

It travels as one text of JSON, masked as a whole, so what stands in it is plain data.
"""

from __future__ import annotations

from typing import Dict, Literal, TypedDict

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileMapping

# Options of smtp_check or imap_check for one endpoint, by name.
EndpointOptions = Dict[str, object]


class EndpointPayload(TypedDict):
    """One server to check. `login` is `try`, `elsewhere` where another host of the run tries it, or `never`."""

    protocol: str
    options: EndpointOptions
    login: Literal["try", "elsewhere", "never"]


class CheckPayload(TypedDict):
    """The servers to check, which categories fail the task, and whether a failure is one (`fail` or `warn`)."""

    endpoints: list[EndpointPayload]
    on_failure: Literal["fail", "warn"]
    fail_on: list[str]
    max_parallel: int


class ReloadPayload(TypedDict, total=False):
    """What makes an application read its changed files: a service with a state, or a command.

    `marker` is the file that says on the host that this is still to be done.
    """

    target: str
    service: str
    state: str
    command: list[str]
    daemon_reload: bool
    marker: str


class SupersededPayload(TypedDict):
    """A file that earlier runs wrote on the host, and that lies on the controller now."""

    path: str
    target: str
    name: str


class VariantPayload(TypedDict, total=False):
    """The files of a target from a version on; or, in `refused`, what of the settings is not for these versions."""

    since: str
    files: list[FileMapping]
    refused: str


class InstalledPayload(TypedDict):
    """A target whose version the host reads: `command` says it where `pattern` matches; variants, the oldest first."""

    target: str
    command: list[str]
    pattern: str
    variants: list[VariantPayload]


class AskedPayload(TypedDict, total=False):
    """What the host itself has to find out before it writes; `drift` are files that check mode reads as adopt does."""

    installed: list[InstalledPayload]
    drift: AdoptPayload


class FilesPayload(AskedPayload):
    """The files of all targets, and how they are written.

    `scope` is the host's name in the inventory: what was written is remembered by it. `removed` is `ignore`, `warn` or
    `remove`.
    """

    files: list[FileMapping]
    reloads: list[ReloadPayload]
    backup: bool
    takeover: str
    diff: bool
    dest_root: str | None
    scope: str
    removed: str
    remember_reloads: bool
    superseded: list[SupersededPayload]


class ApplyPayload(FilesPayload):
    """All that apply does: `when` is `before`, `after`, `both` or `never`, and says when the servers are checked."""

    when: str
    check: CheckPayload


class LookedForFile(TypedDict):
    """A file of an application, by its name in target.yml, and the paths and patterns where it may lie."""

    target: str
    name: str
    paths: list[str]


class DumpPayload(TypedDict):
    """A program of an application that says how it is set, or which version it is; `name` is what it says."""

    target: str
    name: str
    command: list[str]


class AdoptPayload(TypedDict):
    """What adopt looks for on a host, and the key, as hexadecimal digits, that it seals its answer with."""

    key: str
    files: list[LookedForFile]
    dumps: list[DumpPayload]
