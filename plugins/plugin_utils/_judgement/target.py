# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Judge settings for one target: its coverage, its rules and its options; and render it where nothing is wrong.

Each check is a function that looks at a Case and says what the target holds against it (Objection), whatever the others
say; `settle` then takes out what is waived and what follows from another fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, cast

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.files import render_target
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.inputs import Installation
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Home
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.bounds import StoppedError, bounded
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.faults import Fault
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import (
    JSON,
    Steps,
    Tree,
    dotted,
    get,
    put,
    scalars,
    steps,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import Schema, below, prepare_patterns
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets, secrets_in
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import (
    LEAVES,
    SECRET_LEAVES,
    Layers,
    Spec,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.spec_faults import compiled, spec_faults
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import ExpressionError
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import (
    INSTALLED,
    Coverage,
    Target,
    TargetAtVersion,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import choices, did_you_mean, show

from .acceptances import Acceptance, acceptance, covers, day_of
from .findings import Findings, Severity, Source, finding, place, where
from .waivers import Horizon, Waiver

# The rule of the warnings about what a document leaves open.
NOT_DOCUMENTED = "not_documented"
# The rule of a rule that cannot be evaluated.
_RULE_FAILED = "rule_failed"
# What is said of a target whose rules or templates do not end.
NO_END = "what it does with these settings was not carried out to the end"


@dataclass(frozen=True)
class Variant:
    """What is written where a version from `since` on is installed, or the reason why nothing is written there."""

    since: str
    files: tuple[FileSpec, ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class ReadyTarget:
    """A target whose settings are right: what it is, what takes effect in it, and its files.

    `variants` are its files by version, where the host is asked which one is installed; the oldest comes first.
    """

    at: TargetAtVersion
    spec: Spec
    options: Tree
    files: tuple[FileSpec, ...]
    #: Which of owner and group the user has named; the others are the target's own.
    named: frozenset[str] = frozenset()
    variants: tuple[Variant, ...] = ()
    #: What the files are for: compose, kubernetes or systemd; None for the application on the host itself.
    form: str | None = None

    @property
    def settings(self) -> Tree:
        """What takes effect in it."""
        return self.spec.effective


@dataclass(frozen=True)
class Case:
    """One entry of `email_targets`, with the spec as it is for this target."""

    index: int
    entry: Tree
    at: TargetAtVersion
    source: Source
    spec: Spec
    secrets: Secrets
    #: What the schema finds wrong with the spec, and which of it is wrong without this target's own settings too.
    faults: tuple[Fault, ...]
    common_faults: tuple[Fault, ...]
    #: Whether a target of the host is its sendmail, to which others hand their mail.
    sendmail: bool
    #: The day by which it is told whether what is accepted has ended, and how far ahead.
    horizon: Horizon

    @cached_property
    def given(self) -> Source:
        """What findings about the entry itself are about."""
        return Source(Layers((self.entry,)), ("email_targets", self.index))

    @property
    def options(self) -> Tree:
        return _options(self.entry)

    @cached_property
    def accepted(self) -> tuple[Acceptance, ...]:
        """The entries of `accept`."""
        entries = cast("Sequence[JSON]", self.entry.get("accept") or ())
        return tuple(acceptance(index, entry, self.horizon.today) for index, entry in enumerate(entries))

    @property
    def accept(self) -> tuple[str, ...]:
        return tuple(accepted.path for accepted in self.accepted)

    @property
    def acknowledge(self) -> tuple[str, ...]:
        return tuple(str(name) for name in cast("Sequence[JSON]", self.entry.get("acknowledge") or ()))

    @property
    def documentation(self) -> str | None:
        """The page that speaks where no other is named."""
        documentation = self.at.target.documentation
        return documentation.get("url") or documentation.get("title")

    @property
    def secret_options(self) -> dict[str, JSON]:
        """The options that are set and that the target calls secret."""
        return _secret_options(self.entry, self.at)


def _options(entry: Tree) -> Tree:
    return cast("Tree", entry.get("options") or {})


def _secret_options(entry: Tree, at: TargetAtVersion) -> dict[str, JSON]:
    return {name: value for name, value in _options(entry).items() if name in at.target.secret_options}


@dataclass(frozen=True)
class Objection:
    """What the target holds against the spec, or against its entry.

    `waivable` says whether `accept` can let it through; `nearest` is what then takes effect, None to leave that to the
    coverage. What is `own` stands whatever else is wrong at its path. A warning that is `acknowledged` was read.
    """

    fault: Fault
    about: Literal["spec", "entry"] = "spec"
    severity: Severity = "error"
    documentation: str | None = None
    nearest: JSON = None
    waivable: bool = False
    own: bool = False
    acknowledged: bool = False

    @property
    def path(self) -> str:
        return dotted(self.fault.path)


@dataclass(frozen=True)
class Verdict:
    """What is said of one target, and what is let through: the paths, and what takes effect there in their place."""

    case: Case
    objections: tuple[Objection, ...]
    waived: tuple[str, ...] = ()
    hidden: tuple[Objection, ...] = ()
    nearest: tuple[tuple[str, JSON], ...] = ()
    ready: ReadyTarget | None = field(default=None, compare=False)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong, here or in the spec itself."""
        return not self.case.spec.faulty and all(objection.severity != "error" for objection in self.objections)

    def coverage(self) -> dict[str, JSON]:
        """What becomes of each leaf: the names that are carried, refused and not carried, and those waived."""
        at = self.case.at
        kinds: dict[str, list[str]] = {"carried": [], "refused": [], "not_carried": []}
        for leaf, covered in at.coverage.items():
            kinds[covered.kind].append(leaf)
        return {"target": at.app, "version": at.version, **kinds, "waived": sorted(set(self.waived))}

    def report(self, findings: Findings) -> None:
        """Add what is said to the findings, each at its place."""
        app = self.case.at.app
        for objection in self.objections:
            source = self.case.source if objection.about == "spec" else self.case.given
            findings.add(
                source,
                [objection.fault],
                severity=objection.severity,
                target=app,
                documentation=objection.documentation,
                acknowledged=objection.acknowledged,
            )

    def waivers(self, findings: Findings) -> list[Waiver]:
        """What `accept` lets through, as policies' waivers are listed. `findings` know how files are named."""
        return [self._waiver(accepted, findings) for accepted in self.case.accepted]

    def _waiver(self, accepted: Acceptance, findings: Findings) -> Waiver:
        case, app = self.case, self.case.at.app
        clean = case.secrets.clean
        faults = [each.fault for each in self.hidden if covers(accepted.path, each.path)]
        faults = [replace(fault, message=clean(fault.message)) for fault in faults]
        return Waiver(
            index=accepted.index,
            policy=None,
            target=app,
            path=clean(accepted.path),
            reason=accepted.reason and clean(accepted.reason),
            until=accepted.until,
            ended=accepted.ended,
            used=bool(faults),
            hides=tuple(finding(case.source, fault, findings.shown_from, target=app) for fault in faults),
            **where(place(case.given, ("accept", accepted.index), "value"), findings.shown_from),
        )


def case_of(
    index: int,
    entry: Tree,
    at: TargetAtVersion,
    common: Layers,
    secrets: Secrets,
    common_faults: Sequence[Fault],
    *,
    sendmail: bool,
    horizon: Horizon,
) -> Case:
    """The case of one entry: the common layers with the target's own settings laid over them."""
    source = Source(common.over(cast("Tree", entry.get("settings") or {})))
    written = source.layers.merged()
    options = _secret_options(entry, at)
    texts = {str(text) for text in scalars(options) if text and not isinstance(text, bool)}
    known = secrets.and_also(secrets_in(written, secrets.is_vaulted).texts | texts)
    faults = spec_faults(written, known) if entry.get("settings") else common_faults
    spec = Spec.of(written, [fault.path for fault in faults])
    return Case(index, entry, at, source, spec, known, tuple(faults), tuple(common_faults), sendmail, horizon)


def judge_target(case: Case, installation: Installation) -> Verdict:
    """Judge everything, and render what nothing is wrong with; a target that comes to no end is told at its entry."""
    try:
        with bounded():
            verdict = settle(case, [objection for check in CHECKS for objection in check(case)])
            return rendered(verdict, installation) if verdict.sound else verdict
    except StoppedError as stopped:
        message = f"{case.at.app}: {NO_END}: it {stopped}"
        return Verdict(case, (Objection(Fault(("app",), "rendering", message), about="entry"),))


def judge_versions(cases: Sequence[Case], installation: Installation) -> Verdict:
    """Judge an entry at each version that may be installed: the newest one's verdict, with what holds for the others.

    An entry of one version is judged as it is; one that is refused at every version as its newest is.
    """
    verdicts = [judge_target(case, installation) for case in cases]
    ready = [verdict for verdict in verdicts if verdict.ready is not None]
    if cases[-1].entry.get("version") != INSTALLED or not ready:
        return verdicts[-1]
    variants = [_variant(verdict) for verdict in verdicts]
    distinct = [new for old, new in zip([None, *variants], variants, strict=False) if not _is_same(old, new)]
    chosen = ready[-1]
    refused = [_refused_where_installed(chosen.case, variant) for variant in distinct if variant.refused]
    return replace(
        chosen,
        objections=(*chosen.objections, *refused),
        ready=replace(cast("ReadyTarget", chosen.ready), variants=tuple(distinct)),
    )


def _variant(verdict: Verdict) -> Variant:
    since = str(verdict.case.at.version)
    if verdict.ready is not None:
        return Variant(since, verdict.ready.files)
    errors = [objection for objection in verdict.objections if objection.severity == "error"]
    return Variant(since, refused="; ".join(f"{objection.path}: {objection.fault.message}" for objection in errors))


def _is_same(old: Variant | None, new: Variant) -> bool:
    return old is not None and (old.files, old.refused) == (new.files, new.refused)


def _refused_where_installed(case: Case, variant: Variant) -> Objection:
    message = f"where version {variant.since} is installed nothing is written: {variant.refused}"
    return Objection(_by_label(case, Fault(("version",), "installed", message)), about="entry", severity="warning")


# What is judged


def spec_objections(case: Case) -> Iterator[Objection]:
    """What the target's own settings do to the spec; what is wrong without them is reported already."""
    faults = [fault for fault in case.faults if fault.message and fault not in case.common_faults]
    words = cited(case, faults)
    for fault in faults:
        yield Objection(fault, documentation=words.get(dotted(fault.path)), own=True)


def option_objections(case: Case) -> Iterator[Objection]:
    """The options, by their schemas in target.yml."""
    names = frozenset((name,) for name in case.at.target.secret_options)
    for fault in _options_schema(case.at.target).faults(case.options, replace(case.secrets, paths=names)):
        yield Objection(replace(fault, path=("options", *fault.path)), about="entry")


def accept_objections(case: Case) -> Iterator[Objection]:
    """Names under `accept` and `acknowledge` that are no settings, and days that are none."""
    for listed, names in (("accept", case.accept), ("acknowledge", case.acknowledge)):
        for index, name in enumerate(names):
            if not _is_setting(name):
                message = f"{show(name)} is not a setting{did_you_mean(name, LEAVES)}"
                yield Objection(Fault((listed, index), listed, message), about="entry")
    for accepted in case.accepted:
        if accepted.until is not None and day_of(accepted.until) is None:
            message = f"{accepted.until} is no day of the calendar"
            yield Objection(Fault(("accept", accepted.index, "until"), "date", message), about="entry")


def coverage_objections(case: Case) -> Iterator[Objection]:
    """What the application cannot honour, and what its documentation does not say."""
    for leaf, covered in case.at.coverage.items():
        value = get(case.spec.effective, leaf)
        if not covered.permits(case.spec):
            if not _follows_from_encryption(case, leaf):
                fault = Fault(steps(leaf), "refused", _refusal(case, covered, value), subject=case.at.label)
                yield Objection(fault, documentation=covered.documentation or case.documentation, waivable=True)
        elif covered.unknown and value is not None:
            yield Objection(_left_open(case, leaf, covered.unknown), severity="warning", own=True)


def handed_on_objections(case: Case) -> Iterator[Objection]:
    """What the host's sendmail would have to honour, where no target of the host is one."""
    left = [covered for leaf, covered in case.at.coverage.items() if get(case.spec.clean, leaf) is not None]
    reasons = {covered.handed_on: covered.reason for covered in left if covered.handed_on}
    for name, reason in {} if case.sendmail else reasons.items():
        message = f"{case.at.label} cannot honour it alone: {reason}; {_ADD_A_SENDMAIL}"
        fault = Fault(steps(name), "handed_on", message, subject=case.at.label)
        yield Objection(fault, documentation=case.documentation, waivable=True)


_ADD_A_SENDMAIL = "add a target that is one, such as msmtp or postfix"


def required_objections(case: Case) -> Iterator[Objection]:
    """What the application needs and the spec does not say."""
    for name, reason in case.at.target.required.items():
        if get(case.spec.clean, name) is None:
            fault = _by_label(case, Fault(steps(name), "required", f"is missing and must be set: {reason}", "missing"))
            yield Objection(fault, documentation=case.documentation)


def schema_objections(case: Case) -> Iterator[Objection]:
    """The target's schema.json: one rule a branch, with the vendor's page that says so."""
    whole = _rules_schema(case.at.target)
    for rule in _branches(case.at.target):
        for fault in {_ruled(case, rule, fault) for fault in whole.part(rule).faults(case.spec.clean, case.secrets)}:
            yield Objection(
                fault,
                severity=cast("Severity", rule.get("x-severity", "error")),
                documentation=cast("str | None", rule.get("x-documentation")) or case.documentation,
                nearest=rule.get("x-nearest"),
                waivable=True,
            )


def rule_objections(case: Case) -> Iterator[Objection]:
    """The rules that compare settings."""
    context = case.at.context(case.spec, case.options)
    for rule in case.at.rules:
        own = rule.path.startswith("options.")
        at = "value" if own or get(case.spec.clean, rule.path) is not None else "missing"
        name = rule.name
        try:
            message = rule.explain(context) if rule.violated(context) else None
        except ExpressionError as error:
            name, message = _RULE_FAILED, f"the rule {rule.name} of {case.at.app} failed: {error}"
        if message:
            fault = _by_label(case, Fault(steps(rule.path), name, message, at))
            documentation = rule.documentation or case.documentation
            yield Objection(
                fault,
                about="entry" if own else "spec",
                severity=rule.severity,
                documentation=documentation,
                waivable=not own,
            )


def dest_objections(case: Case) -> Iterator[Objection]:
    """Other paths for files that the target does not have."""
    names = [file.name for file in case.at.files]
    for name in cast("Mapping[str, str]", case.entry.get("dest") or {}):
        if name not in names:
            message = f"{case.at.app} has no file of that name{did_you_mean(name, names)}; it has {choices(names)}"
            yield Objection(Fault(("dest", name), "dest", message, at="key"), about="entry")


def own_waiver_objections(case: Case) -> Iterator[Objection]:
    """A waiver is the spec's: one that stood in a target's own settings would replace them all."""
    if "waivers" in cast("Tree", case.entry.get("settings") or {}):
        message = "belongs in email_settings, where it is for every target"
        yield Objection(Fault(("settings", "waivers"), "waiver", message, at="key"), about="entry")


CHECKS: tuple[Callable[[Case], Iterable[Objection]], ...] = (
    spec_objections,
    option_objections,
    accept_objections,
    coverage_objections,
    handed_on_objections,
    required_objections,
    schema_objections,
    rule_objections,
    dest_objections,
    own_waiver_objections,
)


def settle(case: Case, objections: Sequence[Objection]) -> Verdict:
    """What stands of the objections: less what follows from a fault of the spec, less what is waived."""
    standing = [objection for objection in objections if objection.own or not _follows(case, objection)]
    waived = [objection for objection in standing if _is_waived(case, objection)]
    kept = [objection for objection in standing if objection not in waived]
    wrong = case.spec.faulty or any(objection.severity == "error" and not _has_failed(objection) for objection in kept)
    # A rule that fails on faulty settings has nothing to say about them.
    kept = [objection for objection in kept if not (wrong and _has_failed(objection))]
    kept = [_acknowledged(case, objection) for objection in kept]
    paths = tuple(objection.path for objection in waived)
    nearest = tuple((objection.path, objection.nearest) for objection in waived if objection.nearest is not None)
    more = (*_ended(case, paths), *_idle_waivers(case, paths), *_idle_acknowledgements(case, kept))
    return Verdict(case, (*kept, *more), paths, tuple(waived), nearest)


def _follows(case: Case, objection: Objection) -> bool:
    """Whether an objection is only another word for what the schema says already."""
    return objection.about == "spec" and any(below(objection.fault.path, faulty) for faulty in case.spec.faulty)


def _is_waived(case: Case, objection: Objection) -> bool:
    """Whether `accept` lets it through. What is missing stays missing: no waiver can stand in for it."""
    if not objection.waivable or objection.severity != "error" or objection.fault.at == "missing":
        return False
    return any(covers(name, objection.path) for name in case.accept)


def _acknowledged(case: Case, objection: Objection) -> Objection:
    """A warning, marked where `acknowledge` names it."""
    names = case.acknowledge if objection.severity == "warning" and objection.about == "spec" else ()
    return replace(objection, acknowledged=any(covers(name, objection.path) for name in names))


def _has_failed(objection: Objection) -> bool:
    return objection.fault.rule == _RULE_FAILED


def _ended(case: Case, waived: Sequence[str]) -> Iterator[Objection]:
    """An error for each acceptance that has ended, in place of what it let through: one thing to mend."""
    for accepted in case.accepted:
        if accepted.ended:
            used = any(covers(accepted.path, path) for path in waived)
            again = "; what it accepted is refused again" if used else ", and it waives nothing: take it out"
            message = f"what {case.at.label} was let through for {show(accepted.path)} ended on {accepted.until}{again}"
            yield Objection(Fault(("accept", accepted.index, "until"), "accept", message), about="entry")
        elif day_of(accepted.until or "") and case.horizon.ends(accepted.until):
            message = f"what {case.at.label} is let through for {accepted.path} {case.horizon.ends(accepted.until)}"
            fault = Fault(("accept", accepted.index, "until"), "accept", message)
            yield Objection(fault, about="entry", severity="warning")


def _idle_waivers(case: Case, waived: Sequence[str]) -> Iterator[Objection]:
    for accepted in case.accepted:
        name = accepted.path
        if _is_setting(name) and not accepted.ended and not any(covers(name, path) for path in waived):
            message = f"{show(name)} waives nothing: {case.at.label} honours what is set"
            yield Objection(Fault(("accept", accepted.index), "accept", message), about="entry", severity="warning")


def _idle_acknowledgements(case: Case, kept: Sequence[Objection]) -> Iterator[Objection]:
    """A warning for each name under `acknowledge` that nothing is warned about."""
    told = [objection.path for objection in kept if objection.acknowledged]
    for index, name in enumerate(case.acknowledge):
        if _is_setting(name) and not any(covers(name, path) for path in told):
            message = f"{show(name)} acknowledges nothing: {case.at.label} warns of nothing there"
            yield Objection(Fault(("acknowledge", index), "acknowledge", message), about="entry", severity="warning")


def _is_setting(name: str) -> bool:
    return any(covers(name, leaf) for leaf in LEAVES)


# How it is said


def cited(case: Case, faults: Sequence[Fault]) -> dict[str, str]:
    """What the target's documentation says of faults of the common spec: dotted path -> the words."""
    words: dict[str, str] = {}
    paths = {fault.path for fault in faults if fault.message and fault.at != "key"}
    whole = _rules_schema(case.at.target)
    for rule in _branches(case.at.target) if paths else ():
        broken = {_ruled(case, rule, fault).path for fault in whole.part(rule).faults(case.spec.written, Secrets())}
        page = str(rule.get("x-documentation") or case.documentation)
        words.update({dotted(path): page for path in broken & paths})
    return words


def _by_label(case: Case, fault: Fault) -> Fault:
    """The fault with the application's name before its message, unless that begins with it already."""
    label, message = case.at.label, fault.message
    return replace(fault, message=message if message.startswith(label) else f"{label}: {message}", subject=label)


def _left_open(case: Case, leaf: str, what: str) -> Fault:
    """The warning that the documentation does not say something about a setting."""
    fault = Fault(steps(leaf), NOT_DOCUMENTED, f"the documentation does not say {what}", left_open=what)
    return _by_label(case, fault)


def _ruled(case: Case, rule: Tree, fault: Fault) -> Fault:
    """The fault in the words of the rule of schema.json that it breaks."""
    path = steps(str(rule["x-path"])) if "x-path" in rule else fault.path
    message = str(rule.get("x-message", fault.message))
    return _by_label(case, replace(fault, path=path, rule=str(rule.get("x-rule", fault.rule)), message=message))


def _follows_from_encryption(case: Case, leaf: str) -> bool:
    """Whether a port is only the default of an encryption that is refused itself: one mistake, one line."""
    section, _dot, name = leaf.partition(".")
    encryption = case.at.coverage.get(f"{section}.encryption")
    if name != "port" or encryption is None or get(case.spec.clean, leaf) is not None:
        return False
    return not encryption.permits(case.spec)


def _refusal(case: Case, covered: Coverage, value: JSON) -> str:
    hidden = case.secrets.hides(steps(covered.leaf), value)
    shown = "this value" if hidden or value is None else show(value)
    cannot = f"{case.at.label} cannot honour {shown}: {covered.reason or 'it has no setting for it'}"
    near = covered.nearest_to(value)
    if covered.accepts == () or near is None:
        return f"{cannot}; leave it out"
    if covered.accepts and len(covered.accepts) > 1:
        return f"{cannot}; it takes {choices(covered.accepts)}; nearest: {show(near)}"
    return f"{cannot}; nearest: {show(near)}"


# What is rendered


def rendered(verdict: Verdict, installation: Installation) -> Verdict:
    """The verdict with the target's files, or with the reason why they cannot be rendered."""
    case = verdict.case
    spec = case.at.honoured(case.spec, case.options, case.accept)
    for leaf, near in verdict.nearest:
        spec = spec.honoured(put(spec.effective, leaf, near))
    homes = _homes(case, installation)
    try:
        files = render_target(case.at, spec, case.options, homes, case.entry, installation)
    except NotExpressible as error:
        objection = _not_expressible(case, spec, error)
    except (TargetError, ExpressionError) as error:
        objection = Objection(Fault(("app",), "rendering", str(error)), about="entry")
    else:
        return replace(verdict, ready=_ready(case, spec, files))
    return replace(verdict, objections=(*verdict.objections, objection))


def _ready(case: Case, spec: Spec, files: Sequence[FileSpec]) -> ReadyTarget:
    named = frozenset({"owner", "group"} & set(case.entry))
    return ReadyTarget(case.at, spec, case.options, tuple(files), named, form=cast("str | None", case.entry.get("as")))


def _not_expressible(case: Case, spec: Spec, error: NotExpressible) -> Objection:
    """The objection to a value that a format cannot hold, at its setting or its option."""
    path = _path_of(spec.effective, error.value)
    options = [name for name, value in case.options.items() if error.value in list(scalars(value))]
    if not path and options:
        fault = Fault(("options", options[0]), "quoting", error.reason)
        return Objection(_by_label(case, fault), about="entry")
    return Objection(_by_label(case, Fault(path, "quoting", error.reason)))


def _path_of(settings: Tree, value: object) -> Steps:
    """The setting whose value a format cannot carry; the settings as a whole where it is no setting's alone."""
    for leaf in LEAVES:
        held = get(settings, leaf)
        if held == value or (isinstance(held, list) and value in held):
            return steps(leaf)
    return ()


def _homes(case: Case, installation: Installation) -> dict[str, Home]:
    """leaf or `options.NAME` -> the vaulted variable that the secret came from, else that name itself."""
    values = {leaf: get(case.spec.clean, leaf) for leaf in SECRET_LEAVES}
    values.update({f"options.{name}": value for name, value in case.secret_options.items()})
    homes = {name: installation.home_of_secret(value) for name, value in values.items() if value is not None}
    return {name: home or Home(name) for name, home in homes.items()}


# The target's own schemas


def prepare_schemas(target: Target) -> None:
    """Compile the target's own schemas and the patterns in them, which then are kept."""
    _options_schema(target)
    _rules_schema(target)
    prepare_patterns(target.options_schema)
    prepare_patterns(target.rules_schema)


def _options_schema(target: Target) -> Schema:
    return compiled(target.written_schemas[0], f"the options of {target.app}", trusted=True)


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
    return compiled(target.written_schemas[1], f"schema.json of {target.app}", trusted=True)
