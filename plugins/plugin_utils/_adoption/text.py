# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Variable files as people would write them: each value with the file and line that it came from, secrets vaulted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, cast

from ansible_collections.appmail.settings.plugins.plugin_utils._formats.yaml_text import yaml_scalar
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES

Node = dict[str, Any]


@dataclass(frozen=True)
class Noted:
    """A value with the place that it came from. A secret is known by its digest, and written as `vaulted`."""

    value: JSON
    place: str
    secret: bool = False
    digest: str = ""
    vaulted: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, host: str, _leaf: str, setting: Mapping[str, Any]) -> Noted:
        """A setting as the module returns it."""
        line = f":{setting['line']}" if setting["line"] else ""
        place = f"{host}: {setting['file']}{line}"
        if setting["secret"]:
            return cls(None, place, secret=True, digest=setting["digest"], vaulted=setting["vaulted"])
        return cls(setting["value"], place)

    @property
    def identity(self) -> tuple[str, JSON]:
        """What two values are compared by."""
        return (self.digest, None) if self.secret else ("", self.value)


class _HasSettings(Protocol):
    app: str
    settings: dict[str, Noted]
    options: dict[str, Noted]


class Written(NamedTuple):
    """An entry of `email_targets` as it is written: its keys, its own settings and its options."""

    keys: Mapping[str, JSON]
    settings: Mapping[str, Noted]
    options: Mapping[str, Noted]


@dataclass(frozen=True)
class Variable:
    """A variable for a secret, named by rule: vault_email_, and its application, and its setting."""

    name: str
    noted: Noted

    @classmethod
    def of(cls, settings: Mapping[str, Noted], entries: Sequence[_HasSettings]) -> dict[str, Variable]:
        """The variables of a file, by the digest of what is in them: equal secrets share one."""
        variables: dict[str, Variable] = {}
        scopes = [("", settings)]
        for entry in entries:
            scopes += [(f"{entry.app}_", entry.settings), (f"{entry.app}_", entry.options)]
        for prefix, scope in scopes:
            for leaf, noted in scope.items():
                if noted.secret and noted.digest not in variables:
                    variables[noted.digest] = cls(f"vault_email_{prefix}{leaf.replace('.', '_')}", noted)
        return variables


def variables_text(
    name: str,
    settings: Mapping[str, Noted] | None,
    entries: Sequence[Written],
    variables: Mapping[str, Variable],
    *,
    base: bool = False,
) -> str:
    """A file of variables: the settings under `name`, and the targets where there are any."""
    lines = ["---", "# Adopted by appmail.settings; each value has the file and line that it was found at."]
    if settings is not None:
        lines.append(f"{name}:")
        if base or not settings:
            lines.append("  schema_version: 1")
        lines += _tree_lines(_nested(settings), "  ", variables)
    if entries:
        lines += ["", "email_targets:"] if settings is not None else ["email_targets:"]
        for entry in entries:
            lines += _entry_lines(entry, variables)
    return "\n".join(lines) + "\n"


def vault_text(variables: Mapping[str, Variable]) -> str | None:
    """The file of the secrets, each encrypted by itself; None where there are none, or no vault."""
    lines = ["---"]
    for variable in variables.values():
        if variable.noted.vaulted is not None:
            lines.append(f"# {variable.noted.place}")
            lines.append(f"{variable.name}: !vault |")
            lines += [f"  {line}" for line in variable.noted.vaulted.strip().splitlines()]
    return "\n".join(lines) + "\n" if len(lines) > 1 else None


def _nested(settings: Mapping[str, Noted]) -> Node:
    tree: Node = {}
    for leaf in (leaf for leaf in LEAVES if leaf in settings):
        *above, last = leaf.split(".")
        node = tree
        for step in above:
            node = node.setdefault(step, {})
        node[last] = settings[leaf]
    return tree


def _tree_lines(tree: Node, indent: str, variables: Mapping[str, Variable]) -> Iterator[str]:
    for key, below in tree.items():
        if isinstance(below, Noted):
            yield from _leaf_lines(key, below, indent, variables)
        else:
            yield f"{indent}{key}:"
            yield from _tree_lines(below, f"{indent}  ", variables)


def _leaf_lines(key: str, noted: Noted, indent: str, variables: Mapping[str, Variable]) -> Iterator[str]:
    if noted.secret:
        variable = variables[noted.digest]
        written = yaml_scalar(f"{{{{ {variable.name} }}}}")
        todo = "" if noted.vaulted is not None else f"; set {variable.name} in a vault"
        yield f"{indent}{key}: {written}  # {noted.place}{todo}"
    elif isinstance(noted.value, list):
        yield f"{indent}{key}: [{', '.join(map(yaml_scalar, noted.value))}]  # {noted.place}"
    else:
        yield f"{indent}{key}: {_scalar(noted.value)}  # {noted.place}"


def _scalar(value: JSON) -> str:
    """Text that Jinja would read is kept from it."""
    if isinstance(value, str) and ("{{" in value or "{%" in value or "{#" in value):
        return f"!unsafe {yaml_scalar(value)}"
    return yaml_scalar(value)


def _option_lines(name: str, noted: Noted, variables: Mapping[str, Variable]) -> Iterator[str]:
    """An option, a secret one as JSON in the vault."""
    if noted.secret:
        variable = variables[noted.digest]
        todo = "" if noted.vaulted is not None else f"; set {variable.name} in a vault"
        written = yaml_scalar(f"{{{{ {variable.name} | from_json }}}}")
        yield f"      {name}: {written}  # {noted.place}{todo}"
    elif isinstance(noted.value, (Mapping, list)):
        yield f"      {name}:  # {noted.place}"
        yield from (f"        {line}" for line in _value_lines(noted.value))
    else:
        yield f"      {name}: {_scalar(noted.value)}  # {noted.place}"


def _value_lines(value: JSON) -> Iterator[str]:
    """A mapping or a list that is not empty, in block style."""
    items = [(f"{_key(key)}:", below) for key, below in value.items()] if isinstance(value, Mapping) else None
    for start, below in items if items is not None else (("-", below) for below in cast("Sequence[JSON]", value)):
        if not isinstance(below, (Mapping, list)):
            yield f"{start} {_scalar(below)}"
        elif not below:
            yield f"{start} {'[]' if isinstance(below, list) else '{}'}"
        elif items is not None:
            yield start
            yield from (f"  {line}" for line in _value_lines(below))
        else:
            first, *rest = _value_lines(below)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)


def _key(name: str) -> str:
    plain = re.fullmatch(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z][a-z0-9_]*", name)
    return name if plain else yaml_scalar(name)


def _entry_lines(entry: Written, variables: Mapping[str, Variable]) -> Iterator[str]:
    keys, own, options = entry
    first = "  - "
    for key, value in keys.items():
        if isinstance(value, Mapping):
            yield f"{first}{key}:"
            yield from (f"      {name}: {yaml_scalar(path)}" for name, path in value.items())
        else:
            yield f"{first}{key}: {yaml_scalar(value) if key != 'app' else value}"
        first = "    "
    if options:
        yield "    options:"
        for name, noted in options.items():
            yield from _option_lines(name, noted, variables)
    if own:
        yield "    settings:"
        yield from _tree_lines(_nested(own), "      ", variables)
