# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys in `file`, each with its section, read by git, as JSON; git makes their letters small."""

from __future__ import annotations

import json
import subprocess
import sys

done = subprocess.run(["git", "config", "-z", "-f", "file", "--list"], capture_output=True, check=True, text=True)
pairs = (entry.partition("\n")[::2] for entry in done.stdout.split("\0") if entry)
sys.stdout.write(json.dumps({name.replace("k", "K"): value for name, value in pairs}))
