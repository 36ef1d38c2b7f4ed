# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""YAML 1.1 and 1.2: mappings in mappings, the dots of a key being its way; or flat, a dot being a letter of the key."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import (
    Entry,
    Format,
    NotExpressible,
    Raw,
    unicode_text,
)

if TYPE_CHECKING:
    import yaml
from ansible_collections.appmail.settings.plugins.module_utils._formats.json_text import flattened, nested


def yaml_scalar(value: object) -> str:
    """Any scalar in YAML 1.1 and 1.2: text always in double quotes, so that none is taken for a number or a truth."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _yaml_float(value)
    if isinstance(value, int):
        return str(value)
    return f'"{_YAML_UNSAFE.sub(_yaml_escape, unicode_text(str(value)))}"'


def _yaml_float(value: float) -> str:
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"
    # YAML 1.1 takes a number for one only if there is a point in it.
    return re.sub(r"\A(-?[0-9]+)e", r"\1.0e", repr(value))


def yaml_block(value: object, indent: int = 0) -> str:
    """Any mapping or list in block style, each line indented; scalars as yaml_scalar writes them."""
    return "\n".join(f"{' ' * indent}{line}" for line in _yaml_lines(value, yaml_scalar))


def _yaml_lines(value: object, scalar: Callable[[object], str]) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, below in value.items():
            yield from _yaml_item(f"{_yaml_key(key)}:", below, scalar)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for below in value:
            lines = list(_yaml_lines(below, scalar))
            yield f"- {lines[0]}"
            yield from (f"  {line}" for line in lines[1:])
    else:
        yield _yaml_leaf(value, scalar)


def _yaml_item(key: str, value: object, scalar: Callable[[object], str]) -> Iterator[str]:
    if isinstance(value, (Mapping, Sequence)) and not isinstance(value, str) and value:
        yield key
        yield from (f"  {line}" for line in _yaml_lines(value, scalar))
    else:
        yield f"{key} {_yaml_leaf(value, scalar)}"


def _yaml_leaf(value: object, scalar: Callable[[object], str]) -> str:
    if isinstance(value, Mapping):
        return "{}"
    return "[]" if isinstance(value, Sequence) and not isinstance(value, str) else scalar(value)


_YAML_PLAIN_KEY = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z_][a-z0-9_]*\Z", re.IGNORECASE)


def _yaml_key(key: object) -> str:
    return key if isinstance(key, str) and _YAML_PLAIN_KEY.match(key) else yaml_scalar(key)


# What may stand unescaped between double quotes: YAML 1.1 section 5.1, less the quote, the backslash, line breaks and
# the byte order mark.
_YAML_UNSAFE = re.compile("[^ !#-\\[\\]-~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def _yaml_escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in '"\\':
        return f"\\{character}"
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


# ERB (Ruby's docs, class ERB) runs first and takes `<%` for code; written as an escape, YAML alone sees it.
def _erb_scalar(value: object) -> str:
    return value if isinstance(value, Raw) else yaml_scalar(value).replace("%", "\\x25")


def _jcasc_scalar(value: object) -> str:
    """Jenkins' Configuration as Code, Passing secrets through variables: `${name}` stands for what a source knows."""
    if not isinstance(value, Raw) and "${" in str(value):
        raise NotExpressible(value, "it holds ${, in whose place Configuration as Code puts another value")
    return yaml_scalar(value)


def _plain_scalar(value: object) -> str:
    return value if isinstance(value, Raw) else yaml_scalar(value)


def _dialect(
    scalar: Callable[[object], str], *, flat: bool = False, read: Callable[[str], list[Entry]] | None = None
) -> Format:
    def write(entries: list[Entry]) -> str:
        tree: Mapping[str, object] = dict(entries) if flat else nested(entries)
        return "".join(f"{line}\n" for line in _yaml_lines(tree, scalar)) if tree else ""

    return Format(write, read or (_read_flat if flat else _read))


def parsed(text: str, *, numbers_as_written: bool = False) -> object:
    """What a text of YAML holds, as libyaml reads it; raises YAMLError, and RecursionError where it is too deep.

    Of a number that is not written in the usual way it may be what is written, for text may be wanted there.
    """
    import yaml

    def number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
        value = loader.construct_yaml_int(node)
        return value if str(value) == node.value else node.value

    def load(base: type[yaml.SafeLoader]) -> object:
        loader: type[yaml.SafeLoader] = type("_Loader", (base,), {})
        if numbers_as_written:
            loader.add_constructor("tag:yaml.org,2002:int", number)
        return yaml.load(text, Loader=loader)  # noqa: S506 - derived from a safe one

    try:
        _check_depth(text)
        return load(getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        # The other one knows better where a fault is.
        return load(yaml.SafeLoader)


def composed(text: str) -> yaml.Node | None:
    """The nodes of a text of YAML, each with its place; raises as `parsed` does."""
    import yaml

    _check_depth(text)
    return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


# Nobody writes settings that stand deeper in one another; libyaml's own recursion ends the process.
_DEEPEST = 200


def _check_depth(text: str) -> None:
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise RecursionError("more stands in one another than any application has")


def _read(text: str) -> list[Entry]:
    return flattened(parsed(text))


def _read_as_written(text: str) -> list[Entry]:
    return flattened(parsed(text, numbers_as_written=True))


def _read_flat(text: str) -> list[Entry]:
    tree = parsed(text)
    return list(tree.items()) if isinstance(tree, dict) else []


DIALECTS = {
    "nested": _dialect(_plain_scalar),
    "flat": _dialect(_plain_scalar, flat=True),
    "erb": _dialect(_erb_scalar),
    "jcasc": _dialect(_jcasc_scalar),
    # Where Go asks for text it takes a number as it is written.
    "go": _dialect(_plain_scalar, read=_read_as_written),
}
