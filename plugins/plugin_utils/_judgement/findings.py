# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A finding: what is wrong, and the file, line and column that it is wrong at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import Literal, TypeAlias, TypedDict

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.admission import Oddity
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Place, cure_of_text, place_of
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.faults import UNQUOTED, Fault
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import (
    JSON,
    Steps,
    Tree,
    dotted,
    pointer,
    without,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES, Layers
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetFault
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import one_line
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted, shortened

# The words that a path may be made of before it comes to anybody's own.
_NAMES = {name for leaf in LEAVES for name in leaf.split(".")} | {
    *("", "email_settings", "email_settings_base", "email_targets", "email_target_paths", "email_policies"),
    *("app", "version", "as", "dest", "owner", "group", "mode", "settings", "options"),
    *("accept", "acknowledge", "waivers"),
}
_INDEX = re.compile(r"\[\d+\]\Z")


@dataclass(frozen=True)
class Finding:
    """One error or warning, in the shape that M(appmail.settings.validate) returns.

    `hosts` are those that it is for, where a whole inventory was judged. A warning that was `acknowledged` stays in the
    reports and is displayed no more. `written_in` is the file's full name, or
    None where the place is no file. `subject` and `left_open` are the fault's.
    """

    path: str
    pointer: str
    message: str
    rule: str
    target: str | None = None
    policy: str | None = None
    documentation: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hosts: tuple[str, ...] = ()
    written_in: str | None = field(default=None, repr=False)
    subject: str = field(default="", repr=False)
    left_open: str = field(default="", repr=False)
    acknowledged: bool = False

    def to_mapping(self) -> dict[str, JSON]:
        """The finding as plain data."""
        mapping = {**asdict(self), "hosts": list(self.hosts)}
        if not self.acknowledged:
            del mapping["acknowledged"]
        return {name: value for name, value in mapping.items() if name not in _NOT_SHOWN}

    def to_result(self) -> dict[str, JSON]:
        """The same for a task's result, which Ansible prints: nothing in it is what a terminal obeys."""
        mapping = self.to_mapping()
        return {name: one_line(value) if isinstance(value, str) else value for name, value in mapping.items()}

    def seen_from(self, folders: Sequence[Path]) -> Finding:
        """The finding with its file's name relative to the first of the folders that holds it."""
        return replace(self, file=relative_to_any(self.written_in, folders)) if self.written_in else self

    def sentence(self) -> str:
        """`group_vars/prod/email.yml:12:11: smtp.port: 70000 is greater than 65535`."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        origin = f"policy: {self.policy}" if self.policy else self.documentation
        source = f" ({origin})" if origin else ""
        hosts = f" [{shortened(self.hosts)}]" if self.hosts else ""
        return one_line(
            f"{place}: " * bool(place) + f"{self.path}: " * bool(self.path) + f"{self.message}{source}{hosts}"
        )


# What a finding knows for those who put it into words.
_NOT_SHOWN = ("written_in", "subject", "left_open")


def sort_key(finding: Finding) -> tuple[bool, str, int, int, str, str, str]:
    """By file, line and column; findings without a place come last."""
    return (
        finding.file is None,
        finding.file or "",
        finding.line or 0,
        finding.column or 0,
        finding.path,
        finding.target or "",
        finding.message,
    )


Severity: TypeAlias = Literal["error", "warning"]


class _Where(TypedDict):
    file: str | None
    line: int | None
    column: int | None
    written_in: str | None


@dataclass(frozen=True)
class Source:
    """What a finding is about: the objects that Ansible handed over, and the name that stands before a path in them.

    `prefix` is empty for the spec itself and, say, `("email_targets", 1)` for a list of targets.
    """

    layers: Layers
    prefix: Steps = ()


def place(source: Source, path: Steps, at: str) -> Place | None:
    """The most exact place that is known for a path: in the topmost layer that has it, else for what holds it.

    `at` is `value`, `key` or `missing` (see Fault). True, false and null bear no place, so their key's is
    taken; for a value that was computed, its container's.
    """
    for length in range(len(path), -1, -1):
        for layer in reversed(source.layers.layers):
            steps_down = _steps_down(layer, path[:length])
            if steps_down is None:
                continue
            nearest = next(_places(steps_down, "missing" if length < len(path) else at), None)
            if nearest is not None:
                return nearest
    return None


def _steps_down(layer: JSON, path: Steps) -> list[tuple[object, object]] | None:
    """(key, value) for each step from the layer itself to the end of the path, or None where the layer lacks it."""
    steps_down: list[tuple[object, object]] = [(None, layer)]
    value: object = layer
    for step in path:
        if isinstance(value, Mapping) and step in value:
            # The mapping's own key bears a tag; the step that equals it need not.
            key = next(key for key in value if key == step)
            value = value[step]
        elif isinstance(value, Sequence) and not isinstance(value, str) and isinstance(step, int) and step < len(value):
            key, value = step, value[step]
        else:
            return None
        steps_down.append((key, value))
    return steps_down


def _places(steps_down: list[tuple[object, object]], at: str) -> Iterator[Place]:
    for key, value in reversed(steps_down):
        order = (key, value) if at == "key" else (value, key)
        yield from (origin for origin in map(place_of, order) if origin is not None)


def finding(
    source: Source,
    fault: Fault,
    folders: Sequence[Path],
    *,
    target: str | None = None,
    policy: str | None = None,
    documentation: str | None = None,
) -> Finding:
    """A fault at its place. Its file's name is relative to the first of the folders that holds it."""
    origin = place(source, fault.path, fault.at)
    full = (*source.prefix, *fault.path)
    cure = cure_of_text(origin, fault.filter) if fault.filter else None
    return Finding(
        path=dotted(full) or "email_settings",
        pointer=pointer(full),
        message=fault.message if cure is None else fault.message.removesuffix(UNQUOTED) + cure,
        rule=fault.rule,
        target=target,
        policy=policy,
        documentation=documentation,
        subject=fault.subject,
        left_open=fault.left_open,
        **where(origin, folders),
    )


def where(origin: Place | None, folders: Sequence[Path]) -> _Where:
    """A place as a finding holds it."""
    if origin is None:
        return {"file": None, "line": None, "column": None, "written_in": None}
    file = relative_to_any(origin.file, folders) if origin.file else origin.description
    return {"file": file, "line": origin.line, "column": origin.column, "written_in": origin.file}


class Findings:
    """What was found so far. Every sentence is cleaned of the secrets that are known when it is added."""

    def __init__(
        self,
        root: Path,
        secrets: Secrets,
        shown_from: Sequence[Path] = (),
        homes: Mapping[Steps, Place] | None = None,
    ) -> None:
        self.root = root
        # Where the variable stands that a finding's path begins with, for values that bear no place.
        self.homes = homes or {}
        self.shown_from = tuple(shown_from) or (root, Path.cwd())
        self.secrets = secrets
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self._odd: set[Steps] = set()

    def knowing(self, secrets: Secrets) -> Findings:
        """The same findings for whoever knows more secrets, as of one target's own settings and options."""
        more = Findings(self.root, secrets, self.shown_from, self.homes)
        more.errors, more.warnings, more._odd = self.errors, self.warnings, self._odd
        return more

    def add(
        self,
        source: Source,
        faults: Sequence[Fault],
        *,
        severity: Severity = "error",
        target: str | None = None,
        policy: str | None = None,
        documentation: str | None = None,
        acknowledged: bool = False,
        otherwise: Place | None = None,
    ) -> None:
        """Add faults, each at its place, or at the place `otherwise`. `severity` is `error` or `warning`."""
        otherwise = otherwise or self.homes.get(source.prefix[:1])
        severe = self.warnings if severity == "warning" else self.errors
        for fault in faults:
            if self.is_odd((*source.prefix, *fault.path)):
                continue
            clean = replace(fault, message=self.secrets.clean(fault.message))
            made = finding(source, clean, self.shown_from, target=target, policy=policy, documentation=documentation)
            if made.file is None and otherwise is not None:
                made = replace(made, **where(otherwise, self.shown_from))
            severe.append(replace(self._cleaned(made), acknowledged=acknowledged))

    def add_target_faults(self, faults: Sequence[TargetFault], named_by: Steps, app: str) -> None:
        """Add every fault of a target's own files, at its place there. `named_by` is the entry that names it."""
        for fault in faults:
            at = where(Place(fault.file, fault.line, fault.column), self.shown_from)
            about = f"{fault.key}: " if fault.key else ""
            message = f"{about}{fault.message}"
            self.errors.append(Finding(dotted(named_by), pointer(named_by), message, "target", target=app, **at))

    def add_odd(self, oddity: Oddity) -> None:
        """Add what was taken out at the door; what is found at its path later only follows from that."""
        if not oddity.of_key:
            self._odd.add(oddity.path)
        self.add_at(oddity.place, oddity.path, oddity.message, rule=oddity.rule)

    def is_odd(self, path: Steps, *, below: bool = False) -> bool:
        """Whether something was taken out there, or below it."""
        return path in self._odd or (below and any(odd[: len(path)] == path for odd in self._odd))

    def without_odd(self, tree: Tree, path: Steps) -> Tree:
        """The tree at a path, without what was taken out of its settings: nobody set that to nothing."""
        for odd in self._odd:
            below = odd[len(path) :]
            if odd[: len(path)] == path and below[:1] == ("settings",) and all(isinstance(step, str) for step in below):
                tree = without(tree, below)
        return tree

    def add_at(self, origin: Place | None, path: Steps, message: str, *, rule: str, policy: str | None = None) -> None:
        """Add an error whose place is known already."""
        name, at = dotted(path) or "email_settings", where(origin, self.shown_from)
        made = Finding(name, pointer(path), self.secrets.clean(message), rule, policy=policy, **at)
        self.errors.append(self._cleaned(made))

    def _cleaned(self, made: Finding) -> Finding:
        """A finding without a secret in its other parts; the names of settings and of our own keys are none."""
        return replace(
            made,
            path=self._clean_way(made.path, "."),
            pointer=self._clean_way(made.pointer, "/"),
            rule=self.secrets.clean(made.rule),
            policy=made.policy and self.secrets.clean(made.policy),
        )

    def _clean_way(self, way: str, between: str) -> str:
        """A path whose first words are ours, with the rest cleaned: that may be anybody's words."""
        words = way.split(between)
        ours = list(takewhile(lambda word: _INDEX.sub("", word) in _NAMES or word.isdigit(), words))
        rest = between.join(words[len(ours) :])
        return between.join([*ours, *([self.secrets.clean(rest)] if rest else [])])

    def has_error_at(self, path: Steps) -> bool:
        """Whether something is wrong there already."""
        return any(error.pointer == pointer(path) for error in self.errors)

    def sorted_errors(self) -> tuple[Finding, ...]:
        """The errors by file, line and column, each once."""
        return tuple(sorted(dict.fromkeys(self.errors), key=sort_key))

    def sorted_warnings(self) -> tuple[Finding, ...]:
        """The warnings by file, line and column, each once."""
        return tuple(sorted(dict.fromkeys(self.warnings), key=sort_key))


def relative(file: str, root: Path) -> str:
    """A file's name as people look for it: relative to the playbook's folder or, outside it, to where they stand."""
    return relative_to_any(file, (root, Path.cwd()))


def relative_to_any(file: str, folders: Sequence[Path]) -> str:
    """A file's name relative to the first of the folders that holds it; its full name where none does."""
    for folder in folders:
        if Path(file).is_relative_to(folder):
            return str(Path(file).relative_to(folder))
    return file


def repository_of(folder: Path) -> Path | None:
    """The top folder of the git repository that a folder is in; None where it is in none."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)


def headline(errors: Sequence[Finding]) -> str:
    """`email settings are not valid: 2 errors`."""
    return f"email settings are not valid: {counted(len(errors), 'error')}" if errors else "email settings are valid"


def report(errors: Sequence[Finding]) -> str:
    """What a person reads."""
    return "\n".join([headline(errors), *(f"  {error.sentence()}" for error in errors)])
