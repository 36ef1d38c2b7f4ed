# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Which values of a spec are secrets, and keeping them out of sentences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import Scrubber
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import nearest

from .paths import JSON, Steps, Tree, steps
from .settings import SECRET_LEAVES


@dataclass(frozen=True)
class Secrets:
    """What must never be shown: where secrets stand, and what they say.

    `paths` are the ways to secret settings; everything below one is secret too. `texts` are the secrets
    themselves, so that one that strayed into another setting is recognised there.
    """

    paths: frozenset[Steps] = frozenset()
    texts: frozenset[str] = frozenset()
    is_vaulted: Callable[[object], bool] = field(default=lambda _value: False)

    def hides(self, path: Steps, value: object) -> bool:
        """Whether the value at the path must not stand in a message."""
        if any(path[: len(secret)] == secret for secret in self.paths):
            return True
        text = str(value)
        return (
            self.is_vaulted(value)
            or any(secret in text for secret in self.texts)
            or scrubber(self.texts).hides_in(text)
        )

    def and_also(self, texts: Collection[str]) -> Secrets:
        """These secrets and some more texts."""
        return Secrets(self.paths, self.texts | frozenset(texts), self.is_vaulted)

    def clean(self, text: str) -> str:
        """The text with each known secret in it masked, in every spelling."""
        # A shorter one is kept out by `hides`; masking it here would only garble the sentence's own words.
        return scrubber(frozenset(secret for secret in self.texts if len(secret) >= 4))(text)


@lru_cache(maxsize=64)
def scrubber(texts: frozenset[str]) -> Scrubber:
    """What takes these secrets out of a text, made once for all texts."""
    return Scrubber(texts, parts=False)


def secrets_in(written: Tree, vaulted: Callable[[object], bool]) -> Secrets:
    """The secrets of a spec: at their places, under misspelt names of them, and wherever a vaulted value stands."""
    texts: set[str] = set()

    def collect(value: JSON, *, secret: bool) -> None:
        if isinstance(value, Mapping):
            for key, below_it in value.items():
                collect(below_it, secret=secret or names_a_secret(key))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for below_it in value:
                collect(below_it, secret=secret)
        elif value is not None and not isinstance(value, bool) and (secret or vaulted(value)):
            texts.add(str(value))

    collect(written, secret=False)
    return Secrets(frozenset(steps(leaf) for leaf in SECRET_LEAVES), frozenset(texts - {""}), vaulted)


@cache
def names_a_secret(key: str) -> bool:
    """Whether a key is the name of a secret, or a misspelt one."""
    return nearest(key, {leaf.rpartition(".")[2] for leaf in SECRET_LEAVES}) is not None
