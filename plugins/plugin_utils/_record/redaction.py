# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The last look at a record: what is a secret on one host stands nowhere in it, in no form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import TypeVar, cast

from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import MASK
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES

T = TypeVar("T")
# A shorter one would garble the record's own words; its own places are kept out of the record by their names.
SHORTEST = 4
# What users write freely: no part of a secret may stand there. Everything else is names, by which rows are told apart,
# and words of the record's own, which a secret may happen to share eight characters with.
_FREE = frozenset(
    {"value", "message", "reason", "setting", "path", "before", "after", "documentation", "subject", "trailers"}
)


class Redaction:
    """Takes the secrets of all hosts out of what users write, and whole ones out of names of files and variables."""

    def __init__(self, texts: Collection[str]) -> None:
        long = frozenset(text for text in texts if len(text) >= SHORTEST)
        self._secrets = Secrets(texts=long)
        self._cleaned = cache(self._secrets.clean)

    def clean(self, tree: T) -> T:
        """The tree without secrets; the tree itself where there are none."""
        return cast("T", self._rows(cast("JSON", tree))) if self._secrets.texts else tree

    def _rows(self, value: JSON) -> JSON:
        if isinstance(value, Mapping):
            return {key: self._field(key, below) for key, below in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._rows(below) for below in value]
        return value

    def _field(self, name: str, value: JSON) -> JSON:
        if name in _FREE:
            return value if value in LEAVES else self._free(value)
        if name in ("file", "variable") and isinstance(value, str):
            return MASK if any(text in value for text in self._secrets.texts) else value
        return self._rows(value)

    def _free(self, value: JSON) -> JSON:
        if isinstance(value, str):
            return self._cleaned(value)
        if isinstance(value, Mapping):
            return {self._cleaned(key): self._free(below) for key, below in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._free(below) for below in value]
        # A number can be a secret, too.
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return MASK if is_number and str(value) in self._secrets.texts else value
