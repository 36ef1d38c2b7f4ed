# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""An application's admin page, filled in: what belongs in each field, and the steps around it.

`page` of a target.yml says in the page's own words what fields there are; here its expressions are evaluated over
the settings. The two templates of `targets/_admin_page` only lay out what comes from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias, cast

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Home
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES, Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import evaluate, fill, holds
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetError

Value: TypeAlias = "bool | int | float | str | tuple[str, ...]"
Context: TypeAlias = Mapping[str, object]


class PageError(TargetError):
    """A page whose target.yml does not fit the settings: one sentence, with the field's label and no value."""


@dataclass(frozen=True)
class Field:
    """A field of the page.

    `value` is "" where the field is blank, true or false for a checkbox, and None where the settings say nothing
    about it: it stays as it is. `secret` is the name of the variable that holds the value, where the value itself
    must not be shown, and `secret_file` the file that this variable is written in; `value` is None then.
    """

    label: str
    widget: str
    value: Value | None
    secret: str | None = None
    note: str | None = None
    secret_file: str | None = None

    @property
    def is_list(self) -> bool:
        """Whether the field holds several values."""
        return isinstance(self.value, tuple)


@dataclass(frozen=True)
class Form:
    """One combination of fields and what it comes to; the one that is `in_force` is what the page is set to."""

    choices: tuple[tuple[str, Value | None], ...]
    result: str
    in_force: bool


@dataclass(frozen=True)
class Outcome:
    """What the fields of a section come to in combination: every form that the page knows."""

    title: str
    forms: tuple[Form, ...]

    @property
    def in_force(self) -> str:
        """What the fields come to as they are filled in; "" if the page does not know this combination."""
        return next((form.result for form in self.forms if form.in_force), "")


@dataclass(frozen=True)
class Section:
    """The fields under one heading of the page, in the page's order."""

    title: str
    fields: tuple[Field, ...]
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Step:
    """Something that a person does, or has to know, with what belongs to it in a list."""

    text: str
    items: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Page:
    """The page as it has to be filled in."""

    path: tuple[str, ...]
    sections: tuple[Section, ...]
    before: tuple[Step, ...]
    steps: tuple[Step, ...]
    after: tuple[Step, ...]


@dataclass(frozen=True)
class Remark:
    """Something to know about settings: their names, and a sentence or the part of one."""

    leaves: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Remarks:
    """What the page cannot say, or does not.

    `not_carried` settings have no field. `unknown` is what the documentation does not say about what is set,
    `warnings` what the target's rules warn of, and `waived` what the spec accepts not to be honoured.
    """

    not_carried: tuple[Remark, ...]
    unknown: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    waived: tuple[Remark, ...]


def page_context(
    at: TargetAtVersion,
    spec: Spec,
    options: Tree,
    homes: Mapping[str, Home],
    waived: Sequence[str] = (),
) -> dict[str, object]:
    """What the templates of an admin page see beside the settings: `page` (Page) and `remarks` (Remarks).

    The option `include_secrets` puts secrets in as they are.
    """
    context = at.context(spec, options)
    given = context["options"]
    include_secrets = isinstance(given, Mapping) and given.get("include_secrets") is True
    return {
        "page": fill_page(at.page or {}, context, homes, include_secrets=include_secrets),
        "remarks": remarks(at, context, spec.effective, waived),
    }


def remarks(at: TargetAtVersion, context: Context, settings: Tree, waived: Sequence[str]) -> Remarks:
    """What a reader of the page has to know beside its fields."""
    coverage = at.coverage.values()
    return Remarks(
        not_carried=_by_text(
            (covered.leaf, covered.reason or "") for covered in coverage if covered.kind == "not_carried"
        ),
        unknown=_by_text(
            (covered.leaf, covered.unknown)
            for covered in coverage
            if covered.unknown and get(settings, covered.leaf) is not None
        ),
        warnings=_by_text(
            (rule.path, rule.explain(context))
            for rule in at.rules
            if rule.severity == "warning" and rule.violated(context)
        ),
        waived=tuple(Remark((name,), _why(at, name)) for name in waived),
    )


def _why(at: TargetAtVersion, name: str) -> str:
    """Why a setting that is waived cannot be honoured."""
    covered = at.coverage.get(name)
    return (covered.reason if covered else None) or "the page cannot honour it"


def _by_text(remarks_on_leaves: Iterable[tuple[str, str]]) -> tuple[Remark, ...]:
    """One remark for all settings of which the same is said, in the order of the spec."""
    leaves: dict[str, list[str]] = {}
    for leaf, text in remarks_on_leaves:
        leaves.setdefault(text, []).append(leaf)
    return tuple(Remark(_shortened(tuple(named)), text) for text, named in leaves.items())


