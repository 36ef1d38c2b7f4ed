# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The names in templates and expressions: each variable, setting, option, filter and test that there is not, at once.

Rendering would meet the first of them only, and only where the settings lead there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import jinja2
from jinja2 import meta, nodes

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import did_you_mean

# What templates see, and the expressions of a file and its keys.
VARIABLES: Mapping[str, str] = {
    "settings": "the settings as they take effect in this target: its own laid over the common ones, defaults filled"
    " in, what it accepts replaced by the nearest that it can express; what is not set is none",
    "written": "the settings as they were written, without defaults",
    "options": "this target's options, defaults filled in; one without a default that is not set is none",
    "version": "the application's version, such as `0.31`; none where the target describes none",
    "files": "by its name, the path of each file of this target on the host",
    "target": "`app`, `label`, `kind` and `documentation` of this target",
    "secret_names": "by its name, such as `smtp.auth.password` or `options.token`, the variable of a secret",
}
# What the rules see.
RULE_VARIABLES = ("settings", "written", "options", "version")
# Methods of what is a mapping.
_METHODS = ("items", "keys", "values", "get")

_SECTIONS = {".".join(leaf.split(".")[:length]) for leaf in LEAVES for length in range(1, leaf.count(".") + 1)}
_NAMES = {*LEAVES, *_SECTIONS}


class NameFault(NamedTuple):
    """A name that there is not: its line, the name itself, and the sentence."""

    line: int
    name: str
    message: str


def name_faults(
    tree: nodes.Template,
    environment: jinja2.Environment,
    variables: Collection[str] | None,
    options: Collection[str] | None,
) -> Iterator[NameFault]:
    """Every name that there is not. `variables` and `options` are those there are, None where that is not known."""
    for called in tree.find_all((nodes.Filter, nodes.Test)):
        kind = "filter" if isinstance(called, nodes.Filter) else "test"
        known = environment.filters if kind == "filter" else environment.tests
        if called.name not in known:
            near = did_you_mean(called.name, list(known))
            yield NameFault(called.lineno, called.name, f"No {kind} named '{called.name}'{near}")
            # Jinja looks for variables in what it can compile alone.
            called.name = next(iter(known), called.name)
    unknown = meta.find_undeclared_variables(tree) - {*(variables or ()), *environment.globals}
    for name in tree.find_all(nodes.Name) if variables is not None else ():
        if name.ctx == "load" and name.name in unknown:
            near = did_you_mean(name.name, variables or ())
            yield NameFault(name.lineno, name.name, f"there is no variable {name.name}{near}")
    for part in tree.find_all((nodes.Getattr, nodes.Getitem)):
        path = _path(part)
        if path is not None:
            yield from _path_faults(part.lineno, path, options)


def _path(node: nodes.Node) -> list[str] | None:
    """`["settings", "smtp", "host"]` of `settings.smtp.host` or `settings["smtp"].host`; None of what is computed."""
    if isinstance(node, nodes.Name):
        return [node.name]
    if isinstance(node, nodes.Getattr):
        above, step = _path(node.node), node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        above, step = _path(node.node), node.arg.value
    else:
        return None
    return None if above is None else [*above, step]


def _path_faults(line: int, path: list[str], options: Collection[str] | None) -> Iterator[NameFault]:
    root, *steps = path
    if root in ("settings", "written"):
        above, name = ".".join(steps[:-1]), steps[-1]
        siblings = [known.rpartition(".")[2] for known in _NAMES if known.rpartition(".")[0] == above]
        # Of what is no section the last step is a method; what is wrong above is told by itself.
        if (above in _SECTIONS or not above) and name not in siblings and name not in _METHODS:
            yield NameFault(line, name, f"{'.'.join(steps)} is not a setting{did_you_mean(name, siblings)}")
    elif root == "options" and options is not None and len(steps) == 1 and steps[0] not in (*options, *_METHODS):
        yield NameFault(line, steps[0], f"there is no option {steps[0]}{did_you_mean(steps[0], options)}")
