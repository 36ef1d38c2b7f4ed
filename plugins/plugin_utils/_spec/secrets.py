# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Which values of a spec are secrets, and keeping them out of sentences."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from urllib.parse import quote

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
        return self.is_vaulted(value) or any(form in text for secret in self.texts for form in forms_of(secret))

    def and_also(self, texts: Collection[str]) -> Secrets:
        """These secrets and some more texts."""
        return Secrets(self.paths, self.texts | frozenset(texts), self.is_vaulted)

    def clean(self, text: str) -> str:
        """The text with each known secret in it masked."""
        # A shorter one is kept out by `hides`; masking it here would only garble the sentence's own words.
        for secret in sorted((secret for secret in self.texts if len(secret) >= 4), key=len, reverse=True):
            text = _mask(secret).sub("********", text)
        return text


@lru_cache(maxsize=1024)
def forms_of(secret: str) -> frozenset[str]:
    """A secret as it is, and as others write it: percent-encoded, in JSON, and in base64 wherever it begins there."""
    return frozenset({secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1], *_in_base64(secret)})


def _in_base64(secret: str) -> Iterator[str]:
    """The characters that are the same whatever stands before and behind the secret, for each of three offsets."""
    if len(secret) >= 8:
        for before in range(3):
            encoded = base64.b64encode(b"\0" * before + secret.encode("utf-8", "surrogatepass")).decode()
            yield encoded[4 if before else 0 : -4]


@lru_cache(maxsize=1024)
def _mask(secret: str) -> re.Pattern[str]:
    """What to mask: each form of the secret; of base64 the whole word, for its ends hold parts of the secret too."""
    encoded = set(_in_base64(secret))
    plain = "|".join(re.escape(form) for form in sorted(forms_of(secret) - encoded, key=len, reverse=True))
    words = "".join(f"|[A-Za-z0-9+/]*{re.escape(form)}[A-Za-z0-9+/]*=*" for form in sorted(encoded))
    return re.compile(plain + words)


def secrets_in(written: Tree, vaulted: Callable[[object], bool]) -> Secrets:
    """The secrets of a spec: at their places, under misspelt names of them, and wherever a vaulted value stands."""
    texts: set[str] = set()

    def collect(value: JSON, *, secret: bool) -> None:
        if isinstance(value, Mapping):
            for key, below_it in value.items():
                collect(below_it, secret=secret or _names_a_secret(key))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for below_it in value:
                collect(below_it, secret=secret)
        elif value is not None and not isinstance(value, bool) and (secret or vaulted(value)):
            texts.add(str(value))

    collect(written, secret=False)
    return Secrets(frozenset(steps(leaf) for leaf in SECRET_LEAVES), frozenset(texts - {""}), vaulted)


@cache
def _names_a_secret(key: str) -> bool:
    """Whether a key is the name of a secret, or a misspelt one."""
    return nearest(key, {leaf.rpartition(".")[2] for leaf in SECRET_LEAVES}) is not None
