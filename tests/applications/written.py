# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a spec to an application's files under a folder: judged, rendered, verified and written as a play does it."""

from __future__ import annotations

import grp
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ansible_collections.appmail.settings.plugins.module_utils._files.writer import write_files
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import effective
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion
from tests.leaves import beside


@dataclass(frozen=True)
class Written:
    """An application's files by name, the spec that they were made from, and the leaves that they carry."""

    files: Mapping[str, Path]
    settings: Tree
    carried: frozenset[str] = field(default_factory=frozenset)


class Refused(Exception):
    """The target does not take this spec; the sentences say why."""


def write(
    app: str,
    spec: Tree,
    folder: Path,
    *,
    version: str | None = None,
    options: Mapping[str, JSON] | None = None,
    verify: bool = True,
) -> Written:
    """Write the files; a fault in the spec, or what the application's own parser does not like, fails the test.

    Without `verify` the parser is not asked, and the files look ten seconds old: Postfix waits until a file that it
    reads is two seconds old.
    """
    at = find_target(app).at(version)
    files = {file.name: folder / file.name for file in at.files}
    entry: dict[str, JSON] = {
        "app": app,
        "dest": {name: str(path) for name, path in files.items()},
        "group": grp.getgrgid(os.getegid()).gr_name,
        "options": dict(options or {}),
    }
    if version is not None:
        entry["version"] = version
    judgement = judge(Request(settings=spec, targets=[entry]))
    assert not judgement.errors, judgement.errors
    made = [replace(file, verify=file.verify if verify else None) for file in judgement.targets[0].files]
    outcome = write_files(made, check_mode=False, backup=False, diff=False)
    assert not outcome.warnings, outcome.warnings
    if not verify:
        for path in files.values():
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 10))
    return Written(files, effective(spec), carried_leaves(at))


def carried_leaves(at: TargetAtVersion) -> frozenset[str]:
    """The leaves that the target carries."""
    return frozenset(leaf for leaf, coverage in at.coverage.items() if coverage.kind == "carried")


def place(at: TargetAtVersion, spec: Tree, options: Mapping[str, JSON], *, verify: bool = True) -> Written:
    """Write the files where the application itself looks for them, which only a machine of its own can bear."""
    entry: dict[str, JSON] = {"app": at.app, "options": dict(options)}
    if at.version is not None:
        entry["version"] = at.version
    judgement = judge(Request(settings=spec, targets=[entry, *beside(at)]))
    if judgement.errors:
        raise Refused("; ".join(error.message for error in judgement.errors))
    ready = judgement.targets[0]
    for file in ready.files:
        Path(file.path).parent.mkdir(parents=True, exist_ok=True)
    made = [replace(file, verify=file.verify if verify else None) for file in ready.files]
    outcome = write_files(made, check_mode=False, backup=False, diff=False)
    # A package's own file is taken over.
    warnings = [warning for warning in outcome.warnings if " is taken over: " not in warning]
    assert not warnings, warnings
    return Written({file.name: Path(file.path) for file in ready.files}, ready.settings, carried_leaves(at))
