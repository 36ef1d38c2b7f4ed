# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let Python and Ansible find the checkout under its full name, `ansible_collections.appmail.settings`."""

from __future__ import annotations

import re
import sys

import pytest

from tests.tools.tree import COLLECTIONS, link_collection

link_collection()
if str(COLLECTIONS) not in sys.path:
    sys.path.insert(0, str(COLLECTIONS))

# What a machine may lack although everything was installed: old interpreters, and a kind of network.
MAY_BE_MISSING = re.compile(r"Skipped: no (Python|IPv6)\b")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail when a test was skipped that could have been run")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With --no-skips nothing is passed over in silence: each skipped test names what is missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not session.config.getoption("--no-skips"):
        return
    missed = [each for each in reporter.stats.get("skipped", []) if not MAY_BE_MISSING.match(str(each.longrepr[2]))]
    if missed:
        reporter.write_line(f"--no-skips: {len(missed)} tests were skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
