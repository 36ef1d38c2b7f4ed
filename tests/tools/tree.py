# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree in which Ansible looks for collections: `build/collections`, where a link leads back to the checkout.

Run as a program, it makes the tree.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = ROOT / "build" / "collections"


def link_collection() -> None:
    """Make the link, unless it is there: several test processes may come here at once."""
    link = COLLECTIONS / "ansible_collections" / "appmail" / "settings"
    link.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        link.symlink_to(os.path.relpath(ROOT, link.parent))


if __name__ == "__main__":
    link_collection()