@cache
def _shortened(leaves: tuple[str, ...]) -> tuple[str, ...]:
    """The names, with `imap.*` in place of all settings of a section."""
    names: dict[str, None] = {}
    for leaf in leaves:
        section = f"{leaf.partition('.')[0]}."
        whole = all(other in leaves for other in LEAVES if other.startswith(section))
        names[f"{section}*" if whole else leaf] = None
    return tuple(names)


def fill_page(page: Tree, context: Context, homes: Mapping[str, Home], *, include_secrets: bool) -> Page:
    """The page of a target.yml, filled in.

    `context` has `settings` (effective), `written`, `options` and `version`. `homes` says of a secret setting
    where it is kept. Raises PageError and ExpressionError.
    """
    filler = _Filler(context, homes, include_secrets=include_secrets)
    return Page(
        path=tuple(str(part) for part in _list(page, "path")),
        sections=tuple(filler.section(section) for section in _mappings(page, "sections")),
        before=filler.steps(page, "before"),
        steps=filler.steps(page, "steps"),
        after=filler.steps(page, "after"),
    )


class _Filler:
    """Evaluates the parts of a page over one context."""

    def __init__(self, context: Context, homes: Mapping[str, Home], *, include_secrets: bool) -> None:
        self._context = context
        self._homes = homes
        self._include_secrets = include_secrets

    def section(self, section: Tree) -> Section:
        fields = tuple(self.field(field) for field in _mappings(section, "fields"))
        outcome = section.get("outcome")
        return Section(
            title=str(section["title"]),
            fields=fields,
            outcome=self.outcome(outcome, fields) if isinstance(outcome, Mapping) else None,
        )

    def field(self, field: Tree) -> Field:
        label, widget, note = str(field["label"]), str(field.get("widget", "text")), field.get("note")
        value = self._value(field)
        text = None if note is None else str(note)
        if widget == "password" and value not in ("", None) and not self._include_secrets:
            leaf = str(field["leaf"])
            # Without a variable of its own the secret is found at its place in the spec.
            home = self._homes.get(leaf, Home(leaf))
            return Field(label, widget, None, home.variable, text, home.file)
        return Field(label, widget, value, None, text)

    def _value(self, field: Tree) -> Value | None:
        when, expression, leaf = field.get("when"), field.get("value"), field.get("leaf")
        value: object = None
        if when is None or holds(str(when), self._context):
            settings = cast("Tree", self._context["settings"])
            value = get(settings, str(leaf)) if expression is None else evaluate(str(expression), self._context)
        if value is None:
            return _plain(field.get("default"))
        choices = field.get("choices")
        return _plain(value) if choices is None else _choice(str(field["label"]), value, cast("Tree", choices))

    def outcome(self, outcome: Tree, fields: Sequence[Field]) -> Outcome:
        present = {field.label: field.value for field in fields}
        return Outcome(str(outcome["title"]), tuple(self._forms(outcome, present)))

    def _forms(self, outcome: Tree, present: Mapping[str, Value | None]) -> Iterator[Form]:
        for form in _mappings(outcome, "forms"):
            choices = cast("Tree", form["fields"])
            yield Form(
                choices=tuple((str(label), _plain(value)) for label, value in choices.items()),
                result=fill(str(form["result"]), self._context),
                in_force=all(present.get(label) == value for label, value in choices.items()),
            )

    def steps(self, page: Tree, name: str) -> tuple[Step, ...]:
        return tuple(self._steps(_list(page, name)))

    def _steps(self, steps: Sequence[JSON]) -> Iterator[Step]:
        for step in steps:
            if not isinstance(step, Mapping):
                yield Step(fill(str(step), self._context))
            elif holds(_text(step.get("when")), self._context):
                yield Step(fill(str(step["text"]), self._context), self.steps(step, "items"))


def _choice(label: str, value: object, choices: Tree) -> str:
    """The words that the page has for a value."""
    if str(value) not in choices:
        raise PageError(f"{label}: the page has no choice for this value")
    return str(choices[str(value)])


def _plain(value: object) -> Value | None:
    """The value as a field shows it; an empty list is a blank field."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Sequence):
        return tuple(str(part) for part in value) or ""
    return str(value)


def _text(value: JSON) -> str | None:
    return None if value is None else str(value)


def _list(tree: Tree, key: str) -> Sequence[JSON]:
    return cast("Sequence[JSON]", tree.get(key, ()))


def _mappings(tree: Tree, key: str) -> Iterator[Tree]:
    yield from cast("Sequence[Tree]", _list(tree, key))
