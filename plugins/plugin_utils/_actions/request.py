# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From a task's arguments to a request, and from a judgement to a task's result: what the actions share."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import relative, report
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import (
    Judgement,
    MissingFolder,
    Request,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.waivers import register
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.inputs import Installation
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.admission import admit, from_text
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import environment_of
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Home, place_of, variable_at
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import not_an_option, show

from .untemplated import kept

# These keep the places where they were written only as long as nobody copies or converts them, so they are taken out
# before Ansible checks a task's other arguments.
TAGGED_ARGUMENTS = ("settings", "base", "targets", "policies")
# The variables that they usually are.
TAGGED_VARIABLES = ("email_settings", "email_settings_base", "email_targets", "email_policies")

# The role whose tasks are given an argument `x` as the variable `email_x`, but for these.
ROLE = "appmail.settings.email"
_OTHER_VARIABLES = {"base": "email_settings_base", "remember_reloads": "email_reload"}


class RequestError(SentenceError):
    """A task's arguments do not go together; the sentence says which and why."""


def unknown_options(
    given: Mapping[object, object], arguments: Mapping[str, object], module: str, prefix: str = ""
) -> Iterator[str]:
    """A sentence for each option that a module has not, be it inside another one. Ansible's own would list all it has.

    `arguments` is the module's argument spec.
    """
    for key, value in given.items():
        if key not in arguments:
            yield not_an_option(key, arguments, module, prefix)
            continue
        inside = cast("Mapping[str, object]", arguments[str(key)]).get("options")
        if isinstance(inside, Mapping) and isinstance(value, Mapping):
            yield from unknown_options(value, inside, module, f"{prefix}{key}.")


def variable_of(argument: str) -> str:
    """The variable that the role and the playbooks read an argument from."""
    return _OTHER_VARIABLES.get(argument, f"email_{argument}")


def answered(arguments: Mapping[str, JSON]) -> dict[str, JSON]:
    """The arguments less those that are empty text: so a survey hands over a question that nobody answered."""
    return {name: value for name, value in arguments.items() if value != ""}


def split_arguments(arguments: Mapping[str, JSON]) -> tuple[dict[str, JSON], dict[str, JSON]]:
    """The arguments that must stay as they are, and the others."""
    tagged = {name: value for name, value in arguments.items() if name in TAGGED_ARGUMENTS}
    return tagged, {name: value for name, value in arguments.items() if name not in TAGGED_ARGUMENTS}


def read_request(
    tagged: Mapping[str, JSON],
    options: Mapping[str, JSON],
    variables: Mapping[str, object],
    root: str,
    environment: str = "",
) -> Request:
    """A request from a task's arguments. `root` is the playbook's folder, where relative paths start.

    `environment` is the host's, where one is named for it. Raises RequestError.
    """
    groups = cast("list[str]", variables.get("group_names") or [])
    admitted = {name: kept(tagged.get(name)) or admit(tagged.get(name)) for name in TAGGED_ARGUMENTS}
    return Request(
        settings=admitted["settings"].value,
        base=admitted["base"].value,
        targets=admitted["targets"].value,
        oddities={name: each.oddities for name, each in admitted.items()},
        target_paths=target_folders(options.get("target_paths"), Path(root)),
        policies=listed(admitted["policies"].value),
        groups=groups,
        all_groups=tuple(cast("Mapping[str, object]", variables.get("groups") or {})),
        today=read_day(options.get("today")),
        waiver_warn_days=cast("int", options.get("waiver_warn_days") or 0),
        root=Path(root).resolve(),
        installation=Installation(
            host=str(variables.get("inventory_hostname", "")),
            environment=environment_of(groups, environment),
            home_of_secret=_finder(variables, Path(root).resolve()),
        ),
    )


def read_day(given: JSON) -> datetime.date:
    """The day that waivers are judged by: as given, else today. Raises RequestError."""
    if given is None:
        return datetime.datetime.now(tz=datetime.UTC).date()
    try:
        return datetime.date.fromisoformat(str(given))
    except ValueError as error:
        raise RequestError(f"today: {given} is no day such as 2026-12-31") from error


def target_folders(given: JSON, root: Path) -> list[str]:
    """Folders of targets; a relative path starts at the playbook's folder, else where the user stands."""
    paths = [str(path) for path in listed(given)]
    return [str(root / path) if (root / path).exists() else str(Path.cwd() / path) for path in paths]


def missing_folders(given: JSON, root: Path) -> list[MissingFolder]:
    """The folders of targets that are not there, each with where it was looked for."""
    written = listed(given)
    return [
        MissingFolder(index, _not_there(str(path), root.resolve()), place_of(path) or place_of(given))
        for (index, path), folder in zip(enumerate(written), target_folders(given, root), strict=True)
        if not Path(folder).expanduser().is_dir()
    ]


def _not_there(written: str, root: Path) -> str:
    if Path(written).expanduser().is_absolute():
        return f"there is no folder {show(written)}"
    standing = f", or where you stand, {Path.cwd()}" if Path.cwd() != root else ""
    return f"there is no folder {show(written)}: it starts at the playbook's folder, {root}{standing}"


def listed(given: JSON) -> Sequence[JSON]:
    """A list; of a text the parts between its commas, as Ansible makes a list of text."""
    read = cast("JSON", from_text(given))
    if isinstance(read, str):
        return [part.strip() for part in read.split(",") if part.strip()]
    return several(read)


def several(given: JSON) -> Sequence[JSON]:
    """A list as it was given; one entry alone stands for a list of it."""
    if isinstance(given, Sequence) and not isinstance(given, str):
        return given
    return [] if given is None else [given]


def _finder(variables: Mapping[str, object], root: Path) -> Callable[[object], Home | None]:
    """Finds the variable that a secret was written in, wherever templates led, and its file."""

    def find(value: object) -> Home | None:
        place = place_of(value)
        name = variable_at(place, variables) if place is not None else None
        if place is None or name is None:
            return None
        return Home(name, place.file and relative(place.file, root))

    return find


def result_of(judgement: Judgement) -> dict[str, JSON]:
    """What a task returns of a judgement. `warnings` are sentences: Ansible keeps that name for text."""
    return {
        "valid": judgement.valid,
        "msg": report(judgement.errors),
        "errors": [error.to_result() for error in judgement.errors],
        "warnings": judgement.warning_sentences(),
        "warning_details": [warning.to_result() for warning in judgement.warnings],
        **register(judgement.waivers),
        "coverage": judgement.coverage,
        "changed": False,
    }
