# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Where a value was written, and whether it was vaulted.

The only file that touches ansible-core's tags. They are internal to ansible-core, so every import is guarded: without
them no place is known, and nothing else changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import yaml
from ansible.errors import AnsibleError, AnsibleValueOmittedError
from ansible.parsing.vault import VaultHelper, is_encrypted_file

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.bounds import power
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

from .template_failures import failure_sentence, vault_sentence

try:
    from ansible._internal._datatag._tags import Origin
except ImportError:  # an ansible-core that keeps its tags elsewhere: positions are unknown then
    Origin = None  # type: ignore[assignment, misc]
try:
    from ansible.module_utils._internal._datatag import AnsibleTagHelper
except ImportError:
    AnsibleTagHelper = None  # type: ignore[assignment, misc]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Place:
    """A place in a file, lines and columns from 1; or only a description, as for `-e` on the command line."""

    file: str | None
    line: int | None = None
    column: int | None = None
    description: str | None = None


@dataclass(frozen=True)
class Home:
    """Where a secret is kept: the variable, and the file that this is written in; None where that is not known."""

    variable: str
    file: str | None = None


def place_of(value: object) -> Place | None:
    """Where this very object was written; None where it bears no tag (true, false, null, computed values)."""
    origin = Origin.get_tag(value) if Origin is not None else None
    if origin is None or origin is Origin.UNKNOWN:
        return None
    return Place(
        file=str(origin.path) if origin.path else None,
        line=origin.line_num,
        column=origin.col_num,
        description=str(origin.description) if origin.description else None,
    )


def with_place_of(source: object, value: _T) -> _T:
    """The value as if it were written where the source was, and vaulted where that was."""
    return value if AnsibleTagHelper is None else AnsibleTagHelper.tag_copy(source, value)


@lru_cache(maxsize=256)
def _is_encrypted(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - the public helper takes an open file
            return bool(is_encrypted_file(file))
    except OSError:
        return False


def is_vaulted(value: object) -> bool:
    """Whether the value came out of a vault: a `!vault` scalar, or anything from an encrypted file."""
    if isinstance(value, str) and VaultHelper.get_ciphertext(value, with_tags=False):
        return True
    place = place_of(value)
    return place is not None and place.file is not None and _is_encrypted(place.file)


def is_literal(value: object) -> bool | None:
    """Whether the value stands in clear text in a file, where anyone who has the file reads it.

    False where it came out of a vault, or was put together by a template. None where that is not known: a value that a
    lookup found, one from the command line, or from a file that cannot be read.
    """
    if is_vaulted(value):
        return False
    place = place_of(value)
    text = None if place is None else _written_at(place)
    return None if text is None else not ("{{" in text or "{%" in text)


# Where ansible-runner, and with it AWX, hands over what a survey was answered (ansible-runner, env/extravars).
_RUNNERS_EXTRA_VARS = "extravars"


def cure_of_text(place: Place | None, jinja: str) -> str | None:
    """How a value that is text becomes a number or a boolean where it was written; None for YAML, without quotes.

    `jinja` is the filter that makes it one.
    """
    if place is None:
        return None
    if place.file is None:
        return "; -e key=value is always text: give JSON, such as -e '{\"key\": 1}'"
    if Path(place.file).name == _RUNNERS_EXTRA_VARS:
        return f"; a survey gives text: use it as {{{{ name | {jinja} }}}}"
    if place.line is not None and place.column is None:
        return f"; in an INI inventory a value is text: use it as {{{{ name | {jinja} }}}}"
    text = _written_at(place)
    return f"; end its template with | {jinja}" if text and "{{" in text else None


def _written_at(place: Place) -> str | None:
    """The scalar that begins at the place, as its file has it; in a file that has no columns, the whole line."""
    if place.file is None or place.line is None:
        return None
    try:
        changed = Path(place.file).stat().st_mtime_ns
        if place.column is None:
            return _lines(place.file, changed)[place.line - 1]
        return _scalars(place.file, changed).get((place.line, place.column))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, IndexError):
        return None


def line_from(place: Place) -> str:
    """What stands in the file from the place to the end of its line; empty where that cannot be read."""
    if place.file is None or place.line is None or place.column is None:
        return ""
    try:
        line = _lines(place.file, Path(place.file).stat().st_mtime_ns)[place.line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return ""
    return line[place.column - 1 :]


@lru_cache(maxsize=64)
def _lines(file: str, _changed: int) -> list[str]:
    return Path(file).read_text(encoding="utf-8").splitlines()


@lru_cache(maxsize=64)
def _scalars(file: str, _changed: int) -> dict[tuple[int, int], str]:
    """(line, column) -> text of every scalar of a YAML file, read once for each state of the file."""
    scalars: dict[tuple[int, int], str] = {}
    text = Path(file).read_text(encoding="utf-8")
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.ScalarEvent) and event.start_mark is not None:
            scalars[event.start_mark.line + 1, event.start_mark.column + 1] = event.value
    return scalars


def identity(value: object) -> Hashable:
    """What two values have in common that are equal and were written at the same places, whole trees included."""
    if isinstance(value, Mapping):
        inside = tuple((identity(key), identity(below)) for key, below in value.items())
        return ("mapping", inside, place_of(value))
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return ("list", tuple(map(identity, value)), place_of(value))
    return (type(value), value, place_of(value))


