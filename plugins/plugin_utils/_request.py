# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From a task's arguments to a request, and from a judgement to a task's result: what the actions share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._findings import report
from ansible_collections.appmail.settings.plugins.plugin_utils._origins import place_of, variable_at
from ansible_collections.appmail.settings.plugins.plugin_utils._settings import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._validation import Judgement, Request

# These keep the places where they were written only as long as nobody copies or converts them, so they are taken out
# before Ansible checks a task's other arguments.
TAGGED_ARGUMENTS = ("settings", "base", "targets", "policies")


def split_arguments(arguments: Mapping[str, JSON]) -> tuple[dict[str, JSON], dict[str, JSON]]:
    """The arguments that must stay as they are, and the others."""
    tagged = {name: value for name, value in arguments.items() if name in TAGGED_ARGUMENTS}
    return tagged, {name: value for name, value in arguments.items() if name not in TAGGED_ARGUMENTS}


def read_request(
    tagged: Mapping[str, JSON], options: Mapping[str, JSON], variables: Mapping[str, object], root: str
) -> Request:
    """A request from a task's arguments. ``root`` is the playbook's folder, where relative paths start."""
    return Request(
        settings=tagged.get("settings"),
        base=tagged.get("base"),
        targets=tagged.get("targets"),
        target_paths=[str(Path(root, path)) for path in cast("Sequence[str]", options.get("target_paths") or ())],
        policies=cast("Sequence[JSON]", tagged.get("policies") or ()),
        groups=cast("Sequence[str]", variables.get("group_names") or ()),
        all_groups=tuple(cast("Mapping[str, object]", variables.get("groups") or {})),
        root=Path(root).resolve(),
        name_of_secret=_namer(variables),
    )


def _namer(variables: Mapping[str, object]) -> Callable[[object], str | None]:
    """Names the variable that a secret was written in, wherever templates led."""

    def name(value: object) -> str | None:
        place = place_of(value)
        return variable_at(place, variables) if place is not None else None

    return name


def result_of(judgement: Judgement) -> dict[str, JSON]:
    """What a task returns of a judgement. ``warnings`` are sentences: Ansible keeps that name for text."""
    return {
        "valid": judgement.valid,
        "msg": report(judgement.errors),
        "errors": [error.to_mapping() for error in judgement.errors],
        "warnings": judgement.warning_sentences(),
        "warning_details": [warning.to_mapping() for warning in judgement.warnings],
        "coverage": judgement.coverage,
        "changed": False,
    }
