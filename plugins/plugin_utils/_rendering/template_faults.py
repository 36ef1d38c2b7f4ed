# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What is wrong in a target's templates, all at once: each fault at its line and column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import jinja2

from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetFault, faults_at
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.template_names import VARIABLES, name_faults

from .templates import environment_of


def template_faults(at: TargetAtVersion) -> list[TargetFault]:
    """The faults in the templates of a target whose target.yml is right."""
    target = at.target
    named = [file.template for file in at.files if file.template is not None]
    options = None if at.page else target.option_schemas
    known = None if options is None else frozenset(options)
    found = list(_faults_of(target.folder, tuple(named), known, _state(target.folder)))
    for index, file in enumerate(target.files):
        if file.template in named and not _is_there(target.folder, str(file.template)):
            path = ("files", index, "template")
            found += faults_at(target.folder / "target.yml", [(path, f"there is no template {file.template}")])
    return found


def _state(folder: Path) -> frozenset[tuple[str, int]]:
    """The templates of a folder, and when each changed last, in nanoseconds."""
    return frozenset((str(file), file.stat().st_mtime_ns) for file in folder.rglob("*.j2"))


@cache
def _faults_of(
    folder: Path, named: tuple[str, ...], options: frozenset[str] | None, _state: frozenset[tuple[str, int]]
) -> tuple[TargetFault, ...]:
    """Looked for once for each state of the templates: every host that has the target asks."""
    return tuple(_faults_in(folder, named, options))


def faults_beside(folder: Path) -> list[TargetFault]:
    """The faults in the templates beside a target.yml that is wrong itself, so that both are told at once."""
    return list(_faults_in(folder, [], None))


def _is_there(folder: Path, template: str) -> bool:
    try:
        environment_of(folder).get_template(template)
    except jinja2.TemplateNotFound as error:
        return error.name != template
    except jinja2.TemplateError:
        pass
    return True


def _faults_in(folder: Path, named: Collection[str], options: Collection[str] | None) -> Iterator[TargetFault]:
    """`named` are the templates that files are made of: others may be given more variables by what includes them."""
    environment = environment_of(folder)
    for file in sorted(folder.rglob("*.j2")):
        name = file.relative_to(folder).as_posix()
        try:
            source = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            yield TargetFault(str(file), 1, 1, "", "cannot be read as UTF-8 text")
            continue
        try:
            tree = environment.parse(source, name, str(file))
        except jinja2.TemplateSyntaxError as error:
            message = error.message or "cannot be compiled"
            yield TargetFault(str(file), error.lineno, _column(source, error.lineno, _named_in(message)), "", message)
            continue
        variables = tuple(VARIABLES) if name in named else None
        for fault in name_faults(tree, environment, variables, options):
            yield TargetFault(str(file), fault.line, _column(source, fault.line, fault.name), "", fault.message)


_QUOTED = re.compile(r"'([^']+)'")


def _named_in(message: str) -> str:
    """What a sentence of Jinja's names, which knows no column."""
    quoted = _QUOTED.search(message)
    return quoted.group(1) if quoted else ""


def _column(source: str, number: int, name: str) -> int:
    """Where a name stands in a line, from 1; that of a tag where it does not stand there."""
    line = next(iter(source.splitlines()[number - 1 : number]), "")
    word = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line) if name else None
    columns = [word.start()] if word else [line.find(tag) for tag in ("{%", "{{")]
    return next((column for column in columns if column >= 0), 0) + 1
