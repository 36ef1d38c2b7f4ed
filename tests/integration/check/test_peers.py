# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check beside swaks, smtplib and msmtp, in one case of each reason; `make peers` takes all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.cases import gather, one_each
from tests.peers.clients import CLIENTS
from tests.peers.judging import OURS, TOGETHER, compare, each_answer, told_apart
from tests.servers.certificates import Certificates

pytestmark = pytest.mark.once


def test_ours_names_every_reason_and_the_others_together_fewer(tmp_path: Path) -> None:
    for client in CLIENTS:
        if not client.is_installed:
            pytest.skip(f"{client.name} is not installed (apt-get install {client.package})")
    cases, _absent = gather()
    outcomes = compare(one_each(cases), CLIENTS, Certificates(tmp_path))
    shown = "\n".join(each_answer(outcomes))
    assert all(told_apart(outcomes, OURS)), shown
    assert sum(told_apart(outcomes, TOGETHER)) < sum(each.fails for each in outcomes), shown
    # It tries a wrong password once.
    assert {each.logins[OURS] for each in outcomes if each.case.reason == "auth_rejected"} == {1}, shown
