# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Make ready what every host needs, in the one process that all hosts' processes are forked from.

Ansible loads an action's file before it forks for the hosts. What is read and compiled while the file is loaded is paid
for once in a run; what is made ready later is made again by each host.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache

from jinja2 import TemplateError

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import prepare_schemas
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.templates import prepare_templates
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import prepare_patterns, targets_schema
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import SCHEMA
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import (
    ExpressionError,
    prepare_expression,
    prepare_text,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.keys import Key
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import Expression, Url
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import Target
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetError

from .around_the_call import loading_what_is_kept

# The key above a text in a page of target.yml, and how such a text is made ready.
_READY: Mapping[str, Callable[[str], None]] = {
    "when": prepare_expression,
    "value": prepare_expression,
    "text": prepare_text,
    "result": prepare_text,
    "before": prepare_text,
    "steps": prepare_text,
    "items": prepare_text,
    "after": prepare_text,
}


@cache
def preload() -> None:
    """Compile the spec's schema and the collection's own targets: their templates, expressions and schemas."""
    with loading_what_is_kept():
        prepare_patterns(SCHEMA)
        prepare_patterns(targets_schema().validator.schema)
        # A secret's spellings are in this one, too; Python reads a codec's file when it is first asked for.
        codecs.lookup("utf-16-le")
        for app in target_names():
            # What is wrong with a target is said when it is used.
            with suppress(TargetError, ExpressionError, TemplateError):
                target = find_target(app)
                prepare_templates(target.at(None))
                prepare_schemas(target)
                _prepare_expressions(target)


def _prepare_expressions(target: Target) -> None:
    for rule in target.rules:
        prepare_expression(rule.when)
        prepare_text(rule.message)
    for expression in (*target.check.values(), *(file.when for file in target.files if file.when)):
        prepare_expression(expression)
    for key in (key for file in target.files for key in file.keys):
        _prepare_key(key)
    _prepare_page(target.page, "")


def _prepare_key(key: Key) -> None:
    if key.when is not None:
        prepare_expression(key.when)
    for source in (key.source, *(key.source.query.values() if isinstance(key.source, Url) else ())):
        if isinstance(source, Expression):
            prepare_expression(source.expression)


def _prepare_page(part: JSON, key: str) -> None:
    if isinstance(part, Mapping):
        for name, below in part.items():
            _prepare_page(below, name)
    elif isinstance(part, list):
        for below in part:
            _prepare_page(below, key)
    elif isinstance(part, str) and key in _READY:
        _READY[key](part)
