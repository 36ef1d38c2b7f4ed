# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From what a person wrote down from an admin page to the settings that fill it in so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAF_SCHEMAS, Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import (
    ExpressionError,
    evaluate,
    holds,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion

from .adopted import Adopted, Remark, SeenFile, Setting
from .sheet import Filled, SheetError, filled_fields, read_sheet

# What decides how others are read comes first.
_FIRST = ("smtp.host", "imap.host", "smtp.auth.username", "imap.auth.username", "sender.address")


def adopt_sheets(paths: Mapping[str, str], target_paths: Sequence[str]) -> list[Adopted]:
    """What each filled sheet says of its application; `paths` are the files by the names that people know them by.

    Raises SheetError, also for a sheet with a secret in it.
    """
    targets = [find_target(name, target_paths) for name in target_names()]
    pages = {name: target for target in targets if target.kind == "admin_page" for name in (target.app, target.label)}
    known = {name: target.at(None) for name, target in pages.items()}
    return [_adopted(name, Path(path), known) for name, path in paths.items()]


def _adopted(name: str, path: Path, pages: Mapping[str, TargetAtVersion]) -> Adopted:
    sheet = read_sheet(path)
    if sheet.app not in pages:
        raise SheetError(f"{path}: is of no admin page that is known")
    at = pages[sheet.app]
    filled, faults = filled_fields(at.page or {}, sheet)
    for fault in faults:
        if fault.severity == "error":
            raise SheetError(f"{path}:{fault.line}:{fault.column}: {fault.message}")
    adopted = Adopted(at.app, None, [SeenFile("sheet", name)], read=len(filled))
    adopted.remarks += [
        Remark("warning", "sheet", f"{at.label}: {fault.message}", name, fault.line, fault.leaf) for fault in faults
    ]
    fields = [field for field in filled if field.field.get("leaf") is not None]
    for field in sorted(fields, key=lambda field: (_leaf(field) not in _FIRST, _leaf(field).endswith("encryption"))):
        _read(at, field, adopted, name)
    return adopted


def _leaf(field: Filled) -> str:
    return str(field.field["leaf"])


def _read(at: TargetAtVersion, field: Filled, adopted: Adopted, path: str) -> None:
    """The value of a field's setting, where one alone fills it in so."""
    leaf, line = _leaf(field), field.cell.line
    if field.value == "":
        return
    fitting = [value for value in _candidates(at, field) if _fills(at, field, value, adopted.values())]
    if len(fitting) == 1:
        adopted.settings[leaf] = Setting(leaf, fitting[0], path, line)
        return
    several = f"leaves open which {leaf} is meant: {', '.join(map(str, fitting))}" if fitting else "is not understood"
    message = f"{at.label}: {field.cell.label} {several}; say which in the spec"
    adopted.remarks.append(Remark("warning", "left_open" if fitting else "not_understood", message, path, line, leaf))


def _candidates(at: TargetAtVersion, field: Filled) -> Iterator[JSON]:
    """The values that the setting may have, of those that the application takes."""
    schema, accepts = LEAF_SCHEMAS[_leaf(field)], at.coverage[_leaf(field)].accepts
    words = field.field.get("choices")
    texts = [key for key, word in words.items() if word == field.value] if isinstance(words, Mapping) else [field.value]
    known = schema.get("enum")
    values: list[JSON] = list(known) if isinstance(known, list) else [_typed(text, schema) for text in texts]
    if schema.get("type") == "boolean":
        values = [True, False]
    yield from (value for value in values if accepts is None or value in accepts)


def _typed(text: object, schema: Tree) -> JSON:
    kinds = schema.get("type")
    if isinstance(text, tuple) or kinds == "array":
        parts = text if isinstance(text, tuple) else str(text).split(",")
        return [str(part).strip() for part in parts]
    if kinds in ("integer", "number") or (isinstance(kinds, list) and "integer" in kinds):
        try:
            return int(str(text))
        except ValueError:
            return None
    return str(text)


def _fills(at: TargetAtVersion, field: Filled, value: JSON, known: Mapping[str, JSON]) -> bool:
    """Whether a setting of this value fills the field in as it is."""
    if value is None:
        return False
    tree: Tree = {}
    for leaf, other in {**known, _leaf(field): value}.items():
        tree = put(tree, leaf, other)
    expression, when = field.field.get("value"), field.field.get("when")
    try:
        context = at.context(Spec.of(tree), {})
        if when is not None and not holds(str(when), context):
            return expression is not None
        shown = value if expression is None else evaluate(str(expression), context)
    except ExpressionError:
        return False
    words = field.field.get("choices")
    shown = words.get(str(shown)) if isinstance(words, Mapping) else shown
    if isinstance(field.value, bool) or isinstance(shown, bool):
        return shown is field.value
    return _parts(shown) == _parts(field.value)


def _parts(value: object) -> list[str]:
    several = value if isinstance(value, (list, tuple)) else str(value).split(",")
    return [str(part).strip() for part in several]
