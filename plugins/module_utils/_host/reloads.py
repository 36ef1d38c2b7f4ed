# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What has to be reloaded: told before the write where it cannot be, and remembered until it was."""

from __future__ import annotations

import contextlib
import os
from typing import Collection, Sequence

from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError

from .memory import Reload, mark, marker_of
from .services import is_missing


class MissingServiceError(Exception):
    """A service that would have to be reloaded is not on this host; the text is a sentence with the cure."""


class Reloads:
    """The reloads of one call: a marker for each is made before the files change, and stays until it is reloaded."""

    def __init__(self, reloads: Sequence[Reload], folder: str, scope: str, root: str | None) -> None:
        self._reloads = reloads
        self._markers = {reload["target"]: marker_of(folder, scope, reload["target"]) for reload in reloads}
        self._root = root
        self._made: list[str] = []
        self._folders: list[str] = []
        self.warnings: list[str] = []

    def begin(self, changing: Collection[str]) -> None:
        """Called before the files of these targets change. Raises MissingServiceError."""
        concerned = [reload for reload in self._reloads if reload["target"] in changing]
        for sentence in _missing(concerned):
            raise MissingServiceError(sentence)
        for reload in concerned:
            self._mark(reload)

    def _mark(self, reload: Reload) -> None:
        marker = self._markers[reload["target"]]
        if os.path.lexists(marker):
            return
        try:
            self._folders += mark(marker, reload, self._root)
            self._made.append(marker)
        except WriteError as error:
            what = f"the reload of {reload['target']} is not remembered should this play fail"
            self.warnings.append(f"{what}: {error.path} cannot be written: {error.cause}")

    def take_back(self) -> None:
        """Nothing was written after all."""
        for marker in self._made:
            with contextlib.suppress(OSError):
                os.unlink(marker)
        for folder in reversed(self._folders):
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    def owed(self) -> set[str]:
        """The targets of which a reload is still to come."""
        return {target for target, marker in self._markers.items() if os.path.lexists(marker)}

    def foresee(self, changing: Collection[str]) -> None:
        """What a run that is no check would refuse becomes a warning."""
        self.warnings.extend(_missing([reload for reload in self._reloads if reload["target"] in changing]))

    def due(self, changed: Collection[str]) -> list[Reload]:
        """The reloads of what changed now, and of what changed in an earlier run and was not reloaded since."""
        return [
            dict(reload, marker=self._markers[reload["target"]])
            for reload in self._reloads
            if reload["target"] in changed or os.path.lexists(self._markers[reload["target"]])
        ]


def _missing(reloads: Sequence[Reload]) -> list[str]:
    return [
        f"this host has no service {reload['service']}, which {reload['target']} is reloaded by: install it first, or "
        "reload nothing (email_reload: false in the role)"
        for reload in reloads
        if reload.get("service") and is_missing(str(reload["service"]))
    ]
