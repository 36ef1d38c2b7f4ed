# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is silently dropped: one walk over every leaf of the spec, for every target at every version it describes.

Each leaf is carried (another value changes what is rendered), refused (another value is a fault, named and with its
reason), or listed as not carried (another value changes nothing). A new target needs a spec that it takes, under
`tests/specs/targets`, and nothing here. Where a leaf counts only if another one is left out or set,
`tests/specs/walk` says so, leaf by leaf.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from _pytest.mark.structures import ParameterSet

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.files import render_target
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get, put, steps, without
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import settings_schema
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES, Layers, Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import Coverage, TargetAtVersion
from tests.leaves import CONTEXTS, beside, own_spec, spec_around, values


def rendered(at: TargetAtVersion, spec: Tree) -> list[str]:
    # Where a sheet would only name the variable, the secret itself has to be asked for.
    options = {"include_secrets": True} if "include_secrets" in at.target.option_schemas else {}
    files = render_target(at, Spec.of(spec), options, {}, {})
    assert files, "nothing is rendered"
    return [file.content for file in files]


def judged(at: TargetAtVersion, spec: Tree, accept: Sequence[str] = ()) -> Judgement:
    entry: dict[str, JSON] = {"app": at.app, "accept": list(accept)}
    if at.version is not None:
        entry["version"] = at.version
    return judge(Request(settings=spec, targets=[entry, *beside(at)]))


def refusals(at: TargetAtVersion, spec: Tree, leaf: str, accept: Sequence[str] = ()) -> list[str]:
    """What validation says against the leaf because the target's coverage refuses its value."""
    rule = at.coverage[leaf].rule or "refused"
    errors = [error for error in judged(at, spec, accept).errors if error.target == at.app]
    return [error.message for error in errors if error.path == leaf and error.rule == rule]


def every_target() -> Iterator[TargetAtVersion]:
    for app in target_names():
        target = find_target(app)
        for version in target.versions or (None,):
            yield target.at(version)


def every_leaf() -> Iterator[ParameterSet]:
    for at in every_target():
        for leaf in LEAVES:
            label = f"{at.app}-{at.version}-{leaf}" if at.version else f"{at.app}-{leaf}"
            yield pytest.param(at, at.coverage[leaf], id=label)


@pytest.mark.parametrize("leaf", LEAVES)
def test_values_to_walk_with_are_themselves_right(leaf: str) -> None:
    spec = Layers(tuple(CONTEXTS[name] for name in CONTEXTS if leaf.startswith(name))).merged()
    for one, other in pairwise(values(leaf)):
        assert one != other
    for value in values(leaf):
        faults = settings_schema().faults(put(spec, leaf, value), Secrets())
        assert not [fault for fault in faults if fault.path == steps(leaf)]


@pytest.mark.parametrize("at", [pytest.param(at, id=f"{at.app}-{at.version}") for at in every_target()])
def test_target_takes_its_own_spec(at: TargetAtVersion) -> None:
    judgement = judged(at, own_spec(at.app))
    assert not judgement.errors
    assert judgement.targets[0].files


@pytest.mark.parametrize(
    "at", [pytest.param(at, id=at.app) for at in every_target() if any(each.handed_on for each in at.coverage.values())]
)
def test_what_is_handed_on_is_refused_where_no_target_is_the_hosts_sendmail(at: TargetAtVersion) -> None:
    names = {coverage.handed_on for coverage in at.coverage.values() if coverage.handed_on}
    for accept, expected in (((), names), (tuple(names), set())):
        alone = judge(Request(settings=own_spec(at.app), targets=[{"app": at.app, "accept": list(accept)}]))
        assert {error.path for error in alone.errors if error.rule == "handed_on"} == expected
        assert all("such as msmtp or postfix" in error.message for error in alone.errors)


@pytest.mark.parametrize(("at", "coverage"), list(every_leaf()))
def test_every_leaf_is_carried_refused_or_listed(at: TargetAtVersion, coverage: Coverage) -> None:
    spec = spec_around(at.app, coverage.leaf)
    specs = [put(spec, coverage.leaf, value) for value in values(coverage.leaf)]
    permitted = [each for each in specs if coverage.permits(Spec.of(each))]
    refused = [each for each in specs if each not in permitted]
    if coverage.kind == "not_carried":
        assert coverage.reason
        assert not refused
        all_alike(at, [*specs, *without_leaf(spec, coverage.leaf)])
        return
    for each in [] if coverage.rule else permitted:
        assert not refusals(at, each, coverage.leaf)
    if coverage.accepts is not None or coverage.rule:
        are_refused(at, coverage, specs if coverage.rule else refused)
    if coverage.kind == "carried":
        all_differ(at, coverage, permitted)


def without_leaf(spec: Tree, leaf: str) -> Iterator[Tree]:
    """The spec without the leaf, where a spec can be without it."""
    absent = without(spec, steps(leaf))
    if not any(fault.at == "missing" for fault in settings_schema().faults(absent, Secrets())):
        yield absent


def all_alike(at: TargetAtVersion, specs: Sequence[Tree]) -> None:
    for one, other in pairwise(specs):
        assert rendered(at, one) == rendered(at, other)


def all_differ(at: TargetAtVersion, coverage: Coverage, specs: Sequence[Tree]) -> None:
    assert len(specs) > 1
    contents = [rendered(at, each) for each in specs]
    assert len({tuple(content) for content in contents}) == len(specs), (
        f"{coverage.leaf} is carried and changes nothing"
    )


def are_refused(at: TargetAtVersion, coverage: Coverage, specs: Sequence[Tree]) -> None:
    assert specs, "nothing that is refused is walked"
    for each in specs:
        messages = refusals(at, each, coverage.leaf)
        assert len(messages) == 1
        assert str(coverage.reason or "") in messages[0]
        assert not refusals(at, each, coverage.leaf, accept=[coverage.leaf])
        waived = at.honoured(Spec.of(each), {}, [coverage.leaf]).effective
        near = get(waived, coverage.leaf)
        assert near is None or coverage.permits(Spec.of(put(each, coverage.leaf, near)).honoured(waived))
