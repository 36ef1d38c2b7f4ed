# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let Python and Ansible find the checkout under its full name, `ansible_collections.appmail.settings`."""

from __future__ import annotations

import sys

import pytest

from tests.tools.tree import COLLECTIONS, link_collection

link_collection()
if str(COLLECTIONS) not in sys.path:
    sys.path.insert(0, str(COLLECTIONS))

# What a machine may lack although everything was installed: old interpreters, and a kind of network. The reason for
# skipping a test begins with it.
MAY_BE_MISSING = ("no Python", "no IPv6")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail when a test was skipped that could have been run")
    parser.addoption(
        "--may-be-missing",
        action="append",
        default=[],
        metavar="NAME",
        help="what this machine lacks: with --no-skips, a reason that begins with it is no failure",
    )
    parser.addoption(
        "--again", action="store_true", help="leave out what is marked `once`, for it was run on another core"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --again what knows nothing of ansible-core, and takes long, is not run once more."""
    if config.getoption("--again"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("once")])
        items[:] = [item for item in items if not item.get_closest_marker("once")]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With --no-skips nothing is passed over in silence: each skipped test names what is missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not session.config.getoption("--no-skips"):
        return
    missing = (*MAY_BE_MISSING, *session.config.getoption("--may-be-missing"))
    accepted = tuple(f"Skipped: {name} " for name in missing)
    missed = [each for each in reporter.stats.get("skipped", []) if not str(each.longrepr[2]).startswith(accepted)]
    if missed:
        reporter.write_line(f"--no-skips: {len(missed)} tests were skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
