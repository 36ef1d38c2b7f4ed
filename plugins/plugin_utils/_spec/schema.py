# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""JSON Schemas, compiled once and asked for all faults at once. No schema ever needs the network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import show

from .faults import Fault, SchemaError, explain
from .first_pass import FirstPass
from .library import library_fault
from .paths import JSON, Steps, Tree
from .secrets import Secrets
from .settings import SCHEMA, SCHEMA_FILE, resolve

try:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError as InvalidSchema
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend
    from jsonschema_specifications import REGISTRY
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012
except ImportError as missing:  # the action plugins say it
    MISSING_LIBRARY: str | None = library_fault(missing)
else:
    MISSING_LIBRARY = None

if TYPE_CHECKING:
    from referencing._core import Resolver

TARGETS_FILE = SCHEMA_FILE.with_name("email_targets.schema.json")


# A keyword's meaning: what stands behind it, and a value; whether the value breaks it.
Breaks: TypeAlias = Callable[[JSON, JSON], bool]


class SchemaFileError(SentenceError):
    """A schema or a policy cannot be used; the sentence says which and why. `place` is the line and column, from 1."""

    def __init__(self, sentence: str, place: tuple[int, int] = (1, 1)) -> None:
        super().__init__(sentence)
        self.place = place


@dataclass(frozen=True)
class Schema:
    """A compiled schema."""

    validator: Draft202012Validator
    first_pass: FirstPass | None = None

    def errors(self, instance: JSON) -> Iterator[SchemaError]:
        """Everything that the schema finds in the instance."""
        if self.first_pass is not None and self.first_pass.accepts(instance):
            return iter(())
        return map(_narrow, self.validator.iter_errors(instance))

    def faults(self, instance: JSON, secrets: Secrets) -> list[Fault]:
        """Everything that is wrong with the instance, in people's words."""
        return _unique([fault for error in self.errors(instance) for fault in explain(error, secrets)])

    def part(self, schema: Tree) -> Schema:
        """A part of the schema to judge by alone; its references lead to places in the whole."""
        return Schema(cast("Draft202012Validator", self.validator.evolve(schema=schema)))

    def accepts(self, instance: JSON) -> bool:
        """Whether nothing is wrong."""
        return bool(self.validator.is_valid(instance))


def compile_schema(
    schema: Tree, name: str, *, keywords: Mapping[str, Breaks] | None = None, trusted: bool = False
) -> Schema:
    """A schema made ready. `name` is what the sentence calls it where it is no JSON Schema 2020-12, or incomplete.

    `keywords` are more than the draft has: for each a function of what stands behind it and of the value, that says
    whether the value breaks it.
    The collection's own schemas are `trusted` by its tests, so no run spends time on that again. Raises
    SchemaFileError.
    """
    if not trusted:
        check_schema(schema, name)
        check_references(schema, name, schema)
    validator = Draft202012Validator
    if keywords:
        checkers = {keyword: _checker(breaks) for keyword, breaks in keywords.items()}
        validator = extend(validator, checkers)  # type: ignore[no-untyped-call]
    # What the engines mean alike is proven by tests for our own schemas alone.
    first_pass = FirstPass(schema) if trusted and not keywords else None
    return Schema(validator(schema, registry=REGISTRY), first_pass)


def check_schema(schema: Tree, name: str) -> None:
    """Raises SchemaFileError where it is no JSON Schema 2020-12."""
    try:
        Draft202012Validator.check_schema(schema)
    except InvalidSchema as invalid:
        where = "/".join(str(step) for step in invalid.absolute_path) or "its top"
        raise SchemaFileError(f"{name} is not a valid JSON Schema (draft 2020-12): see {where}") from invalid


# Behind these stand values and no schemas.
_VALUES = frozenset({"const", "enum", "default", "examples"})


def check_references(schema: Tree, name: str, root: Tree) -> None:
    """Raises SchemaFileError for a reference that leads nowhere; `root` is the schema in which they lead to places.

    Only a later judgement would meet it otherwise, and end there.
    """
    resolver = REGISTRY.resolver_with_root(DRAFT202012.create_resource(root))
    broken = next(_broken_references(schema, resolver, ()), None)
    if broken is not None:
        where, reference = broken
        place = f"{'/'.join(map(str, where))}: " if where else ""
        raise SchemaFileError(
            f"{name}: {place}the reference {reference} leads nowhere: it must lead to a schema in the same file, "
            "such as #/$defs/NAME"
        )


def _broken_references(part: JSON, resolver: Resolver[Tree | bool], path: Steps) -> Iterator[tuple[Steps, str]]:
    """(where it stands, the reference) for each that leads to no schema."""
    if isinstance(part, Mapping):
        if isinstance(part.get("$id"), str):
            resolver = resolver.in_subresource(DRAFT202012.create_resource(part))
        for keyword in ("$ref", "$dynamicRef"):
            reference = part.get(keyword)
            if isinstance(reference, str) and not _leads_to_schema(reference, resolver):
                yield path, reference
        for key, below_it in part.items():
            if key not in _VALUES:
                yield from _broken_references(below_it, resolver, (*path, key))
    elif isinstance(part, Sequence) and not isinstance(part, str):
        for index, below_it in enumerate(part):
            yield from _broken_references(below_it, resolver, (*path, index))


