# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that a shell has set, as JSON."""

from __future__ import annotations

import json
import os
import sys

sys.stdout.write(json.dumps({name: value for name, value in os.environ.items() if name.startswith("K")}))
