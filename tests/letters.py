# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A letter to the host's half that asks for nothing, for tests of how it travels."""

from __future__ import annotations

from collections.abc import Mapping

NOTHING_TO_WRITE: Mapping[str, object] = {
    "files": [],
    "removed": "ignore",
    "remember_reloads": False,
    "reloads": [],
    "backup": False,
    "takeover": "backup",
    "diff": False,
    "scope": "h",
    "dest_root": None,
}
