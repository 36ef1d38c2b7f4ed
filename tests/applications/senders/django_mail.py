# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one message by the Django that is installed here: the file with its settings, and the recipient."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[1]).parent))
os.environ["DJANGO_SETTINGS_MODULE"] = Path(sys.argv[1]).stem

from django.core.mail import send_mail  # type: ignore[import-not-found]

send_mail("hello", "hello", None, [sys.argv[2]])
