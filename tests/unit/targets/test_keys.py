# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every target with a table of keys, through all modes: what is rendered is read back, leaf by leaf.

A new target needs a spec that it takes, under `tests/specs/targets`, and nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
import yaml
from _pytest.mark.structures import ParameterSet

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.reading import read_files
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get, put, steps, without
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.keys import carried_leaves
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion
from tests.leaves import beside

SPECS = Path(__file__).parents[2] / "specs" / "targets"
MODES = ("none", "starttls_opportunistic", "starttls", "implicit_tls")
# A password of all that formats take for something else, but for a blank at an end or a line break.
SECRET = 'p@ss:w/rd# "q" $HOME ${x} 100% <%= 1 %> {{ y }} & \\ é;'
LOGINS: dict[str, JSON] = {
    "a login": {"username": "svc-mail", "password": "a-password"},
    "a difficult login": {"username": "svc\\mail@example.edu", "password": SECRET},
    "no login": None,
}


def with_keys() -> Iterator[TargetAtVersion]:
    for app in target_names():
        target = find_target(app)
        for version in target.versions or (None,):
            if any(file.keys for file in target.at(version).files):
                yield target.at(version)


def the_matrix() -> Iterator[ParameterSet]:
    for at, mode, verify, login in product(with_keys(), MODES, (True, False), LOGINS):
        label = "-".join(filter(None, (at.app, at.version, mode, "verified" if verify else "unverified", login)))
        yield pytest.param(at, mode, verify, login, id=label)


def spec_of(app: str, mode: str, login: str, *, verify: bool) -> Tree:
    spec: Tree = yaml.safe_load((SPECS / f"{app}.yml").read_text(encoding="utf-8"))
    spec = put(without(spec, ("smtp", "port")), "smtp.encryption", mode)
    spec = without(spec, steps("smtp.tls")) if mode == "none" else put(spec, "smtp.tls.verify", verify)
    auth = LOGINS[login]
    return without(spec, steps("smtp.auth")) if auth is None else put(spec, "smtp.auth", auth)


def judged(at: TargetAtVersion, spec: Tree) -> Judgement:
    entry: dict[str, JSON] = {"app": at.app} if at.version is None else {"app": at.app, "version": at.version}
    return judge(Request(settings=spec, targets=[entry, *beside(at)]))


@pytest.mark.parametrize(("at", "mode", "verify", "login"), list(the_matrix()))
def test_what_is_rendered_reads_back(at: TargetAtVersion, mode: str, verify: bool, login: str) -> None:
    judgement = judged(at, spec_of(at.app, mode, login, verify=verify))
    if judgement.errors:
        # What this target refuses, it refuses with a reason at a setting.
        assert all(error.path.startswith("smtp") for error in judgement.errors)
        return
    ready = judgement.targets[0]
    reading = read_files(at, {file.name: file.content for file in ready.files})
    assert reading.faults == {}
    for leaf in carried_leaves(key for file in at.files for key in file.keys):
        value = get(ready.settings, leaf)
        assert value == reading.settings.get(leaf) or value in reading.open.get(leaf, ()), leaf


@pytest.mark.parametrize("at", [pytest.param(at, id=f"{at.app}-{at.version}") for at in with_keys()])
def test_some_of_the_matrix_is_rendered_with_its_secret_masked(at: TargetAtVersion) -> None:
    rendered = 0
    for mode, verify, login in product(MODES, (True, False), ("a login", "a difficult login")):
        judgement = judged(at, spec_of(at.app, mode, login, verify=verify))
        for file in judgement.targets[0].files if judgement.targets and not judgement.errors else ():
            rendered += 1
            if file.masked is not None:
                assert len(file.masked.split("\n")) == len(file.content.split("\n"))
                assert not re.search("w/rd|w%2Frd|a-password", file.masked)
                assert "********" in file.masked
    assert rendered


def test_every_target_with_keys_says_how_it_is_known() -> None:
    for at in with_keys():
        tree = yaml.safe_load((at.target.folder / "target.yml").read_text(encoding="utf-8"))
        assert tree["evidence"]["version"], at.app


@pytest.mark.parametrize("at", [pytest.param(at, id=f"{at.app}-{at.version}") for at in with_keys()])
def test_a_block_does_not_open_the_file_once_more(at: TargetAtVersion) -> None:
    """What stands before everything in a file of its own, such as `<?php`, stands in another's file already."""
    judgement = judged(at, spec_of(at.app, "implicit_tls", "a login", verify=True))
    for file in judgement.targets[0].files if judgement.targets and not judgement.errors else ():
        if file.block is not None:
            assert "<?php" not in file.content
