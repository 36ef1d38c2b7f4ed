# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Judge settings for one target: its coverage, its rules and its options; and render it where nothing is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.files import RenderedFile, render_target
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.faults import Fault
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import (
    JSON,
    Steps,
    Tree,
    dotted,
    get,
    put,
    steps,
    without,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import Schema, below
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets, secrets_in
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import (
    LEAVES,
    SECRET_LEAVES,
    Layers,
    effective,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.spec_faults import compiled, spec_faults
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import ExpressionError
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import Coverage, Target, TargetAtVersion
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import choices, did_you_mean, show

from .findings import Findings, Source

# The rule of the warnings about what a document leaves open, and the words between the application and that.
NOT_DOCUMENTED = "not_documented"
NOT_SAID = ": the documentation does not say "


@dataclass(frozen=True)
class ReadyTarget:
    """A target whose settings are right: what it is, what takes effect in it, and its files."""

    at: TargetAtVersion
    settings: Tree
    options: Tree
    files: tuple[RenderedFile, ...]


def prepare_schemas(target: Target) -> None:
    """Compile the target's own schemas, which then are kept."""
    _options_schema(target)
    _rules_schema(target)


def _options_schema(target: Target) -> Schema:
    described = json.dumps(target.options_schema, sort_keys=True)
    return compiled(described, f"the options of {target.app}", proven=True)


# At the root of schema.json these say nothing of the settings.
_NO_RULES = ("$schema", "$id", "$anchor", "$comment", "$defs", "title", "description")


def _branches(target: Target) -> list[Tree]:
    """The rules of schema.json: each branch of `allOf` is one, and what stands beside them at the root is another."""
    root = target.rules_schema or {}
    branches = cast("Sequence[JSON]", root.get("allOf") or ())
    beside = {keyword: value for keyword, value in root.items() if keyword not in ("allOf", *_NO_RULES)}
    # A branch may be a mere true or false.
    rules: list[Tree] = [branch if isinstance(branch, Mapping) else {"allOf": [branch]} for branch in branches]
    return [*rules, beside] if beside else rules


def _rules_schema(target: Target) -> Schema:
    described = json.dumps(target.rules_schema or {}, sort_keys=True)
    return compiled(described, f"schema.json of {target.app}", proven=True)


class TargetJudge:
    """The judgement of one entry of `email_targets`."""

    def __init__(self, index: int, entry: Tree, at: TargetAtVersion, common: Layers, findings: Findings) -> None:
        self.at = at
        self.entry = entry
        self.given = Source(Layers((entry,)), ("email_targets", index))
        self.source = Source(common.over(cast("Tree", entry.get("settings") or {})))
        self.written = self.source.layers.merged()
        self.options = cast("Tree", entry.get("options") or {})
        self.accept = tuple(str(name) for name in cast("Sequence[JSON]", entry.get("accept") or ()))
        self.findings = findings.knowing(secrets_in(self.written, findings.secrets.is_vaulted), self.secret_options())
        self.waived: list[str] = []
        self.nearest: list[tuple[str, JSON]] = []
        self.faulty: list[Steps] = []
        self.clean: Tree = self.written
        self.settings: Tree = {}

    def judge(
        self, common_faults: Sequence[Fault], name_of_secret: Callable[[object], str | None]
    ) -> ReadyTarget | None:
        """Judge everything; the target made ready, or None where something is wrong."""
        errors_before = len(self.findings.errors)
        self._judge_spec(common_faults)
        self._judge_options()
        self._judge_accept()
        self._judge_coverage()
        self._judge_required()
        self._judge_schema()
        self._judge_rules()
        self._judge_dest()
        self._report_idle_waivers()
        if self.faulty or len(self.findings.errors) > errors_before:
            return None
        return self._render(name_of_secret)

    def cited(self, faults: Sequence[Fault]) -> dict[str, str]:
        """What the target's documentation says of faults of the common spec: dotted path -> the words."""
        found: dict[str, str] = {}
        paths = {fault.path for fault in faults if fault.message and fault.at != "key"}
        whole = _rules_schema(self.at.target)
        for rule in _branches(self.at.target) if paths else ():
            broken = {self._ruled(rule, fault).path for fault in whole.part(rule).faults(self.written, Secrets())}
            words = str(rule.get("x-documentation") or self._documentation())
            found.update({dotted(path): words for path in broken & paths})
        return found

    def listed_coverage(self) -> dict[str, JSON]:
        """What becomes of each leaf: the names that are carried, refused and not carried, and those waived."""
        kinds: dict[str, list[str]] = {"carried": [], "refused": [], "not_carried": []}
        for leaf, covered in self.at.coverage.items():
            kinds[covered.kind].append(leaf)
        return {"target": self.at.app, "version": self.at.version, **kinds, "waived": sorted(set(self.waived))}

    # What is judged

    def _judge_spec(self, common_faults: Sequence[Fault]) -> None:
        """The schema once more, with the target's own settings laid over; the common spec's faults stand already."""
        faults = spec_faults(self.written, self.findings.secrets) if self.entry.get("settings") else common_faults
        own = [fault for fault in faults if fault.message and fault not in common_faults]
        words = self.cited(own)
        for fault in own:
            self._about_spec([fault], documentation=words.get(dotted(fault.path)))
        self.faulty = [fault.path for fault in faults]
        for path in self.faulty:
            self.clean = without(self.clean, path) if path else {}
        self.settings = effective(self.clean)

    def _judge_options(self) -> None:
        names = frozenset((name,) for name in self.at.target.secret_options)
        secrets = replace(self.findings.secrets, paths=names)
        for fault in _options_schema(self.at.target).faults(self.options, secrets):
            self._about_entry(Fault(("options", *fault.path), fault.rule, fault.message, fault.at))

    def _judge_accept(self) -> None:
        for index, name in enumerate(self.accept):
            if not any(_covers(name, leaf) for leaf in LEAVES):
                message = f"{show(name)} is not a setting{did_you_mean(name, LEAVES)}"
                self._about_entry(Fault(("accept", index), "accept", message))

    def _judge_coverage(self) -> None:
        for leaf, covered in self.at.coverage.items():
            value = get(self.settings, leaf)
            if not covered.permits(self.settings, self.clean):
                if self._follows_from_encryption(leaf):
                    continue
                self._refuse(Fault(steps(leaf), "refused", self._refusal(covered, value)), covered.documentation)
            elif covered.unknown and value is not None:
                message = f"{self.at.label}{NOT_SAID}{covered.unknown}"
                self._about_spec([Fault(steps(leaf), NOT_DOCUMENTED, message)], severity="warning")

    def _follows_from_encryption(self, leaf: str) -> bool:
        """Whether a port is only the default of an encryption that is refused itself: one mistake, one line."""
        section, _dot, name = leaf.partition(".")
        encryption = self.at.coverage.get(f"{section}.encryption")
        if name != "port" or encryption is None or get(self.clean, leaf) is not None:
            return False
        return not encryption.permits(self.settings, self.clean)

    def _judge_required(self) -> None:
        for name, reason in self.at.target.required.items():
            if get(self.clean, name) is None:
                message = f"{self.at.label}: is missing and must be set: {reason}"
                self._refuse(Fault(steps(name), "required", message, "missing"), None)

    def _judge_schema(self) -> None:
        """Judge by the target's schema.json: one rule a branch, with the vendor's page that says so."""
        whole = _rules_schema(self.at.target)
        for rule in _branches(self.at.target):
            found = whole.part(rule).faults(self.clean, self.findings.secrets)
            faults = {self._ruled(rule, fault) for fault in found}
            for fault in sorted(faults, key=lambda fault: dotted(fault.path)):
                severity, documentation = (
                    rule.get("x-severity", "error"),
                    cast("str | None", rule.get("x-documentation")),
                )
                self._refuse(fault, documentation, severity=str(severity), nearest=rule.get("x-nearest"))

    def _judge_rules(self) -> None:
        """Judge by the rules that compare settings. One that fails on faulty settings has nothing to say about them."""
        context = self.at.context(self.settings, self.clean, self.options)
        for rule in self.at.rules:
            try:
                message = rule.explain(context) if rule.violated(context) else None
            except ExpressionError as error:
                message = None if self.findings.errors else f"the rule {rule.name} of {self.at.app} failed: {error}"
            if message:
                at = "value" if get(self.clean, rule.path) is not None else "missing"
                fault = Fault(steps(rule.path), rule.name, f"{self.at.label}: {message}", at)
                self._refuse(fault, rule.documentation, severity=rule.severity)

    def _judge_dest(self) -> None:
        names = [file.name for file in self.at.files]
        for name in cast("Mapping[str, str]", self.entry.get("dest") or {}):
            if name not in names:
                message = f"{self.at.app} has no file of that name{did_you_mean(name, names)}; it has {choices(names)}"
                self._about_entry(Fault(("dest", name), "dest", message, at="key"))

    def _report_idle_waivers(self) -> None:
        for index, name in enumerate(self.accept):
            known = any(_covers(name, leaf) for leaf in LEAVES)
            if known and not any(_covers(name, path) for path in self.waived):
                message = f"{show(name)} waives nothing: {self.at.label} honours what is set"
                self._about_entry(Fault(("accept", index), "accept", message), severity="warning")

    # How it is said

    def _ruled(self, rule: Tree, fault: Fault) -> Fault:
        """The fault in the words of the rule of schema.json that it breaks."""
        path = steps(str(rule["x-path"])) if "x-path" in rule else fault.path
        message = f"{self.at.label}: {rule.get('x-message', fault.message)}"
        return Fault(path, str(rule.get("x-rule", fault.rule)), message, fault.at)

    def _about_spec(
        self, faults: Sequence[Fault], *, severity: str = "error", documentation: str | None = None
    ) -> None:
        self.findings.add(self.source, faults, severity=severity, target=self.at.app, documentation=documentation)

    def _about_entry(self, fault: Fault, *, severity: str = "error") -> None:
        self.findings.add(self.given, [fault], severity=severity, target=self.at.app)

    def _refuse(
        self, fault: Fault, documentation: str | None, *, severity: str = "error", nearest: JSON = None
    ) -> None:
        """Report what the target holds against the spec, unless it is waived or follows from what stands already."""
        if any(below(fault.path, faulty) for faulty in self.faulty):
            return
        path = dotted(fault.path)
        # What is missing stays missing: no waiver can stand in for it.
        if severity == "error" and fault.at != "missing" and any(_covers(name, path) for name in self.accept):
            self.waived.append(path)
            if nearest is not None:
                self.nearest.append((path, nearest))
            return
        self._about_spec([fault], severity=severity, documentation=documentation or self._documentation())

    def _refusal(self, covered: Coverage, value: JSON) -> str:
        hidden = self.findings.secrets.hides(steps(covered.leaf), value)
        shown = "this value" if hidden or value is None else show(value)
        cannot = f"{self.at.label} cannot honour {shown}: {covered.reason or 'it has no setting for it'}"
        near = covered.nearest_to(value)
        if covered.accepts == () or near is None:
            return f"{cannot}; leave it out"
        if covered.accepts and len(covered.accepts) > 1:
            return f"{cannot}; it takes {choices(covered.accepts)}; nearest: {show(near)}"
        return f"{cannot}; nearest: {show(near)}"

    def _documentation(self) -> str | None:
        documentation = self.at.target.documentation
        return documentation.get("url") or documentation.get("title")

    # What is rendered

    def _render(self, name_of_secret: Callable[[object], str | None]) -> ReadyTarget | None:
        settings = self.at.honoured(self.settings, self.clean, self.options, self.accept)
        for leaf, near in self.nearest:
            settings = put(settings, leaf, near)
        try:
            files = render_target(
                self.at, settings, self.clean, self.options, self._secret_names(name_of_secret), self.entry
            )
        except NotExpressible as error:
            path = self._path_of(settings, error.value)
            self._about_spec([Fault(path, "quoting", f"{self.at.label}: {error.reason}")])
            return None
        except (TargetError, ExpressionError) as error:
            self._about_entry(Fault(("app",), "rendering", str(error)))
            return None
        return ReadyTarget(self.at, settings, self.options, tuple(files))

    def _path_of(self, settings: Tree, value: object) -> Steps:
        """The setting whose value a format cannot carry; the settings as a whole where it is no setting's alone."""
        for leaf in LEAVES:
            found = get(settings, leaf)
            if found == value or (isinstance(found, list) and value in found):
                return steps(leaf)
        return ()

    def _secret_names(self, name_of_secret: Callable[[object], str | None]) -> dict[str, str]:
        """leaf or `options.NAME` -> the name of the vaulted variable that the secret came from."""
        found = {leaf: get(self.clean, leaf) for leaf in SECRET_LEAVES}
        found.update({f"options.{name}": value for name, value in self.secret_options().items()})
        return {name: name_of_secret(value) or name for name, value in found.items() if value is not None}

    def secret_options(self) -> dict[str, JSON]:
        """The options that are set and that the target calls secret."""
        return {name: value for name, value in self.options.items() if name in self.at.target.secret_options}


def _covers(name: str, leaf: str) -> bool:
    """Whether a waiver's name is the leaf or a name above it."""
    return leaf == name or leaf.startswith(f"{name}.")
