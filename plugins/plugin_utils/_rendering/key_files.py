# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Files that are a table of keys in a format: written, and the same with its secrets masked by where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import (
    Entry,
    Format,
    NotExpressible,
    Value,
)
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import MASK
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.kubernetes import CONFIG_MAP, SECRET
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import find_format
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import is_vaulted
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, get, scalars
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import SECRET_LEAVES
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.deployment import is_secret
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import holds
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.keys import Key, name_with
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import Source, options_of
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import FileTemplate

from .inputs import Inputs

NOTE = "Written by appmail.settings; changes here are overwritten."
# A key and what it holds.
Pair = tuple[Key, JSON]


def format_of(file: FileTemplate) -> Format:
    """The format of a file with keys."""
    return find_format(str(file.format), file.dialect)


def render_keys(file: FileTemplate, inputs: Inputs, context: Mapping[str, object]) -> tuple[str, str | None]:
    """The file's content, and the same with each secret masked, None where none stands in it.

    Raises NotExpressible with the value of the setting that the format cannot hold, or ExpressionError.
    """
    pairs = _pairs(file.keys, inputs, context)
    content = _text(file, pairs, inputs)
    hidden = [_hidden(key.source, inputs) for key, _value in pairs]
    if not any(hidden):
        return content, None
    shown = inputs.with_secrets(lambda _secret: MASK).context()
    masked = [
        (key, _masked(key, value, inputs, shown) if is_hidden else value)
        for (key, value), is_hidden in zip(pairs, hidden, strict=True)
    ]
    return content, _text(file, masked, inputs)


def manifest(file: FileTemplate, contents: Mapping[str, tuple[str, str | None]]) -> tuple[str, str | None]:
    """The text of a file that holds others as a whole, and the same masked. Raises NotExpressible."""
    form, note = format_of(file), f"# {NOTE}\n"
    held = {part.name: contents[part.name] for part in file.parts if part.name in contents}
    kinds = {name: CONFIG_MAP if masked is None else SECRET for name, (_content, masked) in held.items()}
    written = [(f"{kinds[name]}.{name}", content) for name, (content, _masked) in held.items()]
    shown = [
        (f"{kinds[name]}.{name}", content if masked is None else masked) for name, (content, masked) in held.items()
    ]
    text, hidden = (note + form.write(list(entries)) for entries in (written, shown))
    return text, hidden if SECRET in kinds.values() else None


def has_secret(file: FileTemplate, inputs: Inputs) -> bool:
    """Whether a secret stands in the file, by its kind and not only because it came out of a vault."""
    secret = [key.source for key in file.keys if _secret(key.source, inputs)]
    leaves = {leaf for source in secret for leaf in source.leaves}
    options = {name for source in secret for name in options_of(source)}
    values = [get(inputs.settings, leaf) for leaf in leaves & SECRET_LEAVES]
    return any(value is not None for value in (*values, *(inputs.options.get(name) for name in options)))


def _pairs(keys: Sequence[Key], inputs: Inputs, context: Mapping[str, object]) -> list[Pair]:
    """The keys that are written, each with what it holds; one without a value is left out."""
    pairs = []
    for key in keys:
        if holds(key.when, context):
            try:
                pairs.append((_named(key, inputs), key.source.value(context)))
            except NotExpressible as error:
                raise _placed(error, key.source, inputs) from None
    return [(key, value) for key, value in pairs if value is not None]


def _named(key: Key, inputs: Inputs) -> Key:
    """The key with the settings that stand in its name."""
    return replace(key, name=name_with(key.name, inputs.settings)) if "{" in key.name else key


def _text(file: FileTemplate, pairs: Sequence[Pair], inputs: Inputs) -> str:
    form = format_of(file)
    entries = _written(form, pairs, inputs)
    # What stands in a file of others is opened already.
    if file.block is not None or file.own_keys is not None:
        return f"{entries}{file.after}"
    note = f"{form.comment} {NOTE}\n" if form.comment else ""
    return f"{form.before}{note}{entries}{file.after}"


def _written(form: Format, pairs: Sequence[Pair], inputs: Inputs) -> str:
    """The entries as text; where they cannot be written each is tried alone, so that the one at fault is told."""
    entries: list[Entry] = [(key.name, cast(Value, value)) for key, value in pairs]
    try:
        return form.write(entries)
    except NotExpressible as error:
        for (key, _value), entry in zip(pairs, entries, strict=True):
            _try_alone(form, entry, key.source, inputs)
        raise error from None


def _try_alone(form: Format, entry: Entry, source: Source, inputs: Inputs) -> None:
    try:
        form.write([entry])
    except NotExpressible as error:
        raise _placed(error, source, inputs) from None


def _placed(error: NotExpressible, source: Source, inputs: Inputs) -> NotExpressible:
    """The same with the value of one setting, by which its place in the spec is found."""
    values = [get(inputs.settings, leaf) for leaf in source.leaves]
    values += [inputs.options.get(name) for name in options_of(source)]
    alone = [value for value in values if value is not None and str(value) in str(error.value)]
    return NotExpressible(alone[-1] if alone else error.value, error.reason)


def _hidden(source: Source, inputs: Inputs) -> bool:
    return _secret(source, inputs) or _vaulted(source, inputs)


def _secret(source: Source, inputs: Inputs) -> bool:
    return is_secret(source, inputs.at.target)


def _vaulted(source: Source, inputs: Inputs) -> bool:
    """Whether anything in the value came out of a vault, secret by its kind or not."""
    values = [get(inputs.settings, leaf) for leaf in source.leaves if leaf not in SECRET_LEAVES]
    values += [inputs.options.get(name) for name in options_of(source)]
    return any(is_vaulted(part) for value in values for part in scalars(value))


def _masked(key: Key, value: JSON, inputs: Inputs, shown: Mapping[str, object]) -> JSON:
    """What is shown in a key's place: of a secret in a URL, say, the rest of the URL stays."""
    if _vaulted(key.source, inputs):
        return MASK
    if not _secret(key.source, inputs):
        return value
    try:
        return key.source.value(shown) or MASK
    except NotExpressible:
        return MASK
