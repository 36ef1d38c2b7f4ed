# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From a target and its settings to the files that it needs, each also with its secrets masked."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import jinja2
from jinja2.bccache import Bucket
from jinja2.runtime import Context

from ansible_collections.appmail.settings.plugins.plugin_utils._expressions import (
    ENVIRONMENT,
    ExpressionError,
    holds,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._markdown import MARKDOWN_FILTERS
from ansible_collections.appmail.settings.plugins.plugin_utils._origins import is_vaulted
from ansible_collections.appmail.settings.plugins.plugin_utils._pages import page_context
from ansible_collections.appmail.settings.plugins.plugin_utils._quoting import FILTERS, NotExpressible
from ansible_collections.appmail.settings.plugins.plugin_utils._settings import (
    JSON,
    LEAF_SCHEMAS,
    LEAVES,
    SECRET_LEAVES,
    Tree,
    get,
    put,
    scalars,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets import (
    TARGETS_FOLDER,
    Block,
    FileTemplate,
    TargetAtVersion,
    TargetError,
    Verify,
)

MASK = "********"
# Two secrets, and two numbers, that have no character in common at any place.
_SENTINELS = ("a" * 16, "z" * 16)
_SENTINEL_NUMBERS = dict(zip(_SENTINELS, (1111, 9999), strict=True))


class RenderError(TargetError):
    """Files that cannot be rendered: one sentence that names the target, the file and what would be right."""


@dataclass(frozen=True)
class RenderedFile:
    """One file as it is to stand on the host.

    `masked` is the content with every secret as ``********``, or None if there is no secret in it. `mode` is octal
    text such as ``0640``, or None to keep what is there; so are `owner` and `group`. `named` says which of them the
    user has named; the others are the target's own.
    """

    target: str
    name: str
    path: str
    content: str
    masked: str | None
    mode: str | None
    owner: str | None
    group: str | None
    block: Block | None
    verify: Verify | None
    named: frozenset[str] = frozenset()

    def to_mapping(self) -> dict[str, JSON]:
        """The file as plain data, for the module call that writes it."""
        mapping = asdict(self)
        del mapping["named"]
        if self.block is not None:
            mapping["block"]["marker"] = f"appmail.settings {self.target}"
        if self.verify is not None:
            mapping["verify"].update(command=list(self.verify.command), beside=list(self.verify.beside))
        return mapping


@dataclass(frozen=True)
class _Inputs:
    """What a rendering depends on; secrets stand in `settings`, `written` and `options`."""

    at: TargetAtVersion
    settings: Tree
    written: Tree
    options: Tree
    secret_names: Mapping[str, str]
    paths: Mapping[str, str]
    waived: Sequence[str]

    def context(self) -> dict[str, object]:
        target = self.at.target
        context = self.at.context(self.settings, self.written, self.options)
        if self.at.kind == "admin_page":
            names, waived = self.secret_names, self.waived
            context.update(page_context(self.at, self.settings, self.written, self.options, names, waived))
        described = {
            "app": target.app,
            "label": target.label,
            "kind": target.kind,
            "documentation": target.documentation,
        }
        return {**context, "target": described, "files": self.paths, "secret_names": self.secret_names}

    def with_secrets(self, change: Callable[[JSON], JSON]) -> _Inputs:
        """The same with each secret changed."""
        secret = self.at.target.secret_options
        return replace(
            self,
            settings=_change_leaves(self.settings, change),
            written=_change_leaves(self.written, change),
            options={name: change(value) if name in secret else value for name, value in self.options.items()},
        )

    def with_vaulted(self, change: Callable[[JSON], JSON]) -> _Inputs:
        """The same with everything changed that came out of a vault, secret or not."""
        return replace(
            self,
            settings=_change_vaulted_leaves(self.settings, change),
            written=_change_vaulted_leaves(self.written, change),
            options={name: _change_vaulted(value, change) for name, value in self.options.items()},
        )

    def have_secrets(self) -> bool:
        leaves = (get(self.settings, leaf) for leaf in SECRET_LEAVES)
        options = (self.options.get(name) for name in self.at.target.secret_options)
        return any(value is not None for value in (*leaves, *options))

    def have_vaulted(self) -> bool:
        """Whether anything came out of a vault that is not secret by its kind."""
        leaves = (get(self.settings, leaf) for leaf in LEAVES if _is_free(leaf))
        options = (value for name, value in self.options.items() if name not in self.at.target.secret_options)
        return any(is_vaulted(value) for one in (*leaves, *options) for value in scalars(one))


def render_target(
    at: TargetAtVersion,
    effective: Tree,
    written: Tree,
    options: Tree,
    secret_names: Mapping[str, str],
    entry: Mapping[str, JSON],
) -> list[RenderedFile]:
    """Every file of the target, in target.yml's order.

    `entry` is the item of ``email_targets``; its ``dest``, ``owner``, ``group``, ``mode`` and ``accept`` count here.
    Raises RenderError, or NotExpressible for a value that the format cannot hold.
    """
    waived = cast("Sequence[str]", entry.get("accept") or ())
    inputs = _Inputs(at, effective, written, at.options(options), secret_names, _paths(at, entry), waived)
    context = inputs.context()
    files = [file for file in at.files if holds(file.when, context)]
    rendered = _render(files, at, context)
    masked = _masked(files, rendered, inputs, context) if inputs.have_secrets() else [None] * len(files)
    for file, found in zip(files, masked, strict=True):
        if found is not None:
            _check_mode(_mode(file, entry), f"{at.app}: {file.name}")
    if inputs.have_vaulted():
        masked = _masked(files, rendered, inputs, context, vaulted=True)
    return [
        _rendered(file, one.content, found, inputs, entry)
        for file, one, found in zip(files, rendered, masked, strict=True)
    ]


def _mode(file: FileTemplate, entry: Mapping[str, JSON]) -> str | None:
    return cast("str | None", entry.get("mode", file.mode))


def prepare_templates(at: TargetAtVersion) -> None:
    """Compile the target's templates, which then are kept. Raises jinja2.TemplateError."""
    for file in at.files:
        _environment(at.target.folder).get_template(file.template)


def _paths(at: TargetAtVersion, entry: Mapping[str, JSON]) -> dict[str, str]:
    paths = {file.name: file.path for file in at.files}
    dest = cast("Mapping[str, str]", entry.get("dest") or {})
    for name, path in dest.items():
        if name not in paths:
            raise RenderError(f"{at.app}: dest: {name} is not one of its files; they are {', '.join(paths)}")
        if not os.path.isabs(path):  # noqa: PTH117 (a path of the host, not of this machine)
            raise RenderError(f"{at.app}: dest: {name}: {path} is not an absolute path")
    return {**paths, **dest}


def _rendered(
    file: FileTemplate, content: str, masked: str | None, inputs: _Inputs, entry: Mapping[str, JSON]
) -> RenderedFile:
    return RenderedFile(
        target=inputs.at.app,
        name=file.name,
        path=inputs.paths[file.name],
        content=content,
        masked=masked,
        mode=_mode(file, entry),
        owner=cast("str | None", entry.get("owner", file.owner)),
        group=cast("str | None", entry.get("group", file.group)),
        block=file.block,
        verify=file.verify,
        named=frozenset({"owner", "group"} & set(entry)),
    )


def _check_mode(mode: str | None, where: str) -> None:
    """A file with a secret in it always has a mode, and one that keeps others out."""
    if mode is None:
        raise RenderError(f"{where}: holds a secret, so it needs a mode, such as 0600")
    if int(mode, 8) & 0o007:
        raise RenderError(f"{where}: holds a secret, and mode {mode} lets everyone read it; 0640 would not")


class _Reading(Context):
    """A template's variables, with the names of those that it read."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as jinja2 has them
        super().__init__(*arguments, **options)
        self.read: set[str] = set()

    def resolve_or_missing(self, key: str) -> Any:  # noqa: ANN401 - a variable may be anything
        self.read.add(key)
        return super().resolve_or_missing(key)

    def get_all(self) -> dict[str, Any]:
        """All variables: another template is given them, and may read any."""
        self.read.update(self.parent)
        return super().get_all()


@dataclass(frozen=True)
class _Rendering:
    """A file's content, and the names of the variables that its template read."""

    content: str
    read: frozenset[str]


def _render(files: Sequence[FileTemplate], at: TargetAtVersion, context: Mapping[str, object]) -> list[_Rendering]:
    environment = _environment(at.target.folder)
    return [_render_one(environment, file, at, context) for file in files]


def _render_one(
    environment: jinja2.Environment, file: FileTemplate, at: TargetAtVersion, context: Mapping[str, object]
) -> _Rendering:
    try:
        template = environment.get_template(file.template)
        reading = cast("_Reading", template.new_context(dict(context)))
        content = "".join(template.root_render_func(reading))
        return _Rendering(content, frozenset(reading.read))
    except NotExpressible:
        raise
    except jinja2.TemplateSyntaxError as error:
        raise RenderError(f"{at.app}: {error.filename or file.template}:{error.lineno}: {error.message}") from error
    except jinja2.TemplateNotFound as error:
        raise RenderError(f"{at.app}: {file.name}: there is no template {error.name}") from error
    except jinja2.UndefinedError as error:
        raise RenderError(f"{at.app}: {file.template}: {error.message}") from error
    except (ArithmeticError, LookupError, TypeError, ValueError, jinja2.TemplateError) as error:
        # The error's own text may hold a value, and a value may be a secret.
        raise RenderError(f"{at.app}: {file.template}: failed with {type(error).__name__}") from None


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates by their file and text, so that one that targets share is compiled once."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key + bucket.checksum in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key + bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@cache
def _environment(folder: Path) -> jinja2.Environment:
    """One environment for each target, which keeps its templates ready; shared ones stand in the targets' folder."""
    loader = jinja2.FileSystemLoader([folder, TARGETS_FOLDER])
    environment = ENVIRONMENT.overlay(loader=loader, bytecode_cache=_COMPILED, trim_blocks=True, lstrip_blocks=True)
    environment.keep_trailing_newline = True  # overlay() takes it since Jinja2 3.1.2 only
    environment.filters = {**environment.filters, **FILTERS, **MARKDOWN_FILTERS}
    environment.context_class = _Reading
    return environment


def _masked(
    files: Sequence[FileTemplate],
    rendered: Sequence[_Rendering],
    inputs: _Inputs,
    context: Mapping[str, object],
    *,
    vaulted: bool = False,
) -> list[str | None]:
    """Each content with its secrets masked, and on demand all that is ``vaulted``: what changes with them is secret."""
    try:
        others = [_sentinels(inputs, text, vaulted=vaulted).context() for text in _SENTINELS]
        # What reads the same renders the same: only the others are rendered again.
        depending = [
            file
            for file, one in zip(files, rendered, strict=True)
            if any(context.get(name) != other.get(name) for name in one.read for other in others)
        ]
        low, high = (
            {file: one.content for file, one in zip(depending, _render(depending, inputs.at, other), strict=True)}
            for other in others
        )
    except (TargetError, ExpressionError, NotExpressible):
        # A template may want a value of a form that a sentinel has not: where secrets stand is not known then.
        return [_all_masked(one.content) for one in rendered]
    return [
        mask(one.content, low[file], high[file]) if file in low else None
        for file, one in zip(files, rendered, strict=True)
    ]


def _all_masked(content: str) -> str:
    return "\n".join(MASK if line else "" for line in content.split("\n"))


def mask(content: str, low: str, high: str) -> str | None:
    """The content with each line masked in which two renderings with other secrets differ from each other or from it.

    None if there is no such line. Lines that cannot be matched with each other are all masked.
    """
    if content == low == high:
        return None
    lines = [text.split("\n") for text in (content, low, high)]
    if len({len(one) for one in lines}) != 1:
        return _all_masked(content)
    return "\n".join(_mask_line(*three) for three in zip(*lines, strict=True))


def _mask_line(content: str, low: str, high: str) -> str:
    if low != high:
        before = _common_beginning(low, high)
        after = _common_beginning(low[len(before) :][::-1], high[len(before) :][::-1])[::-1]
        return f"{before}{MASK}{after}"
    return content if content == low else MASK


def _common_beginning(one: str, other: str) -> str:
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(character for character, _other in same)


def _sentinels(inputs: _Inputs, text: str, *, vaulted: bool) -> _Inputs:
    changed = inputs.with_secrets(lambda secret: _replaced(secret, text))
    return changed.with_vaulted(lambda value: _resembling(value, text)) if vaulted else changed


def _resembling(value: JSON, text: str) -> JSON:
    """A sentinel in the form of the value: an address stays one, for a format may hold nothing else there."""
    return re.sub(r"\w", text[0], value) if isinstance(value, str) else _replaced(value, text)


def _replaced(secret: JSON, text: str) -> JSON:
    """Every text and number in a secret replaced; its shape stays."""
    if isinstance(secret, Mapping):
        return {key: _replaced(value, text) for key, value in secret.items()}
    if isinstance(secret, (list, tuple)):
        return [_replaced(value, text) for value in secret]
    if secret is None or isinstance(secret, bool):
        return secret
    return text if isinstance(secret, str) else _SENTINEL_NUMBERS[text]


def _change_leaves(settings: Tree, change: Callable[[JSON], JSON]) -> Tree:
    for leaf in sorted(SECRET_LEAVES):
        if get(settings, leaf) is not None:
            settings = put(settings, leaf, change(get(settings, leaf)))
    return settings


def _is_free(leaf: str) -> bool:
    """Whether a leaf is no secret by its kind and takes more than a few words, each of which anyone knows."""
    return leaf not in SECRET_LEAVES and "enum" not in LEAF_SCHEMAS[leaf]


def _change_vaulted_leaves(settings: Tree, change: Callable[[JSON], JSON]) -> Tree:
    for leaf in filter(_is_free, LEAVES):
        value = get(settings, leaf)
        if any(map(is_vaulted, scalars(value))):
            settings = put(settings, leaf, _change_vaulted(value, change))
    return settings


def _change_vaulted(value: JSON, change: Callable[[JSON], JSON]) -> JSON:
    """The value with each vaulted part of it changed."""
    if isinstance(value, Mapping):
        return {key: _change_vaulted(below, change) for key, below in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_change_vaulted(below, change) for below in value]
    return change(value) if is_vaulted(value) else value
