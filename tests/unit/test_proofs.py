# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a target says of its evidence is what its proof does; make test-targets runs the proofs."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names
from tests.applications.proof import Proof, proof_of
from tests.applications.written import carried_leaves


def evidence(app: str) -> str:
    tree = yaml.safe_load((find_target(app).folder / "target.yml").read_text(encoding="utf-8"))
    return str(tree.get("evidence", {}).get("level", ""))


PROVEN = [app for app in target_names() if evidence(app) in ("sent", "parsed")]


def proof_for(app: str) -> Proof:
    proof = proof_of(app)
    assert proof is not None, f"tests/applications/{app}.py is not there"
    return proof


@pytest.mark.parametrize("app", PROVEN)
def test_what_is_claimed_is_proven(app: str) -> None:
    proof = proof_for(app)
    assert (proof.send is not None) if evidence(app) == "sent" else (proof.read is not None)


@pytest.mark.parametrize("app", PROVEN)
def test_every_trap_is_set_in_a_file_of_the_target(app: str) -> None:
    files = {file.name for file in find_target(app).at().files}
    assert {trap.file for trap in proof_for(app).traps.values()} <= files


@pytest.mark.parametrize("app", PROVEN)
def test_what_is_not_seen_is_carried_and_has_a_reason(app: str) -> None:
    unseen = proof_for(app).unseen
    assert set(unseen) <= carried_leaves(find_target(app).at())
    assert all(unseen.values())
