# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What is known of one application on one host: its files, the settings that stand in them, and what is to be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON


@dataclass(frozen=True)
class SeenFile:
    """A file as it was found; `text` is None where it could not be read, and `fault` says why."""

    name: str
    path: str
    owner: str | None = None
    group: str | None = None
    mode: str | None = None
    text: str | None = field(default=None, repr=False)
    fault: str | None = None


@dataclass(frozen=True)
class Setting:
    """A leaf of the spec with the value that it has in a file, and its place."""

    leaf: str
    value: JSON = field(repr=False)
    file: str
    line: int | None


@dataclass(frozen=True)
class Option:
    """An option of the target with the value that it has in a file, and its place."""

    value: JSON = field(repr=False)
    file: str
    line: int | None
    secret: bool = False


@dataclass(frozen=True)
class Remark:
    """Something to be said of a file: what was not understood, or what is unsafe. No secret is in the message."""

    severity: Literal["error", "warning"]
    rule: str
    message: str
    file: str
    line: int | None = None
    leaf: str | None = None


@dataclass
class Adopted:
    """One application. `dest` has the paths of files that are not there, where they are not the application's own."""

    app: str
    version: str | None
    files: list[SeenFile]
    dest: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)
    options: dict[str, Option] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    left: list[Remark] = field(default_factory=list)
    read: int = 0

    def values(self) -> Mapping[str, JSON]:
        """The leaves that are known."""
        return {leaf: setting.value for leaf, setting in self.settings.items()}
