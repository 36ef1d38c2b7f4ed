# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Which environment a host belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def environment_of(_host: str, groups: Sequence[str], variables: Mapping[str, object]) -> str:
    """The environment's name: ``email_environment`` where it is set, else the first by name of the host's groups.

    ``groups`` are the names of its groups without ``all``, sorted, as ``group_names`` has them.
    """
    named = variables.get("email_environment")
    return str(named) if named else next(iter(groups), "ungrouped")
