# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Values with a line break in templates: refused where one would begin a line of its own, and with it another setting.

Each break is replaced by a mark, and all is rendered again. Our own filters put the break back, so what they hold is
the same both times. Where lines are missing with the mark in their place, a break had gone out as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, scalars

# A letter of the private use area (Unicode, 23.5), which stands in no setting that means something.
_MARK = "\ue00a"
_BREAKS = ("\r\n", "\n", "\r")


def with_breaks(*trees: JSON) -> Iterator[str]:
    """The texts that have a line break in them."""
    yield from (text for tree in trees for text in scalars(tree) if isinstance(text, str) and _breaks(text))


def _breaks(text: str) -> bool:
    return "\n" in text or "\r" in text


def marked(value: JSON) -> JSON:
    """The value with a mark for each line break in it."""
    if isinstance(value, Mapping):
        return {key: marked(below) for key, below in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [marked(below) for below in value]
    if not isinstance(value, str) or not _breaks(value):
        return value
    for each in _BREAKS:
        value = value.replace(each, _MARK)
    return value


def putting_back(quote: Callable[..., str], breaks: str = "\n") -> Callable[..., str]:
    """A quoting filter that quotes a marked value as the value itself."""

    @wraps(quote)
    def quoted(*arguments: object, **named: object) -> str:
        whole = [each.replace(_MARK, breaks) if isinstance(each, str) else each for each in arguments]
        return quote(*whole, **named)

    return quoted


def require_held(content: str, marked_content: str, values: Sequence[str]) -> None:
    """Raise NotExpressible where a line break of one of the values has begun a line of its own."""
    if _MARK in marked_content and len(content.splitlines()) > len(marked_content.splitlines()):
        value = next((value for value in values if str(marked(value)) in marked_content), values[0])
        reason = "it holds a line break, and its template writes it without quoting: it would begin a line of its own"
        raise NotExpressible(value, reason)
