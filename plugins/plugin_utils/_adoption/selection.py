# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Which of the files that a host has are read: one of each name, those near it, and what wins over it."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import Override, Target

from .adopted import Adopted, Remark, SeenFile
from .reading import is_further, is_others, says_anything


def chosen(target: Target, seen: Sequence[SeenFile]) -> list[SeenFile]:
    """The first file of each name that could be read, else the first, and what goes with these.

    One that lies where files of others may lie as well counts only where it has keys of the application.
    """
    own: dict[str, SeenFile] = {}
    for file in seen:
        better = file.name not in own or (own[file.name].text is None and file.text is not None)
        if better and _may_be_own(target, file):
            own[file.name] = file
    names = {file.path.rpartition("/")[2] for file in target.at().files}
    near = [file for file in seen if _is_near(target, file) and file.path.rpartition("/")[2] not in names]
    return [*own.values(), *near, *(file for file in seen if _is_over(target, own, file))]


def not_chosen(target: Target, seen: Sequence[SeenFile], adopted: Adopted) -> Iterator[Remark]:
    """Files of another instance of the application on the same host."""
    paths = {file.name: file.path for file in adopted.files}
    templates = {file.name: file for file in target.at().files}
    for file in seen:
        if _may_be_own(target, file) and file.path != paths.get(file.name):
            message = f"{target.label}: is another {file.name}, and left: to adopt it, name it in dest of email_targets"
            if is_others(templates[file.name], file.path):
                message = f"{target.label}: has keys of it as well, and is left: what stands here still counts"
            yield Remark("warning", "not_chosen", message, file.path)


def paths_over(override: Override, paths: Sequence[str]) -> list[str]:
    """The patterns of a source over a file that lies at one of these paths."""
    folders = dict.fromkeys(posixpath.dirname(path) for path in paths)
    several = (posixpath.join(folder, path) for path in override.paths for folder in folders)
    return list(dict.fromkeys(map(posixpath.normpath, several)))


def _may_be_own(target: Target, file: SeenFile) -> bool:
    at = target.at()
    own = any(template.name == file.name for template in at.files)
    return own and (not is_further(at, file) or says_anything(at, file))


def _is_near(target: Target, file: SeenFile) -> bool:
    return file.name in target.reads and target.reads[file.name].near is not None


def _is_over(target: Target, own: Mapping[str, SeenFile], file: SeenFile) -> bool:
    """Whether a file is a source over one of those chosen: in its own folder, or at a path of its own."""
    overrides = [override for override in target.overrides if override.name == file.name]
    return any(
        fnmatch.fnmatchcase(file.path, pattern)
        for override in overrides
        for pattern in paths_over(override, [own[override.file].path] if override.file in own else [file.path])
    )
