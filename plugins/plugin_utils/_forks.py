# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What an action asks of the process that loads it, from which Ansible forks one for each host and task."""

from __future__ import annotations

import gc


def keep_what_is_loaded() -> None:
    """Spare forks the search for garbage in what lives as long as the run.

    A fork that looks through it copies its pages, and takes half as long again to pack a module
    (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.freeze()
