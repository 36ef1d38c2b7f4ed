# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a rendering depends on, and the same with other secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Home, is_vaulted
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get, put, scalars
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import (
    LEAF_SCHEMAS,
    LEAVES,
    SECRET_LEAVES,
    Spec,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion

from .admin_page import page_context
from .breaks import marked


@dataclass(frozen=True)
class Installation:
    """Where an application is installed, for the person who sets it up; "" where that is not known.

    `home_of_secret` says of a secret value where it is kept.
    """

    host: str = ""
    environment: str = ""
    home_of_secret: Callable[[object], Home | None] = field(default=lambda _value: None)


@dataclass(frozen=True)
class Inputs:
    """What a rendering depends on; secrets stand in `spec` and `options`."""

    at: TargetAtVersion
    spec: Spec
    options: Tree
    homes: Mapping[str, Home]
    paths: Mapping[str, str]
    waived: Sequence[str]
    installation: Installation = field(default_factory=Installation)

    @property
    def settings(self) -> Tree:
        """What takes effect."""
        return self.spec.effective

    def context(self) -> dict[str, object]:
        target = self.at.target
        context = self.at.context(self.spec, self.options)
        if self.at.kind == "admin_page":
            context.update(page_context(self.at, self.spec, self.options, self.homes, self.waived))
            context["installation"] = {"host": self.installation.host, "environment": self.installation.environment}
        described = {
            "app": target.app,
            "label": target.label,
            "kind": target.kind,
            "documentation": target.documentation,
        }
        names = {setting: home.variable for setting, home in self.homes.items()}
        return {**context, "target": described, "files": self.paths, "secret_names": names}

    def with_secrets(self, change: Callable[[JSON], JSON]) -> Inputs:
        """The same with each secret changed."""
        secret = self.at.target.secret_options
        return replace(
            self,
            spec=self._changed(lambda tree: _change_leaves(tree, change)),
            options={name: change(value) if name in secret else value for name, value in self.options.items()},
        )

    def with_vaulted(self, change: Callable[[JSON], JSON]) -> Inputs:
        """The same with everything changed that came out of a vault, secret or not."""
        return replace(
            self,
            spec=self._changed(lambda tree: _change_vaulted_leaves(tree, change)),
            options={name: _change_vaulted(value, change) for name, value in self.options.items()},
        )

    def with_marks(self) -> Inputs:
        """The same with a mark for each line break."""
        return replace(
            self,
            spec=self._changed(lambda tree: cast("Tree", marked(tree))),
            options=cast("Tree", marked(self.options)),
        )

    def _changed(self, change: Callable[[Tree], Tree]) -> Spec:
        return replace(self.spec, clean=change(self.spec.clean), effective=change(self.spec.effective))

    def have_secrets(self) -> bool:
        leaves = (get(self.settings, leaf) for leaf in SECRET_LEAVES)
        options = (self.options.get(name) for name in self.at.target.secret_options)
        return any(value is not None for value in (*leaves, *options))

    def have_vaulted(self) -> bool:
        """Whether anything came out of a vault that is not secret by its kind."""
        leaves = (get(self.settings, leaf) for leaf in LEAVES if _is_free(leaf))
        options = (value for name, value in self.options.items() if name not in self.at.target.secret_options)
        return any(is_vaulted(value) for part in (*leaves, *options) for value in scalars(part))


def _change_leaves(settings: Tree, change: Callable[[JSON], JSON]) -> Tree:
    for leaf in sorted(SECRET_LEAVES):
        if get(settings, leaf) is not None:
            settings = put(settings, leaf, change(get(settings, leaf)))
    return settings


def _is_free(leaf: str) -> bool:
    """Whether a leaf is no secret by its kind and takes more than a few words, each of which anyone knows."""
    return leaf not in SECRET_LEAVES and "enum" not in LEAF_SCHEMAS[leaf]


def _change_vaulted_leaves(settings: Tree, change: Callable[[JSON], JSON]) -> Tree:
    for leaf in filter(_is_free, LEAVES):
        value = get(settings, leaf)
        if any(map(is_vaulted, scalars(value))):
            settings = put(settings, leaf, _change_vaulted(value, change))
    return settings


def _change_vaulted(value: JSON, change: Callable[[JSON], JSON]) -> JSON:
    """The value with each vaulted part of it changed."""
    if isinstance(value, Mapping):
        return {key: _change_vaulted(below, change) for key, below in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_change_vaulted(below, change) for below in value]
    return change(value) if is_vaulted(value) else value