def resolver_of(templar: object) -> Callable[[object], object] | None:
    """What templates one value and stops at a mapping or a list: what is in it stays as it was written.

    `templar` is what Ansible hands an action, or a host's variables in `hostvars`. None where Ansible has it no more.
    """
    engine = getattr(templar, "_templar", templar)
    resolve: Callable[[object], object] | None = getattr(engine, "resolve_to_container", None)
    if resolve is not None:
        without_huge_powers(engine)
    return resolve


def with_all_hosts(variables: object, hostvars: object) -> None:
    """Let a host's variables use `hostvars` and `vars` in templates, as they may in a play: Ansible leaves both out."""
    engine = getattr(variables, "_templar", None)
    own = getattr(engine, "available_variables", None)
    if engine is not None and isinstance(own, Mapping):
        engine.available_variables = {**own, "vars": own, "hostvars": hostvars}


def without_huge_powers(templar: object) -> None:
    """Let a template fail for a power that would never end, in this process."""
    environment = getattr(getattr(templar, "_templar", templar), "environment", None)
    if environment is not None and hasattr(environment, "binop_table"):
        environment.intercepted_binops = frozenset({"**"})
        environment.binop_table = {**environment.binop_table, "**": power}


UNTEMPLATABLE = (AnsibleError,)
# Not a failure: the value is left out.
OMITTED = AnsibleValueOmittedError


# A template that is nothing but one expression: what it names is a name.
_ONE_EXPRESSION = re.compile(r"\s*\{\{[^{}]*\}\}\s*")
_NO_TEMPLATE = (
    "cannot be templated, and may be no template: a text with {{ or {% in it needs !unsafe before it, or in a vault"
    " {% raw %} around it"
)


def explain_failure(error: BaseException, *, of_secret: bool = False) -> tuple[str, Place | None]:
    """Why a variable has no value, and where that was written. Never in Ansible's words: they may quote the value.
    A sentence of the collection's own, as its lookups have them, never does. What stands in braces within a secret
    (`of_secret`) is a part of it.
    """
    causes = list(_causes(error))
    place = next((origin for origin in map(place_of, _objects(causes)) if origin is not None), None)
    names = [type(cause).__name__ for cause in causes]
    if any("Vault" in name or "Decrypt" in name for name in names):
        return vault_sentence(causes, next(filter(None, map(_header_of, _objects(causes))), "")), place
    own = next((str(cause) for cause in causes if isinstance(cause, SentenceError)), None) or _limit_of(causes)
    if own is not None:
        return f"cannot be templated: {own}", place
    source = next(filter(None, map(_template_of, causes)), None)
    if source is not None and (is_vaulted(source) or (of_secret and not _ONE_EXPRESSION.fullmatch(str(source)))):
        return _NO_TEMPLATE, place
    return failure_sentence(causes, "" if source is None else str(source)), place


def _header_of(value: object) -> str:
    """The first line of what ansible-vault wrote, which says for which password; empty where there is none."""
    text = VaultHelper.get_ciphertext(value, with_tags=False) if value is not None else None
    return str(text).strip().partition("\n")[0] if text else ""


def _template_of(cause: BaseException) -> object | None:
    """The template that failed, as it was written."""
    marker = getattr(cause, "source", None)
    return None if marker is None else getattr(marker, "_marker_template_source", None)


def _limit_of(causes: Sequence[BaseException]) -> str | None:
    """Which limit a template ran into."""
    if any(isinstance(cause, MemoryError) for cause in causes):
        return "it takes too much memory"
    if any(isinstance(cause, RecursionError) for cause in causes):
        return "it leads back to itself"
    return None


def _objects(causes: Sequence[BaseException]) -> Iterator[object]:
    """What Ansible says that an error and its causes are about: the template that failed, else what it stands in."""
    yield from map(_template_of, causes)
    yield from (getattr(cause, "obj", None) for cause in reversed(causes))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what caused it and what it was raised in the midst of, each once: some lead back to themselves."""
    seen: dict[int, BaseException] = {}
    further: list[BaseException | None] = [error]
    while further:
        cause = further.pop(0)
        if cause is not None and id(cause) not in seen:
            seen[id(cause)] = cause
            yield cause
            further += [cause.__cause__, cause.__context__]


# Variables that repeat what stands elsewhere, or belong to Ansible itself.
NOT_A_HOME = frozenset({"hostvars", "vars", "groups", "ansible_facts", "environment"})


def variable_at(place: Place, variables: Mapping[str, object]) -> str | None:
    """The name of the variable whose value was written at the place, such as `vault_smtp_password`.

    Nested variables are named with dots. None where no variable was written there.
    """
    for name, value in variables.items():
        if name in NOT_A_HOME or name.startswith("ansible_"):
            continue
        for variable, below in _walk(name, value):
            if place_of(below) == place:
                return variable
    return None


def _walk(name: str, value: object) -> Iterator[tuple[str, object]]:
    """Every scalar below a variable, with its dotted name."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _walk(f"{name}.{key}", below)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for index, below in enumerate(value):
            yield from _walk(f"{name}[{index}]", below)
    else:
        yield name, value
