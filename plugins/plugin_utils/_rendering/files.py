# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From a target and its settings to the files that it needs, each also with its secrets masked."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import cast

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import Commands, FileSpec
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Home
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import fill, holds
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import (
    FileTemplate,
    TargetAtVersion,
    accepted_paths,
)

from .breaks import require_held, with_breaks
from .inputs import Inputs, Installation
from .key_files import has_secret, manifest, render_keys
from .masking import masked_contents
from .templates import RenderError, render_files


def render_target(
    at: TargetAtVersion,
    spec: Spec,
    options: Tree,
    homes: Mapping[str, Home],
    entry: Mapping[str, JSON],
    installation: Installation | None = None,
) -> list[FileSpec]:
    """Every file of the target, in target.yml's order.

    `entry` is the item of `email_targets`; its `dest`, `owner`, `group`, `mode` and `accept` count here.
    `homes` says of a secret setting where it is kept.
    Raises RenderError, or NotExpressible for a value that the format cannot hold.
    """
    waived = accepted_paths(entry)
    inputs = Inputs(at, spec, at.options(options), homes, _paths(at, entry), waived, installation or Installation())
    context = inputs.context()
    files = [file for file in _all(at.files) if holds(file.when, context)]
    contents = {file.name: render_keys(file, inputs, context) for file in files if file.format is not None}
    contents.update(_templated([file for file in files if file.format is None], inputs, context))
    for file in files:
        if has_secret(file, inputs) if file.format is not None else contents[file.name][1] is not None:
            _check_mode(_mode(file, entry), f"{at.app}: {file.name}")
    if inputs.have_vaulted():
        contents.update(_templated([file for file in files if file.format is None], inputs, context, vaulted=True))
    contents.update({file.name: manifest(file, contents) for file in at.files if file.parts})
    return [_rendered(file, *contents[file.name], inputs, entry) for file in at.files if file.name in contents]


def _all(files: Sequence[FileTemplate]) -> list[FileTemplate]:
    """The files themselves, and in place of one that holds others these."""
    return [part for file in files for part in (file.parts or (file,))]


def _templated(
    files: Sequence[FileTemplate], inputs: Inputs, context: Mapping[str, object], *, vaulted: bool = False
) -> dict[str, tuple[str, str | None]]:
    """By its name the content of each file that has a template, and the same masked."""
    rendered = render_files(files, inputs.at, context)
    broken = list(with_breaks(cast("JSON", inputs.settings), cast("JSON", inputs.options)))
    if broken and not vaulted:
        marks = render_files(files, inputs.at, inputs.with_marks().context(), marked=True)
        for rendering, other in zip(rendered, marks, strict=True):
            require_held(rendering.content, other.content, broken)
    masked: Sequence[str | None] = [None] * len(files)
    if vaulted or inputs.have_secrets():
        masked = masked_contents(files, rendered, inputs, context, vaulted=vaulted)
    return {file.name: (rendering.content, mask) for file, rendering, mask in zip(files, rendered, masked, strict=True)}


def _mode(file: FileTemplate, entry: Mapping[str, JSON]) -> str | None:
    return cast("str | None", entry.get("mode", file.mode))


def _paths(at: TargetAtVersion, entry: Mapping[str, JSON]) -> dict[str, str]:
    paths = {file.name: file.path for file in [*at.files, *_all(at.files)]}
    dest = cast("Mapping[str, str]", entry.get("dest") or {})
    for name, path in dest.items():
        if name not in paths:
            raise RenderError(f"{at.app}: dest: {name} is not one of its files; they are {', '.join(paths)}")
        if not os.path.isabs(path):  # noqa: PTH117 (a path of the host, not of this machine)
            raise RenderError(f"{at.app}: dest: {name}: {path} is not an absolute path")
    return {**paths, **dest}


def _rendered(
    file: FileTemplate, content: str, masked: str | None, inputs: Inputs, entry: Mapping[str, JSON]
) -> FileSpec:
    return FileSpec(
        target=inputs.at.app,
        name=file.name,
        path=inputs.paths[file.name],
        content=content,
        masked=masked,
        mode=_mode(file, entry),
        owner=cast("str | None", entry.get("owner", file.owner)),
        group=cast("str | None", entry.get("group", file.group)),
        block=file.block,
        keys=file.own_keys,
        commands=None if file.commands is None else _filled(file.commands, inputs),
        verify=file.verify,
        effective=file.effective,
    )


def _filled(commands: Commands, inputs: Inputs) -> Commands:
    """The commands with what target.yml leaves open in their words, such as an option. Raises ExpressionError."""
    context = inputs.context()
    read, write, delete = (
        tuple(fill(word, context) for word in words) for words in (commands.read, commands.write, commands.delete)
    )
    user = None if commands.user is None else fill(commands.user, context)
    return Commands(read, write, delete, user or None, commands.under)


def _check_mode(mode: str | None, where: str) -> None:
    """A file with a secret in it always has a mode, and one that keeps others out."""
    if mode is None:
        raise RenderError(f"{where}: holds a secret, so it needs a mode, such as 0600")
    if int(mode, 8) & 0o007:
        raise RenderError(f"{where}: holds a secret, and mode {mode} lets everyone read it; 0640 would not")
