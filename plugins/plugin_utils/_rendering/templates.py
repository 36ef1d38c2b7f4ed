# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Jinja2's side of rendering: each template compiled once, and one rendered."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import jinja2
from jinja2.bccache import Bucket
from jinja2.runtime import Context

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import find_format
from ansible_collections.appmail.settings.plugins.plugin_utils._kept.store import STORE, maker
from ansible_collections.appmail.settings.plugins.plugin_utils._targets import expressions
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import TARGETS_FOLDER
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import ENVIRONMENT
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import FileTemplate, TargetAtVersion
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import MARKDOWN_FILTERS

from .breaks import putting_back
from .quoting import FILTERS

# Far more than any file of settings has.
MOST_CHARACTERS = 5_000_000


class RenderError(TargetError):
    """Files that cannot be rendered: one sentence that names the target, the file and what would be right."""


def prepare_templates(at: TargetAtVersion) -> None:
    """Compile the target's templates, and load its formats; both then are kept. Raises jinja2.TemplateError."""
    for file in at.files:
        if file.template is not None:
            environment_of(at.target.folder).get_template(file.template)
        if file.format is not None:
            find_format(file.format, file.dialect)


class _Reading(Context):
    """A template's variables, with the names of those that it read."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as jinja2 has them
        super().__init__(*arguments, **options)
        self.read: set[str] = set()

    def resolve_or_missing(self, key: str) -> Any:  # noqa: ANN401 - a variable may be anything
        self.read.add(key)
        return super().resolve_or_missing(key)

    def get_all(self) -> dict[str, Any]:
        """All variables: another template is given them, and may read any."""
        self.read.update(self.parent)
        return super().get_all()


@dataclass(frozen=True)
class Rendering:
    """A file's content, and the names of the variables that its template read."""

    content: str
    read: frozenset[str]


def render_files(
    files: Sequence[FileTemplate], at: TargetAtVersion, context: Mapping[str, object], *, marked: bool = False
) -> list[Rendering]:
    """Each file's content. `marked` says that marks stand for the line breaks of values in the context."""
    environment = marking_environment_of(at.target.folder) if marked else environment_of(at.target.folder)
    return [_render_one(environment, file, at, context) for file in files]


def _template(environment: jinja2.Environment, file: FileTemplate, at: TargetAtVersion) -> jinja2.Template:
    try:
        return environment.get_template(str(file.template))
    except jinja2.TemplateSyntaxError as error:
        raise RenderError(f"{at.app}: {error.filename or file.template}:{error.lineno}: {error.message}") from error
    except jinja2.TemplateNotFound as error:
        raise RenderError(f"{at.app}: {file.name}: there is no template {error.name}") from error


def _render_one(
    environment: jinja2.Environment, file: FileTemplate, at: TargetAtVersion, context: Mapping[str, object]
) -> Rendering:
    template = _template(environment, file, at)
    try:
        reading = cast("_Reading", template.new_context(dict(context)))
        content = "".join(template.root_render_func(reading))
        if len(content) > MOST_CHARACTERS:
            raise RenderError(f"{at.app}: {file.template}: gives more than {MOST_CHARACTERS} characters")
        return Rendering(content, frozenset(reading.read))
    except NotExpressible:
        raise
    except jinja2.TemplateNotFound as error:
        raise RenderError(f"{at.app}: {file.name}: there is no template {error.name}") from error
    except jinja2.TemplateSyntaxError as error:
        raise RenderError(f"{at.app}: {error.filename or file.template}:{error.lineno}: {error.message}") from error
    except jinja2.UndefinedError as error:
        place = f"{file.template}{_line_in(error, template)}"
        raise RenderError(f"{at.app}: {place}: {error.message}") from error
    except (ArithmeticError, LookupError, TypeError, ValueError, jinja2.TemplateError) as error:
        # The error's own text may hold a value, and a value may be a secret.
        place = f"{file.template}{_line_in(error, template)}"
        raise RenderError(f"{at.app}: {place}: failed with {type(error).__name__}") from None


def _line_in(error: BaseException, template: jinja2.Template) -> str:
    """`:LINE` of the template that an error came out of; empty if it came out of another one."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == template.filename and frame.lineno]
    return f":{template.get_corresponding_lineno(lines[-1])}" if lines else ""


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates by their file and text, so that one that targets share is compiled once."""

    def load_bytecode(self, bucket: Bucket) -> None:
        code = STORE.find(*self._made_of(bucket))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        STORE.keep(*self._made_of(bucket), made=bucket.bytecode_to_string())

    @staticmethod
    def _made_of(bucket: Bucket) -> tuple[str | bytes, ...]:
        return jinja2.__version__, maker(expressions.__file__), maker(__file__), bucket.key, bucket.checksum


_COMPILED = _Compiled()


@cache
def environment_of(folder: Path) -> jinja2.Environment:
    """One environment for each target, which keeps its templates ready; shared ones stand in the targets' folder."""
    loader = jinja2.FileSystemLoader([folder, TARGETS_FOLDER])
    environment = ENVIRONMENT.overlay(loader=loader, bytecode_cache=_COMPILED, trim_blocks=True, lstrip_blocks=True)
    environment.keep_trailing_newline = True  # overlay() takes it since Jinja2 3.1.2 only
    environment.filters = {**environment.filters, **FILTERS, **MARKDOWN_FILTERS}
    environment.context_class = _Reading
    return environment


@cache
def marking_environment_of(folder: Path) -> jinja2.Environment:
    """The same for values whose line breaks are marked: each filter of ours quotes them as they were."""
    environment = environment_of(folder).overlay()
    environment.keep_trailing_newline = True
    ours = {**FILTERS, **MARKDOWN_FILTERS}
    environment.filters = {**environment.filters, **{name: putting_back(quote) for name, quote in ours.items()}}
    environment.context_class = _Reading
    return environment
