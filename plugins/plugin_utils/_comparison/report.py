# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A comparison as text, Markdown and JSON. The same comparison gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import markdown_code, markdown_text
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import json_text, one_line
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import counted, shortened

from .differences import Difference, EnvironmentComparison

NOT_SET = "not set"


@dataclass(frozen=True)
class Side:
    """One of the two things compared: an inventory, and the revision that it was read from, if any."""

    inventory: tuple[str, ...]
    revision: str | None = None
    commit: str | None = None

    def label(self) -> str:
        """`inventory at main (1a2b3c4d5e6f)`."""
        at = f" at {self.revision} ({self.commit[:12]})" if self.revision and self.commit else ""
        return f"{', '.join(self.inventory)}{at}"

    def to_mapping(self) -> dict[str, JSON]:
        """As the JSON form has it."""
        return {"inventory": list(self.inventory), "revision": self.revision, "commit": self.commit}


@dataclass(frozen=True)
class Unreadable:
    """A host whose settings are not known on one side: it is compared on neither."""

    side: str
    host: str
    reason: str

    def sentence(self) -> str:
        """`before app1: email_settings uses vault_password, which is not defined`."""
        return f"{self.side} {self.host}: {self.reason}"


@dataclass(frozen=True)
class Comparison:
    """What was compared, what differs, and the hosts that were not compared."""

    before: Side
    after: Side
    environments: Sequence[EnvironmentComparison]
    unreadable: Sequence[Unreadable] = ()

    @property
    def differences(self) -> int:
        return sum(len(environment.differences) for environment in self.environments)

    @property
    def same(self) -> bool:
        """Whether it is certain that nothing differs."""
        return not self.unreadable and not any(environment.differs for environment in self.environments)

    def headline(self) -> str:
        """`email settings: 2 differences in 1 of 3 environments, 1 host not compared`."""
        return f"email settings: {self._found()}{self._not_found()}"

    def _found(self) -> str:
        environments = counted(len(self.environments), "environment")
        differing = sum(environment.differs for environment in self.environments)
        if not self.environments:
            return "nothing was compared"
        return (
            f"{counted(self.differences, 'difference')} in {differing} of {environments}"
            if differing
            else (f"no difference in {environments}")
        )

    def _not_found(self) -> str:
        hosts = {host.host for host in self.unreadable}
        return f", {counted(len(hosts), 'host')} not compared" if hosts else ""


def as_text(comparison: Comparison) -> str:
    """For a terminal."""
    lines = [
        comparison.headline(),
        f"  from {one_line(comparison.before.label())}",
        f"    to {one_line(comparison.after.label())}",
    ]
    for environment in comparison.environments:
        lines.append(one_line(f"{environment.name}: {_environment_summary(environment)}"))
        lines += [f"  {one_line(_sentence(difference, environment))}" for difference in environment.differences]
    return "\n".join([*lines, *(f"not compared: {one_line(host.sentence())}" for host in comparison.unreadable)])


def as_markdown(comparison: Comparison) -> str:
    """For the summary of a pull request."""
    before, after = (markdown_code(side.label()) for side in (comparison.before, comparison.after))
    lines = [f"## {markdown_text(comparison.headline())}", "", f"From {before} to {after}."]
    for environment in comparison.environments:
        name, summary = markdown_text(environment.name), markdown_text(_environment_summary(environment))
        lines += ["", f"### {name}", "", summary]
        if environment.differences:
            lines += ["", "| setting | before | after | hosts |", "| --- | --- | --- | --- |"]
            lines += [_row(difference, environment) for difference in environment.differences]
    if comparison.unreadable:
        lines += [
            "",
            "### Not compared",
            "",
            *(f"- {markdown_text(host.sentence())}" for host in comparison.unreadable),
        ]
    return "\n".join(lines)


def as_json(comparison: Comparison) -> str:
    """For programs."""
    return json_text(to_mapping(comparison))


def to_mapping(comparison: Comparison) -> dict[str, JSON]:
    """The comparison as plain data. A secret's values are null, before and after."""
    return {
        "schema_version": 1,
        "before": comparison.before.to_mapping(),
        "after": comparison.after.to_mapping(),
        "environments": [
            {
                "name": environment.name,
                "hosts_before": list(environment.hosts_before),
                "hosts_after": list(environment.hosts_after),
                "differences": [_difference_mapping(difference) for difference in environment.differences],
            }
            for environment in comparison.environments
        ],
        "unreadable": [host.sentence() for host in comparison.unreadable],
    }


def _difference_mapping(difference: Difference) -> dict[str, JSON]:
    return {
        "path": difference.path,
        "change": difference.change,
        "secret": difference.secret,
        "before": None if difference.before is None else list(difference.before),
        "after": None if difference.after is None else list(difference.after),
        "hosts": list(difference.hosts),
    }


def _environment_summary(environment: EnvironmentComparison) -> str:
    parts = [counted(len(environment.differences), "difference") if environment.differences else "no difference"]
    parts.append(counted(len(environment.hosts_after), "host"))
    old, new = set(environment.hosts_before), set(environment.hosts_after)
    for word, hosts in (("new", new - old), ("gone", old - new)):
        parts += [f"{word}: {shortened(sorted(hosts), most=10)}"] if hosts else []
    return ", ".join(parts)


def _sentence(difference: Difference, environment: EnvironmentComparison) -> str:
    only = "" if difference.hosts == environment.hosts_after else f" [{shortened(difference.hosts)}]"
    if difference.before is None or difference.after is None:
        return f"{difference.path}: {difference.change} (secret){only}"
    return f"{difference.path}: {_values(difference.before)} -> {_values(difference.after)}{only}"


def _values(values: Sequence[JSON]) -> str:
    """Values as JSON writes them, so that text and numbers, blanks and line ends can be told apart."""
    return " or ".join(json.dumps(value, ensure_ascii=False) for value in values) or NOT_SET


def _row(difference: Difference, environment: EnvironmentComparison) -> str:
    if difference.before is None or difference.after is None:
        cells = [f"*{difference.change}, a secret*", ""]
    else:
        cells = [
            markdown_code(_values(values)) if values else NOT_SET for values in (difference.before, difference.after)
        ]
    hosts = "all" if difference.hosts == environment.hosts_after else shortened(difference.hosts)
    return f"| {markdown_code(difference.path)} | {cells[0]} | {cells[1]} | {markdown_text(hosts)} |"


@dataclass(frozen=True)
class Form:
    """One form of a comparison, and the name of its file."""

    write: Callable[[Comparison], str]
    file: str


FORMS: Mapping[str, Form] = {
    "text": Form(as_text, "email-differences.txt"),
    "markdown": Form(as_markdown, "email-differences.md"),
    "json": Form(as_json, "email-differences.json"),
}
