# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Judge a spec: the schema, each target's own rules and the organisation's policies, all faults at once.

A fault never hides another: what the schema finds wrong is taken out before the targets' rules look at the rest, so
that one mistake is reported once and everything else is still judged.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.inputs import Installation
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.template_faults import (
    faults_beside,
    template_faults,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.admission import Oddity
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Place, is_vaulted
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.bounds import StoppedError, bounded, bounded_work
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.faults import Fault, type_name
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.invisible import invisible_faults
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Steps, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import targets_schema
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets, secrets_in
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import (
    Layers,
    Spec,
    days_as_text,
    effective,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.spec_faults import spec_faults, spec_warnings
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import (
    TARGETS_FOLDER,
    UnknownTarget,
    find_target,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.deployment import NotDeployable, deployed
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import (
    INSTALLED,
    Target,
    TargetAtVersion,
    UnknownVersion,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import (
    TargetError,
    TargetFault,
    TargetFaults,
)

from .findings import Finding, Findings, Source
from .policies import in_effect, judge_policies, judge_secret_options
from .policy import Policy
from .policy_file import read_policies
from .target import ReadyTarget, Verdict, case_of, cited, judge_versions
from .waivers import Horizon, Waiver, read_waivers, report_waivers, waive
from .walk import walk_faults
from .written_numbers import number_faults

# What is said where applications are to be configured, and nothing says with what.
NO_SETTINGS = "is set, and email_settings is not: there is nothing to configure them with"


@dataclass(frozen=True)
class MissingFolder:
    """A folder under `email_target_paths` that is not there: its place in the list, and where it was written."""

    index: int
    message: str
    place: Place | None


@dataclass(frozen=True)
class Request:
    """What is to be judged: the very objects that Ansible handed over, so that their places are known.

    `root` is the folder where relative paths start; file names are shown relative to the first of `shown_from` that
    holds them, which is `root` where it is empty. `today` is the day that waivers are judged by; one that ends within
    `waiver_warn_days` is warned of. `groups` are the host's, `all_groups` the inventory's: a policy may hold for some
    of them alone. `installation` is for the sheets and runbooks of admin pages. `walks` says whether targets of the
    user's own are walked, leaf by leaf.
    """

    settings: JSON
    base: JSON = None
    targets: JSON = None
    target_paths: Sequence[str] = ()
    missing_folders: Sequence[MissingFolder] = ()
    policies: Sequence[JSON] = ()
    groups: Sequence[str] = ()
    all_groups: Sequence[str] = ()
    today: datetime.date = field(default_factory=datetime.date.today)
    waiver_warn_days: int = 0
    walks: bool = False
    shown_from: Sequence[Path] = ()
    root: Path = field(default_factory=Path.cwd)
    installation: Installation = field(default_factory=Installation)
    #: What was taken out of settings, base, targets and policies at the door, by these names.
    oddities: Mapping[str, Sequence[Oddity]] = field(default_factory=dict)

    #: Where settings, base, targets and policies stand, by these names, whose values bear no place.
    homes: Mapping[str, Place] = field(default_factory=dict)

    @property
    def horizon(self) -> Horizon:
        """How far ahead the end of what is accepted is told."""
        return Horizon(self.today, self.waiver_warn_days)


@dataclass(frozen=True)
class Judgement:
    """Errors and warnings sorted by file, line and column; what becomes of each leaf; and what is ready to use.

    `settings` is the common spec as it takes effect; empty where something is wrong.
    """

    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    waivers: tuple[Waiver, ...]
    coverage: Mapping[str, Mapping[str, JSON]]
    settings: Tree
    targets: tuple[ReadyTarget, ...]
    policies: tuple[Policy, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.errors

    def warning_sentences(self) -> list[str]:
        """The warnings as Ansible displays them."""
        return warning_sentences(self.warnings)


def warning_sentences(warnings: Sequence[Finding]) -> list[str]:
    """Warnings as Ansible displays them: not those that were read; what a document leaves open is one a target."""
    displayed = [warning for warning in warnings if not warning.acknowledged]
    sentences = [warning.sentence() for warning in displayed if not warning.left_open]
    left_open: dict[str, dict[str, None]] = {}
    for warning in displayed:
        if warning.left_open:
            left_open.setdefault(warning.subject, {})[f"{warning.left_open} ({warning.path})"] = None
    return sentences + [
        f"{subject}: the documentation does not say {'; '.join(what)}" for subject, what in left_open.items()
    ]


@dataclass
class Examination:
    """What was found about one spec, before waivers are applied: more may be found between environments."""

    request: Request
    common: Layers
    findings: Findings
    in_effect: Tree = field(default_factory=dict)
    policies: Sequence[Policy] = ()
    coverage: dict[str, Mapping[str, JSON]] = field(default_factory=dict)
    ready: list[ReadyTarget] = field(default_factory=list)
    accepted: list[Waiver] = field(default_factory=list)

    @property
    def source(self) -> Source:
        """What findings about the common spec are about."""
        return Source(self.common)

    def judgement(self) -> Judgement:
        """The judgement, once everything is found."""
        written = self.common.merged()
        waivers = waive(read_waivers(written, self.source, self.findings, self.request.today), self.findings)
        horizon = self.request.horizon
        report_waivers(waivers, self.source, self.findings, [policy.name for policy in self.policies], horizon)
        return Judgement(
            errors=self.findings.sorted_errors(),
            warnings=self.findings.sorted_warnings(),
            waivers=(*waivers, *self.accepted),
            coverage=self.coverage,
            settings={} if self.findings.errors else effective(written),
            targets=tuple(self.ready),
            policies=tuple(self.policies),
        )


def judge(request: Request) -> Judgement:
    """Judge the spec, and render every target that nothing is wrong with."""
    return examine(request).judgement()


def examine(request: Request) -> Examination:
    """Look at everything: the schema, the policies and each target; render what nothing is wrong with."""
    common, findings = _layers(request)
    if not common.layers:
        return Examination(request, common, findings)
    faults, spec = _judge_spec(common, findings)
    policies = read_policies(request.policies, findings, groups=request.groups, all_groups=request.all_groups)
    examined = Examination(request, common, findings, in_effect(spec), policies)
    broken = judge_policies(policies, examined.source, examined.in_effect, findings)
    for missing in request.missing_folders:
        path: Steps = ("email_target_paths", missing.index)
        findings.add_at(missing.place, path, missing.message, rule="target_paths")
    entries = list(_entries(request, findings))
    sendmail = any(versions[-1].target.sendmail for _index, _entry, versions in entries)
    verdicts = [
        judge_versions(
            [
                case_of(
                    index,
                    entry,
                    at,
                    common,
                    findings.secrets,
                    faults,
                    sendmail=sendmail,
                    horizon=request.horizon,
                )
                for at in versions
            ],
            request.installation,
        )
        for index, entry, versions in entries
    ]
    for verdict in verdicts:
        _report_target(verdict, examined, broken)
    _cite(verdicts, faults, findings)
    _judge_destinations(request, verdicts, findings)
    for verdict in verdicts if request.walks else ():
        _walk(verdict, findings)
    examined.coverage.update(_coverage(verdicts))
    examined.accepted.extend(waiver for verdict in verdicts for waiver in verdict.waivers(findings))
    examined.ready.extend(verdict.ready for verdict in verdicts if verdict.ready)
    return examined


# A walk renders a target some hundred times, which takes a tenth of a second.
_WALK_SECONDS = 30.0


def _walk(verdict: Verdict, findings: Findings) -> None:
    """What a user's own target says wrongly of what it carries; the collection's own are walked by its tests."""
    case = verdict.case
    if verdict.ready is None or case.at.target.folder.parent == TARGETS_FOLDER:
        return
    named_by: Steps = ("email_targets", case.index, "app")
    try:
        with bounded_work(_WALK_SECONDS):
            findings.add_target_faults(walk_faults(case.at, case.spec.written, case.options), named_by, case.at.app)
    except StoppedError as stopped:
        message = f"{case.at.app}: its leaves were not walked to the end: it {stopped}"
        findings.add(case.given, [Fault(("app",), "target", message)], target=case.at.app)


def _judge_spec(common: Layers, findings: Findings) -> tuple[list[Fault], Spec]:
    """The schema's faults of the common spec, all reported, and the spec without what they are about."""
    written = common.merged()
    faults = spec_faults(written, findings.secrets)
    faults += _not_beside([*number_faults(written), *invisible_faults(written)], faults)
    findings.add(Source(common), [fault for fault in faults if fault.message])
    findings.add(Source(common), spec_warnings(written), severity="warning")
    return faults, Spec.of(written, [fault.path for fault in faults])


def _not_beside(further: Sequence[Fault], faults: Sequence[Fault]) -> list[Fault]:
    """Those where nothing is wrong yet: one mistake is told once."""
    known = {fault.path for fault in faults}
    return [fault for fault in further if fault.path not in known]


def _report_target(verdict: Verdict, examined: Examination, broken: Sequence[Fault]) -> None:
    """Report what is said of a target, and what policies say of its own settings and secrets.

    `broken` is what they say of the common spec already.
    """
    case, app = verdict.case, verdict.case.at.app
    findings = examined.findings.knowing(case.secrets)
    verdict.report(findings)
    judge_secret_options(examined.policies, case.given, case.secret_options, findings, target=app)
    if case.entry.get("settings"):
        common = spec_warnings(examined.common.merged())
        own = [warning for warning in spec_warnings(case.spec.written) if warning not in common]
        findings.add(case.source, own, severity="warning", target=app)
        judge_policies(examined.policies, case.source, in_effect(case.spec), findings, target=app, known=broken)


def _coverage(verdicts: Sequence[Verdict]) -> dict[str, dict[str, JSON]]:
    """What becomes of each leaf in each target; an application that is listed twice is told apart by its place."""
    coverage: dict[str, dict[str, JSON]] = {}
    for verdict in verdicts:
        app = verdict.case.at.app
        coverage[f"{app}[{verdict.case.index}]" if app in coverage else app] = verdict.coverage()
    return coverage


def _layers(request: Request) -> tuple[Layers, Findings]:
    """The spec's layers, and findings that know its secrets; with what is wrong where a layer is no mapping at all."""
    homes = {_PREFIXES[name]: home for name, home in request.homes.items()}
    findings = Findings(request.root, Secrets(), request.shown_from, homes)
    _report_oddities(request, findings)
    given = {"email_settings_base": {} if request.base is None else request.base, "email_settings": request.settings}
    for name, tree in given.items():
        if not isinstance(tree, Mapping) and not findings.is_odd(()):
            fault = Fault((), "type", f"must be a mapping of settings, not {type_name(tree)}")
            home = request.homes.get("settings" if name == "email_settings" else "base")
            findings.add(Source(Layers((cast("Tree", tree),)), (name,)), [fault], otherwise=home)
    if not all(isinstance(tree, Mapping) for tree in given.values()):
        return Layers(()), findings
    layers = Layers(tuple(cast("Tree", tree) for tree in given.values()))
    return layers, findings.knowing(secrets_in(layers.merged(), is_vaulted))


# Where the findings of what was handed over under each name begin.
_PREFIXES: Mapping[str, Steps] = {
    "settings": (),
    "base": (),
    "targets": ("email_targets",),
    "policies": ("email_policies",),
}


def _report_oddities(request: Request, findings: Findings) -> None:
    for name, oddities in request.oddities.items():
        for oddity in oddities:
            findings.add_odd(replace(oddity, path=(*_PREFIXES[name], *oddity.path)))


def _entries(request: Request, findings: Findings) -> Iterator[tuple[int, Tree, Sequence[TargetAtVersion]]]:
    """Each entry of `email_targets` that can be judged, with its place in the list and its target.

    Where the host is asked which version is installed, the target comes at each version that may be.
    """
    if request.targets is None:
        return
    source = Source(Layers((cast("Tree", request.targets),)), ("email_targets",))
    faults = targets_schema().faults(_with_days_as_text(request.targets), findings.secrets)
    findings.add(source, faults)
    findings.add(source, _not_beside(number_faults(request.targets), faults))
    broken = {fault.path[:1] for fault in faults}
    if () in broken:
        return
    for index, entry in enumerate(cast("Sequence[Tree]", request.targets)):
        versions = [] if (index,) in broken else _found(index, entry, request, findings)
        if versions:
            yield index, findings.without_odd(entry, ("email_targets", index)), versions


# What of an entry is wrong with its target, where it is not the application itself.
_AT_FAULT: Mapping[type[TargetError], str] = {NotDeployable: "as", UnknownVersion: "version"}


def _found(index: int, entry: Tree, request: Request, findings: Findings) -> Sequence[TargetAtVersion]:
    """The entry's target at each version that may be; none where that is a fault, which then is told."""
    source = Source(Layers((cast("Tree", request.targets),)), ("email_targets",))
    # What is not there was told at its own line, and what it may hold is no fault of its own.
    folders = [path for path in request.target_paths if not request.missing_folders or Path(path).is_dir()]
    try:
        with bounded():
            return _versions(find_target(str(entry["app"]), folders), entry)
    except StoppedError as stopped:
        message = f"{entry['app']}: its files were not read to the end: it {stopped}"
        findings.add(source, [Fault((index, "app"), "target", message)])
    except TargetFaults as error:
        faults = [*error.faults, *_in_templates_beside(error.faults)]
        findings.add_target_faults(sorted(set(faults)), ("email_targets", index, "app"), str(entry["app"]))
    except TargetError as error:
        if not (isinstance(error, UnknownTarget) and request.missing_folders):
            findings.add(source, [Fault((index, _AT_FAULT.get(type(error), "app")), "target", str(error))])
    return []


def _in_templates_beside(faults: Sequence[TargetFault]) -> Sequence[TargetFault]:
    """The faults of the templates beside a target.yml that is wrong; others are among the faults already."""
    of_targets = [Path(fault.file) for fault in faults if Path(fault.file).name == "target.yml"]
    return faults_beside(of_targets[0].parent) if of_targets else []


def _versions(target: Target, entry: Tree) -> list[TargetAtVersion]:
    """The target as the entry wants it, at each version that may be installed. Raises TargetError."""
    version, form = cast("str | None", entry.get("version")), cast("str | None", entry.get("as"))
    if version == INSTALLED and form == "kubernetes":
        raise NotDeployable(f"{target.app}: version installed asks the host, and what Kubernetes runs is not there")
    versions = [deployed(at, form) for at in target.at_each(version)]
    for at in versions:
        _require_templates(at)
    return versions


def _with_days_as_text(targets: JSON) -> JSON:
    """The targets as their schema judges them; the objects themselves stay, for they know where they were written."""
    if not isinstance(targets, list):
        return targets
    return [
        {**entry, "accept": days_as_text(entry["accept"])}
        if isinstance(entry, Mapping) and isinstance(entry.get("accept"), list)
        else entry
        for entry in targets
    ]


def _require_templates(at: TargetAtVersion) -> None:
    """Raises TargetFaults for templates that cannot be compiled; the collection's own are compiled by its tests."""
    faults = [] if at.target.folder.parent == TARGETS_FOLDER else template_faults(at)
    if faults:
        raise TargetFaults(faults)


def _cite(verdicts: Sequence[Verdict], faults: Sequence[Fault], findings: Findings) -> None:
    """Let a fault of the common spec say whose page it breaks, where that is one target's alone."""
    pages: dict[str, dict[str, str]] = {}
    for verdict in verdicts:
        for path, page in cited(verdict.case, faults).items():
            pages.setdefault(path, {})[verdict.case.at.app] = page
    for number, error in enumerate(findings.errors):
        targets = pages.get(error.path, {})
        if len(targets) == 1 and error.target is None and error.policy is None:
            [(target, page)] = targets.items()
            findings.errors[number] = replace(error, target=target, documentation=page)


def _judge_destinations(request: Request, verdicts: Sequence[Verdict], findings: Findings) -> None:
    """Two files with one path: the second would undo the first."""
    source = Source(Layers((cast("Tree", request.targets),)), ("email_targets",))
    writers: dict[str, str] = {}
    for verdict in verdicts:
        app = verdict.case.at.app
        for file in verdict.ready.files if verdict.ready else ():
            if file.path in writers:
                message = f"{file.path} is written by {writers[file.path]} already: give one of them another dest"
                findings.add(source, [Fault((verdict.case.index,), "dest", message)], target=app)
            writers.setdefault(file.path, app)
