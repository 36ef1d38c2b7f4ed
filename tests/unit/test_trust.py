# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of trust leaves nothing out: every input and every situation on a host is of a kind in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.trust import INPUTS, KINDS, SITUATIONS

ROOT = Path(__file__).parents[2]
HOST = "tests/integration/host/test_cases.py"
WORDS = [word for path, chosen in SITUATIONS.values() if path == HOST for word in chosen.split(" or ")]


def test_every_folder_of_inputs_is_a_kind() -> None:
    assert {folder.name for folder in INPUTS.iterdir()} == set(KINDS)


@pytest.mark.parametrize("case", sorted(path.stem for path in (ROOT / HOST).parent.glob("cases/*.yml")))
def test_every_situation_on_a_host_is_of_a_kind(case: str) -> None:
    assert any(word in case for word in WORDS)


@pytest.mark.parametrize("path", sorted({path for path, _chosen in SITUATIONS.values()}))
def test_what_a_kind_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()
