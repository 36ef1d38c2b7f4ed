# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Runbooks on the controller, where the person is who reads them: a folder for each host of the inventory.

They are staged before the host is touched and put in their places once it has what it needs, so that a folder that
cannot be written is told in time, and nobody reads half a runbook.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import quote

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._files.masked_diff import file_diff
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.deployment import MANIFEST
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

# One of the first lines of a runbook says who made it.
_SIGNATURE = "appmail.settings"
_SIGNED_WITHIN = 3
# Where target.yml puts the files of admin pages on a host.
_USUAL_FOLDER = "/etc/appmail"
_OPEN, _CLOSED = 0o644, 0o600


class RunbookError(SentenceError):
    """Runbooks cannot be written; the sentence says which and why."""


@dataclass(frozen=True)
class Runbook:
    """One runbook; `masked` is its text without secrets, None where it has none."""

    file: Path
    target: str
    content: str = field(repr=False)
    masked: str | None = field(repr=False)

    @property
    def mode(self) -> int:
        """Everyone may read it, unless there is a secret in it."""
        return _OPEN if self.masked is None else _CLOSED

    def read(self) -> str | None:
        """What is there now; None where nothing is. Raises RunbookError."""
        try:
            return self.file.read_text(encoding="utf-8", errors="replace") if os.path.lexists(self.file) else None
        except OSError as error:
            raise _unwritable(self.file, error) from error

    def changes(self) -> bool:
        """Whether the text or the mode is another one. Raises RunbookError."""
        return self.read() != self.content or self.file.is_symlink() or self.file.stat().st_mode & 0o777 != self.mode


def host_folder(folder: Path, host: str) -> Path:
    """The folder of one host's runbooks; its name is a single step, whatever the host is called."""
    name = quote(host, safe="")
    return folder / (name.replace(".", "%2E") if name in (".", "..") else name)


class Runbooks:
    """The runbooks of one host: those that are wanted, and those that an earlier run left."""

    def __init__(self, folder: Path, specs: Sequence[FileSpec], removed: str) -> None:
        """`folder` is the host's own; `removed` is `ignore`, `warn` or `remove`. Raises RunbookError."""
        self._folder = folder
        self._runbooks = [_runbook(folder, spec) for spec in specs]
        self._removed = removed
        #: Of each runbook that changes what is there before.
        self._changing: dict[Path, str | None] = {}
        self._staged: dict[Path, Path] = {}
        self._made: list[Path] = []
        for runbook in self._runbooks:
            if runbook.read() is not None and not _is_ours(runbook.file):
                raise RunbookError(f"{runbook.file} was not made by appmail.settings: move it, or name another folder")

    def stage(self, *, check_mode: bool) -> None:
        """Write what changes beside its place; in check mode, see whether that could be. Raises RunbookError."""
        for runbook in self._runbooks:
            if runbook.changes():
                self._changing[runbook.file] = runbook.read()
                if check_mode:
                    _require_writable(runbook.file)
                else:
                    # Innermost first.
                    self._made += [above for above in runbook.file.parents if not above.exists()]
                    self._staged[runbook.file] = _staged(runbook)

    def publish(self, *, check_mode: bool, diff: bool) -> dict[str, JSON]:
        """Put every runbook in its place: `runbooks`, `diff`, `left`, `removed` and `warnings`. Raises RunbookError."""
        rows, diffs = [], []
        for runbook in self._runbooks:
            changed = runbook.file in self._changing
            rows.append(
                {"path": str(runbook.file), "target": runbook.target, "changed": changed, "mode": f"{runbook.mode:04o}"}
            )
            if changed and diff:
                diffs.append(
                    file_diff(str(runbook.file), self._changing[runbook.file], runbook.content, runbook.masked)
                )
            if changed and not check_mode:
                with _naming(runbook.file):
                    self._staged.pop(runbook.file).replace(runbook.file)
        gone = self._taken_away(check_mode=check_mode) if self._removed == "remove" else []
        left = self._left() if self._removed == "warn" else []
        tree = {"runbooks": rows, "diff": diffs, "left": left, "removed": gone, "warnings": self._warnings(left)}
        return cast("dict[str, JSON]", tree)

    def discard(self) -> None:
        """Take away what was staged and not put in its place."""
        for staged in self._staged.values():
            with contextlib.suppress(OSError):
                staged.unlink()
        self._staged.clear()
        for folder in self._made:
            # Whoever has put something into it keeps it.
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _left(self) -> list[str]:
        wanted = {runbook.file for runbook in self._runbooks}
        files = sorted(self._folder.rglob("*"))
        return [str(file) for file in files if file not in wanted and file.is_file() and _is_ours(file)]

    def _taken_away(self, *, check_mode: bool) -> list[str]:
        left = self._left()
        for file in map(Path, () if check_mode else left):
            with _naming(file):
                file.unlink()
            # What is empty now is of no use to anybody.
            with contextlib.suppress(OSError):
                for above in file.parents[: len(file.relative_to(self._folder).parts)]:
                    above.rmdir()
        return left

    def _warnings(self, left: Sequence[str]) -> list[str]:
        secret = [str(runbook.file) for runbook in self._runbooks if runbook.masked is not None]
        return [
            *(f"{file}: a {_kind(file)} with a secret in it; commit it nowhere" for file in secret),
            *(f"{file}: the {_kind(file)} of an application that is listed no more; {_CURE}" for file in left),
        ]


