# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""How each format writes a value down, so that the application reads back that very value.

Every function is total: it gives text that reads back unchanged, or raises NotExpressible with the reason. None ever
cuts a value short or lets one end its own field. All of them are filters in the templates, under their own names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


class NotExpressible(Exception):
    """A value that a format has no way to write down.

    `value` is the very value, for finding where it was written; it may be a secret and is never part of the text.
    """

    def __init__(self, value: object, reason: str) -> None:
        self.value = value
        self.reason = reason
        super().__init__(reason)


def yaml_scalar(value: object) -> str:
    """Any scalar in YAML 1.1 and 1.2: text always in double quotes, so that none is taken for a number or a truth."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return f'"{_yaml_escaped(str(value))}"'


# What may stand unescaped between double quotes: YAML 1.1 section 5.1, less the quote, the backslash, line breaks and
# the byte order mark.
_YAML_UNSAFE = re.compile("[^ !#-\\[\\]-~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def _yaml_escaped(text: str) -> str:
    return _YAML_UNSAFE.sub(lambda found: _yaml_escape(found[0]), unicode_text(text))


def _yaml_escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


def unicode_text(value: str) -> str:
    """The value itself, if it can be written to a file at all."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise NotExpressible(value, "it holds half a character (a lone surrogate), which no file can hold") from None
    return value


FILTERS: Mapping[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        yaml_scalar,
        unicode_text,
    )
}
