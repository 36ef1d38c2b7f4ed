# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every leaf of the spec with values that differ, and around it a spec that a target takes.

A target's own spec lies in `tests/specs/targets`. Where a leaf counts only if another one is left out or set,
`tests/specs/walk` says so, leaf by leaf.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.walk import CONTEXTS, VALUES, values
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put, steps, without
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Layers
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion

__all__ = ["CONTEXTS", "VALUES", "values"]

SPECS = Path(__file__).parent / "specs"


@cache
def spec_around(app: str, leaf: str) -> Tree:
    """The target's own spec with what the leaf needs, and without the leaf where that is possible."""
    needed = [tree for name, tree in CONTEXTS.items() if leaf == name or leaf.startswith(f"{name}.")]
    spec: Tree = Layers((*needed, own_spec(app))).merged()
    for name, value in own_changes(app).get(leaf, {}).items():
        spec = without(spec, steps(name)) if value is None else put(spec, name, value)
    return spec


def beside(at: TargetAtVersion) -> list[JSON]:
    """The further entries of `email_targets` that a target needs: a sendmail, where it hands its mail to the host's."""
    return [{"app": "msmtp"}] if any(coverage.handed_on for coverage in at.coverage.values()) else []


def own_spec(app: str) -> Tree:
    spec: Tree = yaml.safe_load((SPECS / "targets" / f"{app}.yml").read_text(encoding="utf-8"))
    return spec


@cache
def own_changes(app: str) -> dict[str, dict[str, JSON]]:
    file = SPECS / "walk" / f"{app}.yml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
