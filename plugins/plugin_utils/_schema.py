# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""JSON Schemas, compiled once and asked for all faults at once. No schema ever needs the network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

from ansible_collections.appmail.settings.plugins.plugin_utils._settings import (
    JSON,
    SCHEMA,
    SCHEMA_FILE,
    Steps,
    Tree,
    resolve,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._wording import Fault, SchemaError, Secrets, explain

try:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError as InvalidSchema
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend
    from jsonschema_specifications import REGISTRY
except ImportError as missing:  # the action plugins say which package is wanted
    MISSING_LIBRARY: ImportError | None = missing
else:
    MISSING_LIBRARY = None

TARGETS_FILE = SCHEMA_FILE.with_name("email_targets.schema.json")


# A keyword's meaning: what stands behind it, and a value; whether the value breaks it.
Breaks: TypeAlias = Callable[[JSON, JSON], bool]


class SchemaFileError(Exception):
    """A schema or a policy cannot be used; the sentence says which and why."""


@dataclass(frozen=True)
class Schema:
    """A compiled schema."""

    validator: Draft202012Validator

    def errors(self, instance: JSON) -> Iterator[SchemaError]:
        """Everything that the schema finds in the instance."""
        return map(_narrow, self.validator.iter_errors(instance))

    def faults(self, instance: JSON, secrets: Secrets) -> list[Fault]:
        """Everything that is wrong with the instance, in people's words."""
        return _unique([fault for error in self.errors(instance) for fault in explain(error, secrets)])

    def accepts(self, instance: JSON) -> bool:
        """Whether nothing is wrong."""
        return bool(self.validator.is_valid(instance))


def compile_schema(
    schema: Tree, name: str, *, keywords: Mapping[str, Breaks] | None = None, proven: bool = False
) -> Schema:
    """A schema made ready. ``name`` is what the sentence calls it where it is no JSON Schema 2020-12.

    ``keywords`` are more than the draft has: for each a function of what stands behind it and of the value, that says
    whether the value breaks it.
    The collection's own schemas are ``proven`` by its tests, so no run spends time on that again.
    """
    try:
        if not proven:
            Draft202012Validator.check_schema(schema)
    except InvalidSchema as invalid:
        where = "/".join(str(step) for step in invalid.absolute_path) or "its top"
        raise SchemaFileError(f"{name} is not a valid JSON Schema (draft 2020-12): see {where}") from invalid
    validator = Draft202012Validator
    if keywords:
        checkers = {keyword: _checker(breaks) for keyword, breaks in keywords.items()}
        validator = extend(validator, checkers)  # type: ignore[no-untyped-call]
    return Schema(validator(schema, registry=REGISTRY))


def _checker(breaks: Breaks) -> Callable[[object, JSON, JSON, Tree], Iterator[ValidationError]]:
    def check(_validator: object, wanted: JSON, value: JSON, _schema: Tree) -> Iterator[ValidationError]:
        if breaks(wanted, value):
            yield ValidationError("")

    return check


def read_schema(path: str, shown: str | None = None) -> Tree:
    """A schema from a JSON file, called ``shown`` in sentences; they name the place of what cannot be read."""
    shown = shown or path
    try:
        schema = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as unreadable:
        raise SchemaFileError(f"{shown} cannot be read: {unreadable.strerror}") from unreadable
    except UnicodeDecodeError as undecodable:
        raise SchemaFileError(f"{shown} is not UTF-8 text") from undecodable
    except json.JSONDecodeError as broken:
        raise SchemaFileError(f"{shown}:{broken.lineno}:{broken.colno}: is not JSON: {broken.msg}") from broken
    if not isinstance(schema, dict):
        raise SchemaFileError(f"{shown}: a schema is a mapping")
    return schema


def _narrow(error: ValidationError) -> SchemaError:
    return SchemaError(
        path=tuple(error.absolute_path),
        keyword=str(error.validator),
        limit=cast("JSON", error.validator_value),
        value=cast("JSON", error.instance),
        schema=error.schema if isinstance(error.schema, dict) else {},
        context=tuple(_narrow(below) for below in error.context or ()),
    )


def _unique(faults: list[Fault]) -> list[Fault]:
    """Each fault once: a missing key is found again for each key that is missing beside it."""
    return list(dict.fromkeys(faults))


def prepare_patterns(schema: JSON) -> None:
    """Compile the regular expressions of a schema, which Python then keeps."""
    if isinstance(schema, Mapping):
        for keyword, below_it in schema.items():
            if keyword == "pattern" and isinstance(below_it, str):
                re.compile(below_it)
            prepare_patterns(below_it)
    elif isinstance(schema, list):
        for below_it in schema:
            prepare_patterns(below_it)


def settings_schema() -> Schema:
    """The schema of ``email_settings``, compiled once for all hosts (forks share it)."""
    return _SETTINGS


def targets_schema() -> Schema:
    """The schema of ``email_targets``."""
    return _TARGETS


def _inlined(schema: JSON) -> JSON:
    """The spec's schema with each ``$ref`` replaced by what it stands for: resolved once, and not at each use."""
    if isinstance(schema, Mapping):
        whole = resolve(schema) if isinstance(schema.get("$ref"), str) else schema
        return {key: _inlined(value) for key, value in whole.items() if key != "$defs"}
    if isinstance(schema, list):
        return [_inlined(value) for value in schema]
    return schema


if MISSING_LIBRARY is None:
    _SETTINGS = compile_schema(cast("Tree", _inlined(SCHEMA)), SCHEMA_FILE.name, proven=True)
    _TARGETS = compile_schema(read_schema(str(TARGETS_FILE)), TARGETS_FILE.name, proven=True)


def below(path: Steps, prefix: Steps) -> bool:
    """Whether a path is the prefix or lies below it."""
    return path[: len(prefix)] == prefix