_CURE = "removed: remove (email_removed in the role) takes it away"


def _kind(file: str) -> str:
    return "manifest" if file.endswith(MANIFEST) else "runbook"


def _runbook(folder: Path, spec: FileSpec) -> Runbook:
    masked = None if spec.masked == spec.content else spec.masked
    return Runbook(folder / _place(spec.path), spec.target, spec.content, masked)


def _place(path: str) -> str:
    """Where in the host's folder a runbook lies: by its name, or the whole path that an entry's `dest` gives it.

    Two of one name, of an application that is listed twice, have two paths.
    """
    usual = f"{_USUAL_FOLDER}/"
    return path[len(usual) :] if path.startswith(usual) else path.lstrip("/")


def _is_ours(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8", errors="replace") as text:
            return any(_SIGNATURE in line for _number, line in zip(range(_SIGNED_WITHIN), text, strict=False))
    except OSError:
        return False


def _staged(runbook: Runbook) -> Path:
    """The runbook's text in a file of its own beside the runbook's place."""
    with _naming(runbook.file):
        runbook.file.parent.mkdir(parents=True, exist_ok=True)
        # Nobody else may open it until it is known to be open to everyone.
        number, name = tempfile.mkstemp(dir=runbook.file.parent, prefix=".", suffix=".runbook.md")
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            file.write(runbook.content)
            os.fchmod(file.fileno(), runbook.mode)
    return Path(name)


def _require_writable(file: Path) -> None:
    folder = next(above for above in file.parents if os.path.lexists(above))
    with _naming(file):
        if not folder.is_dir():
            raise NotADirectoryError(0, "Not a directory")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(0, "Permission denied")


@contextlib.contextmanager
def _naming(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> RunbookError:
    return RunbookError(f"{file} cannot be written: {error.strerror}")


def merged(done: Mapping[str, JSON], published: Mapping[str, JSON]) -> dict[str, JSON]:
    """A task's result with what became of the runbooks in it."""
    lists = {
        name: [*cast("Sequence[JSON]", done.get(name) or ()), *cast("Sequence[JSON]", published[name])]
        for name in ("diff", "left", "removed", "warnings")
        if published[name] or name in done
    }
    rows = cast("Sequence[Mapping[str, JSON]]", published["runbooks"])
    changed = bool(done.get("changed") or published["removed"] or any(row["changed"] for row in rows))
    return {**done, **lists, "runbooks": published["runbooks"], "changed": changed}
