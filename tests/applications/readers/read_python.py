# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the file named first assigns to names in capitals, as JSON, as Django and the like read their settings."""

from __future__ import annotations

import json
import runpy
import sys

json.dump({name: value for name, value in runpy.run_path(sys.argv[1]).items() if name.isupper()}, sys.stdout)