def _leads_to_schema(reference: str, resolver: Resolver[Tree | bool]) -> bool:
    """Whether there is a schema at the end, be it over several references; one that comes back to itself has none."""
    passed: set[int] = set()
    while True:
        try:
            resolved = resolver.lookup(reference)
        except (Unresolvable, LookupError, TypeError, ValueError):
            return False
        schema, resolver = resolved.contents, resolved.resolver
        if not isinstance(schema, Mapping):
            return isinstance(schema, bool)
        further = schema.get("$ref")
        if not isinstance(further, str):
            return True
        if id(schema) in passed:
            return False
        passed.add(id(schema))
        reference = further


def _checker(breaks: Breaks) -> Callable[[object, JSON, JSON, Tree], Iterator[ValidationError]]:
    def check(_validator: object, wanted: JSON, value: JSON, _schema: Tree) -> Iterator[ValidationError]:
        if breaks(wanted, value):
            yield ValidationError("")

    return check


def _unique_keys(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    """A mapping of JSON; of two equal keys Python would keep the last without a word (RFC 8259, 4)."""
    tree = dict(pairs)
    if len(tree) < len(pairs):
        twice = next(key for number, (key, _value) in enumerate(pairs) if key in dict(pairs[:number]))
        raise SchemaFileError(f"has the key {show(twice)} twice in one mapping")
    return tree


def _refuse_constant(constant: str) -> JSON:
    raise SchemaFileError(f"holds {constant}, which is no number of JSON")


def read_schema(path: str, shown: str | None = None) -> Tree:
    """A schema from a JSON file, called `shown` in sentences; they name the place of what cannot be read."""
    shown = shown or path
    try:
        schema = json.loads(
            Path(path).read_text(encoding="utf-8-sig"), object_pairs_hook=_unique_keys, parse_constant=_refuse_constant
        )
    except OSError as unreadable:
        raise SchemaFileError(f"{shown} cannot be read: {unreadable.strerror}") from unreadable
    except UnicodeDecodeError as undecodable:
        raise SchemaFileError(f"{shown} is not UTF-8 text") from undecodable
    except json.JSONDecodeError as broken:
        cure = "; YAML can stand in email_policies itself" if path.endswith((".yml", ".yaml")) else ""
        raise SchemaFileError(
            f"{shown}:{broken.lineno}:{broken.colno}: is not JSON: {broken.msg}{cure}", (broken.lineno, broken.colno)
        ) from broken
    except SchemaFileError as odd:
        raise SchemaFileError(f"{shown}: {odd}") from None
    except RecursionError:
        raise SchemaFileError(f"{shown}: is nested too deeply") from None
    except ValueError:
        # Python's own limit for integers, or a path that no system takes.
        raise SchemaFileError(f"{shown}: holds a number with too many digits, or its name is no path") from None
    if not isinstance(schema, dict):
        raise SchemaFileError(f"{shown}: a schema is a mapping")
    if _is_deeper(schema, _MOST_LEVELS):
        raise SchemaFileError(f"{shown}: is nested too deeply")
    return schema


# How deep a schema may be: no rule needs more, and what walks through it calls itself for each level.
_MOST_LEVELS = 100


def _is_deeper(tree: JSON, levels: int) -> bool:
    """Whether a tree has more levels; counted without a call for each, for some Pythons read thousands of them."""
    level: list[JSON] = [tree]
    for _level in range(levels):
        level = [below for node in level for below in _below(node)]
        if not level:
            return False
    return True


def _below(node: JSON) -> Iterable[JSON]:
    if isinstance(node, Mapping):
        return node.values()
    return node if isinstance(node, list) else ()


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
    """The schema of `email_settings`, compiled once for all hosts (forks share it)."""
    return _SETTINGS


def leaf_schema(leaf: str) -> Schema:
    """The schema of one setting, such as smtp.port."""
    schema = cast("Tree", _SETTINGS.validator.schema)
    for step in leaf.split("."):
        schema = cast("Tree", cast("Tree", schema["properties"])[step])
    return _SETTINGS.part(schema)


def targets_schema() -> Schema:
    """The schema of `email_targets`."""
    return _TARGETS


def _inlined(schema: JSON) -> JSON:
    """The spec's schema as it is judged by: each `$ref` resolved once, and nothing in it that can refuse nothing."""
    if isinstance(schema, Mapping):
        whole = resolve(schema) if isinstance(schema.get("$ref"), str) else schema
        return {key: _inlined(value) for key, value in whole.items() if key != "$defs"}
    if isinstance(schema, list):
        return [_inlined(value) for value in schema if _can_refuse(value)]
    return schema


def _can_refuse(schema: JSON) -> bool:
    """Whether any value breaks this: a branch that only says which port is the default takes time for nothing."""
    if not isinstance(schema, Mapping):
        return True
    if "if" in schema:
        return _can_refuse(schema.get("then", {})) or _can_refuse(schema.get("else", {}))
    judging = {key: value for key, value in schema.items() if key not in ("default", "description", "title")}
    if set(judging) == {"properties"}:
        return any(_can_refuse(value) for value in cast("Tree", judging["properties"]).values())
    return bool(judging)


if MISSING_LIBRARY is None:
    _SETTINGS = compile_schema(cast("Tree", _inlined(SCHEMA)), SCHEMA_FILE.name, trusted=True)
    _TARGETS = compile_schema(read_schema(str(TARGETS_FILE)), TARGETS_FILE.name, trusted=True)


def below(path: Steps, prefix: Steps) -> bool:
    """Whether a path is the prefix or lies below it."""
    return path[: len(prefix)] == prefix
