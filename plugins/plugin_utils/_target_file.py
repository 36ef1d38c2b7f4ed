# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A target's own files, read strictly: every fault is told with its file, line and key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NotRequired, TypedDict, cast

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._schema import (
    Schema,
    SchemaFileError,
    compile_schema,
    read_schema,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._settings import JSON, SCHEMA_FILE, Steps, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._wording import Secrets


class TargetError(Exception):
    """A target that cannot be used: one sentence that names the file, the key and what would be right."""


class VersionsEntry(TypedDict):
    described: list[str]
    default: NotRequired[str]


class VerifyEntry(TypedDict):
    command: list[str]
    fails_on: NotRequired[str]
    beside: NotRequired[list[str]]
    timeout: NotRequired[int]
    hint: NotRequired[str]


class BlockEntry(TypedDict):
    comment: str
    anchor: NotRequired[str]


class FileEntry(TypedDict):
    name: str
    path: str
    template: NotRequired[str]
    mode: NotRequired[str]
    owner: NotRequired[str]
    group: NotRequired[str]
    when: NotRequired[str]
    versions: NotRequired[str]
    block: NotRequired[BlockEntry]
    verify: NotRequired[VerifyEntry]


class CoverageEntry(TypedDict, total=False):
    carried: Literal[True] | list[JSON]
    refused: list[JSON]
    refused_by: str
    not_carried: str
    reason: str
    unknown: str
    nearest: JSON
    documentation: str
    versions: str


class RuleEntry(TypedDict):
    name: str
    path: str
    when: str
    message: str
    documentation: str
    severity: NotRequired[Literal["error", "warning"]]
    nearest: NotRequired[JSON]
    versions: NotRequired[str]


class TargetTree(TypedDict):
    """target.yml after schemas/target.schema.json has accepted it. `page` is read by `_pages.py` alone."""

    label: str
    kind: Literal["admin_page", "config_file"]
    documentation: dict[str, str]
    versions: NotRequired[VersionsEntry]
    files: NotRequired[list[FileEntry]]
    reload: NotRequired[dict[str, JSON]]
    reload_note: NotRequired[str]
    options: NotRequired[dict[str, dict[str, JSON]]]
    coverage: dict[str, CoverageEntry | list[CoverageEntry]]
    rules: NotRequired[list[RuleEntry]]
    page: NotRequired[dict[str, JSON]]
    check: NotRequired[dict[str, str]]


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as PyYAML reads it, except that a key written twice is a fault, for one of the two would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, JSON]:  # noqa: FBT001, FBT002
        seen: set[object] = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is written twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)  # type: ignore[no-any-return]


def read_target_file(
    file: Path, further: Callable[[TargetTree], Sequence[tuple[Steps, str]]], *, proven: bool = False
) -> TargetTree:
    """target.yml as the data that its schema describes. `further` finds the faults that a schema cannot see.

    The collection's own are ``proven`` by its tests, so no run spends time on that again. Raises TargetError for the
    first fault in the file.
    """
    text = _read_text(file)
    try:
        tree = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a subclass of the safe loader)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise TargetError(f"{file}{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise TargetError(f"{file}: is not YAML: {error}") from error
    if proven:
        return cast("TargetTree", tree)
    found = _schema().faults(tree, Secrets())
    # A misspelt key tells more than the key that is missing for it.
    telling = [fault for fault in found if fault.at != "missing"] or found
    faults = [(fault.path, fault.message) for fault in telling] or list(further(tree))
    if faults:
        raise TargetError(_first(file, faults, text))
    return cast("TargetTree", tree)


def read_rules_schema(file: Path, *, proven: bool = False) -> Tree | None:
    """The JSON Schema beside target.yml, or None if there is none; raises TargetError."""
    if not file.is_file():
        return None
    try:
        schema = read_schema(str(file))
        compile_schema(schema, str(file), proven=proven)
    except SchemaFileError as error:
        raise TargetError(str(error)) from error
    return schema


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise TargetError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TargetError(f"{file}: is not UTF-8 text") from error


def _first(file: Path, faults: Sequence[tuple[Steps, str]], text: str) -> str:
    """``FILE:LINE: KEY: MESSAGE`` of the fault that stands first, the line being that of the deepest key there is."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    line, path, message = min((_line(root, path), path, message) for path, message in faults)
    key = ".".join(str(step) for step in path)
    return f"{file}:{line}: {key}: {message}" if key else f"{file}:{line}: {message}"


def _line(root: yaml.Node | None, path: Steps) -> int:
    node, line = root, 1
    for step in path:
        below = _below(node, step)
        if below is None:
            break
        node, mark = below
        line = mark.line + 1
    return line


def _below(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Mark] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((value, key.start_mark) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark
    return None


@cache
def _schema() -> Schema:
    file = SCHEMA_FILE.with_name("target.schema.json")
    return compile_schema(read_schema(str(file)), file.name, proven=True)
