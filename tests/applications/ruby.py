# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proofs of Ruby's applications share."""

from __future__ import annotations

import shutil


def why_not() -> str | None:
    """Say why Ruby cannot be asked here, or nothing."""
    return None if shutil.which("ruby") else "ruby is not installed (apt-get install ruby)"
