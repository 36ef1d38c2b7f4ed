# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The difference between a file and what replaces it, shown without a secret.

The secrets of the new content are known from its masked form. Those of the old content are not, so an old line is
shown only where there is a reason to show it; everything else is a mask.
"""

from __future__ import annotations

import re

from ansible_collections.appmail.settings.plugins.module_utils._secrets.file_secrets import (
    is_sensitive,
    masked_lines,
    words,
)
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import MASK

CHANGED = " (changed)"

# Words that say nothing about whose value they are, so that a line which begins with one of them proves nothing.
_NAMELESS = frozenset(["value", "val", "data", "content", "string", "text", "default"])
# Words that carry the name of the setting behind them: `set from=...`, `define MAX 3`.
_LEADERS = frozenset(["set", "define", "export", "option", "env", "setenv", "add", "let", "my", "var", "const"])
# Words that are values of mail settings, and never a secret.
_PLAIN_WORDS = frozenset(
    ["yes", "no", "on", "off", "true", "false", "none", "null", "localhost", "http", "https"]
).union(["smtp", "smtps", "imap", "imaps", "tls", "ssl", "starttls", "encrypt", "may", "never", "secure", "plain"])
_PLAIN_VALUE = re.compile(r"[0-9]+[a-z%]?|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|/[\w./-]*")
_ONE_VALUE = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^\s\"',;:|()\[\]{}]+)[;,]?")
_LINE = re.compile(
    r"(?:-\s+)*"  # an item of a YAML list
    r"(?P<key>[^=:\s]+(?:\s+[^=:\s]+)?\s*(?=[=:])|[^=:\s]+)"  # up to two words before a separator, else one
    r"\s*[=:]*>?\s*"
    r"(?P<value>.*)"
)


def file_diff(path: str, before: str | None, after: str, masked: str | None) -> dict[str, str]:
    """The diff entry of one file, or of one managed block, as Ansible prints it.

    `before` is None where there was nothing; `masked` is `after` with its secrets masked, None if it has none. A
    secret that changed is marked, for two masks look alike. The keys are those that Ansible's callbacks read:
    before, after, before_header, after_header.
    """
    return {
        "before": "" if before is None else _shown_before(before, after, masked),
        "after": _shown_after(before, after, masked),
        "before_header": path,
        "after_header": path,
    }


def _shown_after(before: str | None, after: str, masked: str | None) -> str:
    old = None if before is None else frozenset(before.split("\n"))
    shown = []
    for line, mask in zip(after.split("\n"), masked_lines(after, masked)):
        if mask is None:
            shown.append(line)
        else:
            shown.append(mask if old is None or line in old else mask + CHANGED)
    return "\n".join(shown)


def _shown_before(before: str, after: str, masked: str | None) -> str:
    new = _NewLines(after, masked)
    shown: list[str] = []
    sensitive_depth: int | None = None
    for line in before.split("\n"):
        depth = len(line) - len(line.lstrip())
        if line.strip() and sensitive_depth is not None and depth <= sensitive_depth:
            sensitive_depth = None
        if sensitive_depth is None and is_sensitive(line):
            sensitive_depth = depth
        shown.append(new.show(line, nested=sensitive_depth is not None))
    return _printable("\n".join(shown))


class _NewLines:
    """What the new content already makes public, and so the measure for what may be shown of the old one."""

    def __init__(self, after: str, masked: str | None) -> None:
        pairs = list(zip(after.split("\n"), masked_lines(after, masked)))
        self._visible: frozenset[str] = frozenset(line for line, mask in pairs if mask is None)
        self._masks = {line: mask for line, mask in pairs if mask is not None}
        self._words = frozenset(word for line in self._visible for word in words(line))
        self._keys = frozenset(map(_key, self._visible)) - frozenset(map(_key, self._masks)) - _NAMELESS - {""}

    def show(self, line: str, *, nested: bool) -> str:
        """The old line as it may be shown: `nested` says that it is one that is sensitive, or belongs to one."""
        if not line.strip() or line in self._visible:
            return line
        # The same secret as before: shown as the new line is, so that it makes no difference.
        if line in self._masks:
            return self._masks[line]
        if not nested and _key(line) in self._keys and self._is_plain(_value(line)):
            return line
        return MASK

    def _is_plain(self, value: str) -> bool:
        # Of several values on one line, one could be a password with no word that says so.
        return _ONE_VALUE.fullmatch(value) is not None or all(self._is_plain_word(word) for word in words(value))

    def _is_plain_word(self, word: str) -> bool:
        return word in self._words or word.lower() in _PLAIN_WORDS or _PLAIN_VALUE.fullmatch(word) is not None


def _key(line: str) -> str:
    """What a line of configuration sets: the text before `=` or `:`, else its first word, or the first two."""
    match = _LINE.fullmatch(line.strip())
    if match is None or not re.search(r"\w", match.group("key")):
        return ""
    key = " ".join(match.group("key").split())
    return key + " " + match.group("value").split(" ")[0] if key in _LEADERS else key


def _value(line: str) -> str:
    match = _LINE.fullmatch(line.strip())
    return match.group("value").strip() if match else line


def _printable(text: str) -> str:
    # Bytes that are no UTF-8 came in as lone surrogates, which nothing can print.
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
