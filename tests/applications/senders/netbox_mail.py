# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one message by Django with EMAIL of NetBox' configuration, as NetBox' settings.py hands it over."""

from __future__ import annotations

import runpy
import sys

from django.conf import settings  # type: ignore[import-not-found]
from django.core.mail import send_mail  # type: ignore[import-not-found]

email = runpy.run_path(sys.argv[1])["EMAIL"]
settings.configure(
    EMAIL_HOST=email.get("SERVER"),
    EMAIL_HOST_USER=email.get("USERNAME"),
    EMAIL_HOST_PASSWORD=email.get("PASSWORD"),
    EMAIL_PORT=email.get("PORT", 25),
    EMAIL_USE_SSL=email.get("USE_SSL", False),
    EMAIL_USE_TLS=email.get("USE_TLS", False),
    EMAIL_TIMEOUT=email.get("TIMEOUT", 10),
    SERVER_EMAIL=email.get("FROM_EMAIL"),
)
send_mail("hello", "hello", settings.SERVER_EMAIL, [sys.argv[2]])
