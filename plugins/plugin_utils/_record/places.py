# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From the place of a value to its origin: the file's name as reviewers have it, and the commit that wrote the line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import (
    Finding,
    relative_to_any,
    repository_of,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.git_blame import Commit, blame
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Place

from .shape import Origin


@dataclass
class Origins:
    """Origins of places. `folders` are what file names are relative to; without `blamed` no commit is named."""

    folders: Sequence[Path]
    blamed: bool = True
    authors: bool = True
    _lines: dict[str, dict[int, Commit]] = field(default_factory=dict)

    def look_up(self, files: Iterable[str | None]) -> None:
        """Ask git about all files at once, each once."""
        wanted = sorted({file for file in files if file is not None} - self._lines.keys()) if self.blamed else []
        self._lines.update(blame(map(Path, wanted)))

    def of_place(self, place: Place | None) -> Origin | None:
        """The origin of a value; None where its place is not known."""
        if place is None:
            return None
        shown = self._name(place.file) if place.file else place.description
        return self._origin(shown, place.file, place.line, place.column)

    def of_finding(self, finding: Finding) -> Origin | None:
        """The origin of what is wrong."""
        if finding.file is None:
            return None
        shown = self._name(finding.written_in) if finding.written_in else finding.file
        return self._origin(shown, finding.written_in, finding.line, finding.column)

    def _name(self, file: str) -> str:
        """Relative to the first of the folders that holds it, else to its own repository; never this machine's path."""
        name = relative_to_any(file, self.folders)
        if not Path(name).is_absolute():
            return name
        repository = repository_of(Path(file).parent)
        return str(Path(file).relative_to(repository)) if repository else Path(file).name

    def _origin(self, shown: str | None, file: str | None, line: int | None, column: int | None) -> Origin:
        commit = self._lines.get(file or "", {}).get(line or 0)
        return {
            "file": shown,
            "line": line,
            "column": column,
            "commit": commit.name if commit else None,
            "author": commit.author if commit and self.authors else None,
            "date": commit.date if commit else None,
        }
