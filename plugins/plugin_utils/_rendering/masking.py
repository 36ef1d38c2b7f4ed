# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Where secrets stand in what was rendered: what changes with them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import MASK
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import ExpressionError
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import FileTemplate
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetError

from .inputs import Inputs
from .templates import Rendering, render_files

# Two secrets, and two numbers, that have no character in common at any place.
_SENTINELS = ("a" * 16, "z" * 16)
_SENTINEL_NUMBERS = dict(zip(_SENTINELS, (1111, 9999), strict=True))


def masked_contents(
    files: Sequence[FileTemplate],
    rendered: Sequence[Rendering],
    inputs: Inputs,
    context: Mapping[str, object],
    *,
    vaulted: bool = False,
) -> list[str | None]:
    """Each content with its secrets masked, and on demand all that is `vaulted`: what changes with them is secret."""
    try:
        others = [_sentinels(inputs, text, vaulted=vaulted).context() for text in _SENTINELS]
        # What reads the same renders the same: only the others are rendered again.
        depending = [
            file
            for file, rendering in zip(files, rendered, strict=True)
            if any(context.get(name) != other.get(name) for name in rendering.read for other in others)
        ]
        low, high = (
            {
                file.name: rendering.content
                for file, rendering in zip(depending, render_files(depending, inputs.at, other), strict=True)
            }
            for other in others
        )
    except (TargetError, ExpressionError, NotExpressible):
        # A template may want a value of a form that a sentinel has not: where secrets stand is not known then.
        return [_all_masked(rendering.content) for rendering in rendered]
    return [
        mask(rendering.content, low[file.name], high[file.name]) if file.name in low else None
        for file, rendering in zip(files, rendered, strict=True)
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
    if len({len(content_lines) for content_lines in lines}) != 1:
        return _all_masked(content)
    return "\n".join(_mask_line(*three) for three in zip(*lines, strict=True))


def _mask_line(content: str, low: str, high: str) -> str:
    if low != high:
        before = _common_beginning(low, high)
        after = _common_beginning(low[len(before) :][::-1], high[len(before) :][::-1])[::-1]
        return f"{before}{MASK}{after}"
    return content if content == low else MASK


def _common_beginning(text: str, other: str) -> str:
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False))
    return "".join(character for character, _other in same)


def _sentinels(inputs: Inputs, text: str, *, vaulted: bool) -> Inputs:
    changed = inputs.with_secrets(lambda secret: _replaced(secret, text))
    return changed.with_vaulted(lambda value: _resembling(value, text)) if vaulted else changed


def _resembling(value: JSON, text: str) -> JSON:
    """A sentinel in the form of the value: an address stays one, for a format may hold nothing else there."""
    return re.sub(r"\w", text[0], value) if isinstance(value, str) else _replaced(value, text)


def _replaced(secret: JSON, text: str) -> JSON:
    """Every text and number in a secret replaced; its shape stays, and so do the names of its parts."""
    if isinstance(secret, Mapping):
        return {key: value if key == "name" else _replaced(value, text) for key, value in secret.items()}
    if isinstance(secret, (list, tuple)):
        return [_replaced(value, text) for value in secret]
    if secret is None or isinstance(secret, bool):
        return secret
    return text if isinstance(secret, str) else _SENTINEL_NUMBERS[text]
